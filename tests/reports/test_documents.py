"""日报, 周报 and 月报: what their tables say, that sums are checked, and that they can be made again and compared."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from domain.errors import FiguresDisagree, UsageError
from domain.period import parse_period
from reports import report_named
from reports.base import Asked, Made, Row, make
from reports.change import percent, repeated_rows
from reports.compare import CHANGED, compared
from reports.content import Content, content_of
from reports.filing import file_made, opened
from reports.monthly import LEAST, ranking
from reports.render import RENDERERS
from reports.tally import Tally, agreed
from storage.engine import DatabaseSettings, open_engine
from storage.filed_reports import FiledRun, file_report, filed_run
from storage.queries.overview import overview
from storage.schema.tables import SIGN_OFF, STORE_SCAN
from storage.tallies import Counted, Found, rebuild
from tests.api.world import ABSENT, GAPPED, NOW, SESSION, UNIT, finding
from tests.databases import migrate
from tests.reports.days import FIRST, LATER, OTHER, SECOND, THEN, ZONE, build, decide, second_scan

pytestmark = pytest.mark.slow

DOCUMENTS = ("daily", "weekly", "monthly")
DAY = replace(THEN, period=parse_period("2026-11-20", ZONE))
WEEK = replace(THEN, period=parse_period("2026-W47", ZONE))
HOUR = timedelta(hours=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    build(engine)
    yield engine
    engine.dispose()


def made(engine: Engine, name: str, asked: Asked = THEN) -> Made:
    report = report_named(name)
    assert report is not None
    with engine.connect() as connection:
        return make(connection, report, asked)


def part(found: Made | Content, name: str) -> list[Row]:
    return list(next(one.rows for one in found.filled if one.part.name == name))


def by(rows: list[Row], key: str) -> dict[Any, Row]:
    return {row[key]: row for row in rows}


def filed(engine: Engine, name: str, asked: Asked) -> FiledRun:
    found = made(engine, name, asked)
    with engine.begin() as connection:
        run = filed_run(connection, file_made(connection, found, "account:auditor", asked.as_of))
    assert run is not None
    return run


def test_the_waterfall_goes_from_known_to_reviewed_with_the_denominator_of_each_step(engine: Engine) -> None:
    rows = {row["stage"]: (row["count"], row["of"]) for row in made(engine, "monthly").rows}
    assert list(rows.items()) == [
        ("known", (4, None)),
        ("in_scope", (4, 4)),
        ("due", (4, 4)),
        ("looked", (3, 4)),  # one cannot be decided and nothing is linked to it
        ("linked", (1, 3)),
        ("covered", (0, 1)),  # it has a gap
        ("standard", (0, 0)),
        ("reviewed", (1, 4)),  # of those due: the one without any question
    ]


def test_the_waterfall_is_that_of_the_overview(engine: Engine) -> None:
    with engine.begin() as connection:
        rebuild(connection, ZONE)
        seen = overview(connection, None, date(2026, 11, 1), date(2026, 11, 30))
    found = made(engine, "monthly")
    assert {row["stage"]: row["count"] for row in found.rows} == {one.name: one.value for one in seen.waterfall}
    figures = by(part(found, "figures"), "figure")
    for rate in seen.rates:
        value = None if rate.value is None else round(rate.value * 100, 1)
        assert figures[rate.name]["value"] == value, rate.name


def test_rates_stand_with_denominator_and_definition(engine: Engine) -> None:
    rows = by(part(made(engine, "monthly"), "figures"), "figure")
    assert (rows["rate"]["value"], rows["rate"]["of"]) == (0.0, 3)
    assert (rows["unknown_share"]["value"], rows["unknown_share"]["of"]) == (25.0, 4)
    time = rows["covered_time"]  # 30 of 30, 0 of 30, 60 of 60 minutes: of two hours
    assert (time["value"], time["of"]) == (75.0, 2)
    assert all(row["meaning"] for name, row in rows.items() if name.endswith(("rate", "share")))


def wrong(**stages: int) -> Tally:
    found = Tally(activities=5)
    found.results["compliant"] = 5
    found.stages |= dict.fromkeys(found.stages, 5) | stages
    return found


def test_a_step_larger_than_the_one_before_is_refused() -> None:
    agreed(wrong())
    with pytest.raises(FiguresDisagree, match="linked <= 4, got 5"):
        agreed(wrong(looked=4))


def test_parts_that_do_not_add_up_are_refused() -> None:
    agreed(wrong(), {"a": wrong()})
    with pytest.raises(FiguresDisagree, match="sum of parts: 5, got 10"):
        agreed(wrong(), {"a": wrong(), "b": wrong()})
    with pytest.raises(FiguresDisagree, match="sum of parts, reviewed: 5, got 4"):
        agreed(wrong(), {"a": wrong(reviewed=4)})
    found = wrong()
    found.results["unknown"] = 1
    with pytest.raises(FiguresDisagree, match="sum of verdicts: 5, got 6"):
        agreed(found)


def test_units_of_few_activities_are_listed_not_ranked() -> None:
    def unit(fine: int, faulty: int) -> Tally:
        found = Tally(activities=fine + faulty)
        found.results |= {"compliant": fine, "noncompliant": faulty}
        return found

    units = {"good": unit(LEAST, 0), "few": unit(0, LEAST - 1), "bad": unit(5, 5), "none": Tally()}
    rows = ranking(units, {"bad": unit(3, 1)})
    assert [(row["unit"], row["rank"], row["ranked"]) for row in rows] == [
        ("bad", 1, "yes"),
        ("good", 2, "yes"),
        ("few", None, "no"),
        ("none", None, "no"),
    ]
    assert (rows[0]["rate"], rows[0]["rate_before"], rows[0]["change"]) == (0.5, 0.75, -25.0)
    assert rows[1]["change"] is None  # there is nothing to compare with


def test_a_problem_comes_back_when_one_unit_has_it_in_two_weeks() -> None:
    def found(unit: str, day: str, key: str, status: str = "open") -> Counted:
        return Counted(("incident", unit, day), findings={key: Found(key, "incomplete.gap", "incomplete", status)})

    rows = repeated_rows(
        [
            *(found("a", "2026-11-02", "1"), found("a", "2026-11-09", "2", "confirmed"), found("a", "2026-11-08", "3")),
            *(found("b", "2026-11-02", "4"), found("b", "2026-11-08", "5")),  # Monday and Sunday of one week
        ]
    )
    (row,) = rows
    assert (row["unit"], row["rule"], row["weeks"]) == ("a", "incomplete.gap", 2)
    assert (row["found"], row["open"]) == (3, 2)


def test_the_gravest_cases_have_a_time_line(engine: Engine) -> None:
    rows = part(made(engine, "monthly"), "cases")
    assert [row["number"] for row in rows] == [ABSENT, GAPPED, SESSION]
    assert (rows[0]["lacking"], rows[0]["required"]) == (1800.0, 1800.0)
    assert [lane["name"] for lane in rows[1]["line"]["lanes"]] == [None, "031021", "031063"]
    hole = ["2026-11-20T12:10:00+00:00", "2026-11-20T12:15:00+00:00", "stopped"]
    assert rows[1]["line"]["lanes"][1]["holes"] == [hole]
    assert rows[1]["line"]["lanes"][0]["holes"] == []  # the colleague recorded it


def test_what_was_dismissed_is_no_case(engine: Engine) -> None:
    decide(engine, "b" * 16, "dismiss", "open", "dismissed")
    later = replace(THEN, as_of=SECOND)
    assert ABSENT in [row["number"] for row in part(made(engine, "monthly"), "cases")]
    assert ABSENT not in [row["number"] for row in part(made(engine, "monthly", later), "cases")]


def test_the_day_is_told_by_unit_and_by_rule(engine: Engine) -> None:
    found = made(engine, "daily", DAY)
    own, other = found.rows
    assert (own["unit"], own["activities"], own["noncompliant"], own["rate"]) == (UNIT, 2, 2, 0.0)
    assert (other["unit"], other["unknown"], other["rate"], other["unknown_share"]) == (OTHER, 1, None, 1.0)
    (gap,) = part(found, "problems")  # what has no time of its own belongs to the day on which it was first seen
    assert (gap["rule"], gap["found"], gap["open"], gap["overdue"]) == ("incomplete.gap", 1, 1, 1)
    decide(engine, "a" * 16, "confirm", "open", "confirmed")
    (gap,) = part(made(engine, "daily", replace(DAY, as_of=SECOND)), "problems")
    assert (gap["open"], gap["confirmed"], gap["overdue"]) == (0, 1, 0)
    (gap,) = part(made(engine, "daily", DAY), "problems")
    assert (gap["open"], gap["confirmed"]) == (1, 0)


def test_what_is_due_comes_in_its_order_until_somebody_decides(engine: Engine) -> None:
    month = part(made(engine, "daily"), "due")
    assert [row["id"][0] for row in month] == ["a", "b", "c", "d", "e"]
    assert (month[0]["late"], month[1]["late"]) == (60.0, None)
    decide(engine, "a" * 16, "explain", "open", "explained")
    decide(engine, "a" * 16, "accept", "explained", "explained", number=2)
    decide(engine, "b" * 16, "explain", "open", "explained")
    later = part(made(engine, "daily", replace(THEN, as_of=SECOND)), "due")
    assert next((row["id"][0], row["status"]) for row in later) == ("b", "explained")
    assert part(made(engine, "daily"), "due") == month


def test_what_can_be_recovered_within_two_days_is_told_with_the_time_left(engine: Engine) -> None:
    with engine.begin() as connection:
        for key, hours, status in (("1", 10, "open"), ("2", 49, "open"), ("3", -1, "open"), ("4", 5, "dismissed")):
            same = {"unit": UNIT, "status": status, "recover_until": NOW + hours * HOUR}
            finding(connection, key * 16, "missing.no-recording", "incident", ABSENT, **same)
    rows = part(made(engine, "daily", DAY), "recover")
    assert [(row["id"][0], row["left"]) for row in rows] == [("1", 36000.0)]


def test_stores_that_were_not_seen_whole_are_named(engine: Engine) -> None:
    assert part(made(engine, "daily", DAY), "stores") == []
    with engine.begin() as connection:
        connection.execute(update(STORE_SCAN).where(STORE_SCAN.c.store_id == 1).values(state="unreachable"))
    assert [(row["name"], row["state"]) for row in part(made(engine, "daily", DAY), "stores")] == [
        ("dock-a", "unreachable")
    ]


def sign(engine: Engine, kind: str, period: str, at: Any) -> None:
    with engine.begin() as connection:
        row = {"kind": kind, "unit": UNIT, "period": period, "at": at, "actor": "account:wang", "note": ""}
        connection.execute(insert(SIGN_OFF).values(**row, summary={}))


def test_days_signed_by_then_are_told_and_later_ones_are_not(engine: Engine) -> None:
    sign(engine, "day", "2026-11-20", FIRST - HOUR)
    sign(engine, "day", "2026-11-21", FIRST + HOUR)
    sign(engine, "week", "2026-W47", FIRST - HOUR)
    rows = by(part(made(engine, "daily", DAY), "sign-offs"), "unit")
    assert (rows[UNIT]["state"], rows[UNIT]["actor"]) == ("yes", "wang")
    assert rows[OTHER]["state"] == "no"
    week = by(part(made(engine, "weekly", WEEK), "sign-offs"), "unit")[UNIT]
    assert (week["signed"], week["days"], week["actor"]) == (1, 7, "wang")
    assert "2026-11-21" in week["unsigned"]


def test_a_week_is_compared_with_the_one_before_and_says_whose_questions_are_open(engine: Engine) -> None:
    found = made(engine, "weekly", WEEK)
    assert by(part(found, "figures"), "figure")["activities"]["change"] == 4
    waits = {(row["unit"], row["officer"]): row for row in part(found, "waiting")}
    assert (waits[UNIT, "031021"]["open"], waits[UNIT, "031021"]["overdue"]) == (1, 1)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_scope_limits_every_table(engine: Engine, name: str) -> None:
    sign(engine, "day", "2026-11-20", FIRST - HOUR)
    found = made(engine, name, replace(THEN, scope=("nowhere",)))
    assert [one.part.name for one in found.filled if one.rows] == []
    own = made(engine, name, replace(THEN, scope=(OTHER,)))
    assert UNIT not in str(own.tables)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_files_made_again_after_another_scan_and_decisions_are_the_same_bytes(engine: Engine, name: str) -> None:
    sign(engine, "day", "2026-11-20", FIRST - HOUR)
    before = content_of(made(engine, name), ZONE)
    decide(engine, "d" * 16, "dismiss", "open", "dismissed")
    sign(engine, "day", "2026-11-21", FIRST + HOUR)
    second_scan(engine)
    after = content_of(made(engine, name), ZONE)
    for form in ("xlsx", "pdf"):
        assert RENDERERS[form](after, "zh") == RENDERERS[form](before, "zh"), form


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_filed_document_opens_with_all_its_tables(engine: Engine, name: str) -> None:
    run, fresh = filed(engine, name, THEN), made(engine, name)
    with engine.connect() as connection:
        kept = opened(connection, run, ZONE)
    assert [one.part.name for one in kept.filled] == [one.part.name for one in fresh.filled]
    for mine, theirs in zip(kept.filled, fresh.filled, strict=True):
        assert [dict(row) for row in mine.rows] == [dict(row) for row in theirs.rows]
        assert list(mine.totals) == list(theirs.totals)
    assert RENDERERS["pdf"](replace(kept, run=None), "en") == RENDERERS["pdf"](content_of(fresh, ZONE), "en")


def test_a_run_filed_before_a_table_existed_opens_and_is_compared_by_what_both_hold(engine: Engine) -> None:
    old, new = made(engine, "monthly"), filed(engine, "monthly", THEN)
    with engine.begin() as connection:
        kept = {"name": "monthly", "period": "2026-11", "unit": None, "as_of": FIRST, "scan_id": 1, "rule_set": "r"}
        values = {**kept, "at": FIRST, "actor": "system", "digest": "0", "tables": old.tables[:1]}
        run = filed_run(connection, file_report(connection, values))
        assert run is not None
        assert [one.part.name for one in opened(connection, run, ZONE).filled] == ["monthly"]
        assert [table.part.name for table in compared(connection, run, new, ZONE).tables] == ["monthly"]


def test_every_table_is_compared_with_the_scan_or_decision_behind_each_change(engine: Engine) -> None:
    early = filed(engine, "monthly", THEN)
    decide(engine, "a" * 16, "confirm", "open", "confirmed")
    second_scan(engine)
    late = filed(engine, "monthly", LATER)
    with engine.connect() as connection:
        tables = {one.part.name: one for one in compared(connection, early, late, ZONE).tables}
    (own,) = [row for row in tables["ranking"].rows if row.key == (UNIT,)]
    assert own.change == CHANGED
    assert {one.column.key: (one.before, one.after) for one in own.fields}["rate"] == (0.0, pytest.approx(1 / 3))
    assert "scan 2" in own.why
    assert "decided by people" in own.why
    figures = {row.key[0]: row for row in tables["figures"].rows}
    assert "scan 2" in figures["rate"].why
    assert "decided by people" in figures["reviewed_rate"].why
    assert all(row.why for name in ("monthly", "figures", "trend", "ranking") for row in tables[name].rows)
    gone = {row.key[1]: row.why for row in tables["faults"].rows if row.change == "removed"}
    assert "scan 2" in gone["=1+1"]


def test_a_table_that_there_is_not_is_refused_with_those_that_there_are(engine: Engine) -> None:
    with pytest.raises(UsageError, match="monthly figures trend"):
        content_of(made(engine, "monthly"), ZONE).only("nothing")


@pytest.mark.parametrize(
    ("word", "before"),
    [
        ("2026-11", "2026-10"),
        ("2026-01", "2025-12"),
        ("2026-W01", "2025-W52"),
        ("2026-11-20", "2026-11-19..2026-11-19"),
        ("2026-11-08..2026-11-14", "2026-11-01..2026-11-07"),
        ("0001-02", None),
    ],
)
def test_the_stretch_before_a_period(word: str, before: str | None) -> None:
    found = parse_period(word, ZONE).before()
    assert (found and found.word) == before


@pytest.mark.parametrize(
    ("share", "shown"), [(None, None), (0, 0.0), (1, 100.0), (0.99999, 99.9), (0.00001, 0.1), (0.5, 50.0)]
)
def test_a_percentage_is_never_rounded_to_the_whole_or_to_nothing(share: float | None, shown: float | None) -> None:
    assert percent(share) == shown
