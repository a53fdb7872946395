"""From sample tables to the presentation: composition offsets (§ 8.6.1.3) first, then the edit list (§ 8.6.6)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from domain.media import ProblemCode
from indexer.containers.continuity import MAX_HOLES, MAX_SECONDS, Hole, Runs, holes, threshold
from indexer.containers.continuity import nominal as most_frequent
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.headers import ONE, Edit

MAX_EXPANDED = 4_000_000  # samples: a day and a half at 30 a second
MAX_OFFSET = 86_400  # seconds before a track begins
PRIMING = 1  # seconds hidden at an end by encoders and muxers without anybody having cut


@dataclass(frozen=True, slots=True)
class Presented:
    """A track's samples in composition order, in media ticks: first instant, end, holes between."""

    first: int
    end: int
    holes: tuple[Hole, ...]
    nominal: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the presentation (seconds) and the media tick it begins with, played at `rate`."""

    start: Fraction
    end: Fraction
    media: Fraction
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Placed:
    """A track on the presentation time line, in seconds."""

    start: Fraction
    end: Fraction
    holes: tuple[tuple[Fraction, Fraction], ...]
    edits: int


def presented(runs: Runs, offsets: Runs | None, scale: int, where: str, problems: ProblemList) -> Presented:
    """Order the samples as they are shown. Expands them only when composition offsets differ."""
    if not runs.samples:
        return Presented(0, 0, (), 0)
    usual = most_frequent(runs)
    shift = _steady(offsets)
    if offsets is not None and shift is None:
        if runs.samples <= MAX_EXPANDED:
            return _reordered(runs, offsets, scale, where, problems)
        problems.add(ProblemCode.TOO_DEEP, f"{where}: {runs.samples} reordered samples, decoding order is used")
    first = shift or 0
    found = tuple(Hole(hole.at + first, hole.length) for hole in holes(runs, scale))
    return Presented(first, first + runs.total, found, usual)


def _steady(offsets: Runs | None) -> int | None:
    """The one offset that all samples have, or None when they differ."""
    if offsets is None:
        return 0
    used = offsets.ticks[offsets.counts > 0]
    return int(used[0]) if len(used) and int(used.min()) == int(used.max()) else None


def _reordered(runs: Runs, offsets: Runs, scale: int, where: str, problems: ProblemList) -> Presented:
    usual = most_frequent(runs)
    samples = runs.samples
    lasting = np.repeat(runs.ticks, runs.counts)
    shown = np.cumsum(lasting) - lasting
    given = min(offsets.samples, samples)
    if offsets.samples != samples:
        problems.add(ProblemCode.BAD_TABLE, f"{where}: {offsets.samples} composition offsets for {samples} samples")
    shown[:given] += _expanded(offsets, given)
    last = int(shown.argmax())
    first, end = int(shown.min()), int(shown[last] + lasting[last])
    spread = int(offsets.ticks.max()) - int(offsets.ticks.min())
    if given == samples and int(lasting.max()) + spread <= threshold(0, scale):
        return Presented(first, end, (), usual)  # no two neighbours can be further apart than this
    shown.sort()
    between = np.append(np.diff(shown), lasting[last])
    values, counts = np.unique(between, return_counts=True)
    usual = most_frequent(Runs(counts.astype(np.int64), values))
    found = holes(Runs(np.ones(samples, np.int64), between), scale)
    return Presented(first, end, tuple(Hole(hole.at + first, hole.length) for hole in found), usual)


def _expanded(offsets: Runs, samples: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """One offset per sample; counts are cut to what is needed before anything is allocated."""
    before = np.minimum(np.cumsum(offsets.counts) - offsets.counts, samples)
    needed = np.clip(samples - before, 0, offsets.counts)
    return np.repeat(offsets.ticks, needed)


def placed(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> Placed:
    """Lay the media on the presentation; `scales` are the track's and the movie's ticks per second.

    `open_ended`: fragments follow, so the last edit runs to their end. An edit list that shows nothing of the
    media, or begins with a day of nothing, is no edit list.
    """
    scale, movie_scale = scales
    parts = _parts(media, edits, scales, open_ended)
    if parts and parts[0].start < MAX_OFFSET and parts[-1].end < MAX_SECONDS:
        changed = _count_edits(media, edits, scales, open_ended)
        return Placed(parts[0].start, parts[-1].end, _holes(parts, media, scale), changed)
    empty = sum((Fraction(edit.length, movie_scale) for edit in edits if edit.media < 0), Fraction(0))
    offset = empty if empty < MAX_OFFSET else Fraction(0)
    start = offset + max(Fraction(media.first, scale), Fraction(0))
    whole = Part(start, start + Fraction(media.end - media.first, scale), Fraction(media.first), Fraction(1))
    return Placed(whole.start, whole.end, _holes([whole], media, scale), 0)


def _end(edit: Edit, media: Presented, scales: tuple[int, int], to_the_end: bool) -> Fraction:
    """The media tick at which an edit stops; a rest that the movie's coarser ticks cannot express belongs to it."""
    scale, movie_scale = scales
    if to_the_end:
        return Fraction(max(media.end, edit.media))
    stop = edit.media + Fraction(edit.length * edit.rate * scale, ONE * movie_scale)
    return Fraction(media.end) if abs(stop - media.end) * movie_scale <= scale else stop


