"""Two kinds of activity with a required window: 110 incidents and interrogation-room sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.timespan import Span

SLIP = timedelta(minutes=1)
SHORTEST = timedelta(minutes=3)
"""From dispatch to the end of the work: less is a slip of whoever entered it."""


class ActivityKind(StrEnum):
    INCIDENT = "incident"
    SESSION = "session"


RECORD_KINDS: Mapping[str, str] = {ActivityKind.INCIDENT.value: "incidents", ActivityKind.SESSION.value: "sessions"}
"""Kind of activity → kind of the feed records that hold it."""


class Bound(StrEnum):
    """How one end of a required window is known."""

    STATED = "stated"  # arrival, finish, entry, signing: a time somebody entered for exactly this
    ESTIMATED = "estimated"  # dispatch plus typical travel, or start plus typical stay
    UPPER_BOUND = "upper-bound"  # feedback: the work was over by then, perhaps long before


@dataclass(frozen=True, slots=True)
class RequiredWindow:
    """应记录时段 for one officer or channel, and how firmly each end is known.

    `dispatched_at`: where the arrival is an estimate, it was not before this.
    """

    span: Span
    start_known: Bound
    end_known: Bound
    dispatched_at: datetime | None = None

    @property
    def reach(self) -> Span:
        """All the time in which the activity may have been: from the dispatch where nobody entered the arrival."""
        return Span(min(self.dispatched_at or self.span.start, self.span.start), self.span.end)


@dataclass(frozen=True, slots=True)
class WindowDefaults:
    """What to assume where a time is missing (`time-and-linking.md` § 4: medians of real data)."""

    travel: timedelta = timedelta(minutes=8)
    stay: timedelta = timedelta(minutes=12)
    longest: timedelta = timedelta(hours=12)  # a longer stay was not closed in time: its end is an upper bound


@dataclass(frozen=True, slots=True)
class OfficerTimes:
    """One officer's own times on an incident, where the feed has a row per officer."""

    officer: str
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """警情: one 110 call as received, dispatched, attended and fed back. All times aware UTC."""

    number: str
    unit: str | None = None
    received_at: datetime | None = None
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    finished_at: datetime | None = None
    feedback_at: datetime | None = None
    officers: tuple[str, ...] = ()
    officer_times: tuple[OfficerTimes, ...] = ()
    category: str | None = None
    status: str | None = None
    address: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    case_number: str | None = None

    kind = ActivityKind.INCIDENT

    def times_of(self, officer: str | None) -> OfficerTimes:
        """The officer's own times, filled up from the incident's."""
        own = next((times for times in self.officer_times if times.officer == officer), None)
        return OfficerTimes(
            officer or "",
            (own and own.dispatched_at) or self.dispatched_at,
            (own and own.arrived_at) or self.arrived_at,
            (own and own.finished_at) or self.finished_at,
        )

    def required_window(self, defaults: WindowDefaults, officer: str | None = None) -> RequiredWindow | None:
        """From arrival (else dispatch + travel) to finish (else feedback, an upper bound; else a typical stay).

        None when the record holds no time at all to start from. An end before the start counts as not known; but where
        the start is an estimate and the work was over before it, the estimate is what is wrong.
        """
        times = self.times_of(officer)
        before_arrival = times.dispatched_at or self.received_at
        ends = [(times.finished_at, Bound.STATED), (self.feedback_at, Bound.UPPER_BOUND)]
        known = [(end, how) for end, how in ends if end is not None]
        if times.arrived_at and times.finished_at and swapped(before_arrival, times.arrived_at, times.finished_at):
            span = Span(times.finished_at, times.arrived_at)
            return RequiredWindow(span, Bound.ESTIMATED, Bound.UPPER_BOUND, before_arrival)
        if times.arrived_at:
            start, start_known, dispatched = times.arrived_at, Bound.STATED, None
        elif before_arrival:
            start, start_known = _arrival(before_arrival, [end for end, _ in known], defaults), Bound.ESTIMATED
            dispatched = before_arrival
        else:
            return None
        assumed = (start + defaults.stay, Bound.ESTIMATED)
        end, end_known = next(((end, how) for end, how in known if end >= start), assumed)
        if end - start > defaults.longest:
            end_known = Bound.UPPER_BOUND
        return RequiredWindow(Span(start, end), start_known, end_known, dispatched)


def swapped(dispatched: datetime | None, arrived: datetime | None, finished: datetime | None) -> bool:
    """Finished after the dispatch but before the arrival, by more than a slip: each may stand in the other's field."""
    if dispatched is None or arrived is None or finished is None:
        return False
    return finished - dispatched >= SLIP and arrived - finished >= SLIP


def _arrival(dispatched: datetime, ends: Sequence[datetime], defaults: WindowDefaults) -> datetime:
    """Dispatch plus typical travel; where the work was over by then, the usual share of the time that there was."""
    typical = dispatched + defaults.travel
    first = next((end for end in ends if end - dispatched >= SHORTEST), None)
    if first is None or first >= typical:
        return typical
    return dispatched + (first - dispatched) * (defaults.travel / (defaults.travel + defaults.stay))


@dataclass(frozen=True, slots=True)
class Interruption:
    """A declared break of a session, with its reason."""

    span: Span
    reason: str = ""


@dataclass(frozen=True, slots=True)
class InterrogationSession:
    """讯问 询问 辨认 财物清点: an activity in a room, recorded whole on every required channel."""

    number: str
    case_number: str | None = None
    category: str | None = None  # the feed's `kind`: 讯问 询问 辨认 财物清点 ...
    unit: str | None = None
    room: str | None = None
    person_code: str | None = None
    officers: tuple[str, ...] = ()
    started_at: datetime | None = None
    signed_at: datetime | None = None
    interruptions: tuple[Interruption, ...] = ()
    channels: tuple[str, ...] = ()

    kind = ActivityKind.SESSION

    def required_window(self, defaults: WindowDefaults) -> RequiredWindow | None:
        """From entry to the signing of the record; the end is estimated while nobody has signed."""
        if self.started_at is None:
            return None
        if self.signed_at and self.signed_at >= self.started_at:
            return RequiredWindow(Span(self.started_at, self.signed_at), Bound.STATED, Bound.STATED)
        return RequiredWindow(Span.of(self.started_at, defaults.stay), Bound.STATED, Bound.ESTIMATED)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A written note for time not on record: device failure, interruption, safety."""

    activity: str
    officer: str | None
    span: Span | None
    reason: str
    note: str | None = None
    approved_by: str | None = None
