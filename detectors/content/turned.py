"""Turned: the picture stands upside down or on its side against the rest of the clip.

Neighbouring pictures raise a suspicion by their layout, points that two near pictures have in common prove it, and the
layouts of the whole stretch must agree. Which way is up, only the greater part of the clip can tell: of a clip that is
turned from beginning to end nothing is said. Pictures are taken as they are stored. A display matrix turns all of them
alike, so that it neither hides a turn nor makes one.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

from detectors.content.base import Picture
from detectors.content.running import at_time
from detectors.content.turned_layout import Layout, layout_of, likeness
from detectors.content.turned_search import Search, Seen, Suspicion, seen_in
from domain.observation import Observation, ObservationKind
from domain.wording import say

VERSION = 1
AROUND = 5
"""Pictures on one side that a picture is compared with."""
DROP = 0.75
"""A likeness this far below the usual is a suspicion too: turned, a scene may look like nothing else."""
USUAL = 75
"""Percentile of the likenesses that is usual: after a turn, some are low."""
APART = 30.0
"""Seconds without a picture beyond which what comes after is not compared with what came before."""
MOST_SEARCHES = 8
"""Suspicions looked into for every ten minutes, the strongest first."""
URGENT = 0.6
"""Suspicions weaker than this share of the strongest wait: what is found first may explain them."""
MINUTES = 600.0
REMEMBERED = 50
"""Times in a row that pictures seen before may answer what is asked."""
SHORTEST = 5.0
"""Seconds: stretches shorter than this are not kept."""
AGREEING = 0.7
"""Share of the layouts of a stretch that must look turned against their surroundings."""
SURROUNDINGS = 10
CUE = say("相对于本片段其余画面", "against the rest of the clip")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """What is kept of a picture."""

    at: float
    layout: Layout = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """A stretch in which the picture stands one way: quarters clockwise from how the block began.

    `proven`: points tell that it turned at one of its ends at least.
    """

    start: float
    end: float
    quarters: int
    proven: bool


@dataclass(frozen=True, slots=True, order=True)
class Turn:
    """Quarters clockwise by which the picture turned at a moment; `proven` by points, or likely by layouts."""

    at: float
    quarters: int
    proven: bool


class Turned:
    """Sees every picture of the survey, then asks for those that decide."""

    def __init__(self) -> None:
        self._moments: list[Moment] = []
        self._times: list[float] = []
        self._searches: list[Search] = []
        self._known: dict[float, Seen] = {}
        self._explained: list[Turn] | None = None
        self._waiting: list[Suspicion] = []

    def see(self, picture: Picture) -> None:
        """Any picture, in any order of time."""
        insort(self._times, picture.at)
        layout = layout_of(picture.luma)
        if layout is not None:
            insort(self._moments, Moment(picture.at, layout))

    def wanted(self) -> list[float]:
        """Nothing before the survey; after it, pictures around every suspicion until it is settled."""
        if not self._times:
            return []
        asked: set[float] = set()
        for _ in range(REMEMBERED):
            self._suspect()
            asked = {at for search in self._searches for at in search.wanted()}
            known = asked & self._known.keys()
            for at in known:
                self._show(at, self._known[at])
            asked -= known
            if asked or not known:
                break
        return sorted(asked)

    def look(self, picture: Picture) -> None:
        """A picture that was asked for goes to all who asked for the moment nearest to it."""
        asked = [at for search in self._searches for at in search.asked]
        if asked:
            at = min(asked, key=lambda one: abs(one - picture.at))
            seen = seen_in(picture)
            self._known[at] = seen
            self._show(at, seen)

    def _show(self, at: float, seen: Seen) -> None:
        for search in self._searches:
            search.take(at, seen)

    def _suspect(self) -> None:
        """Look for suspicions anew whenever turns were found: seen upright, what follows them tells more."""
        turns = self._turns()
        if turns != self._explained:
            self._explained = turns
            upright = blocks(_upright(self._moments, turns))
            self._waiting = sorted((one for block in upright for one in suspicions(block)), key=_weakness)
        begun = {search.suspicion.start for search in self._searches}
        waiting = [one for one in self._waiting if one.start not in begun]
        urgent = [one for one in waiting if one.strength >= URGENT * waiting[0].strength]
        most = MOST_SEARCHES * ceil((self._times[-1] - self._times[0] + 1) / MINUTES)
        self._searches += [Search(one) for one in urgent[: max(0, most - len(self._searches))]]

    def _turns(self) -> list[Turn]:
        return [Turn(one.at, one.turn, one.quarters is not None) for one in self._searches if one.told and one.turn]

    def finish(self, until: float | None = None) -> tuple[Observation, ...]:
        """Every stretch that stands otherwise than the greater part of its block. `until`: where the pictures end."""
        found: list[Observation] = []
        for block in blocks(self._moments):
            last = block[-1].at if until is None or until - block[-1].at > APART else until
            found += _told(block, last, self._turns())
        return tuple(found)


def _upright(moments: Sequence[Moment], turns: Sequence[Turn]) -> list[Moment]:
    """Every moment's layout as it would be without the turns found so far."""
    layouts = ((one, sum(turn.quarters for turn in turns if turn.at < one.at) % 4) for one in moments)
    return [Moment(one.at, np.rot90(one.layout, quarters, (1, 2))) for one, quarters in layouts]


