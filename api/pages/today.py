"""今日自查: what the day asks of a unit: open findings, what is due, what can be recovered, how fresh the data is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.house import house_of
from api.identity.access import needs, scope, viewer_of
from api.moments import midnight
from api.pages.freshness import freshness
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.pages.telling import told_by
from api.problems import Refused
from detectors import RULES
from domain.access import Right, Viewer
from domain.activity import ActivityKind
from domain.due import Due, due_span
from domain.finding import ActivityResult
from domain.sign_off import DayState, WeekState, week_period
from domain.wording import say
from storage.queries import Filters
from storage.queries.filters import storable, wanted_units
from storage.queries.today import Units, Waiting, flag_counts, most_urgent, recoverable, results
from storage.scans import newest_scan, stores_in
from storage.sign_offs import week_state

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])
DAY = timedelta(days=1)
WORK, RECOVER = 12, 8
RECENT = timedelta(days=31)
"""Activities that cannot be decided or are pending are looked for so far back."""
COUNTED = (ActivityResult.COMPLIANT.value, ActivityResult.NONCOMPLIANT.value, ActivityResult.UNKNOWN.value)
"""What a rate is taken of: excluded activities need no recording, pending ones may still get it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Activities with one result, by kind, each with the list of exactly those."""

    kinds: tuple[tuple[str, int, str], ...]
    earliest: datetime | None

    @property
    def count(self) -> int:
        return sum(number for _, number, _ in self.kinds)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of the week's activities of one kind are compliant; `parts`: result, number, list of them."""

    kind: str
    parts: tuple[tuple[str, int, str], ...]

    @property
    def whole(self) -> int:
        return sum(number for _, number, _ in self.parts)

    def share(self, result: str) -> float | None:
        number = next((number for name, number, _ in self.parts if name == result), 0)
        return number / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class Signing:
    """What a unit has to close: this day, this week, and the week before."""

    today: DayState
    week: WeekState
    last_week: WeekState

    @property
    def unsigned(self) -> tuple[DayState, ...]:
        """Days before this one that had something to check and are not signed, the latest first."""
        days = (*self.last_week.days, *self.week.days)
        open_ = [one for one in days if one.day < self.today.day and one.signed is None and not one.empty]
        return tuple(sorted(open_, key=lambda one: one.day, reverse=True))

    @property
    def weeks(self) -> tuple[WeekState, ...]:
        """Weeks to be closed: the one before where that was not done, then this one."""
        return (*(() if self.last_week.closed or self._quiet else (self.last_week,)), self.week)

    @property
    def _quiet(self) -> bool:
        return all(one.empty for one in self.last_week.days)


@router.get("/")
def today(request: Request) -> Response:
    """The page of the viewer's unit, or of the one that the address names. Raises Refused (404) for another's."""
    house, reader, viewer = house_of(request), Reader.of(request), viewer_of(request)
    unit = chosen_unit(request, viewer)
    with house.reading() as connection:
        filters = Filters(unit=unit or None, scope=scope(request))
        content = _content(connection, reader, wanted_units(connection, filters), unit)
        content |= _signing(connection, reader, viewer, unit)
        content |= {
            "units": unit_names(connection, filters.scope),
            "told": told_by(request),
            "stores": freshness(stores_in(connection, wanted_units(connection, filters))),
            "scan": newest_scan(connection),
        }
    return page(request, reader, "today.html", content)


def _signing(connection: Connection, reader: Reader, viewer: Viewer, unit: str) -> dict[str, Any]:
    """This day's and week's state of the unit, the days before that are not signed, and the week before."""
    if not viewer.may(Right.SIGN_DAY) or not viewer.sees(unit or None):
        return {"signing": None}
    day = reader.now.astimezone(reader.zone).date()
    this, last = (
        week_state(connection, unit, week_period(one), reader.zone, reader.now) for one in (day, day - 7 * DAY)
    )
    return {"signing": Signing(next(one for one in this.days if one.day == day), this, last)}


def chosen_unit(request: Request, viewer: Viewer) -> str:
    """Code of the unit that is looked at, "" for all that the viewer sees. Raises Refused (404)."""
    unit = request.query_params.get("unit", viewer.unit or "").strip()
    if unit and (not storable(unit) or not viewer.sees(unit)):
        raise Refused(404, say("没有这个单位", f"unit: expected the code of a unit that you see, got {unit[:40]!r}"))
    return unit


def _content(connection: Connection, reader: Reader, units: Units, unit: str) -> dict[str, Any]:
    now = reader.now
    day = now.astimezone(reader.zone).date()
    morning, evening = midnight(day, reader.zone), midnight(day + DAY, reader.zone)
    monday = day - timedelta(days=day.weekday())
    counts = flag_counts(connection, units, now, morning, due_span(Due.TODAY, now, reader.zone))
    recent = results(connection, units, midnight(day - RECENT, reader.zone), evening, reader.zone)
    week = results(connection, units, midnight(monday, reader.zone), evening, reader.zone)
    address = Addresses(unit)
    return {
        "unit": unit,
        "day": day,
        "now": now,
        "evening": evening,
        "soon": lambda until: until - now < DAY * 2,
        "counts": counts,
        "open": sum(one.open for one in counts),
        "pending": _counted(recent, ActivityResult.PENDING, address, day - RECENT),
        "unknown": _counted(recent, ActivityResult.UNKNOWN, address, day - RECENT),
        "recent_days": RECENT.days,
        "work": most_urgent(connection, units, WORK),
        "recover": recoverable(connection, units, now, RECOVER),
        "rates": [_rate(kind, week, address, monday) for kind in ActivityKind],
        "rule_of": {rule.id: rule for rule in RULES},
        "address": address,
        "hours": lambda until: hours_left(until - now, reader),
    }


def hours_left(left: timedelta, reader: Reader) -> str:
    """How long until something is lost, rounded down: never more than there is."""
    hours = int(left.total_seconds() // 3600)
    if hours >= 72:
        return reader.t("today.days", days=hours // 24)
    return reader.t("today.hours", hours=hours) if hours else reader.t("today.minutes")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Lists of exactly the rows that a number counts, all under the chosen unit."""

    unit: str

    def findings(self, **filters: str) -> str:
        return self._to("/findings", {"status": "open", **filters})

    def activities(self, kind: str, since: object, result: str) -> str:
        return self._to(f"/{kind}s", {"from": str(since), "status": result})

    def _to(self, path: str, filters: Mapping[str, str]) -> str:
        return f"{path}?{urlencode({**filters, **({'unit': self.unit} if self.unit else {})})}"


def _counted(found: tuple[Waiting, ...], result: ActivityResult, address: Addresses, since: object) -> Counted:
    mine = [one for one in found if one.result == result.value]
    times = [one.earliest for one in mine if one.earliest is not None]
    kinds = tuple((one.kind, one.count, address.activities(one.kind, since, one.result)) for one in mine)
    return Counted(kinds, min(times, default=None))


def _rate(kind: ActivityKind, found: tuple[Waiting, ...], address: Addresses, since: object) -> Rate:
    numbers = {one.result: one.count for one in found if one.kind == kind.value}
    parts = ((result, numbers.get(result, 0), address.activities(kind.value, since, result)) for result in COUNTED)
    return Rate(kind.value, tuple(parts))
