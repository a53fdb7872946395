"""From sample tables to the presentation: composition offsets (§ 8.6.1.3) first, then the edit list (§ 8.6.6).

On the presentation's line times are whole ticks, finer than the movie's and the track's, as long as nothing is played
at another speed; then they are fractions of such a tick. Neither is ever rounded.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from domain.media import ProblemCode
from indexer.containers.about import about
from indexer.containers.continuity import MAX_HOLES, MAX_SECONDS, Hole, Runs, Ticks, holes, threshold
from indexer.containers.continuity import nominal as most_frequent
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.changes import Marks
from indexer.containers.isobmff.headers import ONE, Edit

MAX_EXPANDED = 4_000_000  # samples: a day and a half at 30 a second
MAX_OFFSET = 86_400  # seconds before a track begins
PRIMING = 1  # seconds hidden at an end by encoders and muxers without anybody having cut
WINDOW = 64  # samples; pictures are reordered over a few of them

Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class Presented:
    """A track's samples in composition order, in media ticks: first instant, end, holes between, descriptions."""

    first: int
    end: int
    holes: tuple[Hole, ...]
    nominal: int
    marks: Marks = ()

    def later(self, ticks: int) -> "Presented":
        """The same, begun later."""
        moved = tuple(Hole(hole.at + ticks, hole.length) for hole in self.holes)
        marks = tuple((at + ticks, which) for at, which in self.marks)
        return Presented(self.first + ticks, self.end + ticks, moved, self.nominal, marks)


