"""统计: how much is known, looked at, on record and decided; by day, by unit, and which problems come back.

Every figure is a sum over the kept counts of days and units (`storage.tallies`), so its cost does not grow with the
number of clips. Each says what it is counted of, and under which filters a list gives exactly its rows, where one can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, select

from storage.queries.overview_words import DEFINITIONS
from storage.queries.ways import unindexed
from storage.schema.tables import DAY_RULE, DAY_TALLY
from storage.tallies import RESULTS, STAGES, freshness, monday

By = Literal["day", "week", "month"]
LONG = 62
WEEKS = 2
"""A rule that is found in one unit in so many weeks is a repeated problem."""
MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. `of` is its denominator; `filters` are those under which the list `rows` gives its rows."""

    name: str
    value: int
    of: int | None
    rows: str | None
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, what it is counted of, and the share of that of which nothing could be said."""

    name: str
    value: float | None
    of: int
    unknown_share: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """The counts of a stretch of days or of a unit: stages, results, seconds."""

    numbers: Mapping[str, int]

    def rates(self) -> tuple[Rate, ...]:
        """Coverage by activities and by time, standard among covered, decided among due."""
        n = self.numbers
        due = n["due"]
        unknown = _share(n["unknown"], due)
        return (
            Rate("covered_rate", _share(n["covered"], due - n["unknown"]), due - n["unknown"], unknown),
            Rate("covered_time", _share(n["covered_us"], n["required_us"]), n["required_us"] // MICROSECONDS, unknown),
            Rate("standard_rate", _share(n["standard"], n["covered"]), n["covered"], unknown),
            Rate("reviewed_rate", _share(n["reviewed"], due), due, unknown),
        )


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Findings of one rule; `weeks`: in how many weeks of the period, in the unit where there were most."""

    rule: str
    flag: str
    found: int
    open: int


@dataclass(frozen=True, slots=True)
class Period:
    """One step of the trend; `start` is its first day (YYYY-MM-DD)."""

    start: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Repeated:
    """A rule that a unit's activities broke in several weeks."""

    rule: str
    weeks: int
    found: int


