"""Counts of days and units: whatever happens, they are what counting from nothing gives."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select, update

from domain.activity import Incident
from domain.finding import Finding, Flag, Outcome, Result, Severity, SubjectKind
from storage import tallies, work
from storage.engine import DatabaseSettings, open_engine
from storage.findings import write_verdicts
from storage.queries.overview import overview
from storage.recounting import Begin, recount
from storage.schema.tables import DAY_RULE, DAY_TALLY, FINDING, RECORD
from storage.verdicts import Judged, Verdict, rows_of
from tests.databases import migrate
from tests.storage.queries import rows

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = ("310114010000", "310114020000")
NUMBERS = tuple(f"110-{number}" for number in range(6))
DAY = date(2026, 11, 22)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        rows.scan(connection)
        rows.store(connection)
        yield connection
    engine.dispose()


def kept(connection: Connection) -> tuple[list[Any], list[Any]]:
    """Both tables without their row numbers."""
    found = []
    for table in (DAY_TALLY, DAY_RULE):
        columns = [column for column in table.c if column.name != "id"]
        found.append(sorted(tuple(row) for row in connection.execute(select(*columns)).all()))
    return found[0], found[1]


def judge(connection: Connection, number: str, result: str, *found: tuple[str, Flag], scan: int = 1) -> None:
    findings = [finding(number, SubjectKind.INCIDENT, rule, flag) for rule, flag in found]
    verdict = Verdict(SubjectKind.INCIDENT, number, number, UNITS[0], result, (), findings, (), None)
    due = dict.fromkeys(Flag, rows.at(1000))
    said = rows_of(verdict, Judged(rows.at(0), "r", due))
    write_verdicts(connection, SubjectKind.INCIDENT, {number: said}, scan)


def finding(subject: str, kind: SubjectKind, rule: str, flag: Flag) -> Finding:
    outcome = Outcome(Result.FAIL, severity=Severity.WARN)
    return Finding(f"{abs(hash((subject, rule))):016x}"[:16], rule, 1, flag, kind, subject, UNITS[0], outcome)


def judge_clip(connection: Connection, anchor: str, *rules: str) -> None:
    found = [finding(anchor, SubjectKind.CLIP, rule, Flag.NONSTANDARD) for rule in rules]
    verdict = Verdict(SubjectKind.CLIP, anchor, anchor, UNITS[0], None, (), found, (), None)
    due = dict.fromkeys(Flag, rows.at(1000))
    said = rows_of(verdict, Judged(rows.at(0), "r", due))
    write_verdicts(connection, SubjectKind.CLIP, {anchor: said}, 1)


def known(connection: Connection) -> None:
    for at, number in enumerate(NUMBERS):
        begun = rows.at(0) + timedelta(days=at % 2)
        rows.incident(connection, Incident(number, UNITS[at % 2], begun, arrived_at=begun))


def test_an_activity_comes_as_far_as_its_verdict_footage_and_findings_let_it(connection: Connection) -> None:
    known(connection)
    file_id = rows.file(connection, "a.mp4")
    rows.link(connection, "110-0", file_id)
    rows.link(connection, "110-2", file_id)
    rows.link(connection, "110-4", rows.file(connection, "b.mp4"))
    judge(connection, "110-0", "compliant")
    judge(connection, "110-2", "noncompliant", ("incomplete.gap", Flag.INCOMPLETE))
    judge(connection, "110-4", "pending")
    recount(lambda: nullcontext(connection), ZONE)
    first = connection.execute(select(DAY_TALLY).where(DAY_TALLY.c.unit == UNITS[0])).mappings().one()
    assert (first["day"], first["known"], first["in_scope"], first["due"]) == ("2026-11-22", 3, 3, 2)
    assert (first["linked"], first["covered"], first["standard"], first["reviewed"]) == (2, 1, 1, 1)
    assert (first["compliant"], first["noncompliant"], first["pending"]) == (1, 1, 1)


def test_that_no_activity_has_a_finding_is_sure_only_when_everything_is_counted(connection: Connection) -> None:
    known(connection)
    assert not tallies.counted_none(connection, "incident", "x.y", None)  # nothing has been counted yet
    judge(connection, "110-0", "noncompliant", ("missing.no-recording", Flag.MISSING))
    recount(lambda: nullcontext(connection), ZONE)
    assert not tallies.counted_none(connection, "incident", "missing.no-recording", None)
    assert not tallies.counted_none(connection, "incident", None, "missing")
    assert tallies.counted_none(connection, "incident", "x.y", None)
    judge(connection, "110-2", "noncompliant", ("x.y", Flag.NONSTANDARD))
    assert not tallies.counted_none(connection, "incident", "x.y", None)  # a change waits


def test_what_cannot_be_decided_is_not_counted_as_on_record_whole(connection: Connection) -> None:
    known(connection)
    for number in ("110-0", "110-2"):
        rows.link(connection, number, rows.file(connection, f"{number}.mp4"))
    judge(connection, "110-0", "unknown")
    judge(connection, "110-2", "compliant")
    recount(lambda: nullcontext(connection), ZONE)
    found = overview(connection, [UNITS[0]], DAY, DAY, "day")
    (rate,) = (one for one in found.rates if one.name == "covered_rate")
    assert (rate.value, rate.of, rate.unknown_share) == (1.0, 1, 0.5)


def test_a_finding_on_a_clip_counts_for_the_activity_it_is_linked_to(connection: Connection) -> None:
    known(connection)
    rows.link(connection, "110-0", rows.file(connection, "a.mp4"))
    judge(connection, "110-0", "compliant")
    recount(lambda: nullcontext(connection), ZONE)
    judge_clip(connection, "dock-a:a.mp4", "nonstandard.name")
    recount(lambda: nullcontext(connection), ZONE)
    (rule,) = connection.execute(select(DAY_RULE)).mappings().all()
    assert (rule["rule"], rule["found"], rule["open"], rule["unit"]) == ("nonstandard.name", 1, 1, UNITS[0])


def test_a_review_takes_an_activity_to_the_end(connection: Connection) -> None:
    known(connection)
    judge(connection, "110-0", "noncompliant", ("missing.no-recording", Flag.MISSING))
    recount(lambda: nullcontext(connection), ZONE)
    connection.execute(update(FINDING).values(status="dismissed"))
    tallies.mark_findings(connection, connection.execute(select(FINDING.c.key)).scalars().all())
    recount(lambda: nullcontext(connection), ZONE)
    assert connection.execute(select(DAY_TALLY.c.reviewed).where(DAY_TALLY.c.due == 1)).scalars().all() == [1]


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_the_counts_are_those_of_counting_from_nothing(connection: Connection, seed: int) -> None:
    random = Random(seed)
    known(connection)
    for number, anchor in enumerate(("a.mp4", "b.mp4")):
        rows.link(connection, NUMBERS[number], rows.file(connection, anchor))
    tallies.rebuild(connection, ZONE)
    for _ in range(25):
        change(connection, random)
        if random.random() < 0.4:
            recount(lambda: nullcontext(connection), ZONE)
    recount(lambda: nullcontext(connection), ZONE)
    assert work.waiting(connection, tallies.STEP) == 0
    found = kept(connection)
    assert found[0]
    assert found[1]
    tallies.rebuild(connection, ZONE)
    assert kept(connection) == found


def change(connection: Connection, random: Random) -> None:
    number = random.choice(NUMBERS)
    kind = random.randrange(4)
    if kind == 0:
        judge(connection, number, random.choice(("compliant", "unknown", "pending", "notapplicable")))
    elif kind == 1:
        judge(connection, number, "noncompliant", ("missing.no-recording", Flag.MISSING))
    elif kind == 2:
        judge_clip(connection, f"dock-a:{random.choice('ab')}.mp4", *random.sample(("nonstandard.name", "x.y"), 1))
    else:
        unit, at = random.choice(UNITS), rows.at(0) + timedelta(days=random.randrange(3))
        here = (RECORD.c.key == number) & RECORD.c.until_scan.is_(None)
        row = connection.execute(select(RECORD).where(here)).mappings().one()
        rows.supersede(connection, RECORD, RECORD.c.key == number, 1)
        values = {name: row[name] for name in row if name not in ("id", "unit", "at")}
        rows.put(connection, RECORD, **{**values, "unit": unit, "at": at})
        judge(connection, number, "compliant")


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("marked", ["everything", "each"])
def test_a_count_that_is_killed_after_any_piece_is_taken_up_again(
    connection: Connection, marked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.recounting.PIECE", 1)
    known(connection)
    for number in NUMBERS:
        judge(connection, number, "noncompliant", ("missing.no-recording", Flag.MISSING))
    if marked == "everything":
        work.mark(connection, tallies.STEP, [work.Mark(tallies.ALL)])
    pieces = 0
    while True:
        pieces += 1
        try:
            recount(dying(connection, pieces), ZONE)
        except Killed:
            assert work.waiting(connection, tallies.STEP) > 0
        else:
            break
    assert pieces > len(UNITS)
    assert work.waiting(connection, tallies.STEP) == 0
    found = kept(connection)
    tallies.rebuild(connection, ZONE)
    assert kept(connection) == found


def dying(connection: Connection, most: int) -> Begin:
    """Transactions as savepoints; the process dies inside the one after `most`."""
    begun = 0

    @contextmanager
    def begin() -> Iterator[Connection]:
        nonlocal begun
        begun += 1
        with connection.begin_nested():
            yield connection
            if begun > most:
                raise Killed

    return begin


def test_what_changes_while_a_piece_is_counted_keeps_its_mark(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(connection)
    recount(lambda: nullcontext(connection), ZONE)
    judge(connection, "110-0", "compliant")
    count = tallies.count_places

    def disturbed(connection: Connection, places: set[tallies.Place], zone: ZoneInfo) -> None:
        count(connection, places, zone)
        monkeypatch.setattr(tallies, "count_places", count)
        judge(connection, "110-0", "unknown")

    monkeypatch.setattr(tallies, "count_places", disturbed)
    recount(lambda: nullcontext(connection), ZONE)
    assert work.waiting(connection, tallies.STEP) == 1
    recount(lambda: nullcontext(connection), ZONE)
    assert connection.execute(select(func.sum(DAY_TALLY.c.unknown))).scalar_one() == 1


def test_the_overview_adds_days_and_units_up(connection: Connection) -> None:
    known(connection)
    for number in NUMBERS:
        judge(connection, number, "noncompliant", ("missing.no-recording", Flag.MISSING))
    recount(lambda: nullcontext(connection), ZONE)
    found = overview(connection, None, DAY, DAY + timedelta(days=1), "week")
    figures = {one.name: (one.value, one.of) for one in found.waterfall}
    assert (figures["known"], figures["due"], figures["linked"]) == ((6, None), (6, 6), (0, 6))
    assert [(one.start, one.counts.numbers["known"]) for one in found.trend] == [("2026-11-16", 3), ("2026-11-23", 3)]
    assert {one.unit for one in found.ranking} == set(UNITS)
    assert found.flags == {"missing": 6}
    one_unit = overview(connection, [UNITS[0]], DAY, DAY, "day")
    assert [one.unit for one in one_unit.ranking] == [UNITS[0]]
    assert one_unit.waterfall[0].value == 3


def test_a_rule_found_in_two_weeks_of_a_unit_is_a_repeated_problem(connection: Connection) -> None:
    for days, number in ((0, "110-0"), (1, "110-1")):
        begun = rows.at(0) + timedelta(days=days)
        rows.incident(connection, Incident(number, UNITS[0], begun, arrived_at=begun))
        judge(connection, number, "noncompliant", ("missing.no-recording", Flag.MISSING))
    recount(lambda: nullcontext(connection), ZONE)
    (ranked,) = overview(connection, None, DAY, DAY + timedelta(days=1), "day").ranking
    assert [(one.rule, one.weeks, one.found) for one in ranked.repeated] == [("missing.no-recording", 2, 2)]
    (alone,) = overview(connection, None, DAY, DAY, "day").ranking
    assert alone.repeated == ()


def test_every_figure_and_rate_has_its_definition_in_both_languages(connection: Connection) -> None:
    found = overview(connection, None, DAY, DAY)
    names = {one.name for one in (*found.waterfall, *found.results, *found.rates)}
    assert names <= set(found.definitions)
    assert all(zh and en for zh, en in found.definitions.values())
