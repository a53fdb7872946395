"""Sample tables of ISO/IEC 14496-12: stts § 8.6.1.2, ctts § 8.6.1.3, stsz § 8.7.3, stsc § 8.7.4, stco § 8.7.5.

Tables are NumPy views of the box as it is stored, big-endian: tables with a row for each sample are never copied whole.
Run lengths stay run lengths. A count is held against the box's bytes first.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.about import about
from indexer.containers.continuity import MAX_SECONDS, Runs, Ticks
from indexer.containers.continuity import nominal as most_frequent
from indexer.containers.isobmff.boxes import U32, Box, ProblemList

STSZ = struct.Struct(">4xII")
PAIR = np.dtype(">u4")
WIDE = np.dtype(">u8")
SIGNED = np.dtype(">i4")
TURN = 1 << 32  # bytes that an offset of 32 bits can express
NOTHING: Ticks = np.empty(0, np.int64)
NO_RUNS = Runs(NOTHING, NOTHING)
Rows = NDArray[np.unsignedinteger]


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

    offsets: Rows
    first: Ticks
    per_chunk: Ticks


def entries(
    buffer: memoryview, box: Box, dtype: np.dtype[np.unsignedinteger], width: int, problems: ProblemList
) -> Rows:
    """A counted table of `width` columns: version and flags, count, rows. Rows that are not there are not given.

    A view of the box, big-endian as it is stored.
    """
    if box.end - box.body < 8:
        there = box.end - box.body
        zh, en = (
            f"{box.label} 数据块：{there} 字节，容不下条目数",
            f"{box.label} box: {there} bytes, no room for a count",
        )
        problems.add(ProblemCode.BAD_BOX, say(zh, en), box.start)
        return np.empty((0, width), dtype)
    announced = U32.unpack_from(buffer, box.body + 4)[0]
    there = (box.end - box.body - 8) // (dtype.itemsize * width)
    if announced > there:
        zh = f"{box.label} 数据块：声明 {announced} 行，实有 {there} 行"
        detail = say(zh, f"{box.label} box: {announced} rows announced, {there} there")
        problems.add(ProblemCode.BAD_TABLE, detail, box.start)
    count = min(announced, there)
    if not count:
        return np.empty((0, width), dtype)
    return np.frombuffer(buffer, dtype, count * width, box.body + 8).reshape(count, width)


def durations(rows: Rows, scale: int, where: str, problems: ProblemList) -> Runs:
    """stts rows as runs. A difference above 2^31 is a negative one that went through 32 bits: it counts as none."""
    if not len(rows):
        return NO_RUNS
    counts, ticks = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    if int(ticks.max()) >= 1 << 31:
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, about(where, "样本时间戳倒退", "sample times go backwards"))
        ticks = np.where(ticks >= 1 << 31, 0, ticks)
    return believable(Runs(counts, ticks), scale, where, problems)


def believable(runs: Runs, scale: int, where: str, problems: ProblemList) -> Runs:
    """The runs unless they last longer than any recording does; this also keeps sums inside 64 bits."""
    if len(runs.counts):
        if len(runs.counts) == 1:
            lasting = int(runs.counts[0]) * int(runs.ticks[0]) / scale
        else:
            lasting = float(np.dot(runs.counts.astype(float), runs.ticks.astype(float))) / scale
        if lasting > MAX_SECONDS:
            zh, en = f"{lasting:.0f} s，可信上限 {MAX_SECONDS} s", f"{lasting:.0f} s, at most {MAX_SECONDS} s believed"
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, about(where, zh, en))
            return NO_RUNS
    return runs


def composition(buffer: memoryview, box: Box, problems: ProblemList) -> Runs | None:
    """ctts as runs of offsets. Signed in version 1; version 0 writers use negative numbers as well."""
    rows = entries(buffer, box, PAIR, 2, problems)
    if not len(rows):
        return None
    return Runs(rows[:, 0].astype(np.int64), rows[:, 1].view(SIGNED).astype(np.int64))


def clipped(runs: Runs, samples: int) -> Runs:
    """The first `samples` samples of the runs."""
    if runs.samples <= samples:
        return runs
    before = np.cumsum(runs.counts) - runs.counts
    return Runs(np.clip(samples - before, 0, runs.counts), runs.ticks)


def sizes(buffer: memoryview, box: Box, file_size: int, problems: ProblemList) -> Sizes:
    """stsz or stz2. A count without a table is held against the file: a sample has at least one byte."""
    if box.end - box.body < STSZ.size:
        zh, en = f"{box.label} 数据块：过短，容不下固定字段", f"{box.label} box: too short for its fixed fields"
        problems.add(ProblemCode.BAD_BOX, say(zh, en), box.start)
        return Sizes(0)
    uniform, count = STSZ.unpack_from(buffer, box.body)
    if box.kind == b"stsz" and uniform:
        if count * uniform > file_size << 10:  # far beyond any truncation: the count itself is wrong
            zh = f"stsz 数据块：声明 {count} 个样本，每个 {uniform} 字节"
            detail = say(zh, f"stsz box: {count} samples of {uniform} bytes announced")
            problems.add(ProblemCode.BAD_TABLE, detail, box.start)
            return Sizes(0)
        return Sizes(count, uniform)
    bits = 32 if box.kind == b"stsz" else uniform & 0xFF
    if bits not in (4, 8, 16, 32):
        zh = f"stz2 数据块：字段长度应为 4、8 或 16 位，实为 {bits}"
        detail = say(zh, f"stz2 box: field size 4, 8 or 16 expected, got {bits}")
        problems.add(ProblemCode.BAD_TABLE, detail, box.start)
        return Sizes(0)
    there = (box.end - box.body - STSZ.size) * 8 // bits
    if count > there:
        zh = f"{box.label} 数据块：声明 {count} 个样本，实有 {there} 个"
        detail = say(zh, f"{box.label} box: {count} samples announced, {there} there")
        problems.add(ProblemCode.BAD_TABLE, detail, box.start)
    return _listed(buffer, box, bits, min(count, there))


def _listed(buffer: memoryview, box: Box, bits: int, count: int) -> Sizes:
    if not count:
        return Sizes(0)
    first = box.body + STSZ.size
    if bits == 4:
        packed = np.frombuffer(buffer, np.uint8, (count + 1) // 2, first)
        each = np.stack((packed >> 4, packed & 15), axis=1).ravel()[:count]
        return Sizes(count, each=each.astype(np.int64))
    return Sizes(count, each=np.frombuffer(buffer, np.dtype(f">u{bits // 8}"), count, first))


def unwrapped(offsets: Rows, file_size: int, where: str, problems: ProblemList) -> Rows:
    """Offsets of 32 bits in a file of more than 4 GiB: a writer that did not change to co64 began again from 0.

    Then they count on here, but no player finds those samples.
    """
    if file_size <= TURN or offsets.itemsize > 4 or len(offsets) < 2:
        return offsets
    turns = np.cumsum((offsets[:-1] > offsets[1:]) & (offsets[:-1] - offsets[1:] > TURN // 2))
    if not int(turns[-1]):
        return offsets
    first = int(np.flatnonzero(turns)[0]) + 2
    zh = f"块偏移自第 {first} 块起又从 0 计，超出 4 GiB"
    en = f"chunk offsets begin again from 0 at chunk {first}, beyond 4 GiB"
    problems.add(ProblemCode.BAD_TABLE, about(where, zh, en))
    whole = offsets.astype(np.uint64)
    whole[1:] += turns.astype(np.uint64) * np.uint64(TURN)
    return whole


def chunks(offsets: Rows, rows: Rows, where: str, problems: ProblemList) -> Chunks | None:
    """stco and stsc together, or None when stsc contradicts itself."""
    if not len(offsets) or not len(rows):
        return None
    first, per_chunk = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    first -= 1
    if first[0] != 0 or bool((first[1:] <= first[:-1]).any()) or not per_chunk.all():
        zh, en = "stsc 未从 1 起递增计块", "stsc does not count chunks upwards from 1"
        problems.add(ProblemCode.BAD_TABLE, about(where, zh, en))
        return None
    if int(first[-1]) >= len(offsets):
        known = first < len(offsets)
        first, per_chunk = first[known], per_chunk[known]
    return Chunks(offsets, first, per_chunk)


def samples_inside(where: Chunks, of: Sizes, file_size: int) -> int:
    """How many samples have all their bytes inside the file.

    Only chunks that could reach past the end are looked at: usually the last few, and only their samples are summed.
    """
    lengths = np.empty(len(where.first), np.int64)
    lengths[:-1] = where.first[1:]
    lengths[-1] = len(where.offsets)
    lengths -= where.first
    placed = min(of.count, int(np.dot(lengths, where.per_chunk)))
    safe = file_size - of.largest * int(where.per_chunk.max())
    doubtful = np.flatnonzero(where.offsets > safe) if safe >= 0 else np.arange(len(where.offsets))
    if not len(doubtful):
        return placed
    run = np.searchsorted(where.first, doubtful, side="right") - 1
    early = int(run[0])
    held = lengths[early:] * where.per_chunk[early:]
    before = np.cumsum(held) - held + int(np.dot(lengths[:early], where.per_chunk[:early]))
    start = np.minimum(before[run - early] + (doubtful - where.first[run]) * where.per_chunk[run], of.count)
    held = np.minimum(where.per_chunk[run], of.count - start)
    room = file_size - np.minimum(where.offsets[doubtful].astype(np.uint64), file_size).astype(np.int64)
    if of.each is None:
        fit = room // max(of.uniform, 1)
    else:
        lowest, highest = int(start.min()), int((start + held).max())
        ends = np.zeros(highest - lowest + 1, np.int64)
        np.cumsum(of.each[lowest:highest], out=ends[1:])
        fit = np.searchsorted(ends, ends[start - lowest] + room, side="right") - 1 - (start - lowest)
    return placed - int(np.maximum(held - fit, 0).sum())


def sync_spacing(sync: Rows | Ticks | None, runs: Runs) -> int | None:
    """The usual distance in ticks of samples that can be decoded alone: `sync` their numbers, None when all can."""
    if sync is None:
        return most_frequent(runs) or None
    known = sync.astype(np.int64) - 1
    if len(known) and (known[0] < 0 or known[-1] >= runs.samples or not bool((known[1:] > known[:-1]).all())):
        known = np.unique(known[(known >= 0) & (known < runs.samples)])  # else as it must be: in order, each once
    if len(known) < 2:
        return None
    if len(runs.counts) == 1:
        times = known * runs.ticks
    else:
        before = np.cumsum(runs.counts) - runs.counts
        lasting = runs.counts * runs.ticks
        run = np.searchsorted(before, known, side="right") - 1
        times = (np.cumsum(lasting) - lasting)[run] + (known - before[run]) * runs.ticks[run]
    between = times[1:] - times[:-1]
    between.sort()
    return int(between[(len(between) - 1) // 2] + between[len(between) // 2]) // 2
