"""Which parts of a clip are worth looking at, and for how long: pure arithmetic on media time, and the settings.

Media time 0 is the start of the clip on the wall clock. Required windows count first, wider by a margin and by what the
clip's clock may be wrong; of all other clips a share, chosen by a digest of the file's stable name, so that every scan
and every machine chooses the same ones.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from detectors.content.base import Part
from domain.timespan import Span

ZERO = timedelta(0)
SLIVER = timedelta(seconds=1)
"""A shorter rest beside what was looked at is not worth opening a file."""

JOIN = timedelta(seconds=10)
"""Parts that lie nearer to each other are looked at as one."""

SLICE = timedelta(hours=1)
"""Of a longer clip so much is looked at in one go: what was found is kept before the next part is begun."""

UNKNOWN = timedelta(hours=1)
"""How much of a clip is asked for that does not say how long it is."""

PER_CLIP = timedelta(minutes=10)
"""Media that `seconds_per_clip` is meant for: longer parts may take longer in proportion."""


@dataclass(frozen=True, slots=True)
class ContentSettings:
    """`[content]`: how much pictures and sound are looked at."""

    enabled: bool = True
    minutes_per_scan: float = 10.0
    seconds_per_clip: float = 60.0
    share_ratio: float = 0.05
    margin_seconds: float = 30.0
    cache_mb: int = 500
    cache: str = "var/stills"
    overlay: bool = True

    @property
    def margin(self) -> timedelta:
        return timedelta(seconds=self.margin_seconds)


OFF = ContentSettings(enabled=False)


def merged(parts: Iterable[Part], join: timedelta = ZERO) -> tuple[Part, ...]:
    """The parts in order, those that touch (or lie at most `join` apart) as one."""
    found: list[Part] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1] + join:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif end > start:
            found.append((start, end))
    return tuple(found)


def without(parts: Iterable[Part], gone: Iterable[Part], least: timedelta = SLIVER) -> tuple[Part, ...]:
    """What is left of the parts, rests shorter than `least` left out."""
    away = merged(gone)
    left: list[Part] = []
    for start, end in merged(parts):
        for a, b in away:
            if a < end and b > start:
                left.append((start, a))
                start = max(start, b)
        left.append((start, end))
    return tuple((a, b) for a, b in left if b - a >= max(least, timedelta.resolution))


def common(parts: Iterable[Part], others: Iterable[Part]) -> tuple[Part, ...]:
    """What of the parts lies in others too."""
    mine = merged(parts)
    return without(mine, without(mine, others, ZERO), ZERO)


def length(parts: Iterable[Part]) -> timedelta:
    """Media time of parts that do not overlap."""
    return sum((end - start for start, end in parts), ZERO)


def first(parts: Iterable[Part], most: timedelta) -> tuple[Part, ...]:
    """The parts from the beginning on, together no longer than `most`."""
    found: list[Part] = []
    for start, end in parts:
        if most > ZERO:
            found.append((start, min(end, start + most)))
            most -= end - start
    return tuple(found)


def in_windows(clip: Span, windows: Iterable[Span], wider: timedelta = ZERO) -> tuple[Part, ...]:
    """The parts of a clip that lie inside some windows, each wider at both ends."""
    found = (clip.intersection(window.widened(wider, wider)) for window in windows)
    return merged(((one.start - clip.start, one.end - clip.start) for one in found if one), JOIN if wider else ZERO)


def chosen(anchor: str, share: float) -> bool:
    """Whether a file is of the share that is looked at though no activity asks for it. The same answer for ever."""
    drawn = int.from_bytes(hashlib.blake2b(anchor.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    return drawn < share * 2.0**64


def seconds_allowed(parts: Sequence[Part], settings: ContentSettings) -> float:
    """Processor time that looking at these parts may take."""
    return settings.seconds_per_clip * max(1.0, length(parts) / PER_CLIP)