class Part(NamedTuple):
    """A stretch of the presentation and the media time it begins with, played at `rate` (16.16 fixed point)."""

    start: Exact
    end: Exact
    media: Exact
    rate: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A track on the presentation time line, in ticks of which `scale` make a second.

    `changes` are where another sample description begins to hold.
    """

    start: Exact
    end: Exact
    holes: tuple[tuple[Exact, Exact], ...]
    edits: int
    scale: int
    changes: tuple[Exact, ...] = ()


def presented(runs: Runs, offsets: Runs | None, scale: int, where: str, problems: ProblemList) -> Presented:
    """Order the samples as they are shown. Expands them only when composition offsets differ."""
    samples = runs.samples
    if not samples:
        return Presented(0, 0, (), 0)
    shift = _steady(offsets)
    if offsets is not None and shift is None:
        if samples <= MAX_EXPANDED:
            return _reordered(runs, offsets, scale, where, problems)
        zh, en = f"{samples} 个样本乱序，按解码顺序计", f"{samples} reordered samples, decoding order is used"
        problems.add(ProblemCode.TOO_DEEP, about(where, zh, en))
    usual = most_frequent(runs)
    found = Presented(0, runs.total, holes(runs, scale, usual), usual)
    return found.later(shift) if shift else found


def _steady(offsets: Runs | None) -> int | None:
    """The one offset that all samples have, or None when they differ."""
    if offsets is None:
        return 0
    used = offsets.ticks if offsets.counts.all() else offsets.ticks[offsets.counts > 0]
    return int(used[0]) if len(used) and bool((used == used[0]).all()) else None


def _reordered(runs: Runs, offsets: Runs, scale: int, where: str, problems: ProblemList) -> Presented:
    samples, usual = runs.samples, most_frequent(runs)
    given = offsets.samples
    spread = int(offsets.ticks.max()) - int(offsets.ticks.min())
    if given == samples and int(runs.ticks.max()) + spread <= threshold(0, scale):
        return Presented(*_extent(runs, offsets, spread), (), usual)  # no two neighbours can be further apart
    if given != samples:
        zh = f"合成时间偏移 {given} 个，样本 {samples} 个"
        problems.add(ProblemCode.BAD_TABLE, about(where, zh, f"{given} composition offsets for {samples} samples"))
    given = min(given, samples)
    lasting = np.repeat(runs.ticks, runs.counts)
    shown = np.cumsum(lasting) - lasting
    shown[:given] += _some(offsets, np.cumsum(offsets.counts), 0, given)
    last = int(shown.argmax())
    first, end = int(shown.min()), int(shown[last] + lasting[last])
    shown.sort()
    between = np.append(np.diff(shown), lasting[last])
    values, counts = np.unique(between, return_counts=True)
    usual = most_frequent(Runs(counts.astype(np.int64), values))
    found = holes(Runs(np.ones(samples, np.int64), between), scale, usual)
    return Presented(first, end, tuple(Hole(hole.at + first, hole.length) for hole in found), usual)


def _extent(runs: Runs, offsets: Runs, spread: int) -> tuple[int, int]:
    """The first instant and the end of reordered samples, from those near either end.

    What is decoded more than `spread` after the first sample is shown after it; before the last one likewise.
    """
    samples, window = runs.samples, WINDOW
    lasting_ends, offset_ends = np.cumsum(runs.counts), np.cumsum(offsets.counts)
    while True:
        window = min(window, samples)
        head = _some(runs, lasting_ends, 0, window)
        tail = _some(runs, lasting_ends, samples - window, samples)
        from_first, from_tail = np.cumsum(head) - head, np.cumsum(tail) - tail
        if window == samples or min(int(from_first[-1]), int(from_tail[-1])) > spread:
            break
        window *= 8
    shown = from_tail + _some(offsets, offset_ends, samples - window, samples)
    last = int(shown.argmax())
    before_tail = runs.total - int(from_tail[-1]) - int(tail[-1])
    first = int((from_first + _some(offsets, offset_ends, 0, window)).min())
    return first, before_tail + int(shown[last] + tail[last])


def _some(runs: Runs, ends: Ticks, first: int, stop: int) -> Ticks:
    """One number for each of the samples from `first` up to `stop`; nothing is allocated for any other."""
    if first >= stop:
        return np.empty(0, np.int64)
    low, high = int(np.searchsorted(ends, first, side="right")), int(np.searchsorted(ends, stop - 1, side="right"))
    counts = runs.counts[low : high + 1].copy()
    counts[0] = ends[low] - first
    counts[-1] -= ends[high] - stop
    return np.repeat(runs.ticks[low : high + 1], counts)


def placed(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> Placed:
    """Lay the media on the presentation; `scales` are the track's and the movie's ticks per second.

    `open_ended`: fragments follow, so the last edit runs to their end. An edit list that shows nothing of the
    media, or begins with a day of nothing, is no edit list.
    """
    scale, movie_scale = scales
    fine = scale * movie_scale
    parts = _parts(media, edits, scales, open_ended)
    if parts and parts[0].start < MAX_OFFSET * fine and parts[-1].end < MAX_SECONDS * fine:
        changed = _count_edits(media, edits, scales, open_ended)
        lost, shown = _holes(parts, media, scales), _changes(parts, media, movie_scale)
        return Placed(parts[0].start, parts[-1].end, lost, changed, fine, shown)
    empty = sum(edit.length * scale for edit in edits if edit.media < 0)
    start = (empty if empty < MAX_OFFSET * fine else 0) + max(media.first, 0) * movie_scale
    whole = Part(start, start + (media.end - media.first) * movie_scale, media.first * movie_scale, ONE)
    lost, shown = _holes([whole], media, scales), _changes([whole], media, movie_scale)
    return Placed(whole.start, whole.end, lost, 0, fine, shown)


def _end(edit: Edit, media: Presented, scales: tuple[int, int], to_the_end: bool) -> Exact:
    """The media time at which an edit stops; a rest that the movie's coarser ticks cannot express belongs to it."""
    scale, movie_scale = scales
    begin, end = edit.media * movie_scale, media.end * movie_scale
    if to_the_end:
        return max(end, begin)
    length = edit.length * scale
    stop = begin + (length if edit.rate == ONE else Fraction(length * edit.rate, ONE))
    return end if -scale < stop - end < scale else stop


def _at_rate(length: Exact, rate: int) -> Exact:
    """How long so much of the media takes to present."""
    return length if rate == ONE else Fraction(length * ONE, rate)


