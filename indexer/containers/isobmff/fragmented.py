"""A track that grows fragment by fragment: decode times (tfdt, ISO/IEC 14496-12 § 8.8.12) against what came before."""

from dataclasses import dataclass, field

import numpy as np

from domain.media import ProblemCode, TrackKind
from indexer.containers.about import about
from indexer.containers.continuity import MAX_SECONDS, Runs, Ticks
from indexer.containers.isobmff.batches import Table, Words, listed, sums
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.changes import MAX_CHANGES
from indexer.containers.isobmff.movie import MediaTrack
from indexer.containers.isobmff.sync import Alone, Stretches, of_batch
from indexer.containers.isobmff.tables import believable

LATEST_BASE = 1 << 32  # seconds: live streams count from 1970
LONGEST_TICK = 1 << 31  # above it a duration is a negative one that went through 32 bits
SIGN, WRAP = 1 << 31, 1 << 32
SURE = 1 << 62  # below it products and sums of a few of them stay inside 64 bits


@dataclass(slots=True)
class FragmentedTrack:
    """A track's samples collected fragment by fragment, after those of moov. `base` is its first decode time.

    A camera that was restarted into the same file begins to count anew: from there on `shift` is added to what it says.
    """

    track: MediaTrack
    base: int | None = None
    end: int = 0  # decode time at which the next sample is due
    shift: int = 0
    samples: int = 0
    inside: int = 0
    counts: list[Ticks] = field(default_factory=list)
    ticks: list[Ticks] = field(default_factory=list)
    offsets: list[Runs] = field(default_factory=list)
    alone: Alone = field(default_factory=Alone)
    uses: list[tuple[int, int]] = field(default_factory=list)  # number of a sample, its description's from there on

    def __post_init__(self) -> None:
        if self.track.samples:
            self.base = 0
            self.inside = self.track.inside
            self.uses.extend(self.track.uses)
            self.alone.add_movie(self.track)
            self.add(self.track.runs, self.track.offsets)

    def describe(self, description: int) -> None:
        """Which sample description holds for what is added next."""
        several = self.track.described.entries > 1 and len(self.uses) <= MAX_CHANGES
        if several and (not self.uses or self.uses[-1][1] != description):
            self.uses.append((self.samples, description))

    def add(self, runs: Runs, offsets: Runs | None, alone: Stretches | None = None) -> None:
        count = runs.samples
        if alone is not None:
            self.alone.add(alone, self.samples)
        self.counts.append(runs.counts)
        self.ticks.append(runs.ticks)
        self.offsets.append(offsets or Runs(np.array([count], np.int64), np.array([0], np.int64)))
        self.samples += count
        self.end += runs.total

    def take(self, part: "Part") -> None:
        """Samples of several fragments, known to be in order and believable."""
        if self.base is None:
            self.base = self.end = part.begin
        else:
            self.move_to(part.begin - self.shift, ProblemList())  # `_begun` has seen that nothing is wrong with it
        self.add(part.runs, part.offsets, part.alone)
        self.inside += part.inside

    def move_to(self, time: int, problems: ProblemList) -> None:
        """The next sample is decoded at `time`: until then lasts the one before."""
        if self.base is None:
            self.base = self.end = time if time <= LATEST_BASE * self.track.scale else 0
            return
        jump = time + self.shift - self.end
        if jump and 0 <= time - self.end < abs(jump):  # it was one fragment that was wrong, and the clock was not
            jump, self.shift = time - self.end, 0
        if not jump or not self.ticks:
            return
        last = int(self.ticks[-1][-1])
        if jump > MAX_SECONDS * self.track.scale or last + jump < 0:
            zh, en = f"某分片晚开始 {jump} 个时间刻度", f"a fragment begins {jump} ticks late"
            if jump <= 0:
                zh = f"某分片在前一分片结束前 {-jump} 个时间刻度即开始"
                en = f"a fragment begins {-jump} ticks before the one before it ends"
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, about(self.track.label, zh, en))
            self.shift = self.end - time
            return
        self.counts[-1] = np.append(self.counts[-1], 1)
        self.counts[-1][-2] -= 1
        self.ticks[-1] = np.append(self.ticks[-1], last + jump)
        self.end += jump

    def runs(self, problems: ProblemList) -> Runs:
        joined = Runs(np.concatenate(self.counts), np.concatenate(self.ticks))
        return believable(joined, self.track.scale, self.track.label, problems)

    def composition(self) -> Runs | None:
        """None when no sample is shown at another time than it is decoded."""
        joined = Runs(
            np.concatenate([part.counts for part in self.offsets]),
            np.concatenate([part.ticks for part in self.offsets]),
        )
        return joined if joined.ticks.any() else None


