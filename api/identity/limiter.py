"""How much one sender may ask in a minute, and what was done a short while ago; both in memory, both bounded."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

MOST = 20_000
"""Senders remembered; the longest silent is forgotten first."""


@dataclass(slots=True)
class Limiter:
    """A token bucket for each sender: `per_minute` at once, then one each `60 / per_minute` seconds."""

    clock: Callable[[], float] = time.monotonic
    buckets: "OrderedDict[str, tuple[float, float]]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, sender: str, per_minute: int) -> float:
        """Seconds until this sender may ask again; 0: now, and it counts."""
        now = self.clock()
        with self.lock:
            level, at = self.buckets.pop(sender, (float(per_minute), now))
            level = min(float(per_minute), level + (now - at) * per_minute / 60)
            allowed = level >= 1
            self.buckets[sender] = (level - 1 if allowed else level, now)
            while len(self.buckets) > MOST:
                self.buckets.popitem(last=False)
        return 0.0 if allowed else (1 - level) * 60 / per_minute


@dataclass(slots=True)
class Strangers:
    """Failed sign-ins under names that no account has: locked as an account is, so that names cannot be told apart."""

    seen: "OrderedDict[str, tuple[int, datetime | None]]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(
        self, name: str, now: datetime, lock_until: Callable[[int, datetime], datetime | None]
    ) -> tuple[bool, datetime | None]:
        """Whether the attempt counts, and until when the name is locked."""
        with self.lock:
            failures, until = self.seen.pop(name, (0, None))
            counts = until is None or now >= until
            if counts:
                failures, until = failures + 1, lock_until(failures + 1, now)
            self.seen[name] = (failures, until)
            while len(self.seen) > MOST:
                self.seen.popitem(last=False)
        return counts, until


@dataclass(slots=True)
class Recent:
    """Whether something was done within the last `seconds`."""

    seconds: float = 600.0
    clock: Callable[[], float] = time.monotonic
    seen: "OrderedDict[tuple[str, ...], float]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def has(self, *what: str) -> bool:
        with self.lock:
            at = self.seen.get(what)
        return at is not None and self.clock() - at < self.seconds

    def note(self, *what: str) -> None:
        with self.lock:
            self.seen.pop(what, None)
            self.seen[what] = self.clock()
            while len(self.seen) > MOST:
                self.seen.popitem(last=False)