def _parts(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> list[Part]:
    scale, movie_scale = scales
    at = Fraction(0)
    parts: list[Part] = []
    for number, edit in enumerate(edits):
        length = Fraction(edit.length, movie_scale)
        rate = Fraction(edit.rate, ONE)
        if edit.media >= 0 and not rate:  # a dwell: one frame held for the whole entry
            parts.append(Part(at, at + length, Fraction(edit.media), rate))
        elif edit.media >= 0:
            to_the_end = number == len(edits) - 1 and (open_ended or not edit.length)
            stop = _end(edit, media, scales, to_the_end)
            begin, end = max(Fraction(edit.media), Fraction(media.first)), min(stop, Fraction(media.end))
            if begin < end:
                start = at + (begin - edit.media) / scale / rate
                parts.append(Part(start, start + (end - begin) / scale / rate, begin, rate))
        at += length
    return parts


def _holes(parts: list[Part], media: Presented, scale: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """Holes inside the parts, and stretches between them where nothing is presented."""
    least = Fraction(threshold(media.nominal, scale)) / scale
    found: list[tuple[Fraction, Fraction]] = []
    for number, part in enumerate(parts):
        if number and part.start - parts[number - 1].end > least:
            found.append((parts[number - 1].end, part.start - parts[number - 1].end))
        if part.rate:
            found.extend(_inside(part, media, scale))
        if len(found) >= MAX_HOLES:
            break
    return tuple(found[:MAX_HOLES])


def _inside(part: Part, media: Presented, scale: int) -> list[tuple[Fraction, Fraction]]:
    """What of the holes lies in a part, on the presentation's line, as far as it is still a hole by the rule."""
    least = threshold(media.nominal, scale) - media.nominal
    stop = part.media + (part.end - part.start) * part.rate * scale
    inside: list[tuple[Fraction, Fraction]] = []
    for hole in media.holes:
        begin, end = max(part.media, Fraction(hole.at)), min(stop, Fraction(hole.at + hole.length))
        if end - begin > least:
            inside.append((part.start + (begin - part.media) / scale / part.rate, (end - begin) / scale / part.rate))
    return inside


def _count_edits(media: Presented, edits: tuple[Edit, ...], scales: tuple[int, int], open_ended: bool) -> int:
    """Entries that cut, repeat or bend media; hidden priming at either end is none of these."""
    scale, movie_scale = scales
    priming, grain = PRIMING * scale, max(Fraction(scale, movie_scale), Fraction(1))
    used = [edit for edit in edits if edit.media >= 0]
    count = sum(edit.rate != ONE for edit in used)
    reached = Fraction(media.first)
    for number, edit in enumerate(used):
        count += abs(edit.media - reached) > (grain if number else priming) and (number > 0 or edit.media > reached)
        reached = _end(edit, media, scales, number == len(used) - 1 and (open_ended or not edit.length))
    return count + (media.end - reached > priming)
