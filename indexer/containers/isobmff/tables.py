"""Sample tables of ISO/IEC 14496-12: stts § 8.6.1.2, ctts § 8.6.1.3, stsz § 8.7.3, stsc § 8.7.4, stco § 8.7.5.

Tables are NumPy views of the box; run lengths stay run lengths. A count is held against the box's bytes first.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.media import ProblemCode
from indexer.containers.continuity import MAX_SECONDS, Runs, Ticks
from indexer.containers.continuity import nominal as most_frequent
from indexer.containers.isobmff.boxes import U32, Box, ProblemList

STSZ = struct.Struct(">4xII")
PAIR = np.dtype(">u4")
WIDE = np.dtype(">u8")
NOTHING: Ticks = np.empty(0, np.int64)
NO_RUNS = Runs(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of each sample: one number for all (`uniform`), or one each (`each`)."""

    count: int
    uniform: int = 0
    each: NDArray[np.integer] | None = None

    @property
    def largest(self) -> int:
        return self.uniform if self.each is None else int(self.each.max(initial=0))


@dataclass(frozen=True, slots=True)
class Chunks:
    """Where the samples lie: offset of each chunk; from chunk `first[i]` (0-based) on, `per_chunk[i]` samples each."""

    offsets: Ticks
    first: Ticks
    per_chunk: Ticks


def entries(
    buffer: memoryview, box: Box, dtype: np.dtype[np.unsignedinteger], width: int, problems: ProblemList
) -> Ticks:
    """A counted table of `width` columns: version and flags, count, rows. Rows that are not there are not given."""
    if box.end - box.body < 8:
        problems.add(
            ProblemCode.BAD_BOX, f"{box.label} box: {box.end - box.body} bytes, no room for a count", box.start
        )
        return np.empty((0, width), np.int64)
    announced = U32.unpack_from(buffer, box.body + 4)[0]
    there = (box.end - box.body - 8) // (dtype.itemsize * width)
    if announced > there:
        problems.add(ProblemCode.BAD_TABLE, f"{box.label} box: {announced} rows announced, {there} there", box.start)
    count = min(announced, there)
    if not count:
        return np.empty((0, width), np.int64)
    return native(buffer, dtype, count * width, box.body + 8).astype(np.int64).reshape(count, width)


def native(buffer: memoryview, dtype: np.dtype[np.unsignedinteger], count: int, at: int) -> NDArray[np.unsignedinteger]:
    """Big-endian numbers in this machine's order, as narrow as they are stored: several times faster than widening."""
    raw = np.frombuffer(buffer, dtype, count, at)
    return raw.astype(dtype.newbyteorder("="))


def durations(rows: Ticks, scale: int, where: str, problems: ProblemList) -> Runs:
    """stts rows as runs. A difference above 2^31 is a negative one that went through 32 bits: it counts as none."""
    if not len(rows):
        return NO_RUNS
    counts, ticks = rows[:, 0], rows[:, 1]
    if int(ticks.max()) >= 1 << 31:
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, f"{where}: sample times go backwards")
        ticks = np.where(ticks >= 1 << 31, 0, ticks)
    return believable(Runs(counts, ticks), scale, where, problems)


def believable(runs: Runs, scale: int, where: str, problems: ProblemList) -> Runs:
    """The runs unless they last longer than any recording does; this also keeps sums inside 64 bits."""
    if len(runs.counts):
        lasting = float(np.dot(runs.counts.astype(float), runs.ticks.astype(float))) / scale
        if lasting > MAX_SECONDS:
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, f"{where}: {lasting:.0f} s, at most {MAX_SECONDS} s believed")
            return NO_RUNS
    return runs


def composition(buffer: memoryview, box: Box, problems: ProblemList) -> Runs | None:
    """ctts as runs of offsets. Signed in version 1; version 0 writers use negative numbers as well."""
    rows = entries(buffer, box, PAIR, 2, problems)
    if not len(rows):
        return None
    offsets = rows[:, 1]
    return Runs(rows[:, 0], np.where(offsets >= 1 << 31, offsets - (1 << 32), offsets))


def clipped(runs: Runs, samples: int) -> Runs:
    """The first `samples` samples of the runs."""
    if runs.samples <= samples:
        return runs
    before = np.cumsum(runs.counts) - runs.counts
    return Runs(np.clip(samples - before, 0, runs.counts), runs.ticks)


