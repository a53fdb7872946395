"""Looking at pictures and sound: which parts, in which order, within which bounds, and what is remembered of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import StoreUnavailable
from indexer.content import ContentSettings
from indexer.pipeline import detect as step
from indexer.still_cache import FileBytes
from indexer.stores.local import LocalStore
from storage.schema.tables import CONTENT, EVALUATION, LINK, OBSERVATION, OVERLAY_REGION, PRINT, WORK
from tests.builders import LONG_AGO, House, clip_name, film
from tests.indexer.pipeline import checkers
from tests.indexer.pipeline.looking import (
    CHECKER,
    EVERYTHING,
    calls,
    calls_of,
    logged,
    looking,
    seen,
    state,
)
from tests.scanning import MORNING

pytestmark = pytest.mark.slow
HOUR = timedelta(hours=1)
INSIDE = ContentSettings(share_ratio=0, margin_seconds=30)
CALL = clip_name("1100001", "031021", "08:10:00")


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return logged(monkeypatch, tmp_path)


def clip(house: House, name: str, start: str = "08:30:00", seconds: int = 60, **more: Any) -> str:
    """A clip of its own camera; `name` stands in its folder."""
    path = f"{name}/{clip_name(f'11{len(house.states()):05}', '031022', start)}"
    house.put(path, film(seconds, name), **more)
    return path


def test_of_a_linked_clip_only_the_window_and_its_margin_are_looked_at(house: House, log: Path) -> None:
    """The call lasts from 2 to 4 minutes into the clip; the name's clock may be off by its own error."""
    looking(house, INSIDE)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    summary = house.scan()
    (row,) = house.rows(CONTENT)
    (clip_row,) = [one for one in house.rows(LINK) if one["status"] == "linked"]
    assert clip_row["number"] == "JQ1"
    ((name, parts),) = calls(log)
    start, end = map(float, parts.split("-"))
    assert name == CALL
    assert (start, end) == pytest.approx((90, 270), abs=15)
    assert start <= 90
    assert end >= 270
    assert seen(house) == [(start, end)]
    assert (row["state"], row["priority"], row["cpu_ms"], row["versions"]) == ("done", 0, 250, {"fake": 1})
    assert (summary.content_checked, summary.content_waiting, summary.content_ended) == (1, 0, 0)
    assert summary.content_rate > 0


def test_a_changed_link_adds_parts_and_only_those_are_looked_at(house: House, log: Path) -> None:
    looking(house, INSIDE)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    ((_, first),) = calls(log)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"), ("JQ2", "08:17:00", "08:18:00"))
    house.scan(MORNING + HOUR)
    ((_, second),) = calls(log)
    assert float(second.split("-")[0]) > float(first.split("-")[1])
    assert len(seen(house)) == 2
    assert house.scan(MORNING + 2 * HOUR).content_checked == 0
    assert calls(log) == []


def test_a_window_that_grows_has_only_its_new_end_looked_at(house: House, log: Path) -> None:
    looking(house, INSIDE)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    ((_, first),) = calls(log)
    calls_of(house, ("JQ1", "08:12:00", "08:16:00"))
    house.scan(MORNING + HOUR)
    ((_, second),) = calls(log)
    assert second.split("-")[0] == first.split("-")[1]


