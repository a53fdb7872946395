"""What each report says, that it says the same when made again, and how two filed runs are compared."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from domain.errors import UsageError
from domain.period import parse_period
from reports import REPORTS, report_named
from reports.base import Asked, Made, digest_of, make
from reports.compare import ADDED, CHANGED, REMOVED, compared
from reports.filing import file_made, made_again, opened
from storage.engine import DatabaseSettings, open_engine
from storage.filed_reports import FiledRun, filed_run, filed_runs
from storage.queries.as_of import NothingKnownYet
from storage.schema.tables import RECORD
from tests.api.world import ABSENT, GAPPED, SESSION, UNIT
from tests.databases import migrate
from tests.reports.days import FIRST, LATER, OTHER, SECOND, THEN, ZONE, build, decide, second_scan

pytestmark = pytest.mark.slow


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    build(engine)
    yield engine
    engine.dispose()


def made(engine: Engine, name: str, asked: Asked | None = None) -> Made:
    report = report_named(name)
    assert report is not None
    with engine.connect() as connection:
        return make(connection, report, asked or asked_of(name))


def asked_of(name: str, asked: Asked = THEN) -> Asked:
    """The sheet of a unit is of one unit."""
    return replace(asked, unit=UNIT) if name == "unit" else asked


def totals(found: Made) -> dict[str, tuple[Any, Any]]:
    return {total.key: (total.value, total.of) for total in found.totals}


def filed(engine: Engine, name: str, asked: Asked) -> FiledRun:
    found = made(engine, name, asked)
    with engine.begin() as connection:
        run = filed_run(connection, file_made(connection, found, "account:auditor", asked.as_of))
    assert run is not None
    return run


def test_completeness_has_every_activity_with_verdict_coverage_flags_and_evidence(engine: Engine) -> None:
    found = made(engine, "completeness")
    rows = {row["number"]: row for row in found.rows}
    assert [row["number"] for row in found.rows] == ["=1+1", GAPPED, ABSENT, SESSION]
    assert rows[GAPPED]["flags"] == ["incomplete", "nonstandard"]
    assert rows[GAPPED]["evidence"] == "中断 5 分 / a gap of 5 min"
    assert (rows[ABSENT]["required_s"], rows[ABSENT]["covered_s"], rows[ABSENT]["coverage"]) == (1800.0, 0.0, 0.0)
    assert rows["=1+1"]["coverage"] is None  # nothing is known to be required: no share of it
    known = totals(found)
    assert known["noncompliant"] == (3, 4)
    assert known["rate"] == (0.0, 3)
    assert known["unknown-share"] == (0.25, 4)
    # 30 of 30, 0 of 30 and 60 of 60 minutes.
    assert known["coverage"] == (0.75, None)


def test_units_are_counted_with_the_denominator_of_each_rate(engine: Engine) -> None:
    own, other = made(engine, "units").rows
    assert (own["unit"], own["name"], own["activities"]) == (UNIT, "示范<一>所", 3)
    assert (own["decided"], own["rate"], own["unknown_share"]) == (3, 0.0, 0.0)
    assert (own["missing"], own["incomplete"], own["nonstandard"]) == (1, 2, 1)
    assert (other["unit"], other["decided"], other["rate"], other["unknown_share"]) == (OTHER, 0, None, 1.0)
    second_scan(engine)
    (own,) = made(engine, "units", LATER).rows
    assert (own["compliant"], own["decided"], own["rate"]) == (1, 3, pytest.approx(1 / 3))
    assert totals(made(engine, "units", LATER))["rate"] == (pytest.approx(1 / 3), 3)


def test_the_self_check_list_holds_what_waits_for_somebody(engine: Engine) -> None:
    assert {row["id"][0] for row in made(engine, "open-findings").rows} == {"a", "b", "c", "d", "e"}
    decide(engine, "a" * 16, "dismiss", "open", "dismissed")
    decide(engine, "b" * 16, "explain", "open", "explained")
    decide(engine, "c" * 16, "explain", "open", "explained")
    decide(engine, "c" * 16, "accept", "explained", "explained", number=2)
    later = made(engine, "open-findings", replace(THEN, as_of=SECOND))
    assert {row["id"][0]: row["status"] for row in later.rows} == {"b": "explained", "d": "open", "e": "open"}


def test_the_self_check_list_as_of_a_time_knows_no_later_decision(engine: Engine) -> None:
    before = made(engine, "open-findings")
    assert totals(before)["overdue"] == (1, 5)
    decide(engine, "a" * 16, "dismiss", "open", "dismissed")
    decide(engine, "b" * 16, "confirm", "open", "confirmed")
    assert made(engine, "open-findings").digest == before.digest


def test_the_most_urgent_comes_first(engine: Engine) -> None:
    rows = made(engine, "open-findings").rows
    assert (rows[0]["id"], rows[0]["overdue"]) == ("a" * 16, "yes")
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)


def test_stores_are_told_with_their_age_at_the_time_of_the_report(engine: Engine) -> None:
    rows = made(engine, "freshness", replace(THEN, as_of=FIRST)).rows
    assert [(row["name"], row["state"], row["age_s"]) for row in rows] == [
        ("dock-a", "online", 600.0),
        ("rooms", "online", 600.0),
    ]


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_a_scope_limits_every_row_and_every_count(engine: Engine, name: str) -> None:
    elsewhere = made(engine, name, replace(asked_of(name), scope=("nowhere",)))
    assert elsewhere.rows == ()
    assert {value for value, _ in totals(elsewhere).values()} <= {0, None}
    assert made(engine, name, replace(THEN, unit=UNIT, scope=("nowhere",))).rows == ()
    assert elsewhere.digest != made(engine, name).digest


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_a_filed_run_made_again_after_other_scans_and_decisions_has_the_same_digest(engine: Engine, name: str) -> None:
    run = filed(engine, name, asked_of(name))
    decide(engine, "d" * 16, "dismiss", "open", "dismissed")
    second_scan(engine)
    with engine.connect() as connection:
        assert made_again(connection, run, ZONE).digest == run.digest
        kept = opened(connection, run, ZONE)
    assert kept.digest == run.digest
    assert [dict(row) for row in kept.rows] == [dict(row) for row in made(engine, name).rows]


def test_before_the_first_scan_there_is_no_report_rather_than_an_empty_one(engine: Engine) -> None:
    with pytest.raises(NothingKnownYet):
        made(engine, "completeness", replace(THEN, as_of=parse_period("2026-11-01", ZONE).span.start))


def test_a_period_without_activities_has_no_rate(engine: Engine) -> None:
    found = made(engine, "completeness", replace(THEN, period=parse_period("2020-01", ZONE)))
    assert found.rows == ()
    assert totals(found)["rate"] == (None, 0)


def test_two_runs_tell_which_figures_changed_and_the_scan_it_follows_from(engine: Engine) -> None:
    early = filed(engine, "completeness", THEN)
    second_scan(engine)
    late = filed(engine, "completeness", LATER)
    with engine.connect() as connection:
        found = compared(connection, late, early, ZONE)  # whichever is named first
    assert (found.before.id, found.after.id) == (early.id, late.id)
    changes = {row.key[1]: row for row in found.rows}
    assert {number: row.change for number, row in changes.items()} == {"=1+1": REMOVED, ABSENT: CHANGED}
    fields = {field.column.key: (field.before, field.after) for field in changes[ABSENT].fields}
    assert fields["result"] == ("noncompliant", "compliant")
    assert fields["coverage"] == (0.0, 1.0)
    assert changes[ABSENT].why == "第 2 次扫描（2026-11-24 11:52） / scan 2 (2026-11-24 11:52)"
    assert "scan 2" in changes["=1+1"].why
    assert found.unchanged == 2
    figures = {after.key: (before.value, after.value) for before, after in found.totals}
    assert figures["compliant"] == (0, 1)
    assert figures["activities"] == (4, 3)
    assert found.same_rules


def test_a_decision_of_a_person_is_told_as_the_reason(engine: Engine) -> None:
    early = filed(engine, "open-findings", THEN)
    decide(engine, "a" * 16, "dismiss", "open", "dismissed")
    late = filed(engine, "open-findings", replace(THEN, as_of=SECOND))
    with engine.connect() as connection:
        found = compared(connection, early, late, ZONE)
    gone = next(row for row in found.rows if row.change == REMOVED)
    assert gone.key == ("a" * 16,)
    assert "account:officer dismiss" in gone.why
    assert found.count(ADDED) == 0


def test_runs_of_different_reports_are_not_compared(engine: Engine) -> None:
    one, other = filed(engine, "units", THEN), filed(engine, "freshness", THEN)
    with engine.connect() as connection, pytest.raises(UsageError, match="one report"):
        compared(connection, one, other, ZONE)


def test_a_run_is_seen_by_those_who_see_every_unit_it_may_show(engine: Engine) -> None:
    whole, own = filed(engine, "units", THEN), filed(engine, "units", replace(THEN, scope=(UNIT,)))
    with engine.connect() as connection:
        assert [run.id for run in filed_runs(connection, None)] == [own.id, whole.id]
        assert [run.id for run in filed_runs(connection, frozenset({UNIT, OTHER}))] == [own.id]
        assert filed_runs(connection, frozenset({OTHER})) == []


def test_every_report_has_its_own_name_and_a_key_among_its_columns() -> None:
    assert len({report.name for report in REPORTS}) == len(REPORTS)
    for report in REPORTS:
        columns = [column.key for column in report.columns]
        assert set(report.key) <= set(columns), report.name
        assert len(set(columns)) == len(columns), report.name


def test_the_digest_is_that_of_the_canonical_json_of_all_tables(engine: Engine) -> None:
    for report in REPORTS:
        found = made(engine, report.name)
        text = json.dumps(found.tables, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert found.digest == hashlib.sha256(text.encode()).hexdigest(), report.name
    assert digest_of([]) == hashlib.sha256(b"[]").hexdigest()
    assert (
        digest_of([{}, {"a": [], "b": "记\ud83d"}])
        == hashlib.sha256('[{},{"a":[],"b":"记\ud83d"}]'.encode("utf-8", "surrogatepass")).hexdigest()
    )


def test_a_number_of_two_feeds_is_shown_as_the_own_unit_has_it(engine: Engine) -> None:
    with engine.begin() as connection:
        query = select(RECORD).where(RECORD.c.key == ABSENT)
        row = {key: value for key, value in connection.execute(query).mappings().one().items() if key != "id"}
        connection.execute(insert(RECORD).values(**{**row, "feed": "z", "unit": OTHER}))
    own = {row["number"]: row["unit"] for row in made(engine, "completeness", replace(THEN, scope=(UNIT,))).rows}
    assert own == {GAPPED: UNIT, ABSENT: UNIT, SESSION: UNIT}
    assert len(made(engine, "completeness").rows) == 4
