"""Stores that hang, come late, or are taken away in the middle of a scan: the others are scanned, nothing is called
missing, and the next scan goes on."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.checks.remedies import Trouble
from app.checks.stores import check_store
from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor, left_behind
from domain.errors import StoreUnavailable
from indexer.feeds.base import FeedKind
from indexer.pipeline import ScanSummary, Silent, run_scan
from indexer.pipeline.patience import PatientStore, answered, hanging
from indexer.stores.base import StoreSettings
from indexer.stores.local import LocalStore
from storage.schema.tables import FEED, PROBE, STORE_SCAN, WORK
from tests.builders import UNIT, House, clip_name, film
from tests.faults.mounts import hanging_store, memory_store
from tests.scanning import MORNING

HOUR = timedelta(hours=1)
LIMIT_S = 0.8
PLENTY_S = 30.0
"""For a machine that has other things to do; what is lost for a store that hangs is told by `LIMIT_S`."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two stores, `dock` that answers and `far` that may not, three clips in each."""
    house = House.new(tmp_path / "house", f"sqlite:///{tmp_path / 'house.db'}")
    house.store("far")
    for store, device in (("dock", "1100001"), ("far", "1100002")):
        for number in range(3):
            name = clip_name(device, "031021", f"0{number + 7}:10:00", number + 1)
            house.put(name, film(30, f"{store}{number}"), store=store)
    house.stores = {name: replace(one, answer_seconds=LIMIT_S) for name, one in house.stores.items()}
    yield house
    house.engine.dispose()


