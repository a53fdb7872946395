"""`/api/v1/overview`: 统计 as JSON; counts of days, units and rules with the definition of each."""

from datetime import date, datetime, timedelta
from typing import Any, cast, get_args

from fastapi import APIRouter, Request, Response

from api.answers import answer
from api.house import House, house_of
from api.identity.access import needs, scope
from api.parameters import LONGEST, refused, single_values
from api.problems import PROBLEM_RESPONSES
from api.shapes.overview import OverviewAnswer
from domain.access import Right
from domain.wording import say
from storage.queries.filters import Filters, storable, wanted_units
from storage.queries.overview import By, overview

NAMES = ("unit", "from", "to", "by")
USUAL_DAYS, MOST_DAYS = 30, 1100
RESPONSES: dict[int | str, dict[str, Any]] = {
    status: PROBLEM_RESPONSES[status] for status in (401, 403, 405, 421, 422, 429, 500, 503)
}


def _described(name: str, meaning: str, example: str, **schema: Any) -> dict[str, Any]:
    kind = {"type": "string", "maxLength": LONGEST, **schema}
    return {"name": name, "in": "query", "required": False, "description": meaning, "schema": kind, "example": example}


PARAMETERS = [
    _described("unit", "Code of a unit; units below it are included.", "310114010000"),
    _described("from", "First day; without it the 30 days up to the last one.", "2026-11-01", format="date"),
    _described("to", "Last day, included; without it today.", "2026-11-30", format="date"),
    _described("by", "Steps of the trend.", "week", enum=list(get_args(By)), default="day"),
]
router = APIRouter(prefix="/api/v1", tags=["overview"], dependencies=[needs(Right.SEE)])


@router.get(
    "/overview",
    operation_id="read_overview",
    summary=say("统计", "Counts with their denominators"),
    response_model=OverviewAnswer,
    responses=RESPONSES,
    openapi_extra={"parameters": PARAMETERS},
)
def read_overview(request: Request) -> Response:
    """The waterfall from what is known to what is decided, rates, trend, and units with repeated problems."""
    house = house_of(request)
    unit, from_day, to_day, by = _asked(request, house)
    with house.reading() as connection:
        units = wanted_units(connection, Filters(unit=unit, scope=scope(request)))
        return answer(request, overview(connection, units, from_day, to_day, by), house.zone)


def _asked(request: Request, house: House) -> tuple[str | None, date, date, By]:
    """Raises Refused (422) naming every parameter that cannot be used."""
    given = single_values(request, NAMES)
    errors: list[tuple[str, str]] = []
    today: date = house.now().astimezone(house.zone).date()
    to_day = _day(given, "to", today, errors)
    from_day = _day(given, "from", to_day - timedelta(days=min(USUAL_DAYS - 1, to_day.toordinal() - 1)), errors)
    if not errors and not 0 <= (to_day - from_day).days < MOST_DAYS:
        errors.append(("to", f"expected a day from {from_day} on, fewer than {MOST_DAYS} days later, got {to_day}"))
    by = given.get("by", "day")
    if by not in get_args(By):
        errors.append(("by", f"expected one of {', '.join(get_args(By))}; got {by[:40]!r}"))
    unit = given.get("unit")
    if unit is not None and (not unit or len(unit) > LONGEST or not storable(unit)):
        errors.append(("unit", f"expected the code of a unit, got {unit[:40]!r}"))
    if errors:
        raise refused(errors)
    return unit, from_day, to_day, cast(By, by)


def _day(given: dict[str, str], name: str, usual: date, errors: list[tuple[str, str]]) -> date:
    text = given.get(name)
    if text is None:
        return usual
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        errors.append((name, f"expected a day such as 2026-11-20, got {text[:40]!r}"))
        return usual
