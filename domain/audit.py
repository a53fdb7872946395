"""The hash chain of the audit log: how a link is hashed, and where a chain is broken (`docs/design/audit.md`).

Each digest covers its own row and the digest before it, so no row can be changed, taken away or put in between without
breaking the chain there; the head, kept beside, shows when rows are missing at the end.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOTHING = "0" * 64
"""The digest before the first link."""


class Action(StrEnum):
    SIGNED_IN = "sign-in"
    SIGN_IN_REFUSED = "sign-in.refused"
    SIGNED_OUT = "sign-out"
    MEDIA_VIEWED = "media.viewed"
    REVIEWED = "review"
    ATTACHED = "attachment"
    SIGNED_OFF = "sign-off"
    LINKED = "link"
    EXPORTED = "export"
    CONFIGURED = "configuration"
    ACCOUNT_CHANGED = "account"
    TOKEN_CHANGED = "token"  # noqa: S105 (the name of an action)
    VERDICT = "verdict"
    SCAN_ASKED = "scan.asked"
    JOB_ASKED = "job.asked"
    SAMPLED = "sample"
    SAMPLE_CHECKED = "sample.check"
    PUSHED = "push"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, before it has a place in the chain. `detail` holds JSON values only."""

    actor: str
    action: Action
    subject: str
    unit: str | None = None
    detail: str = "{}"
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ChainRow:
    """One row as it is kept, exported and verified. `at_us`: microseconds since 1970, UTC."""

    sequence: int
    at_us: int
    actor: str
    origin: str
    action: str
    subject: str
    unit: str | None
    detail: str
    digest: str

    @property
    def at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.at_us)


class FaultKind(StrEnum):
    CHANGED = "changed"  # the row does not give its digest
    MISSING = "missing"  # rows before this one are not there
    ORDER = "order"  # the number was there already
    HEAD = "head"  # the chain does not end where its head says
    PRINTED = "printed"  # it does not hold the head that was printed earlier
    UNREADABLE = "unreadable"  # a line of an exported file is no row


@dataclass(frozen=True, slots=True)
class ChainFault:
    """A place where the chain is broken: at row `sequence`; for missing rows `first` to `sequence - 1` are gone.

    `line` tells the line of an exported file.
    """

    kind: FaultKind
    sequence: int
    first: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends."""

    sequence: int = 0
    digest: str = NOTHING


def detail_text(**values: object) -> str:
    """Details as the JSON text that is hashed: sorted keys, no spaces."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def chained(entry: Entry, at: datetime, before: Head) -> ChainRow:
    """The entry as the next link after `before`."""
    sequence, at_us = before.sequence + 1, (at - EPOCH) // timedelta(microseconds=1)
    row = ChainRow(
        *(sequence, at_us, entry.actor, entry.origin, entry.action.value, entry.subject, entry.unit, entry.detail, "")
    )
    return ChainRow(*_values(row), digest_of(row, before.digest))


def _values(row: ChainRow) -> tuple[int, int, str, str, str, str, str | None, str]:
    return row.sequence, row.at_us, row.actor, row.origin, row.action, row.subject, row.unit, row.detail


def digest_of(row: ChainRow, before: str) -> str:
    """SHA-256 (FIPS 180-4) over the row's values and the digest before it, as compact JSON in UTF-8."""
    text = json.dumps([*_values(row), before], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def faults(rows: Iterable[ChainRow], head: Head | None, start: Head | None = None) -> Iterator[ChainFault]:
    """Every place where the chain from `start` (else the very beginning) is broken; none when it is whole.

    Where a row is broken the next one is judged by the digest that stands in it: one change is one fault, at its place.
    """
    before = start or Head()
    for row in rows:
        if row.sequence <= before.sequence:
            yield ChainFault(FaultKind.ORDER, row.sequence)
            continue
        if row.sequence > before.sequence + 1:
            yield ChainFault(FaultKind.MISSING, row.sequence, before.sequence + 1)
        elif row.digest != digest_of(row, before.digest):
            yield ChainFault(FaultKind.CHANGED, row.sequence)
        before = Head(row.sequence, row.digest)
    if head is not None and before != head:
        yield ChainFault(FaultKind.HEAD, head.sequence, before.sequence + 1)