def test_windows_come_before_the_rest_and_new_clips_before_old_ones(house: House, log: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(step, "at_once", lambda _executor: 1)
    looking(house)
    old, new = clip(house, "old", "06:00:00"), clip(house, "new", "19:00:00")
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    assert [name for name, _ in calls(log)] == [CALL, new, old]


def test_a_share_of_the_rest_is_looked_at_whole_and_always_the_same(house: House, log: Path, tmp_path: Path) -> None:
    looking(house, ContentSettings(share_ratio=0.4))
    for number in range(20):
        clip(house, f"n{number:02}")
    house.scan()
    first = {name for name, _ in calls(log)}
    assert 0 < len(first) < 20
    other = House.new(tmp_path / "other", f"sqlite:///{tmp_path / 'other.db'}")
    other.stores, other.changes = house.stores, house.changes
    other.scan()
    assert {name for name, _ in calls(log)} == first
    other.engine.dispose()
    looking(house, ContentSettings(share_ratio=1.0))
    house.scan(MORNING + HOUR)
    assert len(calls(log)) == 20 - len(first)


def test_stills_and_files_without_tracks_are_left_alone(house: House, log: Path) -> None:
    looking(house)
    house.put("DCIM/IMG_0001.jpg", bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9"))
    house.put("empty.mp4", b"")
    house.put("torn.mp4", b"not a film")
    house.scan()
    assert (calls(log), house.rows(CONTENT)) == ([], [])


def test_nothing_is_looked_at_while_it_is_switched_off_and_all_that_is_due_once_it_is_on(
    house: House, log: Path
) -> None:
    looking(house, ContentSettings(enabled=False, share_ratio=1.0))
    name = clip(house, "one")
    house.scan()
    assert (calls(log), house.rows(CONTENT)) == ([], [])
    assert [row for row in house.rows(WORK) if row["step"] == "content"] == []
    looking(house)
    house.scan(MORNING + HOUR)
    assert calls(log) == [(name, "whole")]


def test_no_more_is_begun_when_the_time_is_over_and_the_rest_waits(house: House, log: Path, monkeypatch: Any) -> None:
    """Each takes 0.4 s, two at a time; a scan has 1.2 s."""
    monkeypatch.setattr(step, "at_once", lambda _executor: 2)
    for number in range(30):
        clip(house, f"slow{number:02}")
    looking(house, ContentSettings(share_ratio=1.0, minutes_per_scan=0.02))
    begun = step.time.monotonic()
    summary = house.scan()
    assert step.time.monotonic() - begun < 8
    assert 0 < summary.content_checked < 15
    assert summary.content_waiting == 30 - summary.content_checked == 30 - len(calls(log))
    assert house.scan(MORNING + HOUR).content_checked > 0


def test_a_scan_that_is_hurried_leaves_pictures_to_the_next_one_and_counts_no_attempt(house: House, log: Path) -> None:
    for number in range(3):
        clip(house, f"slow{number}")
    looking(house)
    asked = iter([False, True])
    summary = house.scan(hurried=lambda: next(asked, True))
    first = summary.content_checked  # one may be done before it is asked again
    assert first < 3
    assert summary.content_waiting == 3 - first
    assert {attempts for _, attempts in state(house).values()} == {0}
    log.write_text("")
    assert house.scan(MORNING + HOUR).content_checked == 3 - first


def test_a_long_clip_is_looked_at_an_hour_at_a_time(house: House, log: Path) -> None:
    looking(house)
    clip(house, "long", seconds=2 * 3600 + 600)
    house.scan()
    assert [parts for _, parts in calls(log)] == ["0-3600", "3600-7200", "7200-7800"]
    assert seen(house) == [(0, 3600), (3600, 7200), (7200, 7800)]


def test_other_bytes_under_the_same_name_end_what_was_measured(house: House, log: Path) -> None:
    looking(house)
    name = clip(house, "one")
    house.scan()
    prints = house.rows(PRINT)
    house.put(name, film(50, "other"), LONG_AGO + HOUR)
    looking(house, ContentSettings(enabled=False))
    house.scan(MORNING + HOUR)
    assert (house.rows(OBSERVATION), house.rows(PRINT), house.rows(CONTENT)) == ([], [], [])
    looking(house)
    house.scan(MORNING + 2 * HOUR)
    assert len(calls(log)) == 2
    assert house.rows(PRINT)[0]["value"] != prints[0]["value"]


def test_other_detectors_look_again_and_replace_what_was_measured(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking(house)
    clip(house, "one")
    house.scan()
    calls(log)
    assert house.scan(MORNING + HOUR).content_checked == 0
    monkeypatch.setattr(checkers, "versions", lambda: {"fake": 2})
    assert house.scan(MORNING + 2 * HOUR).content_checked == 1
    assert (len(calls(log)), len(house.rows(OBSERVATION)), len(house.rows(PRINT))) == (1, 1, 1)


def test_the_on_screen_clock_switched_on_is_looked_for_in_clips_that_were_looked_at_without_it(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Switched off again it costs nothing: what was looked for more than is asked now will do."""
    monkeypatch.setattr(checkers, "versions", lambda: {"fake": 1, "overlay": 1})
    without, on = replace(EVERYTHING, overlay=False), EVERYTHING
    looking(house, without)
    clip(house, "one")
    checked = [house.scan().content_checked, house.scan(MORNING + HOUR).content_checked]
    for hours, settings in ((2, on), (3, on), (4, without), (5, on)):
        looking(house, settings)
        checked.append(house.scan(MORNING + hours * HOUR).content_checked)
    assert checked == [1, 0, 1, 0, 0, 0]
    assert len(calls(log)) == 2


def test_without_the_reader_the_setting_of_the_on_screen_clock_changes_nothing(house: House, log: Path) -> None:
    for hours, overlay in ((0, False), (1, True), (2, False)):
        looking(house, replace(EVERYTHING, overlay=overlay))
        clip(house, "one") if not hours else None
        house.scan(MORNING + hours * HOUR)
    assert len(calls(log)) == 1


def test_the_clip_and_its_activities_are_judged_by_what_was_found(house: House, log: Path, monkeypatch: Any) -> None:
    judged: list[str] = []
    mark = step.work.mark

    def marking(connection: Any, name: str, marks: Any) -> None:
        judged.extend(one.subject for one in marks if name == "evaluate")
        mark(connection, name, marks)

    looking(house, INSIDE)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    keep = step._keep
    monkeypatch.setattr(step, "_keep", lambda *a: (monkeypatch.setattr(step.work, "mark", marking), keep(*a))[1])
    house.scan()
    assert {"clip:1", "incident:JQ1"} <= set(judged)
    assert {row["kind"] for row in house.rows(EVALUATION)} >= {"clip", "incident"}
    assert [row["subject"] for row in house.rows(WORK)] == []


def test_where_a_model_writes_is_told_to_the_next_clip_of_that_model(house: House, log: Path) -> None:
    looking(house, INSIDE)
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    (region,) = house.rows(OVERLAY_REGION)
    assert (region["model"], region["regions"]) == ("BC-S2", [[0.1, 0.9, 0.5, 1.0]])
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"), ("JQ2", "08:17:00", "08:18:00"))
    house.scan(MORNING + HOUR)
    assert [line[-1] for line in log.read_text().splitlines()] == ["0", "1"]


def test_pictures_for_people_are_handed_over_and_a_full_disk_is_only_noted(house: House, log: Path) -> None:
    class Keeper:
        kept: list[tuple[str, str, int]] = []  # noqa: RUF012 (one test's own)

        def keep(self, file: FileBytes, stills: Any) -> None:
            self.kept.append((file.anchor, file.stored.path, len(stills)))
            raise OSError(28, "No space left on device")

    looking(house, stills=Keeper())
    name = clip(house, "one")
    assert house.scan().content_checked == 1
    assert Keeper.kept == [(f"dock:{name}", name, 1)]


def test_a_store_that_fails_puts_a_clip_off_and_costs_it_no_attempt(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking(house)
    name = clip(house, "one")
    with monkeypatch.context() as patch:
        patch.setattr(step, "look", fails_to_open)
        assert house.scan().content_waiting == 1
    (row,) = house.rows(CONTENT)
    assert (row["state"], row["attempts"], row["next_at"]) == ("waiting", 0, MORNING + 6 * HOUR)
    assert "gone away" in row["why"]
    assert house.scan(MORNING + HOUR).content_checked == 0
    assert house.scan(MORNING + 7 * HOUR).content_checked == 1
    assert state(house) == {name: ("done", 0)}


def fails_to_open(job: Any) -> Any:
    def refuse(self: LocalStore, path: str) -> Any:
        raise StoreUnavailable("gone away")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalStore, "open", refuse)
        return step_look(job)


step_look = step.look


def test_a_file_that_left_meanwhile_is_put_off_and_found_again(house: House, log: Path) -> None:
    looking(house, ContentSettings(share_ratio=1.0, minutes_per_scan=0))
    name = clip(house, "one")
    house.scan()
    content = (house.root() / name).read_bytes()
    (house.root() / name).unlink()
    looking(house)
    house.scan(MORNING + HOUR, confirmed=frozenset({"dock"}))
    assert calls(log) == []
    house.put(name, content)
    house.scan(MORNING + 8 * HOUR)
    assert len(calls(log)) == 1
    assert state(house) == {name: ("done", 0)}


@pytest.mark.parametrize(
    ("name", "why"),
    [("time", "the time allowed was used up (60 s of processor time)"), ("memory", "memory was used up")],
)
def test_what_was_looked_at_before_a_check_broke_off_is_kept_and_the_rest_comes_an_hour_later(
    house: House, log: Path, name: str, why: str
) -> None:
    """Of 100 s the pictures of 60 and the sound of 40 are looked at: 40 count, and 60 are left."""
    looking(house, checker=CHECKER.replace(":check", ":breaks_off"))
    path = clip(house, name, seconds=100)
    summary = house.scan()
    (row,) = house.rows(CONTENT)
    assert (summary.content_checked, summary.content_ended) == (0, 1)
    assert (row["state"], row["attempts"], row["next_at"]) == ("ended", 1, MORNING + HOUR)
    assert (row["checked"], row["waiting_us"]) == ([[0, 40_000_000]], timedelta(seconds=60))
    assert why in row["why"]
    assert ("时间已用完" if name == "time" else "内存不足") in row["why"]
    assert seen(house) == [(0, 40), (0, 60)]
    assert calls(log) == [(path, "whole")]
    assert house.scan(MORNING + 2 * HOUR).content_checked == 1
    assert calls(log) == [(path, "40-100")]
    (row,) = house.rows(CONTENT)
    assert (row["state"], row["attempts"], row["why"], row["waiting_us"]) == ("done", 0, None, timedelta(0))
    assert seen(house) == [(0, 40), (0, 40), (40, 100), (40, 100)]


def test_a_check_that_never_gets_further_is_tried_three_times_and_what_it_saw_is_kept(house: House, log: Path) -> None:
    looking(house, checker=CHECKER.replace(":check", ":breaks_off"))
    path = clip(house, "stuck", seconds=100)
    counts = []
    for hours in (0, 1.1, 2, 25.2, 100, 1000):
        house.scan(MORNING + hours * HOUR)
        counts.append(len(calls(log)))
    assert counts == [1, 1, 0, 1, 0, 0]
    assert state(house) == {path: ("ended", 3)}
    assert seen(house) == [(0, 60)]
    assert house.rows(CONTENT)[0]["checked"] == []


@pytest.mark.parametrize("function", ["nonsense"])
def test_an_answer_that_no_database_can_hold_ends_only_its_clip(house: House, function: str) -> None:
    looking(house, checker=CHECKER.replace(":check", f":{function}"))
    clip(house, "one")
    assert house.scan().content_ended == 1
    assert "ValueError" in house.rows(CONTENT)[0]["why"]
