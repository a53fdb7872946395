"""Movie fragments of ISO/IEC 14496-12 § 8.8 (moof, traf, tfhd, tfdt, trun), and sidx § 8.16.3 as a check on length."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from domain.media import ProblemCode
from indexer.containers.continuity import MAX_SECONDS, Runs, Ticks
from indexer.containers.isobmff.boxes import Box, ProblemList, children
from indexer.containers.isobmff.headers import fields, version
from indexer.containers.isobmff.movie import MediaTrack
from indexer.containers.isobmff.tables import believable
from indexer.containers.isobmff.timeline import MAX_EXPANDED

TFHD = struct.Struct(">II")
TFDT_V0, TFDT_V1 = struct.Struct(">4xI"), struct.Struct(">4xQ")
TRUN = struct.Struct(">II")
SIDX_V0, SIDX_V1 = struct.Struct(">4x8xII2xH"), struct.Struct(">4x8xQQ2xH")

BASE_OFFSET, DESCRIPTION_INDEX, DURATION, SIZE, FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
DATA_OFFSET, FIRST_FLAGS = 0x1, 0x4
ROW_DURATION, ROW_SIZE, ROW_FLAGS, ROW_COMPOSITION = 0x100, 0x200, 0x400, 0x800
LATEST_BASE = 1 << 32  # seconds: live streams count from 1970
ROW_FIELDS = (ROW_DURATION, ROW_SIZE, ROW_FLAGS, ROW_COMPOSITION)


@dataclass(slots=True)
class FragmentedTrack:
    """A track's samples collected fragment by fragment, after those of moov. `base` is its first decode time."""

    track: MediaTrack
    base: int | None = None
    end: int = 0  # decode time at which the next sample is due
    samples: int = 0
    inside: int = 0
    counts: list[Ticks] = field(default_factory=list)
    ticks: list[Ticks] = field(default_factory=list)
    offsets: list[Runs] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.track.samples:
            self.base = 0
            self.inside = self.track.inside
            self.add(self.track.runs, self.track.offsets)

    def add(self, runs: Runs, offsets: Runs | None) -> None:
        count = runs.samples
        self.counts.append(runs.counts)
        self.ticks.append(runs.ticks)
        self.offsets.append(offsets or Runs(np.array([count], np.int64), np.array([0], np.int64)))
        self.samples += count
        self.end += runs.total

    def move_to(self, time: int, problems: ProblemList) -> None:
        """The next sample is decoded at `time`: until then lasts the one before."""
        if self.base is None:
            self.base = self.end = time if time <= LATEST_BASE * self.track.scale else 0
            return
        jump = time - self.end
        if not jump or not self.ticks:
            return
        if jump > MAX_SECONDS * self.track.scale:
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, f"{self.track.label}: a fragment begins {jump} ticks late")
            return
        last = int(self.ticks[-1][-1])
        if last + jump < 0:
            detail = f"{self.track.label}: a fragment begins {-jump} ticks before the one before it ends"
            problems.add(ProblemCode.TIMESTAMPS_BROKEN, detail)
            return
        self.counts[-1] = np.append(self.counts[-1], 1)
        self.counts[-1][-2] -= 1
        self.ticks[-1] = np.append(self.ticks[-1], last + jump)
        self.end = time

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
class TrackDefaults:
    """What holds for every sample of a traf: duration, size, and where its data begin when no run says so."""

    duration: int
    size: int
    data: int


Defaults = Mapping[int, tuple[int, int]]


