"""The history of a conclusion: every change in its scan, with what it followed from."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from detectors.limits import Limits
from indexer.feeds.base import FeedKind
from storage.queries import as_of, history
from storage.queries.explanation import Explanation
from tests.builders import House, clip_name, film, incident, local, one_call
from tests.scanning import MORNING
from tests.storage.queries import rows

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def told(found: Explanation | None, title: str) -> list[dict[str, Any]]:
    """Rows of a section by the keys of its columns."""
    assert found is not None
    (section,) = [one for one in found.sections if one.title_en == title]
    return [dict(zip((name.split()[-1] for name in section.columns), row, strict=True)) for row in section.rows]


def asked(house: House, thing: str) -> Explanation | None:
    with house.engine.connect() as connection:
        return history(connection, thing)


def changes(house: House, thing: str, item: str = "") -> list[tuple[int, str, set[str]]]:
    """(scan, change, causes) of what an item became, each once."""
    found = [row for row in told(asked(house, thing), "Changes and their causes") if item in row["item"]]
    each = {(row["scan"], row["change"]): {cause.split()[-1] for cause in row["causes"]} for row in found}
    return [(scan, change, causes) for (scan, change), causes in each.items()]


def details(house: House, thing: str, cause: str) -> list[tuple[Any, ...]]:
    """(scan, item, field, before, after) of the causes of one kind."""
    found = told(asked(house, thing), "The causes in detail")
    names = ("scan", "item", "field", "before", "after")
    return [tuple(row[name] for name in names) for row in found if row["cause"] == cause]


def call_without_footage(house: House) -> None:
    one_call(house)
    (house.root() / CALL).unlink()
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "elsewhere"))


def test_a_finding_is_found_closed_and_opened_again_each_time_for_a_reason(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING)
    key = house.finding("missing.no-recording")["key"]
    late = house.put(CALL, film(180, "one call"))
    house.scan(MORNING + HOUR)
    late.unlink()
    house.scan(MORNING + 2 * HOUR)
    assert changes(house, key) == [
        (1, "first-found", {"first-judged"}),
        (2, "closed", {"file-arrived", "link-made"}),
        (3, "reopened", {"file-vanished", "link-gone"}),
    ]
    name = f"dock:{CALL}"
    assert details(house, key, "file-arrived") == [(2, name, "state", None, "在库 present")]
    assert details(house, key, "file-vanished") == [(3, name, "state", "在库 present", "未再找到 missing")]
    assert details(house, key, "link-made") == [(2, name, "status", None, "已关联 linked")]


def test_measured_values_are_told_before_and_after_with_the_field_of_the_feed_that_moved_them(house: House) -> None:
    one_call(house)
    house.put(CALL, film(60, "short"))
    house.scan(MORNING)
    key = house.finding("incomplete.low-coverage")["key"]
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:14:05")])
    house.scan(MORNING + HOUR)
    # from 08:11:30 on, 60 s cover 30 s of 120, then of 125
    found = [row for row in told(asked(house, key), "Changes and their causes") if row["scan"] == 2]
    figures = {row["field"]: (row["before"], row["after"]) for row in found}
    assert figures["measured required_s"] == (120.0, 125.0)
    assert figures["measured ratio"] == (0.25, 0.24)
    assert "measured covered_s" not in figures
    assert {cause.split()[-1] for cause in found[0]["causes"]} == {"feed-row-changed"}
    (cause,) = details(house, key, "feed-row-changed")
    assert cause == (2, "110: JQ1", "finished_at", local("08:14:00"), local("08:14:05"))


def test_other_limits_and_those_put_back_are_told_as_such(house: House) -> None:
    one_call(house)
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:32:00")])
    house.put(CALL, film(1130, "ends 100 s before the finish"))
    house.scan(MORNING)
    house.changes["limits"] = Limits.from_mapping({"early_end_seconds": 60})
    house.scan(MORNING + HOUR)
    key = house.finding("incomplete.early-end")["key"]
    del house.changes["limits"]
    house.scan(MORNING + 2 * HOUR)
    assert changes(house, key) == [
        (2, "first-found", {"rules-or-limits-changed"}),
        (3, "closed", {"rules-or-limits-changed"}),
    ]
    named = [row[:1] + row[2:] for row in details(house, key, "rules-or-limits-changed") if row[1] == "config.toml"]
    assert named == [
        (2, "limits.early_end_seconds", "默认 default", 60.0),
        (3, "limits.early_end_seconds", 60.0, "默认 default"),
    ]


def test_that_only_time_passed_is_told(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING.replace(day=20, hour=13))  # an hour after the return of the camera
    house.scan(MORNING.replace(day=21, hour=12, minute=1))  # a day after it
    key = house.finding("missing.no-recording")["key"]
    assert changes(house, key) == [(2, "first-found", {"time-passed"})]
    assert changes(house, "JQ1", "verdict") == [(1, "made", {"first-judged"}), (2, "changed", {"time-passed"})]
    due = MORNING.replace(day=21, hour=12)
    assert details(house, key, "time-passed") == [(2, "JQ1", "due_at", None, due)]


def test_a_clip_that_another_source_places_elsewhere_is_told_with_the_times(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    listed = {"path": CALL, "device": "1100001", "started_at": "2026-11-20 08:12:40", "ended_at": "2026-11-20 08:15:40"}
    house.feed("list", FeedKind.CLIP_INDEX, [listed], store="dock")
    house.scan(MORNING + HOUR)
    name = f"dock:{CALL}"
    moved = {row[2]: row[3:] for row in details(house, "JQ1", "clip-placed-anew") if row[1] == name}
    assert moved["started_at"] == (local("08:11:30"), local("08:12:40"))
    assert (2, "changed", {"feed-row-changed", "clip-placed-anew", "link-changed"}) in [
        (scan, change, causes & {"feed-row-changed", "clip-placed-anew", "link-changed"})
        for scan, change, causes in changes(house, "JQ1", "coverage")
    ]


def test_a_file_that_moves_and_one_that_comes_back_are_no_new_files(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    (house.root() / "other").mkdir()
    (house.root() / CALL).rename(house.root() / "other" / CALL)
    house.scan(MORNING + HOUR)
    (house.root() / "other" / CALL).rename(house.folder / CALL)
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "elsewhere"))
    house.scan(MORNING + 2 * HOUR)
    key = house.finding("missing.no-recording")["key"]
    (house.folder / CALL).rename(house.root() / "other" / CALL)
    house.scan(MORNING + 3 * HOUR)
    found = {scan: causes for scan, _, causes in changes(house, key)}
    assert "file-vanished" in found[3]
    assert "file-back" in found[4]
    with house.engine.connect() as connection:
        from storage.queries.history_causes import causes_of
        from storage.queries.history_subject import SubjectKind, subject_of

        causes = causes_of(connection, subject_of(connection, SubjectKind.INCIDENT, "JQ1"))
    moves = [(one.scan, one.before, one.after) for one in causes if one.cause == "file-moved"]
    assert moves == [(2, f"dock:{CALL}", f"dock:other/{CALL}")]


def test_an_explanation_is_told_by_its_reason(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING)
    said = {"activity": "JQ1", "officer": "031021", "from": "", "to": "", "reason": "设备故障"}
    house.feed("explanations", FeedKind.EXPLANATIONS, [said])
    house.scan(MORNING + HOUR)
    with house.engine.connect() as connection:
        from storage.queries.history_causes import causes_of
        from storage.queries.history_subject import SubjectKind, subject_of

        causes = causes_of(connection, subject_of(connection, SubjectKind.INCIDENT, "JQ1"))
    assert [(one.scan, one.after) for one in causes if one.cause == "explanation-added"] == [(2, "设备故障")]


def test_a_store_that_cannot_be_believed_is_told_and_that_it_is_back(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING)
    key = house.finding("missing.no-recording")["key"]
    house.root().rename(house.folder / "away")
    house.scan(MORNING + HOUR)
    (house.folder / "away").rename(house.root())
    house.scan(MORNING + 2 * HOUR)
    assert [(scan, causes) for scan, _, causes in changes(house, key)] == [
        (1, {"first-judged"}),
        (2, {"store-in-doubt"}),
        (3, {"store-online-again"}),
    ]


def test_history_as_of_an_earlier_scan_knows_nothing_of_later_ones(house: House) -> None:
    call_without_footage(house)
    house.scan(MORNING)
    key = house.finding("missing.no-recording")["key"]
    then = [asked(house, key), asked(house, "JQ1")]
    house.put(CALL, film(180, "one call"))
    house.scan(MORNING + HOUR)
    with house.engine.connect() as connection, as_of(connection, MORNING + HOUR / 2):
        assert [history(connection, key), history(connection, "JQ1")] == then
    assert asked(house, key) != then[0]


def test_what_has_no_history_has_none(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    for thing in ("JQ9", "ffffffffffffffff", "", "\x00", f"dock:{CALL}"):
        assert asked(house, thing) is None


def test_what_a_killed_scan_had_changed_is_the_cause_of_what_the_next_one_concludes(connection: Connection) -> None:
    rows.scan(connection, started=100, state="interrupted")
    file_id = rows.file(connection, "a.mp4", until_scan=2)
    rows.seen(connection, file_id, "a.mp4", state="missing", since_scan=2)
    rows.scan(connection, started=200)
    rows.evaluation(connection, "clip", "dock-a:a.mp4")
    rows.finding(connection, "00aa00aa00aa00aa", "clip", "dock-a:a.mp4", since_scan=3)
    found = told(history(connection, "00aa00aa00aa00aa"), "Changes and their causes")
    assert [row["causes"] for row in found] == [["文件消失 file-vanished"]] * 2


def test_a_change_that_no_stored_fact_tells_is_said_to_be_one(connection: Connection) -> None:
    rows.scan(connection, started=100)
    rows.evaluation(connection, "incident", "A1")
    rows.finding(connection, "00aa00aa00aa00aa", "incident", "A1", since_scan=2)
    found = told(history(connection, "00aa00aa00aa00aa"), "Changes and their causes")
    assert [row["causes"] for row in found] == [["所存事实未说明 not-told"]] * 2


def test_the_rule_itself_may_be_another_version(connection: Connection) -> None:
    rows.scan(connection, started=100)
    rows.evaluation(connection, "incident", "A1", rule_set="old", until_scan=2)
    rows.evaluation(connection, "incident", "A1", rule_set="new", since_scan=2)
    rows.finding(connection, "00aa00aa00aa00aa", "incident", "A1", until_scan=2)
    rows.finding(connection, "00aa00aa00aa00aa", "incident", "A1", since_scan=2, rule_version=2)
    found = [row for row in told(history(connection, "00aa00aa"), "Changes and their causes") if row["scan"] == 2]
    assert [(row["change"], row["field"], row["before"], row["after"]) for row in found] == [
        ("changed", "rule_version", 1, 2)
    ]
    assert found[0]["causes"] == ["规则或限值变化 rules-or-limits-changed"]
