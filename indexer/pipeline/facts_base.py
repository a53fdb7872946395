"""What every kind of facts is gathered from: registers, store proofs, footage; loaded once a batch."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from detectors.rule import Shift, StoreProof
from domain.activity import Incident
from domain.clip import Assignment, Clip, IndexEntry
from domain.gap import GapCause
from domain.timespan import Span, merge
from indexer.gaps import GapContext
from indexer.identity import Register
from indexer.pipeline.listing import listed_but_absent
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import holds, load_register
from storage import activities, recordings
from storage.scans import StoreState, store_states
from storage.versions import Row

HALF_DAY = timedelta(hours=12)
WIDE = timedelta(hours=26)
"""How far outside a window footage is looked for: a clock may be off by a whole zone, or a day."""


@dataclass(slots=True)
class Gathering:
    """What all batches of one evaluation share. Nothing of it changes while subjects are judged.

    Registers and stores are few and held; footage is asked for party by party. `shifts` remembers what was counted.
    """

    connection: Connection
    scan: Scanning
    register: Register
    stores: dict[str, StoreState]
    absent: tuple[IndexEntry, ...]
    by_officer: dict[str, list[Assignment]] = field(default_factory=dict)
    issued_days: tuple[Span, ...] = ()
    shifts: dict[Assignment, Shift | None] = field(default_factory=dict)

    @classmethod
    def begin(cls, connection: Connection, scan: Scanning) -> "Gathering":
        """Load what all subjects share."""
        stores = store_states(connection)
        absent = tuple(entry for name in stores for entry in listed_but_absent(connection, name))
        gathering = cls(connection, scan, load_register(connection), stores, absent)
        for some in gathering.register.assignments.values():
            for assignment in some:
                gathering.by_officer.setdefault(assignment.officer, []).append(assignment)
        far = scan.now + WIDE
        spans = (Span(a.start, max(a.start, a.end or far)) for some in gathering.by_officer.values() for a in some)
        gathering.issued_days = merge(spans)
        return gathering

    def proofs(self, kind: str, unit: str | None) -> tuple[StoreProof, ...]:
        """The stores in which footage of a unit's activity would lie: its own, and those of no unit.

        Where no store is the unit's own, it may be in any of that kind.
        """
        mine = [state for state in self.stores.values() if state.kind == kind]
        own = [state for state in mine if state.unit in (unit, None)]
        if not any(state.unit == unit for state in own):
            own = mine
        return tuple(proof(state) for state in own)

    def issued(self, officer: str, span: Span) -> list[Assignment]:
        """Assignments to an officer that touch a stretch of time."""
        return [assignment for assignment in self.by_officer.get(officer, ()) if holds(assignment, span)]

    def assignments_known(self, span: Span) -> bool:
        """Whether the register of assignments speaks of that day at all."""
        day = span.widened(HALF_DAY, HALF_DAY)
        first = bisect_left(self.issued_days, day.start, key=lambda issued: issued.end)
        return first < len(self.issued_days) and self.issued_days[first].start <= day.end

    def footage(self, party: str, span: Span) -> tuple[list[Clip], GapContext]:
        """Clips of a party around a stretch of time, and what is known about the holes between them."""
        rows = recordings.footage_of(self.connection, party, span.widened(WIDE, WIDE))
        return self.clips(rows)

    def clips(self, rows: Sequence[Row]) -> tuple[list[Clip], GapContext]:
        """The clips of footage rows, with the phantom gaps of their recordings."""
        placed = recordings.clips_of_files(self.connection, [row["file_id"] for row in rows])
        keys = {row["recording_file"] for row in rows if row["recording_file"] is not None}
        phantoms = [
            gap.span
            for row in recordings.recording_rows(self.connection, keys).values()
            for gap in recordings.gaps_of(row)
            if gap.cause is GapCause.FRAME_RATE
        ]
        clips = [one.clip for one in placed.values() if not one.unplayable]
        broken = [one.clip for one in placed.values() if one.unplayable and one.clip.span]
        numbers = recordings.silent_numbers(self.connection, {clip.device for clip in clips if clip.device})
        context = GapContext(listed_absent=self.absent, numbers_present=numbers, phantoms=phantoms, unplayable=broken)
        return clips, context

    def unplaced(self, parties: Iterable[str], window: Span) -> dict[str, tuple[str, ...]]:
        """Names of clips without a time, by party, that may lie in a window.

        A clip seen before the window began cannot; nor can one that was not there two days after it ended, when an
        earlier scan looked.
        """
        found = {}
        for party, rows in recordings.unplaced_footage(self.connection, parties).items():
            names = tuple(
                f"{row.name}:{row.path}"
                for row in rows
                if row.first_seen_at >= window.start
                and (row.not_seen_before is None or row.not_seen_before <= window.end + timedelta(days=2))
            )
            if names:
                found[party] = names
        return found

    def incident(self, number: str) -> Incident | None:
        """One incident's record."""
        return activities.records_by_key(self.connection, "incidents", Incident, [number]).get(number)


def proof(state: StoreState) -> StoreProof:
    """What the scans can say about a store."""
    return StoreProof(
        state.name,
        state.state,
        state.scan,
        state.scanned_at,
        state.folders,
        state.files,
        len(state.refused),
        state.refused,
    )