class Fragments:
    """Collects moof boxes into tracks."""

    def __init__(self, tracks: tuple[MediaTrack, ...], defaults: Defaults, file_size: int) -> None:
        self.tracks = {track.track_id: FragmentedTrack(track) for track in tracks}
        self._defaults = defaults
        self._file_size = file_size
        self._rows = 0

    def add(self, buffer: memoryview, start: int, problems: ProblemList) -> bool:
        """One moof, `start` being its offset in the file. False when the file holds more samples than are read."""
        for box in children(buffer, 0, len(buffer), problems):
            if box.kind == b"traf":
                self._add_track(buffer, box, start, problems)
        if self._rows > MAX_EXPANDED:
            problems.add(ProblemCode.TOO_DEEP, f"more than {MAX_EXPANDED} samples in fragments", start)
        return self._rows <= MAX_EXPANDED

    def _add_track(self, buffer: memoryview, traf: Box, start: int, problems: ProblemList) -> None:
        parts = list(children(buffer, traf.body, traf.end, problems))
        header = next((box for box in parts if box.kind == b"tfhd"), None)
        found = fields(TFHD, buffer, header, problems) if header else None
        track = self.tracks.get(found[1]) if found else None
        if found is None or track is None or header is None:
            detail = f"moof box: fragment of unknown track {found[1]}" if found else "moof box: traf without tfhd"
            problems.add(ProblemCode.BAD_BOX, detail, start)
            return
        defaults = self._track_defaults(buffer, header, found, start)
        for box in parts:
            if box.kind == b"tfdt":
                time = fields(TFDT_V1 if version(buffer, box) == 1 else TFDT_V0, buffer, box, problems)
                if time is not None:
                    track.move_to(time[0], problems)
            elif box.kind == b"trun":
                defaults = self._add_run(buffer, box, track, defaults, problems)

    def _track_defaults(self, buffer: memoryview, box: Box, found: tuple[int, ...], start: int) -> TrackDefaults:
        flags, at = found[0] & 0xFFFFFF, box.body + TFHD.size
        duration, size = self._defaults.get(found[1], (0, 0))
        values: dict[int, int] = {}
        for flag, width in ((BASE_OFFSET, 8), (DESCRIPTION_INDEX, 4), (DURATION, 4), (SIZE, 4), (FLAGS, 4)):
            if flags & flag and at + width <= box.end:
                values[flag] = int.from_bytes(buffer[at : at + width])
                at += width
        return TrackDefaults(values.get(DURATION, duration), values.get(SIZE, size), values.get(BASE_OFFSET, start))

    def _add_run(
        self, buffer: memoryview, box: Box, track: FragmentedTrack, defaults: TrackDefaults, problems: ProblemList
    ) -> TrackDefaults:
        """One trun; gives the defaults with the place at which a following run's data begin."""
        found = fields(TRUN, buffer, box, problems)
        if found is None:
            return defaults
        flags, count, at = found[0] & 0xFFFFFF, found[1], box.body + TRUN.size
        data = defaults.data
        if flags & DATA_OFFSET and at + 4 <= box.end:
            data += int.from_bytes(buffer[at : at + 4], signed=True)
        at += 4 * bool(flags & DATA_OFFSET) + 4 * bool(flags & FIRST_FLAGS)
        columns = [flag for flag in ROW_FIELDS if flags & flag]
        there = max(box.end - at, 0) // (4 * len(columns)) if columns else self._file_size
        if count > there:
            problems.add(ProblemCode.BAD_TABLE, f"trun box: {count} samples announced, {there} possible", box.start)
            count = there if columns else 0
        if not count:
            return defaults
        self._rows += count if columns else 1
        rows = np.frombuffer(buffer, ">u4", count * len(columns), at).astype(np.int64).reshape(count, len(columns))
        row = {flag: rows[:, number] for number, flag in enumerate(columns)}
        self._keep(track, row, (count, defaults), problems)
        length, inside = self._placed(row.get(ROW_SIZE), (count, defaults.size), data)
        track.inside += inside
        return TrackDefaults(defaults.duration, defaults.size, data + length)

    def _keep(
        self,
        track: FragmentedTrack,
        row: Mapping[int, Ticks],
        known: tuple[int, TrackDefaults],
        problems: ProblemList,
    ) -> None:
        count, defaults = known
        ticks = row.get(ROW_DURATION)
        if ticks is not None and int(ticks.min()) != int(ticks.max()):
            runs = Runs(np.ones(count, np.int64), np.where(ticks >= 1 << 31, 0, ticks))
        else:
            steady = defaults.duration if ticks is None else int(ticks[0])
            runs = Runs(np.array([count], np.int64), np.array([steady], np.int64))
        shifts = row.get(ROW_COMPOSITION)
        offsets = None
        if shifts is not None:
            offsets = Runs(np.ones(count, np.int64), np.where(shifts >= 1 << 31, shifts - (1 << 32), shifts))
        track.base = track.base or 0
        usable = believable(runs, track.track.scale, track.track.label, problems)
        if usable.samples:
            track.add(usable, offsets)

    def _placed(self, listed: Ticks | None, steady: tuple[int, int], data: int) -> tuple[int, int]:
        """Bytes of a run, and how many of its samples lie inside the file."""
        count, size = steady
        room = self._file_size - data
        if listed is None:
            return count * size, min(count, max(room, 0) // size) if size else count
        length = int(listed.sum())
        if length <= room:
            return length, count
        return length, int(np.searchsorted(np.cumsum(listed), room, side="right"))


def announced_end(buffer: memoryview, start: int, problems: ProblemList) -> int | None:
    """Where the last segment listed by a sidx box must end in the file, `start` being the box's offset."""
    box = Box(b"sidx", 0, 0, len(buffer))
    found = fields(SIDX_V1 if version(buffer, box) == 1 else SIDX_V0, buffer, box, problems)
    if found is None:
        return None
    layout = SIDX_V1 if version(buffer, box) == 1 else SIDX_V0
    there = (len(buffer) - layout.size) // 12
    count = min(found[2], there)
    sizes = np.frombuffer(buffer, ">u4", count * 3, layout.size).astype(np.int64)[::3] & 0x7FFFFFFF
    return start + found[1] + int(sizes.sum())
