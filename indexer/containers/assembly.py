"""From times of samples to a track, and from tracks to a probe: what every reader without sample tables shares.

The time line begins with the first thing presented; holes are found by the rule of `continuity.py`.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

import numpy as np

from domain.media import Discontinuity, Probe, ProblemCode, Track, TrackKind
from domain.wording import say
from indexer.containers.about import about
from indexer.containers.continuity import (
    MAX_HOLES,
    MAX_SECONDS,
    Runs,
    Ticks,
    as_delta,
    delivered_rate,
    holes,
    nominal,
    threshold,
)
from indexer.containers.isobmff.boxes import ProblemList

LATEST_START = 1 << 32  # seconds: live streams count from 1970
PLAYED = (TrackKind.VIDEO, TrackKind.AUDIO)
NO_TIME = timedelta(0)
NOTHING_PLAYED = say("没有含样本的画面或声音轨道", "no picture or sound track with samples")
STEADY_TICKS = 1  # containers round times to their own ticks: frames one tick apart are still alike
STEADY_SECONDS = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Shown:
    """When samples are shown, in ticks of `base` seconds; the last one shown lasts `tail` ticks (0: not known).

    `absolute`: the clock is the sender's own and may begin anywhere; else what is shown before 0 is priming.
    `sync` holds the times of samples that can be decoded alone, where the container marks them.
    """

    times: Ticks
    base: Fraction
    tail: int = 0
    absolute: bool = False
    sync: Ticks | None = None


def placed(track: Track, shown: Shown, label: str, problems: ProblemList) -> Track:
    """The track with start, duration, holes and delivered rate, from the times of its samples in any order."""
    times, base = np.sort(shown.times), shown.base
    first, last = int(times[0]), int(times[-1])
    if (last - first) * base > MAX_SECONDS or abs(first) * base > LATEST_START:
        since, until = f"{float(first * base):.0f} s", f"{float(last * base):.0f} s"
        detail = about(label, f"时间戳从 {since} 到 {until}", f"times from {since} to {until}")
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, detail)
        return track
    begin = first if shown.absolute else max(first, 0)
    between = np.diff(np.maximum(times, begin)) * base.numerator
    usual = nominal(Runs(np.ones(len(between), np.int64), between))
    tail = min(shown.tail, MAX_SECONDS * base.denominator) * base.numerator
    runs = Runs(np.ones(len(times), np.int64), np.append(between, tail or usual))
    scale = base.denominator
    found = holes(runs, scale) if track.kind in PLAYED else ()  # texts and positions come when they come
    if len(found) == MAX_HOLES:
        problems.add(ProblemCode.TOO_DEEP, many_holes(label))
    start = begin * base
    lost = tuple(
        Discontinuity(as_delta(start + Fraction(hole.at, scale)), as_delta(Fraction(hole.length, scale)))
        for hole in found
    )
    duration = as_delta(Fraction(runs.total, scale))
    return replace(
        track,
        start=as_delta(start),
        duration=duration,
        discontinuities=lost,
        frame_rate=rate(replace(track, discontinuities=lost), duration),
        constant_rate=steady(between, usual, scale) if track.kind is TrackKind.VIDEO else None,
        sync_spacing=sync_spacing(shown.sync, base) if track.kind is TrackKind.VIDEO else None,
    )


def many_holes(label: str) -> str:
    """Said of a track with more holes than are kept."""
    return about(label, f"至少 {MAX_HOLES} 处空缺，不再列出", f"at least {MAX_HOLES} holes, no more are listed")


def steady(between: Ticks, usual: int, scale: int) -> bool | None:
    """True when frames outside holes last alike, within the rounding of the container's clock; None of one frame."""
    inside = between[between <= threshold(usual, scale)]
    if not len(inside):
        return None
    slack = min(max(STEADY_TICKS, int(STEADY_SECONDS * scale)), usual // 4)  # AVI's ticks are whole frames
    return bool(int(inside.max()) - int(inside.min()) <= 2 * slack)


def sync_spacing(sync: Ticks | None, base: Fraction) -> timedelta | None:
    """The middle one of the distances between sync samples; None of fewer than two."""
    if sync is None or len(sync) < 2:
        return None
    return as_delta(int(np.median(np.diff(np.sort(sync)))) * base)


def rate(track: Track, duration: timedelta) -> float | None:
    """Frames a second of the time on record; None of sound."""
    if track.kind is not TrackKind.VIDEO:
        return None
    return delivered_rate(track.sample_count, duration, track.discontinuities)


def assembled(probe: Probe, found: list[Track], problems: ProblemList) -> Probe:
    """Tracks on one line that begins with the first thing presented."""
    playable = [one for one in found if one.kind in PLAYED and one.sample_count]
    if not playable:
        problems.add(ProblemCode.NO_TRACKS, NOTHING_PLAYED)
    begin = min((one.start for one in playable), default=NO_TIME)
    tracks = tuple(_moved(one, begin) for one in found)
    duration = max((track.end for track in tracks if track.kind in PLAYED), default=None)
    return replace(probe, tracks=tracks, duration=duration if playable else None, start=begin)


def _moved(track: Track, begin: timedelta) -> Track:
    if not track.sample_count:
        return track
    lost = tuple(replace(hole, at=hole.at - begin) for hole in track.discontinuities)
    return replace(track, start=max(track.start - begin, NO_TIME), discontinuities=lost)


def compared(probe: Probe, stated: timedelta | None, problems: ProblemList) -> Probe:
    """The stated duration beside the measured one; of a cut file, how much of it is left."""
    measured = probe.duration
    if not stated or measured is None:  # a length that rounds to nothing says nothing
        return replace(probe, declared_duration=stated or None)
    if abs(stated - measured) > max(timedelta(seconds=1), measured / 100):
        claim, lasts = f"{stated.total_seconds():.3f} s", f"{measured.total_seconds():.3f} s"
        detail = say(f"文件头标称 {claim}，数据包共长 {lasts}", f"header says {claim}, packets last {lasts}")
        problems.add(ProblemCode.DURATION_DISAGREES, detail)
    cut = problems.has(ProblemCode.TRUNCATED)
    return replace(probe, declared_duration=stated, decodable_share=min(measured / stated, 1.0) if cut else None)
