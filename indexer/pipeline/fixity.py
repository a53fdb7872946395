"""Whether the bytes of files that lie still are what they were: whole BLAKE3 readings in a budget, by risk.

GFJS article 111(3): a file is altered when its digest is another one. It is read once more before that is said.

A file larger than what one scan may read is read in one go, at the rate of the budget, one such file a scan and last.
It cannot be read in parts: the state of BLAKE3 cannot be stored between two processes, and a digest over parts of
several days would be no digest of the file at any instant. To leave it out would be to say for ever that a file which
was never read is unchanged. While it is read the claim on the scan is kept, and the scan can be asked to end.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.digests import FixitySettings, forget_cached, full_digest
from indexer.pipeline.detect_worker import still
from indexer.pipeline.patience import PatientStore
from indexer.pipeline.plan import Scanning
from indexer.stores.base import Store
from storage import digests, work
from storage.digests import Due
from storage.work import Mark

PAGE = 2000
MEGABYTE = 1_000_000
BURST_SECONDS = 1.0


@dataclass(slots=True)
class Budget:
    """What one scan may read: a rate, held by waiting inside every file, and a share in bytes and in seconds.

    `between` is called after every block that was read, and may raise.
    """

    settings: FixitySettings
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep
    between: Callable[[], None] | None = None
    begun: float | None = None
    spent: int = 0

    @property
    def _rate(self) -> float:
        return self.settings.megabytes_per_second * MEGABYTE

    @property
    def share(self) -> float:
        """Bytes of one scan; 0 reads nothing at all."""
        return max(0.0, self._rate) * max(0.0, self.settings.seconds_per_scan)

    def allows(self, size: int) -> bool:
        """Whether a file of this size may be begun; what was begun is read to its end."""
        over = self.begun is not None and self.clock() - self.begun >= self.settings.seconds_per_scan
        return not over and self.spent + size <= self.share

    def read(self, size: int) -> None:
        """So many bytes were read: waits when that was faster than the rate, a short burst left out."""
        now = self.clock()
        self.begun = now if self.begun is None else self.begun
        self.spent += size
        ahead = self.spent / self._rate - (now - self.begun) - BURST_SECONDS
        if ahead > 0:
            self.wait(ahead)
        if self.between is not None:
            self.between()


def verify(scan: Scanning) -> int:
    """Read what is due, as far as the budget goes; returns how many files turned out to be changed."""
    if not scan.plan.fixity.enabled:
        return 0
    stores = {settings.name: PatientStore(settings) for settings in scan.plan.stores}
    budget = Budget(scan.plan.fixity, between=partial(_go_on, scan))
    changed = 0
    for due in within(budget, _due(scan, stores)):
        try:
            changed += _verify(scan, stores[due.stored.store], due, budget)
        except _PutOffError:
            break
        except (OSError, StoreUnavailable) as error:
            unread = joined((say("未能读取以校验", "not read for fixity"), str(error)), COLON)
            scan.progress.note(f"{due.stored.name}: {unread}")
    return changed


class _PutOffError(Exception):
    """Somebody waits for the scan: the file is read by a later one."""


def _go_on(scan: Scanning) -> None:
    scan.keep_going()
    if scan.hurried():
        raise _PutOffError


def within(budget: Budget, files: Iterable[Due]) -> Iterator[Due]:
    """The files that the budget allows, in their order, and last the first of those that fit into no scan's share.

    Any other file that does not fit any more is left to the next scan.
    """
    larger: Due | None = None
    for due in files:
        if budget.allows(due.stored.size):
            yield due
        elif larger is None and due.stored.size > budget.share > 0:
            larger = due
    if larger is not None:
        yield larger


def _due(scan: Scanning, stores: Iterable[str]) -> Iterator[Due]:
    """Files in order of risk."""
    before = scan.now - timedelta(days=scan.plan.fixity.again_after_days)
    with scan.transaction() as connection:
        page = list(digests.due_for_fixity(connection, before, sorted(stores), PAGE))
    if page:
        scan.progress.step("fixity", len(page))
    for due in page:
        yield due
        scan.progress.advance()


def _verify(scan: Scanning, store: Store, due: Due, budget: Budget) -> int:
    """Read one file, once more where it is not what it was; 1 when it is changed."""
    found = full_digest(store, due.stored, budget.read)
    if due.settled_digest not in (None, found):
        forget_cached(store, due.stored)
        again = full_digest(store, due.stored, budget.read)
        if again not in (found, due.settled_digest):
            twice = say("两次读取的校验值不同；下次扫描再读", "two readings differ; read again by the next scan")
            scan.progress.note(f"{due.stored.name}: {twice}")
            return 0
        found = again
    if not still(store, due.stored):  # it was written to meanwhile: the next walk will see that
        return 0
    changed = found if due.settled_digest not in (None, found) else None
    with scan.transaction() as connection:
        if digests.set_verified(connection, due, found, changed, scan.now):
            work.mark(connection, "evaluate", [Mark(f"clip:{due.file_id}")])
            return 1
    return 0