@dataclass(frozen=True, slots=True)
class Part:
    """What the runs of several fragments add to a track: its decode time begins at `begin`, `rows` cost memory."""

    track: FragmentedTrack
    begin: int
    runs: Runs
    offsets: Runs | None
    inside: int
    rows: int
    alone: Stretches | None


def part(words: Words, table: Table, track: FragmentedTrack, file_size: int) -> Part | None:
    """The runs of one track in a batch; None when any of them must be looked at for itself: a time that goes back, a
    count or length beyond belief, numbers too large to be added up unseen."""
    scale, count, bare = track.track.scale, table.samples, table.stride == 0
    usual, size = table.usual_duration, table.usual_size
    if bool((count[bare] > file_size).any()) or bool((usual >= LONGEST_TICK).any()):
        return None
    if bool((count.astype(float) * usual > MAX_SECONDS * scale).any()) or bool(
        (count.astype(float) * size > SURE).any()
    ):
        return None
    lasting, rows = listed(words, table, table.duration, usual)
    ends = np.cumsum(rows)
    spans = np.add.reduceat(lasting.counts * lasting.ticks, ends - rows)
    if int(lasting.ticks.max()) >= LONGEST_TICK or int(spans.max()) > MAX_SECONDS * scale:
        return None
    begun = _begun(table, spans, track)
    if begun is None:
        return None
    begin, jumps = begun
    if bool((jumps > MAX_SECONDS * scale).any()) or bool((lasting.ticks[ends[:-1] - 1] + jumps < 0).any()):
        return None
    shifts = None
    if bool((table.shift >= 0).any()):
        if bare.any():
            return None
        shifts, _ = listed(words, table, table.shift, np.zeros_like(usual))
        shifts = _packed(Runs(shifts.counts, np.where(shifts.ticks >= SIGN, shifts.ticks - WRAP, shifts.ticks)))
    runs = _packed(_stretched(lasting, ends, jumps) if jumps.any() else lasting)
    alone = of_batch(words, table) if track.track.kind is TrackKind.VIDEO else None
    inside, cost = _inside(words, table, file_size), int(np.where(bare, 1, count).sum())
    return Part(track, begin, runs, shifts, inside, cost, alone)


def _begun(table: Table, spans: Ticks, track: FragmentedTrack) -> tuple[int, Ticks] | None:
    """Where the first run begins, and how much later than the one before it ends each further one does."""
    timed = table.time >= 0
    end_to_end = np.cumsum(spans) - spans
    new = track.base is None
    due = 0 if new else track.end
    ahead = table.time + track.shift - end_to_end
    if not bool(timed.all()):
        known = np.maximum.accumulate(np.where(timed, np.arange(len(timed)), -1))
        ahead = np.where(known >= 0, ahead[known], due)
    begin = int(ahead[0])
    if new:
        return (begin, np.diff(ahead)) if begin <= LATEST_BASE * track.track.scale else None
    jump = begin - due
    if track.shift and (jump or bool((ahead != begin).any())):
        return None  # whether the clock is the old one again is seen fragment by fragment
    if jump and (not track.ticks or jump > MAX_SECONDS * track.track.scale or int(track.ticks[-1][-1]) + jump < 0):
        return None
    return begin, np.diff(ahead)


def _stretched(runs: Runs, ends: Ticks, jumps: Ticks) -> Runs:
    """The last sample before a jump lasts until the jump is over. `ends` counts rows up to the end of each fragment."""
    late = np.flatnonzero(jumps)
    rows = ends[late] - 1
    counts = runs.counts.copy()
    counts[rows] -= 1
    counts = np.insert(counts, rows + 1, 1)
    ticks = np.insert(runs.ticks, rows + 1, runs.ticks[rows] + jumps[late])
    return Runs(counts[counts > 0], ticks[counts > 0])


def _packed(runs: Runs) -> Runs:
    """The same with equal neighbours joined."""
    starts = np.concatenate(([0], np.flatnonzero(runs.ticks[1:] != runs.ticks[:-1]) + 1))
    return Runs(np.add.reduceat(runs.counts, starts), runs.ticks[starts])


def _inside(words: Words, table: Table, file_size: int) -> int:
    """How many samples lie in the file with all their bytes."""
    room, inside = file_size - table.data, int(table.samples.sum())
    for run in np.flatnonzero(sums(words, table, table.size, table.usual_size) > room).tolist():
        alone = Table(*(numbers[run : run + 1] for numbers in table))
        count, size, left = int(alone.samples[0]), int(alone.usual_size[0]), int(room[run])
        if alone.size[0] >= 0:
            lengths, _ = listed(words, alone, alone.size, alone.usual_size)
            fit = int(np.searchsorted(np.cumsum(lengths.ticks), left, side="right"))
        else:
            fit = min(max(left, 0) // size, count) if size else count
        inside -= count - fit
    return inside
