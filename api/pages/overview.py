"""统计: how many activities are known, due, on record and decided; rates with their unknown share; trend; ranking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.house import house_of
from api.identity.access import needs, scope, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.problems import Refused
from detectors import RULES
from domain.access import Right
from domain.finding import Flag
from domain.sign_off import YEARS
from domain.wording import say
from storage.queries.filters import Filters, storable, wanted_units
from storage.queries.overview import By, Overview, Period, Rate, overview

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.REPORT)])
USUAL_DAYS, MOST_DAYS = 30, 1100
LEFT, TOP, HEIGHT, WIDTH = 44.0, 14.0, 150.0, 900.0
LABELS, WIDEST = 10, 64.0
KINDS = ("incident", "session")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, and what of it cannot be read."""

    unit: str
    start: date
    end: date
    by: By
    errors: tuple[tuple[str, str], ...] = ()

    def address(self, path: str, **more: str) -> str:
        """A list under the same unit and days."""
        given = {"from": self.start.isoformat(), "to": self.end.isoformat(), "unit": self.unit, **more}
        return f"{path}?{urlencode({name: value for name, value in given.items() if value})}"


@dataclass(frozen=True, slots=True)
class Column:
    """One step of the trend on paper: covered part below, what cannot be decided on top; places from the left."""

    x: float
    width: float
    covered: float
    unknown: float
    label: str
    title: str


@router.get("/overview")
def show(request: Request) -> Response:
    """The page of the viewer's units under the filters of the address; what cannot be read is told (400)."""
    house, reader, viewer = house_of(request), Reader.of(request), viewer_of(request)
    asked = _asked(request.query_params, house.now().astimezone(house.zone).date(), viewer.unit or "")
    if asked.unit and (not storable(asked.unit) or not viewer.sees(asked.unit)):
        raise Refused(404, say("没有这个单位", f"unit: expected the code of one that you see, got {asked.unit[:40]!r}"))
    with house.reading() as connection:
        units = wanted_units(connection, Filters(unit=asked.unit or None, scope=scope(request)))
        found = overview(connection, units, asked.start, asked.end, asked.by)
        names = unit_names(connection, scope(request))
    content = {
        "asked": asked,
        "found": found,
        "units": names,
        "columns": _columns(found.trend, reader),
        "rates_of": lambda one: {rate.name: rate for rate in one.counts.rates()},
        "links": lambda name: _links(asked, name),
        "top": max([figure.value for figure in found.waterfall], default=0),
        "rule_of": {rule.id: rule for rule in RULES},
        "flags": [flag.value for flag in Flag],
        "steps": get_args(By),
        "shown_rates": _shown(found),
        "paper": {"width": WIDTH, "height": HEIGHT, "left": LEFT, "top": TOP},
    }
    return page(request, reader, "overview.html", content, 400 if asked.errors else 200)


def _asked(given: Mapping[str, str], today: date, unit: str) -> Asked:
    errors: list[tuple[str, str]] = []
    end = _day(given, "to", today, errors)
    if end.year not in YEARS:
        errors.append(("to", say("日期过早或过晚", f"expected a day from {YEARS[0]} to {YEARS[-1]}")))
        end = today
    start = _day(given, "from", end - timedelta(days=USUAL_DAYS - 1), errors)
    if not 0 <= (end - start).days < MOST_DAYS:
        errors.append(
            ("to", say(f"最多 {MOST_DAYS} 天，且不早于起始日", f"expected up to {MOST_DAYS} days from {start}"))
        )
        start = end - timedelta(days=USUAL_DAYS - 1)
    by = given.get("by") or "day"
    if by not in get_args(By):
        errors.append(("by", say("按日、周或月", f"expected one of {', '.join(get_args(By))}")))
        by = "day"
    return Asked(given.get("unit", unit).strip(), start, end, cast(By, by), tuple(errors))


def _day(given: Mapping[str, str], name: str, usual: date, errors: list[tuple[str, str]]) -> date:
    text = given.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else usual
    except ValueError:
        errors.append((name, say("日期格式如 2026-11-20", f"expected a day such as 2026-11-20, got {text[:40]!r}")))
        return usual


def _links(asked: Asked, name: str) -> list[tuple[str, str]]:
    """The lists of exactly the activities that a figure counts: its kind and address; none where no filter says it."""
    if name == "known":
        return [(kind, asked.address(f"/{kind}s")) for kind in KINDS]
    if name in ("compliant", "noncompliant", "unknown", "pending", "notapplicable"):
        return [(kind, asked.address(f"/{kind}s", status=name)) for kind in KINDS]
    return []


def _shown(found: Overview) -> Sequence[Rate]:
    """Rates that are taken of anything."""
    return [rate for rate in found.rates if rate.of]


def _columns(trend: Sequence[Period], reader: Reader) -> list[Column]:
    """The trend as columns; labels so many that they do not lie on each other."""
    if not trend:
        return []
    step = (WIDTH - LEFT) / len(trend)
    every = -(-len(trend) // LABELS)
    return [_column(one, LEFT + at * step, step, at % every == 0, reader) for at, one in enumerate(trend)]


def _column(one: Period, x: float, step: float, labelled: bool, reader: Reader) -> Column:
    n = one.counts.numbers
    covered, unknown = ((n[name] / n["due"] if n["due"] else 0.0) for name in ("covered", "unknown"))
    shares = reader.t("overview.column", covered=reader.share(covered), unknown=reader.share(unknown), due=n["due"])
    title = f"{one.start}: {shares if n['due'] else reader.t('overview.column.none')}"
    width = round(min(max(step * 0.72, 1.0), WIDEST), 1)
    place = round(x + (step - width) / 2, 1)
    return Column(place, width, round(covered * HEIGHT, 1), round(unknown * HEIGHT, 1), one.start[5:] * labelled, title)
