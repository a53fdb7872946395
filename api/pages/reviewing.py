"""Forms of the findings page: the same decision on many findings, saved filters, and signing off."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.deciding import decider, refuse_step
from api.forms import many_values, read_form
from api.house import house_of
from api.identity.access import needs, viewer_of
from api.pages.finding import wanted_decision, wanted_note, wanted_reason
from api.pages.findings import given_by
from api.pages.rendering import Reader, page
from api.pages.sign_in import next_address
from api.pages.telling import telling
from api.problems import Refused
from api.refusals import sign_off_problem, text_of
from api.routes.reviews import new_mark
from api.routes.sign_offs import close, refuse_signing, wanted_period
from api.shapes.reviews import SignOffSent
from detectors import RULES
from domain.access import Right
from domain.review import STEPS, Decision, Reason, ReviewEntry, lacking
from domain.sign_off import LONGEST_NOTE
from domain.wording import say
from storage.queries.findings import finding_fields, finding_of
from storage.review_refusals import ReviewRefused
from storage.reviews import MOST_AT_ONCE, Wish, decide, decide_many
from storage.saved_filters import LONGEST_NAME, TooManyFilters, delete_filter, save_filter
from storage.sign_off_refusals import SignOffRefused

router = APIRouter(include_in_schema=False)
LONGEST_QUERY = 2000


@dataclass(frozen=True, slots=True)
class Chosen:
    """A finding that was ticked, and how many decisions it had then."""

    key: str
    reviews: int

    @property
    def text(self) -> str:
        return f"{self.key}:{self.reviews}"


@router.post("/reviews", dependencies=[needs(Right.SEE)])
async def review_many(request: Request) -> Response:
    """The same decision on what was ticked; asks for reason and note first where they are needed."""
    given = await read_form(request)
    chosen = [wanted_choice(text) for text in await many_values(request, "f")]
    refuse_step(viewer_of(request), wanted_decision(given.get("decision")))
    return await run_in_threadpool(_review_many, request, given, chosen)


def wanted_choice(text: str) -> Chosen:
    """`key:number`. Raises Refused (400)."""
    key, _, number = text.partition(":")
    if len(key) != 16 or not key.isalnum() or not number.isdecimal() or not number.isascii() or len(number) > 9:
        raise Refused(400, say("选择无法理解", "f: expected id:number of findings of the list"))
    return Chosen(key, int(number))


def _review_many(request: Request, given: dict[str, str], chosen: Sequence[Chosen]) -> Response:
    decision = wanted_decision(given.get("decision"))
    if not chosen:
        return RedirectResponse(telling(given.get("next"), "none"), 303)
    if len(chosen) > MOST_AT_ONCE:
        raise Refused(400, say(f"一次最多 {MOST_AT_ONCE} 项", f"f: expected at most {MOST_AT_ONCE} findings"))
    reason, note = wanted_reason(given.get("reason")), wanted_note(given)
    missing = lacking(decision, reason, note)
    if missing:
        return _asked(request, given, chosen, missing if "asked" in given else ())
    wishes = [Wish(one.key, decision, one.reviews, reason, note) for one in chosen]
    results = _decided(request, wishes)
    refused = [(wish.key, one) for wish, one in zip(wishes, results, strict=True) if isinstance(one, ReviewRefused)]
    if not refused:
        return RedirectResponse(telling(given.get("next"), decision.value, len(results)), 303)
    return _partly(request, given, len(results) - len(refused), refused)


def _decided(request: Request, wishes: Sequence[Wish]) -> Sequence[ReviewEntry | ReviewRefused]:
    """One finding alone is not bulk."""
    house, who = house_of(request), decider(request)
    try:
        with house.writing() as connection:
            if len(wishes) == 1:
                return [decide(connection, who, wishes[0], house.now())]
            return decide_many(connection, who, wishes, house.now(), new_mark())
    except ReviewRefused as refusal:
        return [refusal]


def _asked(request: Request, given: dict[str, str], chosen: Sequence[Chosen], missing: Sequence[str]) -> Response:
    """The page between: what is to be decided, and the fields for reason and note."""
    found = {}
    with house_of(request).reading() as connection:
        for one in chosen:
            row = finding_of(connection, one.key)
            if row is not None and viewer_of(request).sees(row["unit"]):
                found[one.text] = finding_fields(row)
    content = {
        "chosen": found,
        "decision": wanted_decision(given.get("decision")),
        "steps": STEPS,
        "missing": missing,
        "typed": {name: given.get(name, "") for name in ("reason", "note")},
        "reasons": list(Reason),
        "rule_of": {rule.id: rule for rule in RULES},
        "back": next_address(given.get("next") or "/findings"),
    }
    return page(request, Reader.of(request), "deciding_many.html", content, 422 if missing else 200)


def _partly(
    request: Request, given: dict[str, str], done: int, refused: Sequence[tuple[str, ReviewRefused]]
) -> Response:
    """Which findings were not decided, and why."""
    zone = house_of(request).zone
    content = {
        "decision": Decision(given["decision"]),
        "done": done,
        "refused": [(key, text_of(why, zone)) for key, why in refused],
        "back": next_address(given.get("next") or "/findings"),
    }
    return page(request, Reader.of(request), "decided_partly.html", content, 200 if done else 409)


@router.post("/inboxes", dependencies=[needs(Right.ACCOUNT)])
async def save(request: Request) -> Response:
    """Keep the filters of the findings page under a name."""
    given = await read_form(request)
    return await run_in_threadpool(_save, request, given)


def _save(request: Request, given: dict[str, str]) -> Response:
    account = viewer_of(request).account
    kept = given_by(dict(parse_qsl(given.get("query", "")[: LONGEST_QUERY * 3])))
    name, query = " ".join(given.get("name", "").split()), urlencode(kept)
    back = f"/findings?{query}" if query else "/findings"
    if account is None or not name or len(name) > LONGEST_NAME or not name.isprintable() or len(query) > LONGEST_QUERY:
        raise Refused(400, say(f"名称须为 1 至 {LONGEST_NAME} 字", f"name: expected 1 to {LONGEST_NAME} characters"))
    try:
        with house_of(request).writing() as connection:
            save_filter(connection, account, name, query)
    except TooManyFilters:
        return RedirectResponse(telling(back, "full"), 303)
    return RedirectResponse(telling(back, "saved"), 303)


@router.post("/inboxes/{number}/delete", dependencies=[needs(Right.ACCOUNT)])
async def delete(request: Request, number: int) -> Response:
    """Take away one of one's own saved filters."""
    given = await read_form(request)
    return await run_in_threadpool(_delete, request, number, given)


