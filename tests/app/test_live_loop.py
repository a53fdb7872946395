"""The loop of brief scans: what waits is taken together, what fails waits again, and who scans long makes room."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from app.live import Live, Turns, scanning_live, without_long_work
from app.shell_settings import WorkerKind
from domain.errors import StorageError
from domain.timespan import utc
from storage import scan_requests
from storage.schema.tables import SCAN, SCAN_REQUEST
from tests.app.configs import LEAST, load
from tests.app.fakes import Summary
from tests.scanning import new_engine

pytestmark = [pytest.mark.slow, pytest.mark.long]

NOW = utc(2026, 11, 23, 4)


@dataclass(frozen=True, slots=True)
class Ended(Summary):
    scan: int = 1


@dataclass(slots=True)
class Scans:
    """Stands for the pipeline: remembers what it was asked, fails as often as it is told to."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0

    def __call__(self, _settings: Any, _engine: Any, _progress: Any, **how: Any) -> Ended:
        self.asked.append(how)
        if len(self.asked) <= self.failures:
            raise StorageError("disk full")
        return Ended()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'l.db'}")
    with engine.begin() as connection:
        at = {"started_at": NOW, "finished_at": NOW, "claimed_until": NOW}
        connection.execute(insert(SCAN).values(id=1, state="complete", host="h", process=1, **at))
    yield engine
    engine.dispose()


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> Scans:
    scans = Scans()
    monkeypatch.setattr("app.live.scan_once", scans)
    return scans


@pytest.fixture
def live(tmp_path: Path, engine: Engine) -> Live:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    settings = load(tmp_path, LEAST + "[schedule]\nwatch = false\n")
    return Live(settings, engine, Turns(), threading.Event(), lambda: None)


def until(true: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not true():
        time.sleep(0.05)
    return bool(true())


def ask(engine: Engine, *stores: str, confirmed: tuple[str, ...] = ()) -> None:
    with engine.begin() as connection:
        scan_requests.ask_scan(connection, NOW, "account:x", stores, confirmed)


def done(engine: Engine) -> list[int | None]:
    with engine.connect() as connection:
        return list(connection.execute(select(SCAN_REQUEST.c.scan_id).order_by(SCAN_REQUEST.c.id)).scalars())


def test_what_waits_becomes_one_brief_scan_and_its_number_is_noted(live: Live, engine: Engine, scans: Scans) -> None:
    ask(engine, "dock-a")
    ask(engine, scan_requests.NO_STORE)
    ask(engine, confirmed=("dock-a",))
    with scanning_live(live):
        assert until(lambda: done(engine) == [1, 1, 1])
    (how,) = scans.asked
    assert (how["only"] - {""}, how["confirmed"], how["brief"]) == ({"dock-a"}, {"dock-a"}, True)


def test_a_request_for_everything_reads_the_feeds_too(live: Live, engine: Engine, scans: Scans) -> None:
    ask(engine)
    with scanning_live(live):
        assert until(lambda: done(engine) == [1])
    assert (scans.asked[0]["only"], scans.asked[0]["brief"]) == (frozenset(), False)


def test_what_a_killed_program_had_taken_is_scanned_after_the_next_begin(
    live: Live, engine: Engine, scans: Scans
) -> None:
    ask(engine, "dock-a")
    with engine.begin() as connection:
        scan_requests.take(connection, NOW)
    with scanning_live(live):
        assert until(lambda: done(engine) == [1])
    assert len(scans.asked) == 1


def test_a_scan_that_fails_is_a_log_line_and_comes_again_after_a_pause(
    live: Live, engine: Engine, scans: Scans, caplog: pytest.LogCaptureFixture
) -> None:
    scans.failures = 1
    ask(engine, "dock-a")
    with scanning_live(live):
        assert until(lambda: len(scans.asked) == 1)
        assert done(engine) == [None]
        assert until(lambda: done(engine) == [1])
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "brief scan failed; it is tried again"
    ]
    caplog.clear()


def test_a_changed_store_whose_scan_failed_is_scanned_again(live: Live, scans: Scans) -> None:
    scans.failures = 1
    live.pace.changed("dock-a", "dock-a/x", time.monotonic())
    with scanning_live(live):
        assert until(lambda: len(scans.asked) == 2)
    assert [how["only"] for how in scans.asked] == [{"dock-a"}, {"dock-a"}]


def test_a_full_scan_that_was_cut_short_is_made_up_for_once_it_is_calm(
    live: Live, engine: Engine, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.live.CALM_S", 0.5)
    made_up = threading.Event()
    live.catch_up = made_up.set

    def long_scan() -> None:
        with live.turns.lock:
            assert until(live.turns.hurried)

    thread = threading.Thread(target=long_scan)
    thread.start()
    ask(engine, "dock-a")
    with scanning_live(live):
        assert until(lambda: done(engine) == [1])
        assert made_up.wait(10)
    thread.join()
    assert len(scans.asked) == 1


def test_it_ends_within_moments_while_somebody_else_scans(live: Live, engine: Engine, scans: Scans) -> None:
    ask(engine, "dock-a")
    with live.turns.lock:
        with scanning_live(live):
            assert until(live.turns.waiting.is_set)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
    assert (scans.asked, done(engine)) == ([], [None])


def test_a_brief_scan_leaves_the_long_work_and_begins_no_processes(live: Live) -> None:
    brief = without_long_work(live.settings, brief=True)
    assert (brief.content.minutes_per_scan, brief.fixity.seconds_per_scan) == (0, 0)
    assert brief.workers.kind is WorkerKind.THREADS
    assert without_long_work(live.settings, brief=False).workers == live.settings.workers
