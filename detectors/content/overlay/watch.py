"""Asks for the pictures that tell what a clip's on-screen clock shows, reads them, and says what they tell together."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil

from detectors.content.base import OverlayHint, Picture, Region
from detectors.content.overlay import reader as readers
from detectors.content.overlay.layout import Face, Layout, at_regions, cut, face, search
from detectors.content.overlay.observed import Look, Sight, observations, told
from detectors.content.overlay.reader import Reader
from detectors.content.overlay.reading import numbers
from detectors.content.overlay.story import NARROW
from domain.observation import Observation

STEP = 60.0  # s between the pictures of the first round
FEWEST, MOST = 3, 12  # pictures of one part in the first round
PICTURES = 60  # most pictures of one clip
ROUNDS = 12  # most rounds of questions
SEARCHES = 4  # most pictures of one clip that are searched as a whole
BLANKS = 3  # pictures searched as a whole before a clip without a clock is let be
NUMBER_LOOKS = 3  # pictures in which the numbers beside the clock are read


class OverlayWatch:
    """One clip. Give it the pictures it wants until it wants none, then let it finish."""

    def __init__(self, hint: OverlayHint, parts: Sequence[tuple[float, float]], reader: Reader | None = None) -> None:
        self._hint = hint.regions
        self._parts = tuple(parts)
        self._grid = [at for part in self._parts for at in _grid(part, len(self._parts))][:PICTURES]
        self._reader = reader
        self._layout: Layout | None = None
        self._looks: list[Look] = []
        self._asked: set[float] = set()
        self._tried: set[tuple[float, float]] = set()
        self._rounds = 0
        self._searches = 0
        self._active = bool(self._grid) and (reader is not None or readers.available())

    def wanted(self) -> list[float]:
        """Media times, s, at which pictures are wanted next; none: enough is known."""
        self._rounds += 1
        if not self._active or self._rounds > ROUNDS or len(self._looks) >= PICTURES or self._hopeless():
            return []
        if self._layout is None and not self._hint and not self._asked:
            return self._new([self._grid[0], self._grid[len(self._grid) // 2], self._grid[-1]])
        return self._new(self._grid) or self._new(self._between())

    def look(self, picture: Picture) -> None:
        """Read one picture. The same moment twice tells nothing new."""
        if not self._active or self._hopeless() or any(abs(one.at - picture.at) < 0.02 for one in self._looks):
            return
        self._looks.append(self._look(picture))

    def finish(self) -> tuple[tuple[Observation, ...], tuple[Region, ...]]:
        """What was observed, and where text was found."""
        turn = self._layout.turn if self._layout else 0
        return observations(self._looks, self._parts, turn), self._regions()

    def _hopeless(self) -> bool:
        """Several pictures were searched as a whole, and not one shows a clock."""
        return self._layout is None and len(self._looks) >= BLANKS

    def _regions(self) -> tuple[Region, ...]:
        if self._layout is None or sum(one.sight is Sight.READ for one in self._looks) < 2:
            return ()
        return tuple(place.region for place in (*self._layout.clock, *self._layout.beside))

    def _new(self, times: Iterable[float]) -> list[float]:
        """Times not asked for yet, in order."""
        new = sorted({round(at, 2) for at in times} - self._asked)[: PICTURES - len(self._looks)]
        self._asked.update(new)
        return new

    def _between(self) -> list[float]:
        """Times inside stretches where something changes, until none is longer than `NARROW`; where minutes turn."""
        tale = told(self._looks)
        edges = [*tale.doubts, *_vanishing(self._looks)]
        wide = [edge for edge in edges if edge[1] - edge[0] > NARROW and edge not in self._tried]
        self._tried.update(wide)
        return [at for edge in wide for at in _inside(edge)] + list(tale.turns)

    def _look(self, picture: Picture) -> Look:
        image = picture.whole()
        reader = self._reader = self._reader or readers.shared()
        if self._layout is None and self._hint:
            self._layout, self._hint = at_regions(reader, image, self._hint), ()
        seen = self._faced(reader, image) if self._layout else Face(None, 0.0, ())
        half = seen.half_read
        if seen.shown is None and not half and self._searches < SEARCHES:
            self._searches += 1
            layout, half = search(reader, image)
            self._layout = layout or self._layout
            seen = self._faced(reader, image) if layout else seen
        sight = Sight.READ if seen.shown else Sight.UNREAD if half else Sight.NONE
        return Look(picture.at, sight, seen.shown, seen.sure, self._numbers(reader, image, seen))

    def _faced(self, reader: Reader, image: "readers.Image") -> Face:
        assert self._layout is not None
        return face(reader.read([cut(image, place) for place in self._layout.clock]))

    def _numbers(self, reader: Reader, image: "readers.Image", seen: Face) -> tuple[str, ...]:
        """What stands on the clock's lines and, in the first few pictures, on those beside it."""
        if self._layout is None or seen.shown is None:
            return ()
        lines = [line.text for line in seen.lines]
        if sum(one.sight is Sight.READ for one in self._looks) < NUMBER_LOOKS:
            lines += [line.text for line in reader.read([cut(image, place) for place in self._layout.beside])]
        return tuple(number for text in lines for number in numbers(text))


def _grid(part: tuple[float, float], parts: int) -> list[float]:
    """Moments spread over a part, a little inside its ends."""
    start, end = part
    length = max(0.0, end - start)
    most = max(FEWEST, min(MOST, PICTURES // (2 * parts)))
    count = min(most, max(FEWEST, ceil(length / STEP) + 1))
    rim = min(1.0, length / 10)
    step = (length - 2 * rim) / (count - 1)
    return [start + rim + number * step for number in range(count)]


def _inside(edge: tuple[float, float]) -> list[float]:
    """The middle of a stretch, of a long one the quarters too."""
    start, end = edge
    shares = (0.25, 0.5, 0.75) if end - start > 4 * NARROW else (0.5,)
    return [start + share * (end - start) for share in shares]


def _vanishing(looks: Iterable[Look]) -> list[tuple[float, float]]:
    """From a picture with a clock to the next without one, and back."""
    clear = sorted((one for one in looks if one.sight is not Sight.UNREAD), key=lambda one: one.at)
    return [(a.at, b.at) for a, b in pairwise(clear) if a.sight is not b.sight]
