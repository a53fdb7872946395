"""Movie fragments of ISO/IEC 14496-12 § 8.8 (moof, traf, tfhd, tfdt, trun), and sidx § 8.16.3 as a check on length."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.continuity import Runs, Ticks
from indexer.containers.isobmff.batches import (
    ABSENT,
    BASE_OFFSET,
    DATA_OFFSET,
    DESCRIPTION_INDEX,
    DURATION,
    FIRST_FLAGS,
    FLAGS,
    HEADER_FIELDS,
    NO_DEFAULTS,
    ROW_COMPOSITION,
    ROW_DURATION,
    ROW_FIELDS,
    ROW_FLAGS,
    ROW_SIZE,
    SIZE,
    Batch,
    Defaults,
    batch,
)
from indexer.containers.isobmff.boxes import Box, ProblemList, children
from indexer.containers.isobmff.fragmented import FragmentedTrack, part
from indexer.containers.isobmff.headers import fields, version
from indexer.containers.isobmff.movie import MediaTrack
from indexer.containers.isobmff.sync import Stretches, of_run
from indexer.containers.isobmff.tables import believable
from indexer.containers.isobmff.timeline import MAX_EXPANDED

TFHD = struct.Struct(">II")
TFDT_V0, TFDT_V1 = struct.Struct(">4xI"), struct.Struct(">4xQ")
TRUN = struct.Struct(">II")
SIDX_V0, SIDX_V1 = struct.Struct(">4x8xII2xH"), struct.Struct(">4x8xQQ2xH")

FEWEST = 4  # fragments for which reading them side by side is worth its while


@dataclass(frozen=True, slots=True)
class TrackDefaults:
    """What holds for every sample of a traf: duration, size, flags, the byte that offsets count from (§ 8.8.7).

    `description` is the number of the sample description, from 1. `data` is where the samples of a run lie that does
    not say so itself: behind those of the run before.
    """

    duration: int
    size: int
    flags: int
    base: int
    data: int
    description: int


class Fragments:
    """Collects moof boxes into tracks."""

    def __init__(self, tracks: tuple[MediaTrack, ...], defaults: Defaults, file_size: int) -> None:
        self.tracks = {track.track_id: FragmentedTrack(track) for track in tracks}
        self._defaults = defaults
        self._file_size = file_size
        self._rows = 0
        self._side_by_side = all(track.described.entries <= 1 for track in tracks)  # what changes is seen one by one

    def add_all(self, contents: Sequence[bytes], starts: Sequence[int], problems: ProblemList) -> bool:
        """Several moof boxes in the order of the file, `contents` without their headers. False as in `add`."""
        found = batch(contents, starts, self._defaults) if self._side_by_side and len(contents) >= FEWEST else None
        if found is not None and self._add_batch(found):
            return True
        pairs = zip(contents, starts, strict=True)
        return all(self.add(memoryview(content), start, problems) for content, start in pairs)

    def _add_batch(self, found: Batch) -> bool:
        """False, with nothing changed, when something in it needs to be looked at one by one."""
        if not found.tables.keys() <= self.tracks.keys():
            return False
        parts = [
            part(found.words, table, self.tracks[number], self._file_size) for number, table in found.tables.items()
        ]
        ready = [one for one in parts if one is not None]
        rows = sum(one.rows for one in ready)
        if len(ready) < len(parts) or self._rows + rows > MAX_EXPANDED:
            return False
        self._rows += rows
        for one in ready:
            one.track.take(one)
        return True

    def add(self, buffer: memoryview, start: int, problems: ProblemList) -> bool:
        """One moof, `start` being its offset in the file. False when the file holds more samples than are read."""
        for box in children(buffer, 0, len(buffer), problems):
            if box.kind == b"traf":
                self._add_track(buffer, box, start, problems)
        if self._rows > MAX_EXPANDED:
            zh, en = f"分片内样本超过 {MAX_EXPANDED} 个", f"more than {MAX_EXPANDED} samples in fragments"
            problems.add(ProblemCode.TOO_DEEP, say(zh, en), start)
        return self._rows <= MAX_EXPANDED

    def _add_track(self, buffer: memoryview, traf: Box, start: int, problems: ProblemList) -> None:
        parts = list(children(buffer, traf.body, traf.end, problems))
        header = next((box for box in parts if box.kind == b"tfhd"), None)
        found = fields(TFHD, buffer, header, problems) if header else None
        track = self.tracks.get(found[1]) if found else None
        if found is None or track is None or header is None:
            zh, en = "moof 数据块：traf 没有 tfhd", "moof box: traf without tfhd"
            if found:
                zh, en = f"moof 数据块：未知轨道 {found[1]} 的分片", f"moof box: fragment of unknown track {found[1]}"
            problems.add(ProblemCode.BAD_BOX, say(zh, en), start)
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
        duration, size, own, description = self._defaults.get(found[1], NO_DEFAULTS)
        values: dict[int, int] = {}
        for flag, width in HEADER_FIELDS:
            if flags & flag and at + width <= box.end:
                values[flag] = int.from_bytes(buffer[at : at + width])
                at += width
        base = values.get(BASE_OFFSET, start)
        usual = values.get(DURATION, duration), values.get(SIZE, size), values.get(FLAGS, own)
        return TrackDefaults(*usual, base, base, values.get(DESCRIPTION_INDEX, description))

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
            data = defaults.base + int.from_bytes(buffer[at : at + 4], signed=True)
        at += 4 * bool(flags & DATA_OFFSET)
        first = int.from_bytes(buffer[at : at + 4]) if flags & FIRST_FLAGS and at + 4 <= box.end else ABSENT
        at += 4 * bool(flags & FIRST_FLAGS)
        columns = [flag for flag in ROW_FIELDS if flags & flag]
        there = max(box.end - at, 0) // (4 * len(columns)) if columns else self._file_size
        if count > there:
            zh = f"trun 数据块：声明 {count} 个样本，最多容 {there} 个"
            detail = say(zh, f"trun box: {count} samples announced, {there} possible")
            problems.add(ProblemCode.BAD_TABLE, detail, box.start)
            count = there if columns else 0
        if not count:
            return defaults
        self._rows += count if columns else 1
        rows = np.frombuffer(buffer, ">u4", count * len(columns), at).astype(np.int64).reshape(count, len(columns))
        row = {flag: rows[:, number] for number, flag in enumerate(columns)}
        alone = of_run(row.get(ROW_FLAGS), first, defaults.flags, count)
        self._keep(track, row, (count, defaults, alone), problems)
        length, inside = self._placed(row.get(ROW_SIZE), (count, defaults.size), data)
        track.inside += inside
        return replace(defaults, data=data + length)

    def _keep(
        self,
        track: FragmentedTrack,
        row: Mapping[int, Ticks],
        known: tuple[int, TrackDefaults, Stretches],
        problems: ProblemList,
    ) -> None:
        count, defaults, alone = known
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
            track.describe(defaults.description)
            track.add(usable, offsets, alone)

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
