"""How well one recording fits one required window: overlap, clock, certainty, basis, each a named component.

Nothing is decided here (`indexer.linking` does that jointly); see `docs/design/linking.md`, section on scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain.activity import ActivityKind, Bound
from domain.clip import Recording
from domain.link import LinkBasis
from domain.timespan import ZERO, Span

SECOND = timedelta(seconds=1)

BASIS_WEIGHT = {
    LinkBasis.MANUAL: 1.0,
    LinkBasis.BADGE: 1.0,
    LinkBasis.ROOM: 1.0,
    LinkBasis.ASSIGNMENT: 0.95,
    LinkBasis.UNIT: 0.6,
}

PLAUSIBLE_CLOCKS = ((0.0, 0.4), (-0.5, 0.2), (0.5, 0.2), (-1.0, 0.1), (1.0, 0.1))
"""Shifts as shares of the clock error, and how much weight each has: the middle of the interval is likelier."""


@dataclass(frozen=True, slots=True)
class LinkingLimits:
    """`[linking]` of config.toml.

    `candidate_hours`: windows farther away are not considered. `graze_seconds`, `graze_share`: an overlap below both is
    pre- or post-roll when another window explains the recording. `approach_seconds`: a recording may begin this long
    before dispatch and count as the way to the call; `approach_minutes`: a dispatch longer before arrival is no travel
    time. `lead_minutes`: how far a continuous recording may reach beyond a window and still belong to it whole.
    `trail_minutes`: a separate recording this soon after a window is proposed. `follow_seconds`: two recordings this
    close are one continuous effort. `margin`: a lead smaller than this is no decision. `long_window_hours`: a window
    is not believed beyond this; `upper_bound_minutes` likewise where only the feedback time bounds its end (p95 on
    scene). `clock_error_minutes`: beyond, a link that depends on the clock is only proposed.
    """

    candidate_hours: float = 6.0
    graze_seconds: float = 60.0
    graze_share: float = 0.15
    approach_seconds: float = 240.0
    approach_minutes: float = 60.0
    lead_minutes: float = 30.0
    trail_minutes: float = 5.0
    follow_seconds: float = 60.0
    margin: float = 0.05
    link_score: float = 0.45
    propose_score: float = 0.3
    novelty_share: float = 0.5
    long_window_hours: float = 6.0
    upper_bound_minutes: float = 120.0
    clock_error_minutes: float = 10.0


@dataclass(frozen=True, slots=True)
class ActivityWindow:
    """An activity as a candidate: its required window for the party at hand, and how firmly each end is known."""

    kind: ActivityKind
    number: str
    officer: str | None
    span: Span
    start_known: Bound = Bound.STATED
    end_known: Bound = Bound.STATED
    dispatched_at: datetime | None = None
    unit: str | None = None
    room: str | None = None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Footage:
    """A recording that may be the party's, and why."""

    recording: Recording
    basis: LinkBasis
    officer: str | None = None


LONGEST_SESSION_HOURS = 24.0
"""A summons may last 24 h at most (公安机关办理刑事案件程序规定 art. 200): a longer session is a slip of the pen."""

Key = tuple[ActivityKind, str]


class Relation(StrEnum):
    """How a recording lies to a window, in order of strength."""

    OVERLAP = "overlap"
    SHIFTED = "shifted"  # overlaps only under another plausible clock
    BEYOND = "beyond"  # lies in the part of a long or open window that is not believed
    APPROACH = "approach"  # ends before arrival, begun around dispatch or later
    TRAIL = "trail"  # begins soon after the end
    APART = "apart"


RELATIONS: Mapping[Relation, tuple[str, str]] = MappingProxyType(
    {
        Relation.OVERLAP: ("有重叠", "overlap"),
        Relation.SHIFTED: ("仅在另一种可能的时钟下有重叠", "overlap only under another plausible clock"),
        Relation.BEYOND: ("在时段不可信的部分", "in the part of the window that is not believed"),
        Relation.APPROACH: ("派警前后开始，到达前结束", "ends before arrival, begun around dispatch or later"),
        Relation.TRAIL: ("在时段结束后不久开始", "begins soon after the end"),
        Relation.APART: ("相距较远", "apart"),
    }
)
"""Each in Chinese and English."""

BEGUN_OUTSIDE = 0.97
BASE_SCORE = {Relation.BEYOND: 0.4, Relation.APPROACH: 0.45, Relation.TRAIL: 0.35}