def _parts(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> list[Part]:
    scale, movie_scale = scales
    first, last = media.first * movie_scale, media.end * movie_scale
    at = 0
    parts: list[Part] = []
    for number, edit in enumerate(edits):
        length, shown = edit.length * scale, edit.media * movie_scale
        if edit.media >= 0 and not edit.rate:  # a dwell: one frame held for the whole entry
            parts.append(Part(at, at + length, shown, 0))
        elif edit.media >= 0:
            to_the_end = number == len(edits) - 1 and (open_ended or not edit.length)
            begin, end = max(shown, first), min(_end(edit, media, scales, to_the_end), last)
            if begin < end:
                start = at + _at_rate(begin - shown, edit.rate)
                parts.append(Part(start, start + _at_rate(end - begin, edit.rate), begin, edit.rate))
        at += length
    return parts


def _holes(parts: list[Part], media: Presented, scales: tuple[int, int]) -> tuple[tuple[Exact, Exact], ...]:
    """Holes inside the parts, and stretches between them where nothing is presented."""
    least = threshold(media.nominal, scales[0]) * scales[1]
    found: list[tuple[Exact, Exact]] = []
    for number, part in enumerate(parts):
        if number and part.start - parts[number - 1].end > least:
            found.append((parts[number - 1].end, part.start - parts[number - 1].end))
        if part.rate and media.holes:
            found.extend(_inside(part, media, scales))
        if len(found) >= MAX_HOLES:
            break
    return tuple(found[:MAX_HOLES])


def _changes(parts: list[Part], media: Presented, movie_scale: int) -> tuple[Exact, ...]:
    """Where what is shown is described otherwise than what was shown just before it."""
    if len(media.marks) < 2:
        return ()
    found: list[Exact] = []
    marks = [(at * movie_scale, which) for at, which in media.marks]
    last: int | None = None
    for part in parts:
        for at, which in _within(part, marks):
            if last not in (None, which):
                found.append(part.start + _at_rate(at - part.media, part.rate or ONE))
            last = which
    return tuple(found)


def _within(part: Part, marks: list[tuple[int, int]]) -> list[tuple[Exact, int]]:
    """The description that holds where a part begins, and those that begin to hold inside it."""
    stop = _stop(part)
    before = [which for at, which in marks if at <= part.media] or [marks[0][1]]
    return [(part.media, before[-1]), *((at, which) for at, which in marks if part.media < at < stop)]


def _stop(part: Part) -> Exact:
    """The media time at which a part ends."""
    length = part.end - part.start
    return part.media + (length if part.rate == ONE else Fraction(length * part.rate, ONE))


def _inside(part: Part, media: Presented, scales: tuple[int, int]) -> list[tuple[Exact, Exact]]:
    """What of the holes lies in a part, on the presentation's line, as far as it is still a hole by the rule."""
    scale, movie_scale = scales
    least = (threshold(media.nominal, scale) - media.nominal) * movie_scale
    stop = _stop(part)
    inside: list[tuple[Exact, Exact]] = []
    for hole in media.holes:
        begin, end = max(part.media, hole.at * movie_scale), min(stop, (hole.at + hole.length) * movie_scale)
        if end - begin > least:
            inside.append((part.start + _at_rate(begin - part.media, part.rate), _at_rate(end - begin, part.rate)))
    return inside


def _count_edits(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> int:
    """Entries that cut, repeat or bend media; hidden priming at either end is none of these."""
    scale, movie_scale = scales
    priming, grain = PRIMING * scale * movie_scale, max(scale, movie_scale)
    used = [edit for edit in edits if edit.media >= 0]
    count = sum(edit.rate != ONE for edit in used)
    reached: Exact = media.first * movie_scale
    for number, edit in enumerate(used):
        moved = edit.media * movie_scale - reached
        count += moved > (grain if number else priming) or (number > 0 and moved < -grain)
        reached = _end(edit, media, scales, number == len(used) - 1 and (open_ended or not edit.length))
    return count + (media.end * movie_scale - reached > priming)