class Blocking:
    """In place of one method of every local store: of `far` it waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str, after: int = 0) -> None:
        self.going, self._after = threading.Event(), after
        real: Callable[..., Any] = getattr(LocalStore, method)

        def blocked(store: LocalStore, *arguments: Any) -> Any:
            if store.name == "far":
                self._after -= 1
                if self._after < 0:
                    self.going.wait(60)
            return real(store, *arguments)

        monkeypatch.setattr(LocalStore, method, blocked)


def state_of(house: House, store: str) -> tuple[str, str]:
    """What the last scan said of a store."""
    rows = [row for row in house.rows(STORE_SCAN) if row["store_id"] == list(house.stores).index(store) + 1]
    return rows[-1]["state"], rows[-1]["detail"]


def settled(house: House, *, probes: int = 6) -> None:
    """Everything was read, nothing waits and nothing is missing."""
    assert set(house.states("dock").values()) | set(house.states("far").values()) == {"present"}
    assert (len(house.rows(PROBE)), house.rows(WORK)) == (probes, [])
    assert not house.findings("missing.file-lost")


def scanned(house: House, executor: Executor, progress: Any = None, hours: int = 0) -> tuple[ScanSummary, float]:
    """A scan, and how long it took by the clock."""
    begun = time.monotonic()
    summary = run_scan(house.engine, house.plan, MORNING + hours * HOUR, executor, progress or Silent())
    return summary, time.monotonic() - begun


@pytest.mark.slow
def test_a_store_whose_listing_hangs_is_left_alone_and_the_others_are_scanned(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocking = Blocking(monkeypatch, "_check_root")
    with ThreadPoolExecutor(2) as executor:
        summary, seconds = scanned(house, executor)
        assert LIMIT_S <= seconds < LIMIT_S + PLENTY_S
        state, detail = state_of(house, "far")
        assert (state, "no answer in 0.8 s; the next scan tries again" in detail) == ("unreachable", True)
        assert "秒未应答" in detail
        assert any("far" in problem for problem in summary.problems)
        assert (len(house.rows(PROBE)), house.states("far")) == (3, {})
        _, again = scanned(house, executor, hours=1)  # the same question still waits: it is not asked once more
        assert again < seconds
        assert "still does not answer" in state_of(house, "far")[1]
        blocking.going.set()
        until(lambda: not hanging(house.stores["far"]))
        assert scanned(house, executor, hours=2)[0].problems == ()
    settled(house)


@pytest.mark.slow
def test_a_list_beside_the_clips_of_a_store_that_hangs_holds_up_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.feed("list", FeedKind.CLIP_INDEX, [], store="far")
    listed = house.feeds["list"]
    house.feed("officers", FeedKind.OFFICERS, [{"badge": "031021", "name": "A", "unit": UNIT}])
    house.feeds = {"list": listed, "officers": house.feeds["officers"]}
    blocking = Blocking(monkeypatch, "_check_root")
    with ThreadPoolExecutor(2) as executor:
        summary, seconds = scanned(house, executor)
        blocking.going.set()
    assert seconds < LIMIT_S + PLENTY_S
    assert {row["name"]: row["error"] is None for row in house.rows(FEED)} == {"list": False, "officers": True}
    assert any("store far does not answer" in problem for problem in summary.problems)
    until(lambda: not hanging(house.stores["far"]))


def test_the_check_of_the_configuration_does_not_hang_with_a_store(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocking = Blocking(monkeypatch, "_check_root")
    (verdict,) = check_store(house.stores["far"], MORNING)
    blocking.going.set()
    assert (verdict.trouble, "no answer in" in verdict.text) == (Trouble.STORE_UNREACHABLE, True)
    until(lambda: not hanging(house.stores["far"]))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["open", "stat"])
def test_a_store_that_hangs_while_its_files_are_read_costs_no_other_and_no_verdict(
    house: House, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    blocking = Blocking(monkeypatch, method, after=1)
    with ThreadPoolExecutor(2) as executor:
        summary, seconds = scanned(house, executor)
        assert seconds < 3 * LIMIT_S + PLENTY_S
        assert set(house.states("far").values()) == {"present"}
        assert 3 <= len(house.rows(PROBE)) < 6
        assert [problem for problem in summary.problems if "dock" in problem.split(":")[1]] == []
        blocking.going.set()
        until(lambda: not hanging(house.stores["far"]))
        assert scanned(house, executor, hours=1)[0].problems == ()
    settled(house)


@pytest.mark.slow
def test_a_store_that_is_slow_but_answers_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step of it takes a part of what it may take, all together far more: busy it is, and hangs it does not."""
    real = LocalStore.open

    def slowly(store: LocalStore, path: str) -> Any:
        until = time.monotonic() + LIMIT_S
        while store.name == "far" and time.monotonic() < until:
            time.sleep(0.05)
        return real(store, path)

    monkeypatch.setattr(LocalStore, "open", slowly)
    with ThreadPoolExecutor(2) as executor:
        assert scanned(house, executor)[0].problems == ()
    settled(house)


def test_a_question_gives_what_the_store_says_and_raises_what_it_raises(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"0123456789")
    settings = StoreSettings("near", str(tmp_path), answer_seconds=LIMIT_S)
    store = PatientStore(settings)
    assert [[file.path for file in folder.files] for folder in store.walk()] == [["a.mp4"]]
    with store.open("a.mp4") as stream:
        stream.seek(4)
        assert (stream.read(3), stream.tell(), stream.read(), stream.fileno() > 0) == (b"456", 7, b"789", True)
    assert store.stat("b.mp4") is None
    with pytest.raises(FileNotFoundError):
        store.open("b.mp4")
    with pytest.raises(TimeoutError, match="of the store itself"):
        answered(settings, out_of_time)
    assert not hanging(settings)
    patient = replace(settings, answer_seconds=0)
    assert answered(patient, lambda: 5) == 5
    with pytest.raises(StoreUnavailable, match="gone"):
        list(PatientStore(replace(settings, location=str(tmp_path / "gone"))).walk())


def out_of_time() -> None:
    raise TimeoutError("of the store itself")


class At(Silent):
    """Does something when a step begins, or after so many pieces of it."""

    def __init__(self, step: str, deed: Callable[[], object], pieces: int = 0) -> None:
        self._wanted, self._deed, self._left = step, deed, pieces
        self._step = ""

    def step(self, name: str, total: int | None) -> None:
        self._step = name
        if name == self._wanted and self._left == 0:
            self._left = -1
            self._deed()

    def advance(self, count: int = 1) -> None:
        if self._step == self._wanted and self._left > 0:
            self._left -= 1
            if self._left == 0:
                self._left = -1
                self._deed()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["discover", "probe"])
