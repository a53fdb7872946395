"""`/api/v1/findings/{id}` and the decisions on findings: one, or many at once; and the words of reasons."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.deciding import decider, known_finding, possible_now, refuse_step
from api.house import house_of
from api.idempotency import PARAMETER, once
from api.identity.access import needs, viewer_of
from api.parameters import nothing_asked
from api.problems import PROBLEM_RESPONSES
from api.refusals import as_problem, current_of, entry_json, text_of
from api.shapes.reviews import KEY, FindingDetail, ManyResults, ManyReviewsSent, ReasonsAnswer, ReviewSent
from api.wording.reviews import DECISIONS, REASONS
from domain.access import Right, Viewer
from domain.finding import FindingStatus
from domain.review import STEPS, Reason, ReviewEntry
from domain.wording import say
from storage.queries.findings import finding_fields
from storage.review_history import Happening, history_of
from storage.review_refusals import DecidedMeanwhile, FindingResolved, ReviewRefused, StepRefused
from storage.reviews import Wish, decide, decide_many
from storage.versions import ended_by

router = APIRouter(prefix="/api/v1", tags=["reviews"], dependencies=[needs(Right.SEE)])
READING: dict[int | str, Any] = {status: PROBLEM_RESPONSES[status] for status in (401, 403, 421, 422, 429, 500, 503)}
WRITING: dict[int | str, Any] = {
    status: PROBLEM_RESPONSES[status] for status in (400, 401, 403, 404, 409, 413, 421, 422, 429, 500, 503)
}
Key = Annotated[str, Path(description="`id` of the list of findings.", examples=[KEY])]
Json = dict[str, Any]


@router.get(
    "/reasons",
    operation_id="list_reasons",
    summary=say("处理方式与理由", "Decisions and reasons with their words"),
    response_model=ReasonsAnswer,
    responses=READING,
)
def reasons(request: Request) -> Response:
    """The decisions, what each needs, and the reasons, with their words."""
    nothing_asked(request)
    why = [{"code": code, "zh": zh, "en": en, "note": code is Reason.OTHER} for code, (zh, en) in REASONS.items()]
    steps = []
    for decision, step in STEPS.items():
        zh, en = DECISIONS[decision]
        before = [status for status in FindingStatus if status in step.before]
        names = {"code": decision, "zh": zh, "en": en, "right": step.right, "before": before, "after": step.after}
        steps.append({**names, "reason": step.reason, "note": step.note})
    return answer(request, {"reasons": why, "decisions": steps}, house_of(request).zone)


@router.get(
    "/findings/{key}",
    operation_id="read_finding",
    summary=say("一个问题", "One finding with its history"),
    response_model=FindingDetail,
    responses=READING,
)
def finding(request: Request, key: Key) -> Response:
    """A finding of any state, with its history and what may be decided now."""
    nothing_asked(request)
    house = house_of(request)
    with house.reading() as connection:
        return answer(request, detail_json(connection, key, viewer_of(request)), house.zone)


def detail_json(connection: Connection, key: str, viewer: Viewer) -> Json:
    """Raises Refused (404)."""
    row = known_finding(connection, key, viewer)
    told = [happening_json(one, whole=viewer.units is None) for one in history_of(connection, key)]
    more = {"possible": possible_now(row, viewer), "resolved_by": ended_by(row), "history": told}
    return {**finding_fields(row), **more}


ABOUT_ANOTHER = "runner_up_number"
"""A cause that names another activity, which may be of a unit that the reader does not see."""


def happening_json(one: Happening, *, whole: bool) -> Json:
    """`whole`: for somebody who sees every unit."""
    return {
        "at": one.at,
        "review": one.entry and entry_json(one.entry),
        "change": one.change,
        "scan": one.scan,
        "fields": [{"field": name, "before": before, "after": after} for name, before, after in one.fields],
        "causes": [
            {"cause": why.what, "item": why.item, "field": why.field, "before": why.before, "after": why.after}
            for why in one.causes
            if whole or why.field != ABOUT_ANOTHER
        ],
    }


@router.post(
    "/findings/{key}/reviews",
    operation_id="decide",
    summary=say("处理一个问题", "Decide on one finding"),
    status_code=201,
    response_model=FindingDetail,
    responses=WRITING,
    openapi_extra={"parameters": [PARAMETER]},
)
def review(request: Request, key: Key, sent: ReviewSent) -> Response:
    """Decide on a finding. `reviews` is its number when you looked: 409 when somebody else decided since."""
    viewer, house = viewer_of(request), house_of(request)
    refuse_step(viewer, sent.decision)
    said = (sent.reason, sent.note, sent.attachment, sent.attachment_name)
    wish = Wish(key, sent.decision, sent.reviews, *said)

    def work(connection: Connection) -> tuple[int, Json]:
        known_finding(connection, key, viewer)
        try:
            decide(connection, decider(request), wish, house.now())
        except ReviewRefused as refusal:
            raise as_problem(refusal, house.zone) from refusal
        return 201, detail_json(connection, key, viewer)

    return once(request, sent.model_dump_json(), work)


@router.post(
    "/reviews",
    operation_id="decide_many",
    summary=say("批量处理", "The same decision on many findings"),
    response_model=ManyResults,
    responses=WRITING,
    openapi_extra={"parameters": [PARAMETER]},
)
def review_many(request: Request, sent: ManyReviewsSent) -> Response:
    """The same decision on up to 500 findings, each made or refused by itself; `results` are in the order sent."""
    house = house_of(request)
    refuse_step(viewer_of(request), sent.decision)
    wishes = [Wish(one.id, sent.decision, one.reviews, sent.reason, sent.note) for one in sent.items]

    def work(connection: Connection) -> tuple[int, Json]:
        mark = new_mark()
        made = decide_many(connection, decider(request), wishes, house.now(), mark)
        results = [_result(request, wish.key, one) for wish, one in zip(wishes, made, strict=True)]
        done = sum(one["decided"] for one in results)
        return 200, {"bulk": mark, "decided": done, "refused": len(results) - done, "results": results}

    return once(request, sent.model_dump_json(), work)


def new_mark() -> str:
    """The mark that decisions made together carry."""
    return uuid.uuid4().hex[:16]


def _result(request: Request, key: str, made: ReviewEntry | ReviewRefused) -> Json:
    if isinstance(made, ReviewEntry):
        return {"id": key, "decided": True, "status": made.after, "reviews": made.number, **_REASONLESS}
    zone = house_of(request).zone
    status, reviews = _standing(made)
    why = {"code": made.code, "detail": text_of(made, zone), "current": current_of(made, zone)}
    return {"id": key, "decided": False, "status": status, "reviews": reviews, **why}


_REASONLESS = {"code": None, "detail": None, "current": None}


def _standing(refusal: ReviewRefused) -> tuple[FindingStatus | None, int | None]:
    if isinstance(refusal, DecidedMeanwhile):
        return refusal.status, refusal.reviews
    if isinstance(refusal, StepRefused):
        return refusal.status, None
    return (FindingStatus.RESOLVED if isinstance(refusal, FindingResolved) else None), None
