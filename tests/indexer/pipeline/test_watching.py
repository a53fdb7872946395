"""Watching brings scans forward: soon after a change, never too often, never instead of the schedule, and ends."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scheduler import scheduled
from app.shell_settings import ScheduleSettings
from app.watching import Pace, bring_forward, watched_roots, watching
from indexer.stores.base import StoreSettings

pytestmark = pytest.mark.slow

NEVER = ScheduleSettings(scan="0 0 29 2 *")


def asked_at(changes: list[float], until: float, *, busy: Callable[[float], bool] = lambda _: False) -> list[float]:
    """When scans are asked for, looked at once a second, given the seconds of changes."""
    pace, asked = Pace(settle=120.0), []
    for now in range(int(until)):
        if any(now - 1 < change <= now for change in changes):
            pace.changed(float(now))
        if pace.due(float(now)) and not busy(now):
            pace.asked(float(now))
            asked.append(float(now))
    return asked


def test_a_change_is_scanned_once_it_is_quiet_and_again_when_the_file_has_settled() -> None:
    assert asked_at([10], 1000) == [15, 135]


def test_changes_in_one_go_are_one_scan() -> None:
    assert asked_at([10, 11, 12, 13], 1000) == [18, 138]


def test_a_store_that_is_written_to_without_pause_is_scanned_about_every_minute_and_once_more_at_the_end() -> None:
    asked = asked_at([float(second) for second in range(600)], 2000)
    assert asked[0] == 60
    assert all(60 <= later - sooner <= 65 for sooner, later in pairwise(asked[:-1]))
    assert asked[-1] == 599 + 125


def test_without_a_change_nothing_is_asked() -> None:
    assert asked_at([], 5000) == []


def test_what_changes_during_a_scan_is_asked_for_when_it_is_over() -> None:
    assert asked_at([10], 1000, busy=lambda now: now < 100) == [100, 160]


@given(changes=st.lists(st.floats(0, 3000), max_size=40))
def test_no_two_scans_within_a_minute_and_none_is_forgotten(changes: list[float]) -> None:
    asked = asked_at(changes, 4000)
    assert all(later - sooner >= 60 for sooner, later in pairwise(asked))
    for change in changes:
        assert any(change < at <= change + 5 + 60 + 61 for at in asked)
        assert any(change + 120 <= at for at in asked)


def test_only_folders_of_this_machine_that_are_there_are_watched(tmp_path: Path) -> None:
    for name in ("disk", "share"):
        (tmp_path / name).mkdir()
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nnas:/x {tmp_path / 'share'} nfs4 rw 0 0\n", encoding="utf-8")
    places = [str(tmp_path / "disk"), str(tmp_path / "share"), str(tmp_path / "gone"), "s3://bucket/prefix"]
    stores = [StoreSettings(f"s{n}", place) for n, place in enumerate(places)]
    assert watched_roots(stores, mounts) == [tmp_path / "disk"]
    assert watched_roots(stores, tmp_path / "no-mounts") == [tmp_path / "disk", tmp_path / "share"]


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not true():
        time.sleep(0.05)
    return true()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds instead of minutes."""
    monkeypatch.setattr("app.watching.Pace", lambda settle: Pace(settle, quiet=0.2, longest=1.0, between=0.5))


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_a_new_file_in_a_folder_made_later_begins_a_scan(tmp_path: Path) -> None:
    asked: list[float] = []

    def ask() -> bool:
        asked.append(time.monotonic())
        return True

    with watching([StoreSettings("dock", str(tmp_path))], ask):
        time.sleep(1.5)  # the watch is set up
        assert asked == []
        (tmp_path / "day").mkdir()
        assert until(lambda: len(asked) == 1)
        time.sleep(0.6)
        (tmp_path / "day" / "a.mp4").write_bytes(b"x")
        assert until(lambda: len(asked) == 2)


@pytest.mark.slow
@pytest.mark.usefixtures("at_once")
def test_reading_a_file_begins_no_scan(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x" * 1000)
    asked: list[bool] = []
    with watching([StoreSettings("dock", str(tmp_path))], lambda: not asked.append(True)):
        time.sleep(1.5)
        for _ in range(3):
            (tmp_path / "a.mp4").read_bytes()
            list(tmp_path.iterdir())
            time.sleep(0.5)
    assert asked == []


@pytest.mark.slow
@pytest.mark.parametrize("there", [True, False])
def test_it_ends_within_moments_whether_there_was_something_to_watch_or_not(tmp_path: Path, there: bool) -> None:
    root = tmp_path if there else tmp_path / "gone"
    before = threading.active_count()
    begun = time.monotonic()
    with watching([StoreSettings("dock", str(root))], lambda: True):
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
    with watching([StoreSettings("dock", str(tmp_path))], lambda: True):
        pass
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.mark.slow
def test_the_schedule_runs_its_one_job_at_once_when_asked_and_says_no_while_it_runs() -> None:
    begun, go_on, stop = threading.Event(), threading.Event(), threading.Event()
    scans: list[float] = []

    def scan() -> None:
        scans.append(time.monotonic())
        begun.set()
        go_on.wait(10)

    with scheduled(NEVER, ZoneInfo("Asia/Shanghai"), scan, stop) as scheduler:
        ask = bring_forward(scheduler)
        due = scheduler.get_job("scan").next_run_time
        assert ask()
        assert begun.wait(5)
        time.sleep(0.3)  # the schedule says that it began a job just after the job began
        assert not ask()
        go_on.set()
        assert until(ask)
        assert until(lambda: len(scans) == 2)
        assert until(lambda: scheduler.get_job("scan").next_run_time == due)  # the schedule is as it was
