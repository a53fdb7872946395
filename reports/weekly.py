"""周报（周结）: a week's verdicts against the week before, days signed, what is open and whose, what repeats."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection

from domain.finding import FindingStatus
from domain.timespan import Span
from reports.base import Asked, Chart, Column, Draw, Form, Part, Report, Row, Tables, iso
from reports.change import FIGURES, REPEATED, RULES_CHANGED, figure_rows, points, repeated_rows, rule_rows
from reports.daily import OFFICER, OVERDUE
from reports.signing import WEEKS, week_rows
from reports.tally import (
    COVERAGE,
    DECIDED_AT,
    SCAN,
    UNIT,
    VERDICTS,
    Tally,
    agreed,
    read,
    read_before,
    tallies_by,
    tally,
    totals_of,
    unit_of,
    units_asked,
)
from storage.queries.counted import Activities, counted_activities
from storage.queries.standing import Standing, waiting

FOUR_WEEKS = timedelta(days=28)
RATE_BEFORE = Column("rate_before", ("上期合规率", "Rate before"), Form.SHARE)
POINTS = Column("change", ("变化（百分点）", "Change (points)"), Form.NUMBER)
COLUMNS = (UNIT, VERDICTS[0], *VERDICTS[2:], COVERAGE, RATE_BEFORE, POINTS, SCAN, DECIDED_AT)
WAITING = Part(
    name="waiting",
    title=("尚待处理及责任人", "What is still open, and whose"),
    about=(
        "截至时刻尚待处理的问题（期间内的，以及时限在期末之前的），按单位与民警；未写明民警的归单位。",
        "What waits at the time of the report (of the period, or due by its end), by unit and officer.",
    ),
    columns=(
        *(UNIT, OFFICER, Column("open", ("待处理", "Open"), Form.NUMBER)),
        *(Column("explained", ("待认可", "Explained"), Form.NUMBER), OVERDUE),
        *(Column("oldest", ("最早时限", "First due"), Form.TIME), SCAN, DECIDED_AT),
    ),
    key=("unit", "officer"),
)


def rows(connection: Connection, asked: Asked) -> Tables:
    """All tables of the week."""
    now, before = read(connection, asked, asked.period), read_before(connection, asked)
    by_unit, by_unit_before = tallies_by(now, unit_of), tallies_by(before, unit_of)
    whole = tally(now.values())
    agreed(whole, by_unit)
    units = units_asked(connection, asked)
    parts = {
        "figures": figure_rows(whole, tally(before.values())),
        "rules": rule_rows(now, before),
        "sign-offs": week_rows(connection, asked, by_unit),
        "waiting": waiting_rows(waiting(connection, units, asked.period.span, asked.as_of), asked),
        "repeated": repeated_rows(_four_weeks(connection, asked).values()),
    }
    return Tables(list(unit_rows(by_unit, by_unit_before)), parts)


def unit_rows(now: dict[str, Tally], before: dict[str, Tally]) -> Iterable[Row]:
    """Each unit with its rate in the stretch before."""
    for unit, one in now.items():
        rate = before[unit].rate if unit in before else None
        yield {"unit": unit or None, **one.row(), "rate_before": rate, "change": points(one.rate, rate)}


def _four_weeks(connection: Connection, asked: Asked) -> Activities:
    span, units = asked.period.span, units_asked(connection, asked)
    long = Span(min(span.start, span.end - FOUR_WEEKS), span.end)
    return counted_activities(connection, units, long, asked.period.zone, asked.as_of)


def waiting_rows(found: Iterable[Standing], asked: Asked) -> list[Row]:
    """By unit and officer, the most overdue first."""
    grouped: dict[tuple[str, str], list[Standing]] = {}
    for one in found:
        grouped.setdefault((one.unit or "", one.officer or ""), []).append(one)
    rows = [_waiting(place, some, asked) for place, some in grouped.items()]
    return sorted(rows, key=lambda row: (-row["overdue"], row["oldest"], row["unit"] or "", row["officer"] or ""))


def _waiting(place: tuple[str, str], found: list[Standing], asked: Asked) -> Row:
    decided = [one.decided_at for one in found if one.decided_at is not None]
    unit, officer = place
    return {
        "unit": unit or None,
        "officer": officer or None,
        "open": sum(one.status == FindingStatus.OPEN for one in found),
        "explained": sum(one.status == FindingStatus.EXPLAINED for one in found),
        "overdue": sum(one.due_at < asked.as_of for one in found),
        "oldest": iso(min(one.due_at for one in found)),
        "scan": max(one.scan for one in found),
        "decided_at": iso(max(decided, default=None)),
    }


WEEKLY = Report(
    name="weekly",
    title=("周报（周结）", "Weekly report (close-out)"),
    heading=("各单位判定", "Verdicts by unit"),
    about=(
        "本周各单位判定与上周比较、日清周结情况、尚待处理的问题及责任人、重复出现的问题。",
        "The week's verdicts against the week before, days signed, what is still open and whose, and what comes back.",
    ),
    columns=COLUMNS,
    key=("unit",),
    rows=rows,
    totals=totals_of,
    charts=(
        Chart(
            ("各单位合规率：本周与上周", "Compliant rate by unit: now and before"),
            Draw.BARS,
            "unit",
            ("rate", "rate_before"),
        ),
    ),
    parts=(FIGURES, WEEKS, WAITING, RULES_CHANGED, REPEATED),
)
