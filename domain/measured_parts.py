"""Measurements cut to parts of a clip that were looked at, or to what lies outside of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from domain.observation import Observation, ObservationKind

Part = tuple[timedelta, timedelta]
"""A stretch of media time, from and to."""

COUNTS = frozenset(
    {
        ObservationKind.OVERLAY_CHECKED,
        ObservationKind.CLOCK_MISSING,
        ObservationKind.NUMBERS,
        ObservationKind.UNDECODABLE,
    }
)
"""Kinds whose value counts pictures or sounds over the stretch: a piece has its share of them. Other values hold all
along the stretch (a level, a turn, the time at media time zero)."""

BETWEEN = frozenset({ObservationKind.CLOCK_JUMP, ObservationKind.CLOCK_STOPPED})
"""Kinds that say what lies between two pictures: they hold as a whole or not at all."""


def inside(one: Observation, parts: Iterable[Part]) -> tuple[Observation, ...]:
    """What of a measurement lies in some parts. A moment takes no time, so it is kept wherever it is."""
    if one.start == one.end:
        return (one,)
    pieces = [(max(one.start, a), min(one.end, b)) for a, b in _joined(parts) if a < one.end and b > one.start]
    if one.kind in BETWEEN:
        return (one,) if pieces else ()
    return _cut(one, pieces, sum((b - a for a, b in pieces), timedelta()))


def outside(one: Observation, parts: Iterable[Part]) -> tuple[Observation, ...]:
    """What of a measurement lies in none of some parts."""
    places = _joined(parts)
    if one.start == one.end:
        return () if any(a <= one.start < b for a, b in places) else (one,)
    pieces, start = [], one.start
    for a, b in places:
        if a < one.end and b > start:
            pieces.append((start, a))
            start = b
    pieces = [(a, b) for a, b in [*pieces, (start, one.end)] if a < b]
    if one.kind in BETWEEN:
        return (one,) if pieces else ()
    return _cut(one, pieces, one.end - one.start)


def _cut(one: Observation, pieces: Sequence[Part], whole: timedelta) -> tuple[Observation, ...]:
    return tuple(replace(one, start=a, end=b, value=_value(one, (b - a) / whole)) for a, b in pieces)


def _value(one: Observation, share: float) -> float | None:
    if one.value is None or one.kind not in COUNTS:
        return one.value
    return max(min(1.0, one.value), float(round(one.value * share)))


def _joined(parts: Iterable[Part]) -> list[Part]:
    found: list[Part] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
