"""What documents count of activities: verdicts, stages and rates of a unit, a day or all; and that sums agree.

The stages are those of the overview (`storage.tallies`); here they are counted from the versions, as of a time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection

from domain.errors import FiguresDisagree
from domain.finding import ActivityResult
from domain.period import Period
from domain.timespan import utc
from domain.wording import say
from reports.base import Asked, Column, Form, Total, share
from reports.completeness import figures
from storage.queries.counted import Activities, counted_activities
from storage.queries.filters import wanted_units
from storage.tallies import RESULTS, STAGES, Counted

MICROSECONDS = 1_000_000
LAST = "decided_at"
NEVER = utc(1970, 1, 1)
UNIT = Column("unit", ("单位", "Unit"))
SCAN = Column("scan", ("最近判定扫描", "Latest scan"), Form.NUMBER, compared=False)
DECIDED_AT = Column(LAST, ("最近人工处理", "Last decision"), Form.TIME, compared=False)
"""By scan and decision a comparison tells why a row changed."""
VERDICTS = (
    Column("activities", ("活动", "Activities"), Form.NUMBER),
    Column("notapplicable", ("不适用", "Not applicable"), Form.NUMBER),
    Column("pending", ("待判定", "Pending"), Form.NUMBER),
    Column("compliant", ("合规", "Compliant"), Form.NUMBER),
    Column("noncompliant", ("不合规", "Noncompliant"), Form.NUMBER),
    Column("unknown", ("无法判定", "Cannot be decided"), Form.NUMBER),
    Column("rate", ("合规率", "Compliant rate"), Form.SHARE),
    Column("unknown_share", ("无法判定占比", "Undecidable"), Form.SHARE),
)
COVERAGE = Column("coverage", ("记录完整率", "Coverage"), Form.SHARE)


@dataclass(slots=True)
class Tally:
    """Counts of some activities: by result and stage, seconds of the due ones, what established them last."""

    activities: int = 0
    results: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    stages: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STAGES, 0))
    required_us: int = 0
    covered_us: int = 0
    scan: int = 0
    decided_at: datetime = NEVER

    def add(self, one: Counted) -> None:
        self.activities += 1
        self.results[one.result] += 1
        due = False
        for stage, reached in one.stages():
            if reached:
                self.stages[stage] += 1
                due = due or stage == "due"
        if due:
            self.required_us += one.required_us
            self.covered_us += one.covered_us
        self.scan = max(self.scan, one.scan)
        for found in one.findings.values():
            if found.decided_at is not None and found.decided_at > self.decided_at:
                self.decided_at = found.decided_at

    @property
    def decided(self) -> int:
        """Of how many the rate is: those that could be decided."""
        return self.results["compliant"] + self.results["noncompliant"]

    @property
    def rate(self) -> float | None:
        return share(self.results["compliant"], self.decided)

    @property
    def coverage(self) -> float | None:
        return share(self.covered_us, self.required_us)

    @property
    def unknown_share(self) -> float | None:
        return share(self.results["unknown"], self.decided + self.results["unknown"])

    def row(self) -> dict[str, Any]:
        """The values of VERDICTS, COVERAGE, SCAN and DECIDED_AT; not yet judged counts as pending."""
        return {
            "activities": self.activities,
            **{name: self.results[name] for name in RESULTS if name != "unjudged"},
            "pending": self.results["pending"] + self.results["unjudged"],
            "rate": self.rate,
            "unknown_share": self.unknown_share,
            "coverage": self.coverage,
            "scan": self.scan,
            LAST: None if self.decided_at == NEVER else self.decided_at.isoformat(),
        }

    def totals(self) -> list[Total]:
        """Verdicts and rates with their denominators."""
        counts: dict[str | None, int] = {one.value: self.results[one.value] for one in ActivityResult}
        counts[None] = self.results["unjudged"]
        return figures(counts, self.required_us / MICROSECONDS, self.covered_us / MICROSECONDS)


def tally(activities: Iterable[Counted]) -> Tally:
    """All of them together."""
    found = Tally()
    for one in activities:
        found.add(one)
    return found


def tallies_by(activities: Activities, named: Callable[[Counted], str]) -> dict[str, Tally]:
    """By what each belongs to, in order of its name."""
    found: dict[str, Tally] = {}
    for one in activities.values():
        found.setdefault(named(one), Tally()).add(one)
    return {name: found[name] for name in sorted(found)}


def unit_of(one: Counted) -> str:
    """Its unit, "" for none."""
    return one.place[1]


def day_of(one: Counted) -> str:
    """Its local day, YYYY-MM-DD."""
    return one.place[2]


def units_asked(connection: Connection, asked: Asked) -> tuple[str, ...] | None:
    """Codes of the units that are asked for and may be shown, None for every unit."""
    return wanted_units(connection, asked.filters())


def read(connection: Connection, asked: Asked, period: Period) -> Activities:
    """The activities of a period, in the units asked for."""
    return counted_activities(connection, units_asked(connection, asked), period.span, period.zone, asked.as_of)


def read_before(connection: Connection, asked: Asked) -> Activities:
    """Those of the stretch before the period, to compare with."""
    before = asked.period.before()
    return {} if before is None else read(connection, asked, before)


def totals_of(rows: Sequence[Mapping[str, Any]]) -> list[Total]:
    """Totals of rows by unit: from their counts, never the mean of rates."""
    counts: dict[str | None, int] = {one.value: sum(row[one.value] for row in rows) for one in ActivityResult}
    counts[None] = 0
    whole = figures(counts, 0.0, 0.0)
    return [total for total in whole if total.key not in ("coverage", "not-judged")]


def agreed(whole: Tally, *splits: Mapping[str, Tally]) -> None:
    """That no stage is larger than the one before it and that parts add up. Raises FiguresDisagree."""
    stages = whole.stages
    for before, after in pairwise(STAGES):
        most = stages["due" if after == "reviewed" else before]
        if stages[after] > most:
            _disagree(f"{after} <= {most}", stages[after])
    results = whole.results
    _equal("sum of verdicts", sum(results.values()), whole.activities)
    _equal("known", stages["known"], whole.activities)
    _equal("in scope", stages["in_scope"], whole.activities - results["notapplicable"])
    _equal("due", stages["due"], stages["in_scope"] - results["pending"] - results["unjudged"])
    for split in splits:
        _equal("sum of parts", sum(one.activities for one in split.values()), whole.activities)
        for stage in STAGES:
            _equal(f"sum of parts, {stage}", sum(one.stages[stage] for one in split.values()), stages[stage])


def _equal(what: str, got: int, expected: int) -> None:
    if got != expected:
        _disagree(f"{what}: {expected}", got)


def _disagree(expected: str, got: int) -> None:
    text = say("报表各项之和不符，未予生成", "report: its sums disagree and it is not made")
    raise FiguresDisagree(f"{text}: expected {expected}, got {got}")
