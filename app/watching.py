"""Changes below local stores bring the next scan forward. An accelerator only: the schedule stays the truth.

Network file systems tell nothing of what other machines do, so they are left to the schedule, as is a root that is not
there, or more folders than the system lets be watched.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MISSED,
    EVENT_JOB_SUBMITTED,
    JobExecutionEvent,
)
from apscheduler.schedulers.background import BackgroundScheduler

from indexer.stores.base import StoreSettings
from storage.engine import NETWORK_FILE_SYSTEMS, file_system_of

logger = logging.getLogger("bwc.watch")
MOUNTS = Path("/proc/mounts")
TICK_MS = 1000


@dataclass(slots=True)
class Pace:
    """When a change is worth a scan: once all has been still for a while, again when what came has settled, and never
    twice within a minute."""

    settle: float = 120.0
    quiet: float = 5.0
    longest: float = 60.0
    between: float = 60.0
    since: float | None = None
    soon_at: float | None = None
    again_at: float | None = None
    last: float | None = None

    def changed(self, now: float) -> None:
        """Something changed; a store that is written to without pause is not waited for longer than `longest`."""
        self.since = now if self.since is None else self.since
        self.soon_at = min(now + self.quiet, self.since + self.longest)
        self.again_at = now + self.settle + self.quiet

    def due(self, now: float) -> bool:
        """Whether to ask for a scan now."""
        if self.last is not None and now - self.last < self.between:
            return False
        return any(at is not None and now >= at for at in (self.soon_at, self.again_at))

    def asked(self, now: float) -> None:
        """A scan was asked for; the one for what settles later may still be due."""
        self.last, self.since, self.soon_at = now, None, None
        if self.again_at is not None and now >= self.again_at:
            self.again_at = None


def watched_roots(stores: Iterable[StoreSettings], mounts: Path = MOUNTS) -> list[Path]:
    """Roots on disks of this machine that are there now."""
    table = mounts.read_text(encoding="utf-8", errors="replace") if mounts.exists() else ""
    roots = [Path(store.location) for store in stores if "://" not in store.location]
    return [
        root for root in roots if root.is_dir() and file_system_of(root.resolve(), table) not in NETWORK_FILE_SYSTEMS
    ]


@contextmanager
def watching(stores: Sequence[StoreSettings], ask: Callable[[], bool]) -> Iterator[None]:
    """Watch until the block is left. `ask` begins a scan and says whether it could: if not, it is asked again."""
    stop = threading.Event()
    pace = Pace(settle=max((store.settle_seconds for store in stores), default=0.0))
    thread = threading.Thread(target=watch, args=(stores, pace, ask, stop), name="bwc-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def watch(stores: Iterable[StoreSettings], pace: Pace, ask: Callable[[], bool], stop: threading.Event) -> None:
    """Watch in this thread until `stop` is set, or until the system refuses to."""
    from watchfiles import watch as changes

    roots = watched_roots(stores)
    if not roots:
        return
    found = changes(
        *roots,
        watch_filter=None,
        stop_event=stop,
        debounce=TICK_MS,
        rust_timeout=TICK_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    try:
        for some in found:
            _tick(pace, bool(some), ask)
    except (OSError, RuntimeError) as error:
        logger.warning("stores are not watched; the schedule finds changes", extra={"reason": str(error)})


def _tick(pace: Pace, changed: bool, ask: Callable[[], bool]) -> None:
    now = time.monotonic()
    if changed:
        pace.changed(now)
    if pace.due(now) and ask():
        pace.asked(now)


def bring_forward(scheduler: BackgroundScheduler, job: str = "scan") -> Callable[[], bool]:
    """What asks the schedule to run a job now; while the job runs it says no, so that no change is lost."""
    runs = {True: 0, False: 0}  # begun, ended: two counts, for the end of a short run may be told before its beginning

    def follow(event: JobExecutionEvent) -> None:
        if event.job_id == job:
            runs[event.code == EVENT_JOB_SUBMITTED] += 1

    scheduler.add_listener(follow, EVENT_JOB_SUBMITTED | EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)

    def ask() -> bool:
        if runs[True] > runs[False]:
            return False
        logger.info("a store changed; scanning now")
        scheduler.modify_job(job, next_run_time=datetime.now(scheduler.timezone))
        return True

    return ask