def sizes(buffer: memoryview, box: Box, file_size: int, problems: ProblemList) -> Sizes:
    """stsz or stz2. A count without a table is held against the file: a sample has at least one byte."""
    if box.end - box.body < STSZ.size:
        problems.add(ProblemCode.BAD_BOX, f"{box.label} box: too short for its fixed fields", box.start)
        return Sizes(0)
    uniform, count = STSZ.unpack_from(buffer, box.body)
    if box.kind == b"stsz" and uniform:
        if count * uniform > file_size << 10:  # far beyond any truncation: the count itself is wrong
            problems.add(ProblemCode.BAD_TABLE, f"stsz box: {count} samples of {uniform} bytes announced", box.start)
            return Sizes(0)
        return Sizes(count, uniform)
    bits = 32 if box.kind == b"stsz" else uniform & 0xFF
    if bits not in (4, 8, 16, 32):
        problems.add(ProblemCode.BAD_TABLE, f"stz2 box: field size 4, 8 or 16 expected, got {bits}", box.start)
        return Sizes(0)
    there = (box.end - box.body - STSZ.size) * 8 // bits
    if count > there:
        problems.add(ProblemCode.BAD_TABLE, f"{box.label} box: {count} samples announced, {there} there", box.start)
    return _listed(buffer, box, bits, min(count, there))


def _listed(buffer: memoryview, box: Box, bits: int, count: int) -> Sizes:
    if not count:
        return Sizes(0)
    first = box.body + STSZ.size
    if bits == 4:
        packed = np.frombuffer(buffer, np.uint8, (count + 1) // 2, first)
        each = np.stack((packed >> 4, packed & 15), axis=1).ravel()[:count]
        return Sizes(count, each=each.astype(np.int64))
    return Sizes(count, each=native(buffer, np.dtype(f">u{bits // 8}"), count, first))


def chunks(offsets: Ticks, rows: Ticks, where: str, problems: ProblemList) -> Chunks | None:
    """stco and stsc together, or None when stsc contradicts itself."""
    if not len(offsets) or not len(rows):
        return None
    first, per_chunk = rows[:, 0] - 1, rows[:, 1]
    if first[0] != 0 or (len(first) > 1 and int(np.diff(first).min()) <= 0) or int(per_chunk.min()) == 0:
        problems.add(ProblemCode.BAD_TABLE, f"{where}: stsc does not count chunks upwards from 1")
        return None
    known = first < len(offsets)
    return Chunks(offsets, first[known], per_chunk[known])


def samples_inside(where: Chunks, of: Sizes, file_size: int) -> int:
    """How many samples have all their bytes inside the file.

    Only chunks that could reach past the end are looked at: usually the last one.
    """
    lengths = np.diff(where.first, append=len(where.offsets))
    before = np.cumsum(lengths * where.per_chunk) - lengths * where.per_chunk
    placed = min(of.count, int(before[-1] + lengths[-1] * where.per_chunk[-1]))
    safe = file_size - of.largest * int(where.per_chunk.max())
    doubtful = np.flatnonzero(where.offsets > safe)
    if not len(doubtful):
        return placed
    run = np.searchsorted(where.first, doubtful, side="right") - 1
    start = np.minimum(before[run] + (doubtful - where.first[run]) * where.per_chunk[run], of.count)
    held = np.minimum(where.per_chunk[run], of.count - start)
    room = np.maximum(file_size - where.offsets[doubtful], 0)
    if of.each is None:
        fit = room // max(of.uniform, 1)
    else:
        ends = np.concatenate(([0], np.cumsum(of.each, dtype=np.int64)))
        fit = np.searchsorted(ends, ends[start] + room, side="right") - 1 - start
    return placed - int(np.maximum(held - fit, 0).sum())


def sync_spacing(sync: Ticks | None, runs: Runs) -> int | None:
    """The usual distance in ticks of samples that can be decoded alone: `sync` their numbers, None when all can."""
    if sync is None:
        return most_frequent(runs) or None
    known = np.unique(sync[(sync >= 1) & (sync <= runs.samples)])
    if len(known) < 2:
        return None
    before = np.cumsum(runs.counts) - runs.counts
    lasting = runs.counts * runs.ticks
    run = np.searchsorted(before, known - 1, side="right") - 1
    times = (np.cumsum(lasting) - lasting)[run] + (known - 1 - before[run]) * runs.ticks[run]
    return int(np.median(np.diff(times)))
