"""Between two scans of the schedule: brief scans of the stores that changed, and of what somebody asked for.

One scan at a time in this process (`Turns`). A full scan that looks at pictures or reads digests ends early when a
brief one waits, and is made up for once nothing waits any more.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.progress import Lines, ScanStopped
from app.scanning import log_summary, scan_once
from app.settings import Settings
from app.shell import driver_words, one_line
from app.shell_settings import WorkerKind
from app.watching import Pace, watching
from domain.errors import BwcError
from storage import scan_requests
from storage.scan_requests import Wanted
from storage.scans import ScanRunning

if TYPE_CHECKING:
    from indexer.pipeline import ScanSummary

logger = logging.getLogger("bwc.live")
TICK_S = 0.25
LOOK_S = 1.0
MARGIN_S = 0.5
CALM_S = 30.0
BRIEF_WORKERS = 2


@dataclass(slots=True)
class Turns:
    """Who may scan in this process. `waiting`: somebody waits for whoever does now."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: threading.Event = field(default_factory=threading.Event)
    cut_short: threading.Event = field(default_factory=threading.Event)

    def hurried(self) -> bool:
        """Whether the running scan should leave to the next one what can wait."""
        if self.waiting.is_set():
            self.cut_short.set()
        return self.waiting.is_set()

    @contextmanager
    def urgent(self, stop: threading.Event) -> Iterator[bool]:
        """Wait for one's turn and let the running scan know; False when the program ends first."""
        self.waiting.set()
        try:
            while not (mine := self.lock.acquire(timeout=TICK_S)) and not stop.is_set():
                pass
        finally:
            self.waiting.clear()
        try:
            yield mine
        finally:
            if mine:
                self.lock.release()


@dataclass(slots=True)
class Live:
    """The loop that runs brief scans. `catch_up` asks the schedule for a full scan in place of one cut short."""

    settings: Settings
    engine: Engine
    turns: Turns
    stop: threading.Event
    catch_up: Callable[[], None]
    pace: Pace = field(default_factory=Pace)
    looked_at: float = float("-inf")
    busy_at: float = float("-inf")

    def run(self) -> None:
        """Until `stop` is set."""
        self._isolated(self._begin)
        while not self.stop.wait(TICK_S):
            self._isolated(self._tick)

    def _isolated(self, work: Callable[[], None]) -> None:
        """Foreseen failures are log lines; what failed is tried again after a pause."""
        try:
            work()
            return
        except ScanStopped:
            return
        except ScanRunning as error:
            logger.info("another scan is running; the brief one comes after it", extra={"reason": one_line(error)})
        except (BwcError, OSError) as error:
            logger.error("brief scan failed; it is tried again", extra={"reason": one_line(error)})
        except SQLAlchemyError as error:
            logger.error("the database failed; it is tried again", extra={"reason": driver_words(error)})
        self.pace.ended(time.monotonic(), 10.0)

    def _begin(self) -> None:
        with self.engine.begin() as connection:
            scan_requests.give_back(connection)
        self._expect(datetime.now(UTC))

    def _tick(self) -> None:
        now = time.monotonic()
        if now < self.pace.resting_until:
            return
        stores, wanted = self.pace.due(now), self._asked(now)
        if stores or wanted:
            self._scan(stores, wanted)
        elif self.turns.cut_short.is_set() and now - self.busy_at > CALM_S:
            self.turns.cut_short.clear()
            self.catch_up()

    def _asked(self, now: float) -> Wanted | None:
        if now - self.looked_at < LOOK_S:
            return None
        self.looked_at = now
        with self.engine.connect() as connection:
            if not scan_requests.waiting(connection):
                return None
        with self.engine.begin() as connection:
            return scan_requests.take(connection, datetime.now(UTC))

    def _scan(self, stores: frozenset[str], wanted: Wanted | None) -> None:
        whole = wanted is not None and not wanted.only
        only = frozenset() if whole else stores | (wanted.only if wanted else frozenset())
        done = False
        try:
            with self.turns.urgent(self.stop) as mine:
                if mine:
                    self.pace.begun(stores)
                    self._scan_now(only, wanted, brief=not whole)
                    done = True
        finally:
            for store in () if done else stores:
                self.pace.settles(store, time.monotonic())  # tried again after the pause
            if wanted is not None:  # those that a scan was noted for stay done
                with self.engine.begin() as connection:
                    scan_requests.give_back(connection, wanted.ids)

    def _scan_now(self, only: frozenset[str], wanted: Wanted | None, *, brief: bool) -> None:
        begun, now = time.monotonic(), datetime.now(UTC)
        confirmed = wanted.confirmed if wanted else frozenset()
        lines = Lines(self.stop)
        how: dict[str, Any] = {"now": now, "only": only, "confirmed": confirmed, "brief": brief}
        summary = scan_once(without_long_work(self.settings, brief=brief), self.engine, lines, **how)
        lines.close()
        self._note(summary, wanted)
        self.busy_at = time.monotonic()
        self.pace.ended(self.busy_at, self.busy_at - begun)
        self._expect(now)

    def _note(self, summary: "ScanSummary", wanted: Wanted | None) -> None:
        log_summary(summary)
        if wanted is not None:
            with self.engine.begin() as connection:
                scan_requests.note_scan(connection, wanted.ids, summary.scan)

    def _expect(self, scanned_at: datetime) -> None:
        """Come back when what arrives has settled."""
        with self.engine.connect() as connection:
            for store in self.settings.stores:
                settle = timedelta(seconds=store.settle_seconds)
                at = scan_requests.next_settling(connection, store.name, settle, scanned_at)
                if at is not None:
                    wait = (at - datetime.now(UTC)).total_seconds() + MARGIN_S
                    self.pace.settles(store.name, time.monotonic() + wait)


def without_long_work(settings: Settings, *, brief: bool) -> Settings:
    """The settings of a scan that somebody waits for: neither pictures and sound nor whole digests.

    The few files of a brief one are read by threads: processes take longer to begin than the reading does, and readers
    that might fall over run behind a wall of their own anyway (`indexer.guard`).
    """
    content, fixity = replace(settings.content, minutes_per_scan=0.0), replace(settings.fixity, seconds_per_scan=0.0)
    threads = replace(settings.workers, kind=WorkerKind.THREADS, count=BRIEF_WORKERS)
    return replace(settings, content=content, fixity=fixity, workers=threads if brief else settings.workers)


@contextmanager
def scanning_live(live: Live) -> Iterator[None]:
    """Brief scans until the block is left; stores are watched where `[schedule] watch` says so."""
    thread = threading.Thread(target=live.run, name="bwc-live", daemon=True)
    thread.start()
    try:
        if live.settings.schedule.watch:
            with watching(live.settings.stores, live.pace):
                yield
        else:
            yield
    finally:
        live.stop.set()
        thread.join()
