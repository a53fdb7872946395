"""单位台账 and 民警情况: what a unit and an officer had to record, what is on record, and where the questions stand."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from domain.errors import UsageError
from reports.base import Asked, Made, Report, make
from reports.officers import OFFICERS
from reports.unit_sheet import UNIT_SHEET
from storage.schema.tables import FOOTAGE, WINDOW
from tests.api import world
from tests.api.world import ABSENT, ARRIVED, GAPPED, MINUTE, SESSION, UNIT
from tests.reports.days import FIRST, OTHER, THEN, build, decide

HERE = replace(THEN, unit=UNIT)
LATER = replace(HERE, as_of=FIRST + timedelta(hours=3))
HOSTILE = "<b>张三</b>=1"


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """The small district; two of three officers are registered, one of them in another unit; a clip came late."""
    build(empty)
    with empty.begin() as connection:
        for badge, name, unit in (("031021", HOSTILE, UNIT), ("031063", "示例", OTHER)):
            world.record(connection, "officers", badge, {"badge": badge, "name": name, "unit": unit}, unit)
        for file, badge in ((1, "031021"), (2, "031021"), (3, "031063")):
            times = {"started_at": ARRIVED, "ended_at": ARRIVED + MINUTE, "recording_at": ARRIVED}
            whose = {"party": f"badge:{badge}", "basis": "badge", "lane": "C", "recording_file": file}
            world.add(connection, FOOTAGE, file_id=file, **whose, **times)
        times = {"started_at": ARRIVED, "ended_at": ARRIVED + MINUTE, "start_known": "stated", "end_known": "stated"}
        for number, badge in ((GAPPED, "031021"), (GAPPED, "031063"), (ABSENT, "031077")):
            whose = {"party": f"badge:{badge}", "officer": badge, "unit": UNIT, "room": None, "channels": []}
            world.add(connection, WINDOW, kind="incident", number=number, dispatched_at=None, **whose, **times)
        late = {"subject_key": "anchor-1", "unit": UNIT, "started_at": ARRIVED, "ended_at": ARRIVED + MINUTE}
        world.finding(connection, "f" * 16, "nonstandard.late-upload", "clip", "dock-a:1", **late)
    return empty


def made(engine: Engine, report: Report, asked: Asked) -> Made:
    with engine.connect() as connection:
        return make(connection, report, asked)


def totals(found: Made) -> dict[str, tuple[Any, Any]]:
    return {total.key: (total.value, total.of) for total in found.totals}


def test_a_unit_has_to_be_named_for_its_sheet(engine: Engine) -> None:
    with pytest.raises(UsageError, match="单位台账须指定一个单位 / report unit: expected one unit"):
        made(engine, UNIT_SHEET, THEN)


def test_the_sheet_holds_the_unit_s_activities_with_verdict_and_where_their_findings_stand(engine: Engine) -> None:
    decide(engine, "a" * 16, "explain", "open", "explained")
    decide(engine, "a" * 16, "accept", "explained", "explained", number=2)
    decide(engine, "b" * 16, "confirm", "open", "confirmed")
    decide(engine, "d" * 16, "explain", "open", "explained")
    found = made(engine, UNIT_SHEET, LATER)
    rows = {row["number"]: row for row in found.rows}
    assert list(rows) == [GAPPED, ABSENT, SESSION]
    gapped = rows[GAPPED]
    # The gap itself, the odd name and the late import of linked clips.
    assert (gapped["result"], gapped["coverage"], gapped["findings"]) == ("noncompliant", 1.0, 3)
    assert (gapped["accepted"], gapped["explained"], gapped["open"]) == (1, 1, 1)
    assert (rows[ABSENT]["confirmed"], rows[ABSENT]["coverage"]) == (1, 0.0)
    assert (rows[SESSION]["open"], rows[SESSION]["dismissed"]) == (1, 0)
    known = totals(found)
    assert (known["noncompliant"], known["rate"], known["unknown-share"]) == ((3, 3), (0.0, 3), (0.0, 3))
    assert (known["findings"], known["confirmed"], known["accepted"]) == ((5, None), (1, 5), (1, 5))


def test_the_sheet_of_an_earlier_time_knows_no_later_decision(engine: Engine) -> None:
    before = made(engine, UNIT_SHEET, HERE)
    decide(engine, "a" * 16, "dismiss", "open", "dismissed")
    assert made(engine, UNIT_SHEET, HERE).digest == before.digest
    assert totals(made(engine, UNIT_SHEET, LATER))["dismissed"] == (1, 5)


def test_a_unit_that_nobody_knows_has_an_empty_sheet(engine: Engine) -> None:
    found = made(engine, UNIT_SHEET, replace(THEN, unit="310199990000"))
    assert found.rows == ()
    assert totals(found)["rate"] == (None, 0)


def test_each_officer_is_told_with_attendance_coverage_and_the_findings_that_concern_them(
    engine: Engine,
) -> None:
    decide(engine, "a" * 16, "confirm", "open", "confirmed")
    found = made(engine, OFFICERS, replace(LATER, unit=None))
    rows = {row["officer"]: row for row in found.rows}
    assert list(rows) == ["031021", "031063", "031077"]
    gap = rows["031021"]
    assert (gap["name"], gap["unit"], gap["activities"]) == (HOSTILE, UNIT, 1)
    # 25 of 30 minutes; the gap names the officer, the odd name and the late import are of the officer's clips.
    assert (gap["required_s"], gap["covered_s"], gap["coverage"]) == (1800.0, 1500.0, pytest.approx(5 / 6))
    assert (gap["incomplete"], gap["nonstandard"], gap["missing"]) == (1, 2, 0)
    assert (gap["confirmed"], gap["open"]) == (1, 2)
    assert (gap["clips"], gap["late"], gap["late_share"]) == (2, 1, 0.5)
    assert (rows["031063"]["coverage"], rows["031063"]["clips"], rows["031063"]["late"]) == (1.0, 1, 0)
    assert rows["031063"]["incomplete"] == 0  # the gap is the other one's
    # No recording was found of what the third attended: the finding names nobody, and nobody else was there.
    absent = rows["031077"]
    assert (absent["name"], absent["coverage"], absent["missing"], absent["late_share"]) == (None, 0.0, 1, None)
    known = totals(found)
    assert (known["officers"], known["unregistered"], known["attended"]) == ((3, None), (1, 3), (3, None))
    assert known["unknown-share"] == (0.0, 3)
    assert known["coverage"][0] == pytest.approx(55 / 90)


def test_a_colleague_of_another_unit_is_told_by_the_badge_alone(engine: Engine) -> None:
    rows = {row["officer"]: row for row in made(engine, OFFICERS, replace(THEN, scope=(UNIT,))).rows}
    assert (rows["031021"]["name"], rows["031063"]["name"], rows["031063"]["unit"]) == (HOSTILE, None, None)
    assert made(engine, OFFICERS, replace(THEN, scope=(OTHER,))).rows == ()


def test_an_activity_that_cannot_be_decided_is_in_the_unknown_share(engine: Engine) -> None:
    with engine.begin() as connection:
        body = {"number": "JQ9", "officers": ["031077"], "arrived_at": ARRIVED.isoformat()}
        world.record(connection, "incidents", "JQ9", body)
        key = {"kind": "incident", "subject_key": "JQ9", "subject": "JQ9", "unit": UNIT, "result": "unknown"}
        world.add(connection, world.EVALUATION, **key, rule_set="r", outcomes=[], recheck_at=None)
    (row,) = [row for row in made(engine, OFFICERS, THEN).rows if row["officer"] == "031077"]
    assert (row["activities"], row["decided"], row["unknown"], row["unknown_share"]) == (2, 1, 1, 0.5)
