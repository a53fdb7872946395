"""What each kind of feed builds from a row, and how rows that speak of the same thing become one record.

Incidents merge field by field; of everything else the last row holds. Every row keeps its own fate: a row that
repeats an earlier one says so in its notes.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import cast

from domain.activity import Explanation, Incident, InterrogationSession
from domain.clip import Assignment, Device, IndexEntry
from domain.people import Officer, Unit
from domain.wording import say
from indexer.feeds.base import Feed, FeedKind, FeedRow, Record
from indexer.feeds.draft import named
from indexer.feeds.incidents import Merging, build_incident
from indexer.feeds.kept_rows import KeptRows
from indexer.feeds.registers import (
    build_assignment,
    build_device,
    build_explanation,
    build_index_entry,
    build_officer,
    build_unit,
)
from indexer.feeds.rows import Build
from indexer.feeds.sessions import build_session

BUILDERS: Mapping[FeedKind, Build] = {
    FeedKind.INCIDENTS: build_incident,
    FeedKind.SESSIONS: build_session,
    FeedKind.UNITS: build_unit,
    FeedKind.OFFICERS: build_officer,
    FeedKind.DEVICES: build_device,
    FeedKind.ASSIGNMENTS: build_assignment,
    FeedKind.EXPLANATIONS: build_explanation,
    FeedKind.CLIP_INDEX: build_index_entry,
}


def identity(record: Record) -> Hashable:
    """What makes two rows the same record. Explanations have no number: what is told apart is who, when and why."""
    match record:
        case Incident(number=number) | InterrogationSession(number=number):
            return number
        case Unit(code=code):
            return code
        case Officer(badge=badge):
            return badge
        case Device(serial=serial):
            return serial
        case Assignment(device=device, start=start):
            return device, start
        case IndexEntry(path=path):
            return path
        case Explanation(activity=activity, officer=officer, span=span, reason=reason):
            return activity, officer, span and span.start, reason


@dataclass(slots=True)
class _Held:
    """The record as known so far; `merging` from the second row of an incident on."""

    first_row: int
    source: str | None
    record: Record
    merging: Merging | None = None


class Records:
    """Collects records row by row, so that a source of any length is read once and rows need not be kept."""

    def __init__(self) -> None:
        self._held: dict[Hashable, _Held] = {}

    def add(self, row: FeedRow) -> FeedRow:
        """Takes the row's record in; returns the row, with a note when it repeats an earlier one."""
        if row.record is None:
            return row
        key = identity(row.record)
        held = self._held.get(key)
        if held is None:
            self._held[key] = _Held(row.number, row.source, row.record)
            return row
        note = self._repeat(held, row.record)
        return replace(row, notes=(*row.notes, note)) if note else row

    def _repeat(self, held: _Held, later: Record) -> str | None:
        if isinstance(later, Incident):
            held.merging = held.merging or Merging.begin(cast(Incident, held.record))
            known = later.officers and not (set(later.officers) - held.merging.officers.keys())
            changed = held.merging.add(later)
            if later.officer_times and not known and not changed:
                return None  # one row per officer: nothing unusual
        else:
            changed = tuple(f.name for f in fields(later) if getattr(later, f.name) != getattr(held.record, f.name))
            held.record = later
        zh, en = (
            (f"改变：{'、'.join(map(named, changed))}", f"changed: {', '.join(changed)}")
            if changed
            else ("无变化", "unchanged")
        )
        of_zh, of_en = (f" {held.source} ", f" of {held.source}") if held.source else ("", "")
        return say(f"与{of_zh}第 {held.first_row} 行重复，{zh}", f"duplicate of row {held.first_row}{of_en}, {en}")

    def holds(self, record: Record | None) -> bool:
        """Whether this very record is kept; of an incident's rows all but the first go into it."""
        return record is not None and self._held[identity(record)].record is record

    def records(self) -> tuple[Record, ...]:
        """The records in the order in which they first appeared."""
        return tuple(held.merging.result() if held.merging else held.record for held in self._held.values())


@dataclass(frozen=True, slots=True)
class FeedReading:
    """A feed read to its end: every row with its fate, and the records that the rows give together.

    A row of an incident that an earlier row began bears no record of its own any more.
    """

    rows: KeptRows
    records: tuple[Record, ...]


def read_records(feed: Feed) -> FeedReading:
    """Reads the whole feed. Raises FeedUnreadable."""
    return gather(feed.read())


def gather(given: Iterable[FeedRow]) -> FeedReading:
    """The reading that these rows give together. Raises what reading them raises."""
    records, rows = Records(), KeptRows()
    for row in given:
        told = records.add(row)
        rows.add(told if records.holds(row.record) else replace(told, record=None))
    return FeedReading(rows, records.records())


def merge_incidents(rows: Iterable[FeedRow]) -> list[Incident]:
    """The incidents that the rows give together, in the order in which they first appear."""
    records = Records()
    for row in rows:
        records.add(row)
    return [record for record in records.records() if isinstance(record, Incident)]
