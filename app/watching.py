"""Changes below local stores bring a brief scan of those stores forward. An accelerator only: the schedule stays the
truth.

Network file systems tell nothing of what other machines do, so they are left to the schedule, as is a root that is not
there, or more folders than the system lets be watched.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from indexer.stores.base import StoreSettings
from storage.engine import NETWORK_FILE_SYSTEMS, file_system_of

logger = logging.getLogger("bwc.watch")
MOUNTS = Path("/proc/mounts")
TICK_MS = 1000
MOST_PATHS = 20_000


@dataclass(slots=True)
class Pace:
    """Which stores are worth a scan, and when: once what came has been still for a moment, again when it has settled,
    and never without a pause that is as long as the last scan took.

    A file that goes on growing is news once in `growing` seconds. All times are seconds of one clock.
    """

    quiet: float = 1.0
    longest: float = 4.0
    rest: float = 2.0
    growing: float = 60.0
    first: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)
    told: dict[str, float] = field(default_factory=dict)
    resting_until: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def changed(self, store: str, path: str, now: float, *, grew: bool = False) -> None:
        """Something came, went or changed; `grew`: only the content of a file that is there already."""
        with self.lock:
            known = self.told.get(path)
            if grew and known is not None and now - known < self.growing:
                self._later(store, known + self.growing)
                return
            if len(self.told) >= MOST_PATHS:
                self.told.clear()
            self.told[path] = now
            self.first.setdefault(store, now)
            self.last[store] = now

    def settles(self, store: str, at: float) -> None:
        """Something in this store will have settled by then."""
        with self.lock:
            self._later(store, at)

    def _later(self, store: str, at: float) -> None:
        self.later[store] = min(at, self.later.get(store, at))

    def due(self, now: float) -> frozenset[str]:
        """The stores to scan now; none while the pause lasts."""
        with self.lock:
            if now < self.resting_until:
                return frozenset()
            soon = any(
                now >= min(self.last[store] + self.quiet, first + self.longest) for store, first in self.first.items()
            )
            late = {store for store, at in self.later.items() if now >= at}
            return frozenset(late | self.first.keys()) if soon else frozenset(late)

    def begun(self, stores: Iterable[str]) -> None:
        """A scan of these stores begins: what changes from now on is for the next one."""
        with self.lock:
            for store in stores:
                for pending in (self.first, self.last, self.later):
                    pending.pop(store, None)

    def ended(self, now: float, took: float) -> None:
        """A scan is over."""
        with self.lock:
            self.resting_until = now + max(self.rest, took)


def watched_roots(stores: Iterable[StoreSettings], mounts: Path = MOUNTS) -> dict[Path, str]:
    """Roots on disks of this machine that are there now, with the names of their stores."""
    table = mounts.read_text(encoding="utf-8", errors="replace") if mounts.exists() else ""
    roots = {Path(store.location): store.name for store in stores if "://" not in store.location}
    return {
        root: name
        for root, name in roots.items()
        if root.is_dir() and file_system_of(root.resolve(), table) not in NETWORK_FILE_SYSTEMS
    }


@contextmanager
def watching(stores: Sequence[StoreSettings], pace: Pace) -> Iterator[None]:
    """Watch until the block is left, telling `pace` what changes."""
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(stores, pace, stop), name="bwc-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def watch(stores: Iterable[StoreSettings], pace: Pace, stop: threading.Event) -> None:
    """Watch in this thread until `stop` is set, or until the system refuses to."""
    from watchfiles import Change
    from watchfiles import watch as changes

    stores = tuple(stores)
    roots = watched_roots(stores)
    left = sorted({one.name for one in stores} - set(roots.values()))
    if left:
        logger.info("stores that tell of no changes are left to the schedule", extra={"stores": ", ".join(left)})
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
            _tell(pace, roots, [(path, change is Change.modified) for change, path in some])
    except (OSError, RuntimeError) as error:
        logger.warning("stores are not watched; the schedule finds changes", extra={"reason": str(error)})


def _tell(pace: Pace, roots: dict[Path, str], changes: Iterable[tuple[str, bool]]) -> None:
    """`changes`: (path, only its content changed); what came and grew at once has come."""
    grown: dict[str, bool] = {}
    for path, grew in changes:
        grown[path] = grown.get(path, True) and grew
    for path, grew in grown.items():
        for name in _stores_of(Path(path), roots):
            pace.changed(name, path, time.monotonic(), grew=grew)


def _stores_of(path: Path, roots: dict[Path, str]) -> Iterator[str]:
    """The stores that a path lies in; roots may be written otherwise than the system tells them."""
    for root, name in roots.items():
        if path.is_relative_to(root) or path.is_relative_to(root.resolve()):
            yield name
