"""From measured moments to stretches cut by level: the form in which measurements are kept, apart from any limit."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby, pairwise

SHORTEST = 2.0
"""Stretches shorter than this are not kept: no rule asks about them, and pauses in speech are many."""
LEAST_PIECE = 3.0
"""A shorter piece joins its milder neighbour: a level that hovers about a step makes no thousand pieces."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that holds from `start` to `end`, seconds of media time; None: not measured."""

    start: float
    end: float
    value: float | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch within one level; `value` is the mildest in it, so that the whole piece is at least as bad."""

    start: float
    end: float
    value: float
    level: int

    @property
    def length(self) -> float:
        return self.end - self.start


def level_of(value: float | None, levels: Sequence[float], worst_high: bool = False) -> int | None:
    """Which level a value falls in, 0 the worst; None where it is milder than all or not measured."""
    if value is None:
        return None
    within = (value >= level if worst_high else value <= level for level in levels)
    return next((place for place, inside in enumerate(within) if inside), None)


def graded(
    measured: Iterable[Measured], levels: Sequence[float], worst_high: bool = False, shortest: float = SHORTEST
) -> list[Piece]:
    """Stretches at or beyond a level and not shorter than asked, cut where the level changes."""
    mildest: Callable[..., float] = min if worst_high else max
    pieces: list[Piece] = []
    for level, some in groupby(measured, key=lambda one: level_of(one.value, levels, worst_high)):
        run = list(some)
        if level is not None:
            values = [one.value for one in run if one.value is not None]
            pieces += [Piece(run[0].start, run[-1].end, mildest(values), level)]
    stretches = (stretch for stretch in _stretches(pieces) if _length(stretch) >= shortest)
    return [piece for stretch in stretches for piece in _joined(stretch, mildest)]


def _length(stretch: Sequence[Piece]) -> float:
    return stretch[-1].end - stretch[0].start


def _stretches(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces that follow each other without a break."""
    stretch: list[Piece] = []
    for piece in pieces:
        if stretch and piece.start > stretch[-1].end + 1e-6:
            yield stretch
            stretch = []
        stretch.append(piece)
    if stretch:
        yield stretch


def _joined(stretch: list[Piece], mildest: Callable[[float, float], float]) -> list[Piece]:
    """Short pieces given to the milder neighbour, as long as there is one."""
    found = list(stretch)
    while len(found) > 1:
        short = next((place for place in range(len(found)) if _joins(found, place)), None)
        if short is None:
            return found
        beside = [place for place in (short - 1, short + 1) if 0 <= place < len(found)]
        milder = min((p for p in beside if found[p].level > found[short].level), key=lambda p: found[p].level)
        first, last = min(short, milder), max(short, milder)
        while last + 1 < len(found) and found[last + 1].level == found[milder].level:
            last += 1
        while first and found[first - 1].level == found[milder].level:
            first -= 1
        same = [one.value for one in found[first : last + 1] if one.level == found[milder].level]
        one = Piece(found[first].start, found[last].end, reduce(mildest, same), found[milder].level)
        found[first : last + 1] = [one]
    return found


def _joins(pieces: Sequence[Piece], place: int) -> bool:
    """Whether a piece is short and touches a milder one."""
    around = pieces[max(place - 1, 0) : place + 2]
    return pieces[place].length < LEAST_PIECE and any(one.level > pieces[place].level for one in around)


def around(times: Sequence[float], values: Sequence[float | None], start: float, end: float) -> list[Measured]:
    """Moments made into stretches: each holds from half-way to the one before to half-way to the next."""
    borders = [start, *((a + b) / 2 for a, b in pairwise(times)), end]
    return [Measured(*edges) for edges in zip(borders, borders[1:], values, strict=False)] if times else []


def between(times: Sequence[float], values: Sequence[float | None]) -> list[Measured]:
    """Values of pairs of moments made into stretches: each holds between its two."""
    return [Measured(*each) for each in zip(times, times[1:], values, strict=False)]


def widened(pieces: Sequence[Piece], times: Sequence[float], most: float) -> list[Piece]:
    """Pieces of pairs, begun and ended half-way to the moment outside them: somewhere there the change lies."""
    found = []
    ends, starts = {piece.end for piece in pieces}, {piece.start for piece in pieces}
    for piece in pieces:
        before = max((t for t in times if t < piece.start), default=piece.start)
        after = min((t for t in times if t > piece.end), default=piece.end)
        start = piece.start if piece.start in ends else piece.start - min((piece.start - before) / 2, most)
        end = piece.end if piece.end in starts else piece.end + min((after - piece.end) / 2, most)
        found.append(replace(piece, start=start, end=end))
    return found