def _weakness(one: Suspicion) -> float:
    return -one.strength


def blocks(moments: Sequence[Moment]) -> list[list[Moment]]:
    """Moments that follow each other closely enough to be compared."""
    found: list[list[Moment]] = []
    for moment in moments:
        if not found or moment.at - found[-1][-1].at > APART:
            found.append([])
        found[-1].append(moment)
    return found


def suspicions(block: Sequence[Moment]) -> Iterator[Suspicion]:
    """Pairs of neighbours of which one is more like its other neighbours when it is turned, or suddenly like none."""
    sides = [_sides(block, place) for place in range(1, len(block))]
    usual = float(np.percentile([side.like[0] for both in sides for side in both], USUAL)) if sides else 0.0
    for place, both in enumerate(sides, 1):
        side = max(both, key=lambda one: one.strength(usual))
        if side.strength(usual) > 0:
            start, end = block[place - 1].at, block[place].at
            turn = side.quarters if side is both[0] else 4 - side.quarters
            yield Suspicion(start, end, side.those, side.quarters, turn, side.strength(usual))


@dataclass(frozen=True, slots=True)
class Side:
    """The pictures on one side of a gap, and how like them the first picture of the other side is, by quarters."""

    those: Sequence[Layout]
    like: NDArray[np.float64]

    @property
    def quarters(self) -> int:
        return int(np.argmax(self.like[1:])) + 1

    def strength(self, usual: float) -> float:
        """Above 0 where a turn explains the picture better than none, or it is far from what is usual."""
        return float(max(self.like[self.quarters] - self.like[0], usual - DROP - self.like[0]))


def _sides(block: Sequence[Moment], place: int) -> tuple[Side, Side]:
    before = [one.layout for one in block[max(0, place - AROUND) : place]]
    after = [one.layout for one in block[place : place + AROUND]]
    return Side(before, likeness(before, after[0])), Side(after, likeness(after, before[-1]))


def standings(start: float, end: float, turns: Iterable[Turn]) -> list[Standing]:
    """The time cut at every turn; adjoining stretches stand differently."""
    found = [Standing(start, end, 0, False)]
    for turn in sorted(turns):
        if start < turn.at < end:
            last = found.pop()
            quarters = (last.quarters + turn.quarters) % 4
            found.append(Standing(last.start, turn.at, last.quarters, last.proven or turn.proven))
            found.append(Standing(turn.at, end, quarters, turn.proven))
    return found


def _told(block: Sequence[Moment], end: float, turns: Iterable[Turn]) -> Iterator[Observation]:
    these = standings(block[0].at, end, turns)
    lasting: dict[int, float] = defaultdict(float)
    for one in these:
        lasting[one.quarters] += one.end - one.start
    upright = max(lasting, key=lambda quarters: lasting[quarters])
    for one in these:
        quarters = (one.quarters - upright) % 4
        if quarters and one.proven and one.end - one.start >= SHORTEST and _agreed(block, these, one, upright):
            start, until = at_time(one.start), at_time(one.end)
            degrees = float(360 - 90 * quarters)
            yield Observation("turned", VERSION, ObservationKind.TURNED, start, until, degrees, "deg", CUE)


def _agreed(block: Sequence[Moment], these: Sequence[Standing], one: Standing, upright: int) -> bool:
    """Whether the layouts of a stretch, too, are turned against those upright nearest to it."""
    inside = [moment for moment in block if one.start <= moment.at < one.end]
    rest = [moment for moment in block if any(s.quarters == upright and s.start <= moment.at <= s.end for s in these)]
    if not inside or not rest:
        return False
    middle = (one.start + one.end) / 2
    near = sorted(rest, key=lambda moment: abs(moment.at - middle))[:SURROUNDINGS]
    those = [moment.layout for moment in near]
    usual = float(np.median([likeness(those, layout)[0] for layout in those]))
    quarters = (one.quarters - upright) % 4
    like = [likeness(those, moment.layout) for moment in inside]
    return sum(bool(each[quarters] > each[0] or each[0] < usual - DROP) for each in like) >= AGREEING * len(like)
