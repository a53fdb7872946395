"""Where a camera writes its clock and numbers: lines found in a picture, and which of them are the clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from detectors.content.base import Region
from detectors.content.overlay.reader import Box, Line, Reader
from detectors.content.overlay.reading import Shown, has_date, has_time, looks_like_clock, numbers, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

BAND = 0.16  # share of the height at the top and at the bottom where cameras write
WHOLE = 960  # longest side at which the rest of the picture is searched
SMALLEST = 960  # narrower pictures are enlarged to this before lines are looked for
LEAST = 32  # rows and columns below which a picture holds no legible line
LINES = 12  # most lines that are read in one search
NUMBER_LINES = 3  # most lines of numbers that are kept


@dataclass(frozen=True, slots=True)
class Place:
    """One line. `turn`: degrees clockwise that put its text right."""

    region: Region
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """One line and what it reads."""

    place: Place
    line: Line


@dataclass(frozen=True, slots=True)
class Layout:
    """The line of the clock, or two (date and time apart), and lines with numbers beside it."""

    clock: tuple[Place, ...]
    beside: tuple[Place, ...] = ()

    @property
    def turn(self) -> int:
        """Degrees clockwise that put the picture right."""
        return self.clock[0].turn


@dataclass(frozen=True, slots=True)
class Face:
    """What the places of the clock read: what it shows, how sure the weakest figure of it is, and all text there."""

    shown: Shown | None
    sure: float
    lines: tuple[Line, ...]

    @property
    def half_read(self) -> bool:
        """Something like a clock stands there."""
        return any(looks_like_clock(line.clock) and line.sure > 0.4 for line in self.lines)


def face(lines: Sequence[Line]) -> Face:
    """One or two lines as a clock."""
    clock = " ".join(line.clock for line in lines)
    each = [sure for number, line in enumerate(lines) for sure in (*((1.0,) if number else ()), *line.each)]
    what = shown(clock)
    if what is None:
        return Face(None, 0.0, tuple(lines))
    figures = [each[at] for at in range(what.first, what.last) if clock[at].isdigit()]
    return Face(what, min(figures), tuple(lines))


def cut(image: "Image", place: Place) -> "Image":
    """The line's own picture, upright."""
    import cv2

    height, width = image.shape[:2]
    region = place.region
    top, bottom = round(region.top * height), round(region.bottom * height)
    left, right = round(region.left * width), round(region.right * width)
    piece = image[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)]
    turns = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
    return cv2.rotate(piece, turns[place.turn]) if place.turn else piece  # type: ignore[return-value]


def at_regions(reader: Reader, image: "Image", regions: Iterable[Region]) -> Layout | None:
    """The layout that known regions hold, in whichever turn they read."""
    height, width = image.shape[:2]
    known = tuple(regions)
    tall = [(one.bottom - one.top) * height > 1.5 * (one.right - one.left) * width for one in known]
    for turn in (0, 180):
        places = [Place(one, turn + 90 * side) for one, side in zip(known, tall, strict=True)]
        found = _read(reader, image, places)
        layout = arranged(found)
        if layout:
            return layout
    return None


def search(reader: Reader, image: "Image") -> tuple[Layout | None, bool]:
    """The layout, from the bands where cameras write, then from the whole picture; whether half a clock was seen."""
    half = False
    if min(image.shape[:2]) < LEAST:
        return None, half
    for boxes in (_in_bands, _in_whole):
        regions = _likely(boxes(reader, image), image)
        for turn in (0, 180):
            found = _read(reader, image, [Place(_region(box, image), turn + 90 * box.tall) for box in regions])
            layout = arranged(found)
            if layout:
                return layout, True
            half = half or any(looks_like_clock(one.line.clock) and one.line.sure > 0.6 for one in found)
            regions = [box for box, one in zip(regions, found, strict=True) if one.line.sure < 0.8]
    return None, half


