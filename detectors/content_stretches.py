"""Measurements of a clip's content against limits: which stretches count, which were looked at, how long they last.

A verdict is three-valued: it fails where the stretches are too long inside required time under every plausible clock,
and passes only where nothing that was not looked at could make them so.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf, isfinite

from detectors.content_facts import ContentFacts
from detectors.limits import Limits
from detectors.verdict import hole_inside
from domain.clip import Clip
from domain.finding import Result
from domain.observation import Observation, ObservationKind, stretches
from domain.timespan import ZERO, Span, covered, merge, uncovered, utc

NOWHERE = utc(1970, 1, 1)
"""Stands for the beginning of a clip whose time is not known: its stretches are told apart all the same."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One kind of measurement and the limit of its level. `least`: it counts from the limit on, not down to it."""

    kind: ObservationKind
    limit: str
    least: bool = False

    def counts(self, value: float, limits: Limits) -> bool:
        level = float(getattr(limits, self.limit))
        return value >= level if self.least else value <= level

    def worst(self, values: Iterable[float]) -> float:
        """The least favourable to saying that it counts."""
        return min(values) if self.least else max(values)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a rule looks for: kinds that count together, what shows that it was looked for, and how long is allowed.

    `counts`: a kind that has no level but counts at every value other than none.
    """

    sorts: tuple[Sort, ...]
    checked: ObservationKind
    seconds: str
    counts: ObservationKind | None = None

    def allowed(self, limits: Limits) -> timedelta:
        return timedelta(seconds=getattr(limits, self.seconds))

    @property
    def sound(self) -> bool:
        return self.checked is ObservationKind.SOUND_CHECKED


@dataclass(frozen=True, slots=True)
class Laid:
    """One clip on the wall clock: what counts, what was looked at and does not count, what was not looked at."""

    clip: Clip
    content: ContentFacts
    found: tuple[Span, ...]
    seen: tuple[Span, ...]
    unseen: tuple[Span, ...]

    @property
    def start(self) -> datetime:
        return begin(self.clip)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`long`: stretches that are too long (FAIL) or may be (UNKNOWN). `unseen`: required time not looked at.

    `by_clock`: whether they are too long depends on the clock alone.
    """

    result: Result
    long: tuple[Span, ...] = ()
    unseen: tuple[Span, ...] = ()
    by_clock: bool = False


def begin(clip: Clip) -> datetime:
    """Wall clock of media time zero."""
    return clip.span.start if clip.span else NOWHERE


def presented(clip: Clip) -> tuple[Span, ...]:
    """What the clip shows, without the time that its own tables leave out: that is a gap and said as one."""
    if clip.span is None:
        return (Span.of(NOWHERE, clip.duration or ZERO),)
    return clip.presented()


def trimmed(clip: Clip, content: ContentFacts) -> ContentFacts:
    """The measurements that can be of this clip: figures that are numbers, cut to the time that it lasts."""
    shown = presented(clip)
    length = shown[-1].end - begin(clip) if shown else ZERO
    kept = []
    for one in content.observations:
        if one.end < one.start or one.end < ZERO or one.start > length or not isfinite(one.value or 0):
            continue
        inner = one.start >= ZERO and one.end <= length
        kept.append(one if inner else replace(one, start=max(one.start, ZERO), end=min(one.end, length)))
    required = [(max(a, ZERO), min(b, length)) for a, b in content.required if a < length and b > ZERO]
    return replace(content, observations=tuple(kept), required=tuple(required))


def joining(limits: Limits) -> timedelta:
    return timedelta(seconds=limits.content_join_seconds)


def inside(parts: Iterable[Span], places: Iterable[Span]) -> tuple[Span, ...]:
    """What of some parts lies in some places."""
    within = merge(places)
    return merge(piece for part in parts for piece in covered(part, within))


def without(parts: Iterable[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """What of some parts lies outside of others."""
    return merge(piece for part in parts for piece in uncovered(part, taken))


def counted(observations: Iterable[Observation], sort: Sort, limits: Limits) -> tuple[Observation, ...]:
    """The pieces whose level is beyond the limit."""
    return tuple(
        one
        for one in observations
        if one.kind is sort.kind and one.value is not None and one.start < one.end and sort.counts(one.value, limits)
    )


def _of_kind(observations: Iterable[Observation], kind: ObservationKind) -> tuple[Observation, ...]:
    return tuple(one for one in observations if one.kind is kind and one.start < one.end)


def _found(content: ContentFacts, sought: Sought, limits: Limits) -> Iterator[tuple[timedelta, timedelta]]:
    join = joining(limits)
    for sort in sought.sorts:
        yield from stretches(counted(content.observations, sort, limits), sort.kind, inf, join)
    if sought.counts:
        pieces = [one for one in _of_kind(content.observations, sought.counts) if one.value]
        yield from stretches(pieces, sought.counts, inf, join)


def lay(clip: Clip, content: ContentFacts, sought: Sought, limits: Limits, but: Sequence[Span] = ()) -> Laid:
    """A clip's measurements on the wall clock. `but`: stretches that another rule speaks about, good here."""
    start, shown, join = begin(clip), presented(clip), joining(limits)
    content = trimmed(clip, content)

    def wall(parts: Iterable[tuple[timedelta, timedelta]]) -> tuple[Span, ...]:
        return inside(merge((Span(start + a, start + b) for a, b in parts), join), shown)

    found = without(wall(_found(content, sought, limits)), but)
    looked = wall((one.start, one.end) for one in _of_kind(content.observations, sought.checked))
    broken = [
        Span(start + one.start, start + one.end) for one in _of_kind(content.observations, ObservationKind.UNDECODABLE)
    ]
    seen = without(merge((*without(looked, broken), *inside(but, shown))), found)
    return Laid(clip, content, found, seen, without(shown, [*found, *seen]))


def judged(footage: Sequence[Laid], window: Span, sought: Sought, error: timedelta, limits: Limits) -> Verdict | None:
    """Footage of one party against one window; None when nothing of it lies there.

    What one clip shows in good order is not lost, whatever another one shows of the same time.
    """
    seen = merge(span for one in footage for span in one.seen)
    found = merge(span for one in footage for span in one.found)
    unseen = without((span for one in footage for span in one.unseen), seen)
    if not inside((*seen, *found, *unseen), [window]):
        return None
    allowed, join = sought.allowed(limits), joining(limits)

    def beyond(spans: Iterable[Span], *, surely: bool) -> tuple[Span, ...]:
        lengths = [(span, hole_inside(span, window, error)) for span in merge(spans, join)]
        long = [span for span, length in lengths if (length.low if surely else length.high) > allowed]
        return tuple(span.intersection(window) or span for span in long)

    lost = without(found, [*seen, *unseen])  # another clip that was not looked at may show this time
    lacking = inside(unseen, [window])
    certain = beyond(lost, surely=True)
    if certain:
        return Verdict(Result.FAIL, certain, lacking)
    doubtful = beyond(lost, surely=False)
    if doubtful:
        return Verdict(Result.UNKNOWN, doubtful, lacking, by_clock=True)
    untouched = lacking and not inside((*seen, *found), [window])
    if untouched or (lacking and beyond((*without(found, seen), *unseen), surely=False)):
        waiting = any(one.content.waiting and inside(one.unseen, [window]) for one in footage)
        return Verdict(Result.NOTCHECKED if waiting else Result.UNKNOWN, unseen=lacking)
    return Verdict(Result.PASS, unseen=lacking)
