"""What the collection station's list proves about a camera's clock: offset, spread, drift.

The list counts only where it is a clock of its own: a list that repeats the camera's times proves nothing. Drift is
the Theil-Sen slope, which a few wrong rows cannot bend. GA/T 947.2 cl. 6.4.17 allows a camera 3 s a day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from statistics import median

from domain.clip import ClockKind
from domain.timespan import ZERO
from domain.wording import COMMA, joined, say
from indexer.clock_terms import ClockLimits, seconds, signed, whole_zone

_DAY = timedelta(days=1)
_MOST_SLOPE_PAIRS = 200
"""Pairs of clips beyond which drift is taken from an even selection: slopes cost the square of their number."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one kind of evidence says: `true − camera` within ± `error`; of a drift, `offset` holds at `reference`."""

    kind: ClockKind
    offset: timedelta
    error: timedelta
    evidence: tuple[str, ...]
    drift_s_per_day: float | None = None
    reference: datetime | None = None


@dataclass(frozen=True, slots=True)
class Docking:
    """The station's list against the camera. `copied`: it repeats the camera's times. `estimate`: what it proves."""

    estimate: Estimate | None = None
    copied: bool = False
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Pair:
    at: datetime  # the camera's time
    difference: timedelta  # station − camera


@dataclass(frozen=True, slots=True)
class _Line:
    """Seconds by which the list is ahead: `level` at `at`, growing by `slope` a day where it is a drift."""

    level: float
    at: datetime
    slope: float | None = None

    def left(self, pair: _Pair) -> float:
        """What of a pair's difference the line leaves, in seconds."""
        return pair.difference / seconds(1) - self.level - (self.slope or 0.0) * ((pair.at - self.at) / _DAY)


def compare_with_list(pairs: Sequence[tuple[datetime, datetime]], limits: ClockLimits) -> Docking:
    """`pairs` are (start by the camera, start by the station's list) of clips that have both."""
    compared = sorted((_Pair(camera, station - camera) for camera, station in pairs), key=lambda pair: pair.at)
    if not compared:
        return Docking()
    equal = [pair for pair in compared if abs(pair.difference) <= seconds(limits.agreement_seconds)]
    if len(equal) / len(compared) > 1 - limits.fault_min_share:
        text = say(
            f"{len(compared)} 个片段中有 {len(equal)} 个的采集站清单照抄设备时间：不能证明什么",
            f"station list repeats the camera's time in {len(equal)} of {len(compared)} clips: proves nothing",
        )
        return Docking(copied=True, evidence=(text,))
    line = max(_lines(compared, limits), key=lambda one: len(_close(one, compared, limits)))
    close = _close(line, compared, limits)
    if len(close) / len(compared) < limits.docking_min_share:
        middle = signed(_median([pair.difference for pair in compared]))
        text = say(
            f"{len(compared)} 个片段的采集站清单与设备时间之差没有规律，中位数 {middle}",
            f"station list and camera differ without pattern in {len(compared)} clips, median {middle}",
        )
        return Docking(evidence=(text,))
    return Docking(_estimate(line, close, compared, limits))


def _estimate(line: _Line, close: list[_Pair], compared: list[_Pair], limits: ClockLimits) -> Estimate:
    offset = seconds(line.level)
    text = say(
        f"{len(compared)} 个片段中有 {len(close)} 个的采集站清单时间减设备时间为 {signed(offset)}",
        f"station list minus camera: {signed(offset)} in {len(close)} of {len(compared)} clips",
    )
    spread = seconds(max(abs(line.left(pair)) for pair in close))
    if line.slope is not None:
        days = (close[-1].at - close[0].at) / _DAY
        grown = say(
            f"{days:.0f} 天内每日漂移 {line.slope:+.1f} 秒", f"drift {line.slope:+.1f} s a day over {days:.0f} days"
        )
        text = joined((text, grown), COMMA)
    others = [pair for pair in compared if pair not in close]
    if len(others) / len(compared) >= limits.fault_min_share:
        # The clock was set in between: no one offset holds, and the error has to say so.
        spread = seconds(max(abs(line.left(pair)) for pair in compared))
        moved = say(
            f"另有 {len(others)} 个片段与此最多相差 {signed(spread)}：其间调整过时钟",
            f"{len(others)} clips differ by up to {signed(spread)} from that: the clock was set in between",
        )
        text = joined((text, moved))
    kind = _kind(offset, line.slope, limits)
    reading = seconds(limits.clip_index_error_seconds + limits.name_error_seconds)
    if kind is ClockKind.NONE:
        return Estimate(kind, ZERO, abs(offset) + spread + reading, (text,))
    return Estimate(kind, offset, spread + reading, (text,), line.slope, line.at if line.slope is not None else None)


def _close(line: _Line, pairs: list[_Pair], limits: ClockLimits) -> list[_Pair]:
    return [pair for pair in pairs if abs(line.left(pair)) <= limits.docking_spread_seconds]


def _lines(pairs: list[_Pair], limits: ClockLimits) -> Iterator[_Line]:
    """A line that grows beyond its scatter, if there is one, and the level one."""
    first = pairs[0].at
    slope = _slope(pairs, limits)
    if slope is not None:
        through = _Line(0.0, first + (pairs[-1].at - first) / 2, slope)
        level = median([through.left(pair) for pair in pairs])
        scatter = median([abs(through.left(pair) - level) for pair in pairs])
        if abs(slope) * ((pairs[-1].at - first) / _DAY) > 4 * scatter + limits.agreement_seconds:
            yield replace(through, level=level)
    yield _Line(_median([pair.difference for pair in pairs]) / seconds(1), first)


def _slope(pairs: list[_Pair], limits: ClockLimits) -> float | None:
    """Seconds a day by which the difference grows (Theil-Sen); None of too few or too near pairs, or of too little."""
    if len(pairs) < limits.drift_min_pairs or pairs[-1].at - pairs[0].at < limits.drift_min_days * _DAY:
        return None
    chosen = pairs[:: -(-len(pairs) // _MOST_SLOPE_PAIRS)]
    slopes = [
        (b.difference - a.difference) / seconds(1) / ((b.at - a.at) / _DAY)
        for a, b in combinations(chosen, 2)
        if b.at - a.at >= _DAY / 2
    ]
    slope = median(slopes) if slopes else 0.0
    return slope if abs(slope) >= limits.drift_min_seconds_per_day else None


def _kind(offset: timedelta, drift: float | None, limits: ClockLimits) -> ClockKind:
    if whole_zone(offset, seconds(limits.zone_residual_seconds)):
        return ClockKind.ZONE
    if drift is not None:
        return ClockKind.DRIFT
    return ClockKind.CONSTANT if abs(offset) > seconds(limits.agreement_seconds) else ClockKind.NONE


def _median(values: list[timedelta]) -> timedelta:
    return seconds(median([value / seconds(1) for value in values]))