@dataclass(frozen=True, slots=True)
class Ranked:
    """One unit with its counts, worst covered share first."""

    unit: str
    counts: Counts
    repeated: tuple[Repeated, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything of the page. `definitions`: (Chinese, English) of every figure and rate by name.

    Counts are those of the scan that ended `counted_at`; `waiting`: what has changed since is counted by the next one.
    """

    from_day: str
    to_day: str
    waterfall: tuple[Figure, ...]
    results: tuple[Figure, ...]
    flags: Mapping[str, int]
    rules: tuple[RuleCount, ...]
    rates: tuple[Rate, ...]
    trend: tuple[Period, ...]
    ranking: tuple[Ranked, ...]
    definitions: Mapping[str, tuple[str, str]]
    counted_at: datetime | None
    waiting: bool


NUMBERS = (*STAGES, *RESULTS, "required_us", "covered_us")
_SUMS = tuple(func.coalesce(func.sum(DAY_TALLY.c[name]), 0).label(name) for name in NUMBERS)


def overview(
    connection: Connection, units: Sequence[str] | None, from_day: date, to_day: date, by: By = "day"
) -> Overview:
    """Counts of the days from `from_day` to `to_day`, both included; `units` None: of every unit."""
    days = {row.day: _counts(row) for row in connection.execute(_summed(DAY_TALLY.c.day, units, from_day, to_day))}
    by_unit = {row.unit: _counts(row) for row in connection.execute(_summed(DAY_TALLY.c.unit, units, from_day, to_day))}
    total = _together(days.values())
    rules, repeated = _rules(connection, units, from_day, to_day)
    fresh = freshness(connection)
    filters = {"from": from_day.isoformat(), "to": to_day.isoformat()}
    return Overview(
        from_day=from_day.isoformat(),
        to_day=to_day.isoformat(),
        waterfall=_waterfall(total.numbers, filters),
        results=_results(total.numbers, filters),
        flags=_flags(rules),
        rules=rules,
        rates=total.rates(),
        trend=_trend(days, by),
        ranking=_ranking(by_unit, repeated),
        definitions=DEFINITIONS,
        counted_at=fresh.counted_at,
        waiting=fresh.waiting,
    )


def _within(
    table: Any, units: Sequence[str] | None, from_day: date, to_day: date, *, ordered: bool = False
) -> list[ColumnElement[bool]]:
    """`ordered`: the rows are wanted in order of day."""
    # Of a long time nearly all rows are wanted: one after the other they are read sooner than by an index.
    day = unindexed(table.c.day) if (to_day - from_day).days > LONG and not ordered else table.c.day
    wanted = [day >= from_day.isoformat(), day <= to_day.isoformat()]
    return wanted if units is None else [*wanted, table.c.unit.in_(list(units))]


def _summed(by: ColumnElement[Any], units: Sequence[str] | None, from_day: date, to_day: date) -> Any:
    wanted = _within(DAY_TALLY, units, from_day, to_day, ordered=by is DAY_TALLY.c.day)
    return select(by, *_SUMS).where(*wanted).group_by(by).order_by(by)


def _counts(row: Any) -> Counts:
    return Counts({name: int(getattr(row, name)) for name in NUMBERS})


def _together(some: Any) -> Counts:
    total = dict.fromkeys(NUMBERS, 0)
    for counts in some:
        for name, number in counts.numbers.items():
            total[name] += number
    return Counts(total)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _waterfall(numbers: Mapping[str, int], filters: Mapping[str, str]) -> tuple[Figure, ...]:
    found = []
    for stage, before in zip(STAGES, (None, *STAGES[:-1]), strict=True):
        of = None if before is None else numbers["due" if stage == "reviewed" else before]
        rows = "incidents" if stage == "known" else None
        found.append(Figure(stage, numbers[stage], of, rows, filters if rows else {}))
    return tuple(found)


def _results(numbers: Mapping[str, int], filters: Mapping[str, str]) -> tuple[Figure, ...]:
    return tuple(
        Figure(name, numbers[name], numbers["known"], "incidents", {**filters, "status": name})
        if name != "unjudged"
        else Figure(name, numbers[name], numbers["known"], None, {})
        for name in RESULTS
    )


def _rules(
    connection: Connection, units: Sequence[str] | None, from_day: date, to_day: date
) -> tuple[tuple[RuleCount, ...], dict[str, tuple[Repeated, ...]]]:
    rule = DAY_RULE.c
    counted = (func.sum(rule.found), func.sum(rule.open), func.count(rule.week.distinct()))
    query = select(rule.unit, rule.rule, rule.flag, *counted).where(*_within(DAY_RULE, units, from_day, to_day))
    totals: dict[tuple[str, str], list[int]] = {}
    repeated: dict[str, list[Repeated]] = {}
    for unit, name, flag, found, still_open, weeks in connection.execute(
        query.group_by(rule.unit, rule.rule, rule.flag)
    ):
        total = totals.setdefault((name, flag), [0, 0])
        total[0] += int(found)
        total[1] += int(still_open)
        if weeks >= WEEKS:
            repeated.setdefault(unit, []).append(Repeated(name, weeks, int(found)))
    counts = sorted((RuleCount(*key, *n) for key, n in totals.items()), key=lambda one: (-one.found, one.rule))
    worst = {
        unit: tuple(sorted(some, key=lambda one: (-one.weeks, -one.found, one.rule))) for unit, some in repeated.items()
    }
    return tuple(counts), worst


def _flags(rules: Sequence[RuleCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in rules:
        found[one.flag] = found.get(one.flag, 0) + one.found
    return found


def _trend(days: Mapping[str, Counts], by: By) -> tuple[Period, ...]:
    grouped: dict[str, list[Counts]] = {}
    for day, counts in days.items():
        grouped.setdefault(_start(day, by), []).append(counts)
    return tuple(Period(start, _together(some)) for start, some in sorted(grouped.items()))


def _start(day: str, by: By) -> str:
    """First day of the day's week (Monday) or month."""
    if by == "day":
        return day
    if by == "month":
        return f"{day[:7]}-01"
    return monday(day)


def _ranking(by_unit: Mapping[str, Counts], repeated: Mapping[str, tuple[Repeated, ...]]) -> tuple[Ranked, ...]:
    ranked = [Ranked(unit, counts, repeated.get(unit, ())) for unit, counts in by_unit.items()]

    def order(one: Ranked) -> tuple[float, int, str]:
        n = one.counts.numbers
        share = _share(n["covered"], n["due"] - n["unknown"])
        return (2.0 if share is None else share, -n["due"], one.unit)

    return tuple(sorted(ranked, key=order))
