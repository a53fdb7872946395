"""What all facts are gathered from and what all subjects share: settings, the registers, the stores.

Facts are gathered in two moves. *Load*: everything about a batch of subjects, by a few statements that do not grow with
the batch. Then pure functions make the facts of one subject out of what was loaded: they see no database.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from detectors.rule import Facts, StoreProof
from domain.clip import Assignment, IndexEntry, StoreKind
from domain.timespan import Span, merge
from indexer.identity import Register
from indexer.pipeline.facts_feeds import ActivityFeeds, load_activity_feeds
from indexer.pipeline.listing import listed_but_absent
from indexer.pipeline.plan import ScanPlan
from indexer.pipeline.register import holds, load_register
from storage import activities
from storage.scans import StoreState, store_states

HALF_DAY = timedelta(hours=12)
WIDE = timedelta(hours=26)
"""How far outside a window footage is looked for: a clock may be off by a whole zone, or a day."""

FactsOf = Callable[[str], Facts | None]
"""Makes the facts of one subject of a loaded batch, by its key in the queue; None: the subject is no more."""

Load = Callable[[Connection, "Gathering", Sequence[str]], FactsOf]
"""Loads a batch of subjects of one kind, by their keys."""


@dataclass(frozen=True, slots=True)
class Gathering:
    """What all batches of one evaluation share. Nothing of it changes while subjects are judged."""

    plan: ScanPlan
    now: datetime
    register: Register
    stores: Mapping[str, StoreState]
    absent: tuple[IndexEntry, ...]
    by_officer: Mapping[str, tuple[Assignment, ...]]
    issued_days: tuple[Span, ...]
    explanations_known: bool
    activity_feeds: ActivityFeeds
    rooms: frozenset[str]
    _active_days: list[tuple[Span, ...]] = field(default_factory=list)

    @classmethod
    def begin(cls, connection: Connection, plan: ScanPlan, now: datetime) -> "Gathering":
        """Load what all subjects share, for a scan at the instant `now`."""
        register = load_register(connection)
        stores = store_states(connection)
        absent = tuple(entry for name in stores for entry in listed_but_absent(connection, name))
        by_officer: dict[str, list[Assignment]] = {}
        for assignment in (one for some in register.assignments.values() for one in some):
            by_officer.setdefault(assignment.officer, []).append(assignment)
        far = now + WIDE
        issued = merge(Span(a.start, max(a.start, a.end or far)) for some in by_officer.values() for a in some)
        explained = activities.has_records(connection, "explanations")
        of_officers = {officer: tuple(some) for officer, some in by_officer.items()}
        feeds = load_activity_feeds(connection, plan.limits, now)
        recorders = (one for one in register.devices.values() if one.kind is StoreKind.INTERROGATION)
        rooms = frozenset(one.room for one in recorders if one.room)
        return cls(plan, now, register, stores, absent, of_officers, issued, explained, feeds, rooms)

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

    def active_days(self, connection: Connection) -> tuple[Span, ...]:
        """The UTC days on which an activity is known: asked for once, when the first clip is judged."""
        if not self._active_days:
            self._active_days.append(activities.days_with_windows(connection))
        return self._active_days[0]

    def assignments_known(self, span: Span) -> bool:
        """Whether the register of assignments speaks of that day at all."""
        day = span.widened(HALF_DAY, HALF_DAY)
        first = bisect_left(self.issued_days, day.start, key=lambda issued: issued.end)
        return first < len(self.issued_days) and self.issued_days[first].start <= day.end


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
