"""Watching brings brief scans forward: soon after a change, never without pause, only of what changed, and ends."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.live import Turns
from app.watching import Pace, watched_roots, watching
from indexer.stores.base import StoreSettings

STEP = 0.25


def scans(changes: list[tuple[float, str]], until: float, takes: float = 1.0) -> list[tuple[float, frozenset[str]]]:
    """(begin, stores) of scans, looked at four times a second, given when a new file came into which store."""
    pace, done, waiting, busy_until = Pace(), [], sorted(changes), 0.0
    for number in range(int(until / STEP)):
        now = number * STEP
        while waiting and waiting[0][0] <= now:
            at, store = waiting.pop(0)
            pace.changed(store, f"{store}/{at}", at)
        if now >= busy_until and (due := pace.due(now)):
            pace.begun(due)
            done.append((now, due))
            busy_until = now + takes
            pace.ended(busy_until, takes)
    return done


def test_a_change_is_scanned_once_it_has_been_quiet_for_a_moment_and_only_its_store() -> None:
    assert scans([(10.0, "a")], 100) == [(11.0, frozenset("a"))]


def test_changes_in_one_go_are_one_scan() -> None:
    assert scans([(10.0, "a"), (10.5, "a"), (11.0, "b")], 100) == [(11.5, frozenset("ab"))]


def test_a_second_arrival_five_seconds_after_the_first_has_its_scan_within_seconds() -> None:
    first, second = scans([(10.0, "a"), (15.0, "a")], 100, takes=2.0)
    assert (first[0], second[0]) == (11.0, 16.0)


def test_a_store_that_new_files_come_into_without_pause_is_not_scanned_without_pause() -> None:
    begun = [at for at, _ in scans([(n / 4, "a") for n in range(400)], 120, takes=6.0)]
    assert begun[0] <= 4.0
    assert all(later - sooner >= 12.0 for sooner, later in pairwise(begun))
    assert begun[-1] >= 99.75


def test_a_file_that_goes_on_growing_is_news_once_a_minute() -> None:
    pace, asked = Pace(), []
    for now in range(300):
        pace.changed("a", "a/x", float(now), grew=now > 0)
        if pace.due(float(now)):
            pace.begun("a")
            asked.append(now)
            pace.ended(float(now), 0.5)
    assert len(asked) <= 7
    assert asked[0] <= 4
    assert asked[-1] >= 230


def test_what_settles_later_is_scanned_then_and_the_sooner_of_two_counts() -> None:
    pace = Pace()
    pace.settles("a", 50.0)
    pace.settles("a", 40.0)
    pace.settles("a", 60.0)
    assert (pace.due(39.9), pace.due(40.0)) == (frozenset(), frozenset("a"))


@given(changes=st.lists(st.tuples(st.floats(0, 300), st.sampled_from("ab")), max_size=40), takes=st.floats(0.1, 5))
@example(changes=[(0.0, "a"), (1.0, "b")], takes=1.0)  # the second is noticed in the moment at which a scan begins
def test_no_change_is_forgotten_and_each_scan_is_followed_by_a_pause_as_long(
    changes: list[tuple[float, str]], takes: float
) -> None:
    done = scans(changes, 400, takes)
    assert all(later[0] - sooner[0] >= takes + max(2.0, takes) for sooner, later in pairwise(done))
    for change, store in changes:
        assert any(change <= at <= change + 4 + 2 * takes + 2 + takes + 1 and store in some for at, some in done)


def test_only_folders_of_this_machine_that_are_there_are_watched(tmp_path: Path) -> None:
    for name in ("disk", "share"):
        (tmp_path / name).mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/x {tmp_path / 'share'} nfs4 rw 0 0\n", encoding="utf-8")
    places = [str(tmp_path / "disk"), str(tmp_path / "share"), str(tmp_path / "gone"), "s3://bucket/prefix"]
    stores = [StoreSettings(f"s{n}", place) for n, place in enumerate(places)]
    assert watched_roots(stores, mounts) == {tmp_path / "disk": "s0"}
    assert watched_roots(stores, tmp_path / "no-mounts") == {tmp_path / "disk": "s0", tmp_path / "share": "s1"}


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not true():
        time.sleep(0.05)
    return bool(true())


@pytest.mark.slow
def test_a_new_file_in_a_folder_made_later_makes_its_store_due_and_no_other(tmp_path: Path) -> None:
    pace, stores = Pace(), [StoreSettings(name, str(tmp_path / name)) for name in ("a", "b")]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with watching(stores, pace):
        time.sleep(1.5)  # the watch is set up
        assert pace.due(time.monotonic()) == frozenset()
        (tmp_path / "b" / "day").mkdir()
        assert until(lambda: pace.due(time.monotonic()) == frozenset("b"))
        pace.begun("b")
        (tmp_path / "b" / "day" / "x.mp4").write_bytes(b"x")
        assert until(lambda: pace.due(time.monotonic()) == frozenset("b"))


@pytest.mark.slow
def test_reading_a_file_makes_nothing_due(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x" * 1000)
    pace = Pace()
    with watching([StoreSettings("dock", str(tmp_path))], pace):
        time.sleep(1.5)
        for _ in range(3):
            (tmp_path / "a.mp4").read_bytes()
            list(tmp_path.iterdir())
            time.sleep(0.5)
    assert pace.first == {}


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False])
def test_it_ends_within_moments_whether_there_was_something_to_watch_or_not(tmp_path: Path, there: bool) -> None:
    root = tmp_path if there else tmp_path / "gone"
    before = threading.active_count()
    begun = time.monotonic()
    with watching([StoreSettings("dock", str(root))], Pace()):
        time.sleep(0.3)
    assert time.monotonic() - begun < 5
    assert threading.active_count() == before


def test_a_system_that_refuses_to_watch_is_a_warning_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr("watchfiles.watch", refuse)
    with watching([StoreSettings("dock", str(tmp_path))], Pace()):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_who_waits_lets_the_running_scan_know_and_is_next() -> None:
    turns, stop, told = Turns(), threading.Event(), threading.Event()

    def long_scan() -> None:
        with turns.lock:
            told.set()
            assert until(turns.hurried)

    thread = threading.Thread(target=long_scan)
    thread.start()
    assert told.wait(5)
    with turns.urgent(stop) as mine:
        assert mine
        assert not turns.hurried()
    assert turns.cut_short.is_set()
    thread.join()


def test_who_waits_when_the_program_ends_gets_no_turn() -> None:
    turns, stop = Turns(), threading.Event()
    stop.set()
    with turns.lock, turns.urgent(stop) as mine:
        assert not mine