def arranged(found: Sequence[Found]) -> Layout | None:
    """Which lines are the clock: one that holds date and time, else one of each that stand together."""
    whole = [(face([one.line]), (one,)) for one in found]
    faces = [one for one in whole if one[0].shown] or _pairs(found)
    if not faces:
        return None
    _, lines = max(faces, key=lambda one: (one[0].shown is not None and one[0].shown.step <= 1, one[0].sure))
    clock = tuple(one.place for one in lines)
    rest = [one for one in found if one not in lines and numbers(one.line.text) and _beside(one.place, clock[0])]
    surest = sorted(rest, key=lambda one: -one.line.sure)[:NUMBER_LINES]
    return Layout(clock, tuple(one.place for one in surest))


def _pairs(found: Sequence[Found]) -> list[tuple[Face, tuple[Found, ...]]]:
    pairs = []
    for date, time in permutations(found, 2):
        near = date.place.turn == time.place.turn and _near(date.place, time.place)
        if near and has_date(date.line.clock) and has_time(time.line.clock):
            together = face([date.line, time.line])
            pairs.append((together, (date, time)))
    return [one for one in pairs if one[0].shown]


def _size(place: Place) -> float:
    """How high the letters are, as a share."""
    one = place.region
    return one.right - one.left if place.turn % 180 else one.bottom - one.top


def _near(a: Place, b: Place) -> bool:
    """On one row, or one above the other with hardly a line between."""
    size = max(_size(a), _size(b))
    if a.turn % 180:
        return abs(a.region.left - b.region.left) < 2.2 * size
    return abs(a.region.top - b.region.top) < 2.2 * size


def _beside(place: Place, clock: Place) -> bool:
    """Written by the same hand: as high as the clock, and turned like it."""
    return place.turn == clock.turn and 0.5 < _size(place) / max(_size(clock), 1e-6) < 2


def _read(reader: Reader, image: "Image", places: Sequence[Place]) -> list[Found]:
    lines = reader.read([cut(image, place) for place in places])
    return [Found(place, line) for place, line in zip(places, lines, strict=True)]


def _likely(boxes: Iterable[Box], image: "Image") -> list[Box]:
    """Those that are long enough for a date or a time, nearest to the edges first."""
    height = image.shape[0]
    long = [box for box in boxes if _length(box) >= 2.5 and min(box.right - box.left, box.bottom - box.top) >= 8]
    return sorted(long, key=lambda box: min(box.top, height - box.bottom))[:LINES]


def _length(box: Box) -> float:
    across, down = box.right - box.left, box.bottom - box.top
    return max(across, down) / max(1, min(across, down))


def _region(box: Box, image: "Image") -> Region:
    """The box with a little room: figures are of different widths."""
    height, width = image.shape[:2]
    size = min(box.right - box.left, box.bottom - box.top)
    along, across = 0.35 * size, 0.06 * size
    dx, dy = (across, along) if box.tall else (along, across)
    return Region(
        max(0.0, (box.left - dx) / width),
        max(0.0, (box.top - dy) / height),
        min(1.0, (box.right + dx) / width),
        min(1.0, (box.bottom + dy) / height),
    )


def _in_bands(reader: Reader, image: "Image") -> list[Box]:
    """Lines near the top and the bottom, looked for in full size, one band after the other to keep memory small."""
    height = image.shape[0]
    band = max(1, min(height // 2, max(round(BAND * height), 48)))
    return [
        Box(box.left, box.top + top, box.right, box.bottom + top)
        for top in (0, height - band)
        for box in _scaled(reader, image[top : top + band], 1.0)
    ]


def _in_whole(reader: Reader, image: "Image") -> list[Box]:
    """Lines anywhere, in whichever direction they run."""
    return _scaled(reader, image, min(1.0, WHOLE / max(image.shape[:2])))


def _scaled(reader: Reader, image: "Image", by: float) -> list[Box]:
    import cv2

    height, width = image.shape[:2]
    factor = by if width >= SMALLEST else SMALLEST / width
    factor = min(factor, 1920 / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    scaled: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor != 1 else image  # type: ignore[assignment]
    return [
        Box(round(b.left / factor), round(b.top / factor), round(b.right / factor), round(b.bottom / factor))
        for b in reader.find(scaled)
    ]