def _delete(request: Request, number: int, given: dict[str, str]) -> Response:
    """Raises Refused (404) for one that is not one's own."""
    account = viewer_of(request).account
    with house_of(request).writing() as connection:
        there = account is not None and 0 < number < 2**31 and delete_filter(connection, account, number)
    if not there:
        raise Refused(404, say("没有这个筛选", "saved filter: expected one of your own"))
    return RedirectResponse(telling(given.get("next"), "deleted"), 303)


@router.post("/sign-offs", dependencies=[needs(Right.SIGN_DAY)])
async def sign(request: Request) -> Response:
    """Close a day or a week by form; then back to the page it was asked from."""
    given = await read_form(request)
    return await run_in_threadpool(_sign, request, given)


def _sign(request: Request, given: dict[str, str]) -> Response:
    """Raises Refused (409) with what stands in the way or who signed already."""
    house, note = house_of(request), given.get("note", "")
    period = wanted_period(given.get("period", ""))
    refuse_signing(viewer_of(request), given.get("unit", ""), period)
    if len(note) > LONGEST_NOTE:
        raise Refused(400, say(f"备注最多 {LONGEST_NOTE} 字", f"note: expected at most {LONGEST_NOTE} characters"))
    sent = SignOffSent(unit=given.get("unit", ""), period=given["period"], note=note)
    try:
        with house.writing() as connection:
            close(connection, decider(request), sent, house.zone, house.now())
    except SignOffRefused as refusal:
        raise sign_off_problem(refusal, house.zone) from refusal
    return RedirectResponse(telling(given.get("next"), "signed", default="/"), 303)
