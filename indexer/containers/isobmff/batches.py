"""Movie fragments (ISO/IEC 14496-12 § 8.8) of one structure, read side by side: one step of NumPy for all of them.

Recorders write fragment after fragment with the same boxes in the same order and only other numbers in them. Whatever
is not so is left to the reading box by box in `fragments.py`, which says what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.containers.continuity import Runs, Ticks
from indexer.containers.isobmff.boxes import HEADER, plausible

BASE_OFFSET, DESCRIPTION_INDEX, DURATION, SIZE, FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
DATA_OFFSET, FIRST_FLAGS = 0x1, 0x4
ROW_DURATION, ROW_SIZE, ROW_FLAGS, ROW_COMPOSITION = 0x100, 0x200, 0x400, 0x800
ROW_FIELDS = (ROW_DURATION, ROW_SIZE, ROW_FLAGS, ROW_COMPOSITION)
HEADER_FIELDS = ((BASE_OFFSET, 8), (DESCRIPTION_INDEX, 4), (DURATION, 4), (SIZE, 4), (FLAGS, 4))

MAX_STRUCTURES = 4  # picture and sound in fragments of their own, and a last one that lacks either
MAX_STEPS = 64  # boxes in one moof
TRAF, TFHD, TFDT, TRUN = (int.from_bytes(kind) for kind in (b"traf", b"tfhd", b"tfdt", b"trun"))
SPARE = 16  # words of zeros behind the last fragment, so that looking ahead stays inside
ABSENT = -1  # no such column, no such box

Words = NDArray[np.uint32]
Defaults = Mapping[int, tuple[int, int, int, int]]  # track id → duration, size, flags, sample description
NO_DEFAULTS = (0, 0, ABSENT, 1)


class Table(NamedTuple):
    """Runs of samples of one track, a column of numbers for each: everything a trun says but its rows.

    `order` counts runs as they lie in the file; `time` is the decode time of the first sample or ABSENT; `data` the
    byte of the file at which the samples begin; `row` the word at which the rows begin and `stride` their words;
    `duration`, `size`, `flags`, `shift` the column of a row in which it is, or ABSENT; `first_flags` are those of the
    first sample, or ABSENT.
    """

    order: Ticks
    time: Ticks
    samples: Ticks
    data: Ticks
    usual_duration: Ticks
    usual_size: Ticks
    usual_flags: Ticks
    first_flags: Ticks
    row: Ticks
    stride: Ticks
    duration: Ticks
    size: Ticks
    flags: Ticks
    shift: Ticks


class Usual(NamedTuple):
    """What holds for the samples of a traf whose run says nothing else; `data`: the byte that offsets count from."""

    duration: Ticks
    size: Ticks
    flags: Ticks
    data: Ticks


class Batch(NamedTuple):
    words: Words
    tables: Mapping[int, Table]


class Step(NamedTuple):
    """One box of the structure: in a traf or beside it, what it is, and the words behind its header that must agree."""

    inside: bool
    kind: int
    flags: int
    track: int


def batch(contents: Sequence[bytes], starts: Sequence[int], defaults: Defaults) -> Batch | None:
    """The runs of several moof boxes by track id; None when they have more than a few structures.

    `contents` are the boxes without their headers, `starts` the offsets in the file of the boxes themselves.
    """
    lengths = np.array([len(content) for content in contents], np.int64)
    if (lengths & 3).any():
        return None
    words = np.frombuffer(b"".join((*contents, bytes(4 * SPARE))), ">u4").astype(np.uint32)
    ends = np.cumsum(lengths >> 2)
    begins, at = ends - (lengths >> 2), np.array(starts, np.int64)
    left, found = np.arange(len(contents)), dict[int, list[Table]]()
    for _ in range(MAX_STRUCTURES):
        steps = structure(contents[int(left[0])])
        if not steps:
            return None
        reading = _Reading(words, (begins[left], ends[left]), at[left], defaults)
        fits, tables = reading.follow(steps, left)
        if not fits[0]:
            return None
        for track, table in tables:
            found.setdefault(track, []).append(Table(*(column[fits] for column in table)))
        left = left[~fits]
        if not len(left):
            return Batch(words, {track: _joined(tables) for track, tables in found.items()})
    return None


def structure(content: bytes) -> list[Step]:
    """The boxes of a moof in order, or nothing when it is not plain (`_plain`) or does not end where it should."""
    steps: list[Step] = []
    at, end, traf_end = 0, len(content), -1
    while at + 8 <= end and len(steps) < MAX_STEPS:
        length, kind = HEADER.unpack_from(content, at)
        if at >= traf_end:
            traf_end = -1
        inside = traf_end > 0
        limit = traf_end if inside else end
        if length < 8 or at + length > limit or (inside and length < 12) or not plausible(kind):
            return []
        flags = int.from_bytes(content[at + 8 : at + 12]) if inside else 0
        track = int.from_bytes(content[at + 12 : at + 16]) if kind == b"tfhd" else 0
        steps.append(Step(inside, int.from_bytes(kind), flags, track))
        if kind == b"traf" and not inside:
            traf_end = at + length
            at += 8
        else:
            at += length
    return steps if at == end and _plain(steps) else []


def _plain(steps: list[Step]) -> bool:
    """In every traf one tfhd comes first, then at most one tfdt, then runs; of several each says where it begins."""
    trafs: list[list[Step]] = []
    for step in steps:
        if step.kind == TRAF:
            trafs.append([])
            if step.inside:
                return False
        elif step.inside:
            trafs[-1].append(step)
    for parts in trafs:
        kinds = [step.kind for step in parts if step.kind in (TFHD, TFDT, TRUN)]
        runs = [step for step in parts if step.kind == TRUN]
        first = [TFHD, TFDT] if TFDT in kinds else [TFHD]
        if not runs or parts[0].kind != TFHD or kinds != first + [TRUN] * len(runs):
            return False
        if len(runs) > 1 and not all(step.flags & DATA_OFFSET for step in runs):
            return False
    return True


class _Reading:
    """All moofs of a batch at the same box: `at` is where each of them stands, `fits` which still follow."""

    def __init__(self, words: Words, bounds: tuple[Ticks, Ticks], starts: Ticks, defaults: Defaults) -> None:
        self._words, (self._at, self._ends), self._starts = words, bounds, starts
        self._defaults = defaults
        self._traf_ends = self._ends
        self.fits = np.ones(len(starts), np.bool_)
        self._none = np.full(len(starts), ABSENT, np.int64)

    def _seen(self, further: int) -> Words:
        found: Words = self._words[self._at + further]
        return found

    def _word(self, further: int) -> Ticks:
        return self._seen(further).astype(np.int64)

    def follow(self, steps: list[Step], numbers: Ticks) -> tuple[NDArray[np.bool_], list[tuple[int, Table]]]:
        """Which of the moofs have this structure, and the runs in them."""
        found: list[tuple[int, Table]] = []
        track, time, usual, in_traf = 0, self._none, Usual(*(self._none,) * 4), False
        for number, step in enumerate(steps):
            if in_traf and not step.inside:
                self.fits &= self._at == self._traf_ends
            in_traf = step.inside
            length = self._word(0)
            behind = self._at + (length >> 2)
            self.fits &= (self._seen(1) == step.kind) & (length & 3 == 0) & (length >= 8)
            self.fits &= behind <= (self._traf_ends if step.inside else self._ends)
            if step.inside and step.kind in (TFHD, TFDT, TRUN):
                self.fits &= self._seen(2) == step.flags
            if step.kind == TRAF and not step.inside:
                self._traf_ends = np.where(self.fits, behind, self._ends)
                self._at = np.where(self.fits, self._at + 2, self._at)
                time = self._none
                continue
            if step.kind == TFHD and step.inside:
                self.fits &= self._seen(3) == step.track
                track, usual = step.track, self._usual(step, length)
            elif step.kind == TFDT and step.inside:
                time = self._time(step, length)
            elif step.kind == TRUN and step.inside:
                found.append((track, self._run(step, length, (numbers * MAX_STEPS + number, time), usual)))
                time = self._none
            self._at = np.where(self.fits, behind, self._at)
        self.fits &= self._at == self._ends
        if in_traf:
            self.fits &= self._at == self._traf_ends
        return self.fits, found

    def _usual(self, step: Step, length: Ticks) -> Usual:
        defaults = self._defaults.get(step.track, NO_DEFAULTS)
        durations, sizes, flags = (np.full(len(length), number, np.int64) for number in defaults[:3])
        data, at = self._starts, 4
        for flag, width in HEADER_FIELDS:
            if not step.flags & flag:
                continue
            if flag == BASE_OFFSET:
                self.fits &= self._seen(at) < 1 << 20  # beyond any file: 2^52 bytes
                data = (self._word(at) << 32) + self._word(at + 1)
            elif flag == DURATION:
                durations = self._word(at)
            elif flag == SIZE:
                sizes = self._word(at)
            elif flag == FLAGS:
                flags = self._word(at)
            at += width >> 2
        self.fits &= length >= 4 * at
        return Usual(durations, sizes, flags, data)

    def _time(self, step: Step, length: Ticks) -> Ticks:
        if step.flags >> 24 != 1:
            self.fits &= length >= 16
            return self._word(3)
        self.fits &= (length >= 20) & (self._seen(3) < 1 << 28)
        return (self._word(3) << 32) + self._word(4)

    def _run(self, step: Step, length: Ticks, place: tuple[Ticks, Ticks], usual: Usual) -> Table:
        columns = [flag for flag in ROW_FIELDS if step.flags & flag]
        count, at = self._word(3), 4
        data = usual.data
        if step.flags & DATA_OFFSET:
            data = data + self._seen(at).view(np.int32)
            at += 1
        first_flags = self._word(at) if step.flags & FIRST_FLAGS else self._none
        at += bool(step.flags & FIRST_FLAGS)
        self.fits &= (count > 0) & (length >> 2 == at + count * len(columns))
        where = [columns.index(flag) if flag in columns else ABSENT for flag in ROW_FIELDS]
        constant = (np.full(len(count), number, np.int64) for number in (len(columns), *where))
        return Table(*place, count, data, *usual[:3], first_flags, self._at + at, *constant)


def _joined(tables: list[Table]) -> Table:
    """Several structures' runs of one track in the order of the file."""
    if len(tables) == 1:
        return tables[0]
    order = np.argsort(np.concatenate([table.order for table in tables]), kind="stable")
    return Table(*(np.concatenate(columns)[order] for columns in zip(*tables, strict=True)))