@pytest.mark.parametrize("kind", [WorkerKind.THREADS, pytest.param(WorkerKind.PROCESSES, marks=pytest.mark.long)])
def test_a_mount_that_answers_nothing_any_more_costs_its_time_limit_and_nothing_else(
    house: House, tmp_path: Path, kind: WorkerKind, step: str
) -> None:
    """A real one, whose readers nothing can end: not even a signal."""
    mounted = tmp_path / "mounted"
    with hanging_store(house.root("far"), mounted) as far:
        house.stores["far"] = replace(house.stores["far"], location=str(mounted))
        with build_executor(WorkerSettings(kind, 2)) as executor:
            _, seconds = scanned(house, executor, At(step, far.hang))
            print(f"{step} with {kind}: {seconds:.2f} s, limit {LIMIT_S} s")
            assert seconds < 4 * LIMIT_S + PLENTY_S
            assert set(house.states("dock").values()) == {"present"}
            assert len(house.rows(PROBE)) >= 3
            assert not house.findings("missing.file-lost")
            far.answer()
            until(lambda: not hanging(house.stores["far"]))
            assert scanned(house, executor, hours=1)[0].problems == ()
    settled(house)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [WorkerKind.THREADS, pytest.param(WorkerKind.PROCESSES, marks=pytest.mark.long)])
def test_workers_that_a_mount_holds_are_left_behind_and_end_when_it_lets_them_go(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: WorkerKind
) -> None:
    monkeypatch.setattr("app.workers.CLOSING_S", 1.0)
    mounted = tmp_path / "mounted"
    begun = time.monotonic()
    with hanging_store(house.root("far"), mounted) as far:
        house.stores["far"] = replace(house.stores["far"], location=str(mounted))
        with build_executor(WorkerSettings(kind, 1)) as executor:
            scanned(house, executor, At("probe", far.hang))
        assert time.monotonic() - begun < 4 * LIMIT_S + PLENTY_S
        assert left_behind() == (kind is WorkerKind.PROCESSES)
    until(lambda: not left_behind())


@pytest.mark.slow
@pytest.mark.parametrize(("step", "pieces"), [("discover", 2), ("probe", 0)])
def test_a_store_that_is_unmounted_in_the_middle_of_a_scan_loses_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, pieces: int
) -> None:
    monkeypatch.setattr("indexer.pipeline.discover.FOLDERS_AT_ONCE", 1)
    mounted = tmp_path / "mounted"
    source = house.root("far")
    house.stores["far"] = replace(house.stores["far"], location=str(mounted))
    with ThreadPoolExecutor(2) as executor:
        with memory_store(mounted):
            copy(source, mounted)
            scanned(house, executor)
            known = house.states("far")
            assert len(known) == 6
            scanned(house, executor, At(step, lambda: unmounted(mounted), pieces), hours=1)
        assert house.states("far") == known
        scanned(house, executor, hours=2)
        assert state_of(house, "far")[0] == "doubtful"
        assert house.states("far") == known
        with memory_store(mounted):
            copy(source, mounted)
            assert scanned(house, executor, hours=3)[0].problems == ()
    assert house.states("far") == known
    assert not house.findings("missing.file-lost")


def unmounted(mounted: Path) -> None:
    from tests.faults.mounts import unmount

    unmount(mounted)


def copy(source: Path, target: Path) -> None:
    """The files twice, in two folders, as old as they are."""
    for path in sorted(source.iterdir()):
        for name in ("am", "pm"):
            there = target / name / path.name
            there.parent.mkdir(exist_ok=True)
            content = path.read_bytes() + name.encode()
            there.write_bytes(content)
            os.utime(there, (path.stat().st_mtime,) * 2)