@dataclass(frozen=True, slots=True)
class Need:
    """A window prepared for comparison: the believed stretch [start, end), at least a second long.

    `called_at` is the dispatch where it can be travel time, else the start. `firm`: both ends stated and believed.
    """

    key: Key
    window: ActivityWindow
    start: datetime
    end: datetime
    called_at: datetime
    firm: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """One recording against one window. Shares are 0..1; `clock` is the weight of plausible clocks with overlap."""

    key: Key
    need: Need
    relation: Relation
    overlap: timedelta
    of_window: float
    of_recording: float
    clock: float
    distance: timedelta
    small: bool
    score: float
    clock_error: timedelta
    begun_within: bool


def prepare(window: ActivityWindow, limits: LinkingLimits) -> Need:
    """The believed part of a window; the rest of the record may be a slip of the pen or a late feedback."""
    start = window.span.start
    bound = timedelta(hours=limits.long_window_hours if window.kind is ActivityKind.INCIDENT else LONGEST_SESSION_HOURS)
    if window.end_known is Bound.UPPER_BOUND:
        bound = min(bound, timedelta(minutes=limits.upper_bound_minutes))
    end = min(max(window.span.end, start + SECOND), start + bound)
    called = window.dispatched_at
    travel = called is not None and start - timedelta(minutes=limits.approach_minutes) <= called <= start
    stated = window.start_known is Bound.STATED and window.end_known is Bound.STATED
    firm = stated and window.span.duration <= bound
    return Need((window.kind, window.number), window, start, end, called if called and travel else start, firm)


def overlap(start: datetime, end: datetime, need: Need) -> timedelta:
    """Shared time with the believed window."""
    return max(ZERO, min(end, need.end) - max(start, need.start))


def fit(footage: Footage, need: Need, limits: LinkingLimits) -> Fit:
    """Measure one recording against one window."""
    span, error = footage.recording.span, footage.recording.clock_error
    shared = overlap(span.start, span.end, need)
    of_window = shared / (need.end - need.start)
    of_recording = shared / span.duration if span.duration else 0.0
    clock = clock_weight(span, error, need)
    distance = max(ZERO, need.start - span.end, span.start - need.end)
    relation = _relation(span, need, shared, clock, limits)
    small = (
        ZERO < shared <= timedelta(seconds=limits.graze_seconds)
        and of_window < limits.graze_share
        and of_recording < limits.graze_share
    )
    if relation is Relation.OVERLAP:
        base = (0.6 + 0.4 * min(1.0, max(of_window, of_recording))) * (0.5 + 0.5 * clock)
    elif relation is Relation.SHIFTED:
        base = 0.35 + 0.5 * clock
    else:
        far = distance / timedelta(hours=limits.candidate_hours)
        base = BASE_SCORE.get(relation, 0.2 * max(0.0, 1 - far))
    within = begun_within(span, need, limits)
    score = base * BASIS_WEIGHT[footage.basis] * certainty(need) * (1.0 if within else BEGUN_OUTSIDE)
    return Fit(need.key, need, relation, shared, of_window, of_recording, clock, distance, small, score, error, within)


def clock_weight(span: Span, error: timedelta, need: Need) -> float:
    """Weight (0..1) of the plausible clocks under which the two overlap."""
    start, end = span.start, span.end
    if error <= ZERO:
        return 1.0 if start < need.end and need.start < end else 0.0
    if start + error < need.end and need.start < end - error and start - error < end:
        return 1.0
    if start - error >= need.end or need.start >= end + error:
        return 0.0
    held = (w for share, w in PLAUSIBLE_CLOCKS if start + error * share < need.end and need.start < end + error * share)
    return round(sum(held), 6)


def certainty(need: Need) -> float:
    """Estimated and open ends lower the score; so does a window too long to be believed."""
    window = need.window
    soft = (window.start_known is not Bound.STATED) + (window.end_known is not Bound.STATED)
    return (1.0, 0.9, 0.8)[soft] * (1.0 if need.firm or soft else 0.9)


def begun_within(span: Span, need: Need, limits: LinkingLimits) -> bool:
    """Begun within the call: from 4 min before dispatch to its end. Usual; begun earlier is possible."""
    return need.called_at - timedelta(seconds=limits.approach_seconds) <= span.start < need.end


def _relation(span: Span, need: Need, shared: timedelta, clock: float, limits: LinkingLimits) -> Relation:
    if shared > ZERO:
        return Relation.OVERLAP
    if clock > 0.0:
        return Relation.SHIFTED
    if need.end <= span.start < need.window.span.end:
        return Relation.BEYOND
    early = need.called_at - timedelta(seconds=limits.approach_seconds)
    if early <= span.start and span.end <= need.start:
        return Relation.APPROACH
    if need.end <= span.start <= need.end + timedelta(minutes=limits.trail_minutes):
        return Relation.TRAIL
    return Relation.APART
