"""What a clip looks like, as fingerprints of pictures that differ from those before and after.

Bits are signs of the coarsest waves that the picture's core is made of (its cosine transform), the coarsest first:
they survive another codec, size and rate. Pictures without structure give none; a picture like its neighbours is
evidence of nothing (the same room looks the same on every day) and is kept only now and then, to contradict.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import cv2
import numpy as np

from detectors.content.base import Picture, Print
from detectors.content.look import core_of
from domain.prints import FINE, KEY, STILL, apart, of_bits, packed

VERSION = 1
SIDE = 32
WAVES = 12
"""Waves across and down that are considered."""
STRUCTURE = 6.0
"""Standard deviation of the small core, grey levels, below which a picture shows nothing."""
MOVED = 14
"""Bits of 54 by which a picture that is evidence differs from its neighbours."""
STILL_APART = 30.0
"""Seconds between pictures that are kept to contradict."""


def _order() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows and columns of the coarsest waves, without the mean."""
    waves = sorted(((r, c) for r in range(WAVES) for c in range(WAVES) if r + c), key=lambda one: (sum(one), one))
    rows, columns = zip(*waves[: KEY + FINE], strict=True)
    return rows, columns


_ROWS, _COLUMNS = _order()
_USUAL = 1 / (np.array(_ROWS) + np.array(_COLUMNS))
"""How strong each wave is in most pictures, all told alike."""


@dataclass(slots=True)
class PicturePrints:
    """Sees every picture of the survey, in any order."""

    _seen: dict[float, int] = field(default_factory=dict)

    def see(self, picture: Picture) -> None:
        """Keep the bits of a picture that shows something."""
        value = value_of(picture)
        if value is not None:
            self._seen[picture.at] = value

    def prints(self) -> list[Print]:
        """What is worth keeping, in order of time."""
        ordered = sorted(self._seen.items())
        moved = [apart(one[1], other[1]) >= MOVED for one, other in pairwise(ordered)]
        found: list[Print] = []
        last = -STILL_APART
        for place, (at, value) in enumerate(ordered):
            beside = moved[max(place - 1, 0) : place + 1]
            still = not beside or not all(beside)
            if still and at - last < STILL_APART:
                continue
            last = at if still else last
            found.append(Print(timedelta(milliseconds=max(0, round(at * 1000))), as_still(value) if still else value))
        return found


def value_of(picture: Picture) -> int | None:
    """The bits of one picture, None where nothing stands out."""
    core = core_of(picture.luma)
    if min(core.shape) < 2:
        return None
    small = cv2.resize(core, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    if float(small.std()) < STRUCTURE:
        return None
    waves = cv2.dct(small)[_ROWS, _COLUMNS]
    weak = np.argsort(np.abs(waves[:KEY]) / _USUAL[:KEY], kind="stable")[:2]
    bits = (waves > 0).tolist()
    return packed(of_bits(bits[:KEY]), (int(weak[0]), int(weak[1])), of_bits(bits[KEY:]))


def as_still(value: int) -> int:
    """The same bits as a picture of which many are alike."""
    low = value & (1 << FINE) - 1
    return packed((value % (1 << 64)) >> 64 - KEY, (STILL, STILL), low)
