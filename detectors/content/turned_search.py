"""One suspicion being looked into: between two moments the picture may have turned; where, and by how much?"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.content.base import Picture
from detectors.content.turned_features import LEAST, Features, features_of, quarters_between
from detectors.content.turned_layout import Layout, layout_of, likeness

CLOSE = 0.7
"""A turn that is found is placed within this many seconds."""
EVADE = 0.55
"""Seconds from a key picture at which it is not shown instead of the one that was asked for."""
CLEAR = 0.7
"""Strength of a suspicion that is believed without points, so far as to say how the rest of a clip stands."""
CLOSEST = 0.25
"""Pictures this near that still have no points in common never will."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """That between two moments the picture turned. `those`: layouts of one side.

    `quarters`: by how much clockwise the others seem to be turned against those, and `turn` the later against the
    earlier; `strength`: how much better that explains them.
    """

    start: float
    end: float
    those: Sequence[Layout] = field(repr=False)
    quarters: int
    turn: int
    strength: float


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture that was looked at."""

    at: float
    features: Features = field(repr=False)
    layout: Layout | None = field(repr=False)


def seen_in(picture: Picture) -> Seen:
    """What a search needs of a picture."""
    return Seen(picture.at, features_of(picture.luma), layout_of(picture.luma))


@dataclass(slots=True)
class Search:
    """Halves the time between two pictures until points tell the turn, and it is placed.

    `quarters`: by which the picture turned clockwise, None until points tell; `asked`: moments not shown yet.
    """

    suspicion: Suspicion
    before: Seen | None = None
    after: Seen | None = None
    quarters: int | None = None
    over: bool = False
    asked: list[float] = field(default_factory=list)
    evading: float | None = None

    @property
    def told(self) -> bool:
        """Whether points told it, or nothing more can."""
        return self.over or self.quarters is not None

    @property
    def turn(self) -> int:
        """Quarters clockwise, as points tell; as layouts do where points cannot and layouts are clear."""
        if self.quarters is not None:
            return self.quarters
        return self.suspicion.turn if self.suspicion.strength >= CLEAR else 0

    @property
    def start(self) -> float:
        return self.before.at if self.before else self.suspicion.start

    @property
    def end(self) -> float:
        return self.after.at if self.after else self.suspicion.end

    @property
    def at(self) -> float:
        """The middle of the time in which the turn lies."""
        return (self.start + self.end) / 2

    def wanted(self) -> list[float]:
        """Moments to be shown. One that was asked for before and never came ends the search."""
        if self.over or self.asked:
            self.over = True
            self.asked = []
            return []
        missing = [at for at, seen in ((self.start, self.before), (self.end, self.after)) if seen is None]
        self.asked = missing or [self.at if self.evading is None else self.evading]
        return list(self.asked)

    def take(self, asked: float, seen: Seen) -> None:
        """What was to be seen at a moment that was asked for."""
        if asked not in self.asked:
            return
        self.asked.remove(asked)
        if self.before is None and asked == self.suspicion.start:
            self.before = seen
        elif self.after is None:
            self.after = seen
        elif self.before and self.before.at < seen.at < self.after.at:
            self.evading = None
            self._halve(self.before, seen, self.after)
        else:
            self._evade(seen)
        if self.before and self.after and not self.over:
            self._judge(self.before, self.after)

    def _evade(self, seen: Seen) -> None:
        """A key picture beyond was shown instead: ask once more, farther from it."""
        aside = self.start + EVADE if seen.at <= self.start else self.end - EVADE
        self.over = self.evading is not None or not self.start < aside < self.end
        self.evading = aside

    def _halve(self, before: Seen, seen: Seen, after: Seen) -> None:
        if self._is_late(before, seen, after):
            self.after = seen
        else:
            self.before = seen

    def _is_late(self, before: Seen, seen: Seen, after: Seen) -> bool:
        """Whether the turn lies before a picture: by points, else by which of the two its layout is nearer to."""
        first = quarters_between(before.features, seen.features)
        if first is not None:
            return first != 0
        second = quarters_between(seen.features, after.features)
        if second is not None:
            return second == 0
        leans = [self._lean(one) for one in (before, seen, after)]
        return abs(leans[1] - leans[2]) < abs(leans[1] - leans[0])

    def _lean(self, seen: Seen) -> float:
        """How much more a picture looks as the turned ones do."""
        if seen.layout is None:
            return 0.0
        like = likeness(self.suspicion.those, seen.layout)
        return float(like[self.suspicion.quarters] - like[0])

    def _judge(self, before: Seen, after: Seen) -> None:
        """Whether the two nearest pictures settle it."""
        told = quarters_between(before.features, after.features)
        if told is not None:
            self.quarters = told
        near = after.at - before.at
        plain = min(len(before.features.places), len(after.features.places)) < LEAST
        self.over = told == 0 or plain or near <= CLOSEST or (self.quarters is not None and near <= CLOSE)
