"""`/api/v1/sign-offs`: closed days and weeks of units, what a period still lacks, and closing it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.answers import answer
from api.deciding import decider
from api.house import house_of
from api.idempotency import PARAMETER, once
from api.identity.access import needs, refuse_without, viewer_of
from api.parameters import in_query, refused, single_values
from api.problems import PROBLEM_RESPONSES, Refused
from api.refusals import sign_off_json, sign_off_problem
from api.shapes.lists import UNIT
from api.shapes.reviews import SignOffRow, SignOffsAnswer, SignOffSent
from domain.access import Right, Viewer
from domain.sign_off import DayState, InTheWay, Period, SignOff, SignOffKind, WeekState, parse_period
from domain.wording import say
from storage.queries.filters import storable
from storage.reviews import Decider
from storage.sign_off_refusals import SignOffRefused
from storage.sign_offs import close_week, day_state, sign_day, sign_offs, week_state

router = APIRouter(prefix="/api/v1", tags=["reviews"])
READING: dict[int | str, Any] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 404, 421, 422, 429, 500, 503)
}
WRITING: dict[int | str, Any] = {
    status: PROBLEM_RESPONSES[status] for status in (400, 401, 403, 404, 409, 413, 421, 422, 429, 500, 503)
}
ASKED = [
    in_query("unit", 'Code of a unit; "" is all units together.', {"type": "string"}, UNIT),
    in_query("period", "A day or a week: 2026-11-22 or 2026-W47.", {"type": "string"}, "2026-11-22"),
]
Json = dict[str, Any]


@router.get(
    "/sign-offs",
    operation_id="list_sign_offs",
    summary=say("签收记录", "Days and weeks that are closed"),
    response_model=SignOffsAnswer,
    responses=READING,
    dependencies=[needs(Right.SEE)],
    openapi_extra={"parameters": ASKED},
)
def listed(request: Request) -> Response:
    """The newest hundred sign-offs, and where unit and period are given what they still lack."""
    given = single_values(request, ("unit", "period"))
    house, viewer, unit = house_of(request), viewer_of(request), given.get("unit")
    if unit is not None:
        refuse_unseen(viewer, unit)
    period = wanted_period(given["period"]) if "period" in given else None
    with house.reading() as connection:
        found = sign_offs(connection, viewer.units, unit)
        state = None
        if unit is not None and period is not None:
            state = state_json(connection, unit, period, house.zone, house.now())
    return answer(request, {"items": [sign_off_json(one) for one in found], "state": state}, house.zone)


@router.post(
    "/sign-offs",
    operation_id="sign_off",
    summary=say("日清或周结", "Close a day or a week of a unit"),
    status_code=201,
    response_model=SignOffRow,
    responses=WRITING,
    dependencies=[needs(Right.SIGN_DAY)],
    openapi_extra={"parameters": [PARAMETER]},
)
def sign(request: Request, sent: SignOffSent) -> Response:
    """Close a day or a week of a unit; 409 with what stands in the way, or who signed already."""
    house = house_of(request)
    period = wanted_period(sent.period)
    refuse_signing(viewer_of(request), sent.unit, period)

    def work(connection: Connection) -> tuple[int, Json]:
        try:
            made = close(connection, decider(request), sent, house.zone, house.now())
        except SignOffRefused as refusal:
            raise sign_off_problem(refusal, house.zone) from refusal
        return 201, sign_off_json(made)

    return once(request, sent.model_dump_json(), work)


def close(connection: Connection, who: Decider, sent: SignOffSent, zone: ZoneInfo, now: datetime) -> SignOff:
    """Close what was named. Raises SignOffRefused."""
    period = parse_period(sent.period)
    if period.kind is SignOffKind.WEEK:
        return close_week(connection, who, sent.unit, period, zone, now=now, note=sent.note)
    return sign_day(connection, who, sent.unit, period.first, zone, now=now, note=sent.note)


def refuse_signing(viewer: Viewer, unit: str, period: Period) -> None:
    """Raises Refused (403, 404)."""
    refuse_without(viewer, Right.CLOSE_WEEK if period.kind is SignOffKind.WEEK else Right.SIGN_DAY)
    refuse_unseen(viewer, unit)


def refuse_unseen(viewer: Viewer, unit: str) -> None:
    """Raises Refused (404); all units together are for those who see all."""
    if not storable(unit) or not viewer.sees(unit or None):
        raise Refused(404, say("没有这个单位", f"unit: expected the code of one of your units, got {unit[:40]!r}"))


def wanted_period(text: str) -> Period:
    """Raises Refused (422)."""
    try:
        return parse_period(text)
    except ValueError as error:
        raise refused([("period", str(error))]) from error


def state_json(connection: Connection, unit: str, period: Period, zone: ZoneInfo, now: datetime) -> Json:
    """What a day or a week still lacks."""
    if period.kind is SignOffKind.DAY:
        return _day_json(day_state(connection, unit, period.first, zone, now), period)
    return _week_json(week_state(connection, unit, period, zone, now))


def _day_json(state: DayState, period: Period) -> Json:
    counts = {name: getattr(state, name) for name in ("findings", "open", "overdue")}
    return {
        "kind": period.kind,
        "unit": state.unit,
        "period": period.text,
        "possible": state.possible,
        "activities": state.activities,
        **counts,
        "waiting": 0,
        "unsigned": [],
        "in_the_way": _in_the_way(state.in_the_way),
        "signed": state.signed and sign_off_json(state.signed),
    }


def _week_json(state: WeekState) -> Json:
    counts = {name: getattr(state, name) for name in ("open", "waiting", "overdue")}
    unsigned = [day.isoformat() for day in state.unsigned]
    return {
        "kind": state.week.kind,
        "unit": state.unit,
        "period": state.week.text,
        "possible": state.possible,
        "activities": {},
        "findings": sum(day.findings for day in state.days),
        **counts,
        "unsigned": unsigned,
        "in_the_way": _in_the_way(state.in_the_way),
        "signed": state.closed and sign_off_json(state.closed),
    }


def _in_the_way(found: tuple[InTheWay, ...]) -> list[Json]:
    names = ("rule", "flag", "severity", "kind", "subject", "officer", "unit", "status", "due_at", "overdue")
    return [{"id": one.key, **{name: getattr(one, name) for name in names}} for one in found]