def listed(words: Words, table: Table, which: Ticks, usual: Ticks) -> tuple[Runs, Ticks]:
    """A column as runs: one row for each sample of a run that has the column, one row for a whole run that has not.

    The second value is how many rows each run has become.
    """
    has = which >= 0
    rows = np.where(has, table.samples, 1)
    values, counts = np.repeat(usual, rows), np.repeat(np.where(has, 1, table.samples), rows)
    if has.any():
        before = np.cumsum(rows) - rows
        place = np.repeat(table.row + which - before * table.stride, rows)
        place += np.arange(len(place)) * np.repeat(table.stride, rows)
        if has.all():
            values = words[place].astype(np.int64)
        else:
            mine = np.repeat(has, rows)
            values[mine] = words[place[mine]]
    return Runs(counts, values), rows


def sums(words: Words, table: Table, which: Ticks, usual: Ticks) -> Ticks:
    """The numbers of a column added up for each run.

    Rows of one form are added up where they lie, every `stride`-th word, without taking the samples apart first.
    """
    total = table.samples * usual
    place, stride, has = table.row + which, table.stride, which >= 0
    for step in np.unique(stride[has]).tolist():
        for phase in range(step):
            mine = has & (stride == step) & (place % step == phase)
            first = place[mine] // step
            if len(first):
                bounds = np.stack((first, first + table.samples[mine]), axis=1).ravel()
                total[mine] = np.add.reduceat(words[phase::step], bounds, dtype=np.int64)[::2]
    return total
