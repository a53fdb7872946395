"""What one scan is told: stores, feeds, patterns and limits; and what it carries from step to step."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from sqlalchemy import Connection, Engine

from detectors.content.base import Still
from detectors.limits import Exclusions, Limits
from domain.activity import WindowDefaults
from indexer.clock import ClockLimits
from indexer.content import OFF, ContentSettings
from indexer.digests import FixitySettings
from indexer.feeds.base import FeedSettings
from indexer.filenames import PatternSettings
from indexer.linking import LinkingLimits
from indexer.recordings import RecordingLimits
from indexer.still_cache import FileBytes
from indexer.stores.base import StoreSettings
from storage.codec import encode
from storage.scans import CLAIM, refuse_lost, renew


class Progress(Protocol):
    """Where a scan tells how far it is: bars on a terminal, log lines otherwise."""

    def step(self, name: str, total: int | None) -> None: ...

    def advance(self, count: int = 1) -> None: ...

    def note(self, text: str) -> None: ...


class StillKeeper(Protocol):
    """Where small pictures of what was found are kept for people; what is lost there can be made again."""

    def keep(self, file: FileBytes, stills: Sequence[Still]) -> None:
        """Keep the pictures of one file, in place of earlier ones of the same moments. Raises OSError."""
        ...


@runtime_checkable
class Wide(Protocol):
    """An executor that knows how many jobs it works on at a time; no executor has to."""

    @property
    def at_once(self) -> int: ...


def at_once(executor: Executor) -> int:
    """Jobs in the hands of the workers that keep all of them busy: one for each of them, and one that is next."""
    if isinstance(executor, Wide):
        return executor.at_once + 1
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return processors + 1


class Silent:
    """Progress that nobody watches."""

    def step(self, name: str, total: int | None) -> None:
        """Nothing to show."""

    def advance(self, count: int = 1) -> None:
        """Nothing to show."""

    def note(self, text: str) -> None:
        """Nothing to show."""


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """Everything from the configuration that the pipeline needs; a value, so that a back-test can vary it."""

    stores: tuple[StoreSettings, ...]
    feeds: tuple[FeedSettings, ...] = ()
    patterns: tuple[PatternSettings, ...] = ()
    limits: Limits = field(default_factory=Limits)
    exclusions: Exclusions = field(default_factory=Exclusions)
    clock: ClockLimits = field(default_factory=ClockLimits)
    recordings: RecordingLimits = field(default_factory=RecordingLimits)
    linking: LinkingLimits = field(default_factory=LinkingLimits)
    base: Path = Path()
    timezone: str = "Asia/Shanghai"
    fixity: FixitySettings = field(default_factory=FixitySettings)
    content: ContentSettings = OFF
    checker: str = "detectors.content.check:check"
    stills: StillKeeper | None = None

    @property
    def window_defaults(self) -> WindowDefaults:
        """What to assume for missing activity times."""
        return self.limits.window_defaults

    def zone_of(self, store: str) -> str:
        """The time zone in which a store's cameras write; the general one where the store is no longer configured."""
        return next((one.timezone for one in self.stores if one.name == store), self.timezone)


def fingerprint(*values: object) -> str:
    """Short digest of settings values: tells whether a rule set or feed configuration changed."""
    text = json.dumps([encode(value) for value in values], default=str, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def never() -> bool:
    """Nobody waits for this scan to end."""
    return False


@dataclass(slots=True)
class Lease:
    """When the claim on the running scan has to be renewed."""

    renew_at: datetime


@dataclass(frozen=True, slots=True)
class Scanning:
    """One running scan: its number, its instant, and the tools its steps share."""

    engine: Engine
    plan: ScanPlan
    number: int
    now: datetime
    executor: Executor
    progress: Progress
    wall: Callable[[], datetime]
    begun: datetime
    lease: Lease
    only: frozenset[str] = frozenset()
    failing: frozenset[tuple[str, str]] = frozenset()  # (step, subject) that failed in an earlier scan
    confirmed: frozenset[str] = frozenset()
    clock_doubt: str | None = None  # why `now` is not what the machine's clock says
    machine_now: datetime | None = None
    hurried: Callable[[], bool] = never  # asked between pieces of what can as well be done by the next scan
    brief: bool = False  # between two scans of the schedule: feeds that no store brings with it are left to those

    @property
    def settling_at(self) -> datetime:
        """The instant by which a file's rest is measured: the earlier one where the machine's clock is in doubt."""
        return self.now if self.machine_now is None else min(self.now, self.machine_now)

    @property
    def instant(self) -> datetime:
        """The scan's own time: `now` plus what has passed since."""
        return self.now + (self.wall() - self.begun)

    @property
    def claim_is_due(self) -> bool:
        """Whether the next transaction renews the claim on the scan."""
        return self.instant > self.lease.renew_at

    def keep_going(self) -> None:
        """Inside long work: the scan may be asked to end, and its claim must not run out meanwhile."""
        self.progress.advance(0)
        if self.claim_is_due:
            with self.transaction():
                pass  # renews the claim

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One unit of work: all of it is written, or none. Keeps the claim on the scan alive.

        Raises ScanLost when another process has taken the scan over: of two one stops before it writes.
        """
        with self.engine.begin() as connection:
            refuse_lost(connection, self.number)
            if self.claim_is_due:
                renew(connection, self.number, self.instant + CLAIM)
                self.lease.renew_at = self.instant + CLAIM / 4
            yield connection
