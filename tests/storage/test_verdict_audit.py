"""What scans conclude stands in the audit log: who reads it can tell when the program said what."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from detectors.limits import Limits
from domain.audit import faults
from storage.audit import audit_head, audit_rows
from storage.schema.tables import AUDIT_ENTRY, FOLDER
from storage.versions import replace as make_equal
from tests.builders import House, clip_name, film, incident, one_call
from tests.scanning import MORNING, scan_once

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def said(house: House, action: str = "verdict") -> list[dict[str, Any]]:
    """Links of one action in order, details taken apart."""
    rows = sorted(house.rows(AUDIT_ENTRY), key=lambda row: row["sequence"])
    return [{**row, **json.loads(row["detail"])} for row in rows if row["action"] == action]


def about(house: House, rule: str) -> list[tuple[str, str]]:
    return [(one["change"], one["actor"]) for one in said(house) if one.get("rule") == rule]


def whole(house: House) -> bool:
    with house.engine.connect() as connection:
        return list(faults(audit_rows(connection), audit_head(connection))) == []


def test_a_finding_that_opens_changes_and_is_resolved_stands_in_the_log_each_time(house: House) -> None:
    one_call(house)
    clip = house.root() / CALL
    content = clip.read_bytes()
    house.put(CALL, film(60, "short"))
    house.scan(MORNING)
    assert about(house, "incomplete.low-coverage") == [("opened", "scan:1")]
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:14:05")])
    house.scan(MORNING + HOUR)
    assert about(house, "incomplete.low-coverage") == [("opened", "scan:1"), ("changed", "scan:2")]
    (house.root() / "other").mkdir()
    house.put(f"other/{CALL}", content)
    house.scan(MORNING + 2 * HOUR)
    opened, changed, resolved = (one for one in said(house) if one.get("rule") == "incomplete.low-coverage")
    assert (resolved["change"], resolved["after"], resolved["kind"], resolved["subject"]) == (
        *("resolved", None, "incident"),
        "JQ1",
    )
    assert opened["before"] is None
    assert changed["before"] == opened["after"]
    assert resolved["before"] == changed["after"]
    assert opened["after"]["outcome"] != changed["after"]["outcome"], "only figures differ, and that shows"
    assert {one["subject"] for one in said(house) if one["change"] == "result"} == {"JQ1"}
    assert whole(house)


def test_the_verdict_on_an_activity_stands_in_the_log_whenever_it_becomes_another(house: House) -> None:
    one_call(house)
    clip = house.root() / CALL
    clip.rename(house.folder / "aside.mp4")
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "elsewhere"))
    house.scan(MORNING)
    (house.folder / "aside.mp4").rename(clip)
    house.scan(MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    results = [one for one in said(house) if one["change"] == "result"]
    assert [(one["before"], one["after"], one["unit"]) for one in results] == [
        (None, "noncompliant", results[0]["unit"]),
        ("noncompliant", "compliant", results[0]["unit"]),
    ]
    assert results[0]["unit"] is not None


def test_a_scan_that_concludes_nothing_new_adds_no_link(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    before = len(house.rows(AUDIT_ENTRY))
    house.scan(MORNING + timedelta(minutes=1))
    assert len(house.rows(AUDIT_ENTRY)) == before


def test_a_limit_that_was_changed_stands_in_the_log_with_both_values_before_the_verdicts_by_it(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    assert said(house, "configuration") == []
    plan = house.plan
    changed = replace(plan, limits=replace(Limits(), late_start_warn_seconds=5.0, late_start_fail_seconds=10.0))
    scan_once(house.engine, changed, MORNING + HOUR)
    (link,) = said(house, "configuration")
    assert (link["actor"], link["sections"]) == ("scan:2", ["limits"])
    assert link["limits"]["limits.late_start_fail_seconds"] == {"before": None, "after": 10.0}
    assert whole(house)


def test_a_version_made_and_superseded_by_one_scan_never_gives_its_number_to_another_row(house: House) -> None:
    one_call(house)
    done = house.scan(MORNING)
    numbers = []
    with house.engine.begin() as connection:
        for value in ("one", "two", "three"):
            row = {"store_id": 1, "path": "x", "files": 1, "refused": value, "skipped": [], "fingerprint": None}
            make_equal(connection, FOLDER, FOLDER.c.path == "x", [row], key=("path",), scan=done.scan)
            numbers.append(connection.execute(select(FOLDER.c.id).where(FOLDER.c.path == "x")).scalar_one())
    assert numbers[0] < numbers[1] < numbers[2]
