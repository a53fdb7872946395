"""Header boxes of ISO/IEC 14496-12: mvhd § 8.2.2, tkhd § 8.3.2, mdhd § 8.4.2, hdlr § 8.4.3, elst § 8.6.6, mehd."""

import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.isobmff.batches import Defaults
from indexer.containers.isobmff.boxes import Box, ProblemList, fewer_entries

EPOCH_1904 = datetime(1904, 1, 1, tzinfo=UTC)
MAX_EDITS = 100

TIMES_V0, TIMES_V1 = struct.Struct(">4xIIII"), struct.Struct(">4xQQIQ")
TKHD_V0, TKHD_V1 = struct.Struct(">4x8xI8x16xii28xII"), struct.Struct(">4x16xI12x16xii28xII")
HDLR = struct.Struct(">4x4x4s12x")
COUNT = struct.Struct(">4xI")
EDIT_V0, EDIT_V1 = struct.Struct(">Iii"), struct.Struct(">Qqi")
MEHD_V0, MEHD_V1 = struct.Struct(">4xI"), struct.Struct(">4xQ")
TREX = struct.Struct(">4xIIIII")

UNKNOWN_32, UNKNOWN_64 = 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF
ONE = 0x10000  # 1.0 in 16.16 fixed point


@dataclass(frozen=True, slots=True)
class Times:
    """What mvhd and mdhd share. `duration` is None when the header leaves it open."""

    created: int
    scale: int
    duration: int | None


@dataclass(frozen=True, slots=True)
class TrackHeader:
    track_id: int
    width: int
    height: int
    rotation: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit-list entry: `length` in movie ticks, `media` the first media tick or -1 for nothing, `rate` 16.16."""

    length: int
    media: int
    rate: int


def fields(layout: struct.Struct, buffer: memoryview, box: Box, problems: ProblemList) -> tuple[int, ...] | None:
    """The fixed fields at the start of a box, or None and a problem when the box is too short for them."""
    if box.end - box.body < layout.size:
        there = box.end - box.body
        zh = f"{box.label} 数据块：内容 {there} 字节，应至少 {layout.size} 字节"
        detail = say(zh, f"{box.label} box: {there} bytes of content, at least {layout.size} expected")
        problems.add(ProblemCode.BAD_BOX, detail, box.start)
        return None
    return layout.unpack_from(buffer, box.body)


def version(buffer: memoryview, box: Box) -> int:
    return buffer[box.body] if box.body < box.end else 0


def times(buffer: memoryview, box: Box, problems: ProblemList) -> Times | None:
    """mvhd or mdhd, version 0 or 1. None when the box is unusable; a time scale of 0 is unusable."""
    wide = version(buffer, box) == 1
    found = fields(TIMES_V1 if wide else TIMES_V0, buffer, box, problems)
    if found is None:
        return None
    created, _, scale, duration = found
    if scale == 0:
        detail = say(f"{box.label} 数据块：时间刻度为 0", f"{box.label} box: time scale 0")
        problems.add(ProblemCode.BAD_BOX, detail, box.start)
        return None
    return Times(created, scale, None if duration in (0, UNKNOWN_64 if wide else UNKNOWN_32) else duration)


def creation_time(created: int) -> datetime | None:
    """Seconds since 1904 as aware UTC; 0 means that the camera wrote nothing, beyond the calendar likewise."""
    try:
        return EPOCH_1904 + timedelta(seconds=created) if created else None
    except OverflowError:
        return None


def track_header(buffer: memoryview, box: Box, problems: ProblemList) -> TrackHeader | None:
    found = fields(TKHD_V1 if version(buffer, box) == 1 else TKHD_V0, buffer, box, problems)
    return TrackHeader(found[0], found[3] >> 16, found[4] >> 16, _rotation(found[1], found[2])) if found else None


def _rotation(across: int, down: int) -> int | None:
    """Degrees clockwise, from the first row of the matrix; None of a matrix that shows nothing."""
    return round(math.degrees(math.atan2(down, across))) % 360 if across or down else None


def handler(buffer: memoryview, box: Box, problems: ProblemList) -> tuple[bytes, str]:
    """Handler type (vide, soun, …) and name; the name is a C string in ISO files and a Pascal string in QuickTime."""
    if fields(HDLR, buffer, box, problems) is None:
        return b"", ""
    kind = bytes(buffer[box.body + 8 : box.body + 12])
    raw = bytes(buffer[box.body + HDLR.size : box.end])
    if raw and raw[0] == len(raw) - 1:
        raw = raw[1:]
    return kind, raw.split(b"\0")[0].decode("utf-8", "replace").strip()


def edit_list(buffer: memoryview, box: Box, problems: ProblemList) -> tuple[Edit, ...]:
    counted = fields(COUNT, buffer, box, problems)
    if counted is None:
        return ()
    layout = EDIT_V1 if version(buffer, box) == 1 else EDIT_V0
    there = (box.end - box.body - COUNT.size) // layout.size
    if counted[0] > there:
        problems.add(ProblemCode.BAD_TABLE, fewer_entries("elst", counted[0], there), box.start)
    count = min(counted[0], there)
    if count > MAX_EDITS:
        zh, en = f"elst 数据块：{count} 项，只读取 {MAX_EDITS} 项", f"elst box: {count} entries, {MAX_EDITS} are read"
        problems.add(ProblemCode.TOO_DEEP, say(zh, en), box.start)
    first = box.body + COUNT.size
    entries = (layout.unpack_from(buffer, first + n * layout.size) for n in range(min(count, MAX_EDITS)))
    return tuple(edit for edit in (Edit(*entry) for entry in entries) if _usable(edit, box, problems))


def _usable(edit: Edit, box: Box, problems: ProblemList) -> bool:
    if edit.media >= -1 and edit.rate >= 0:
        return True
    detail = say(
        f"elst 数据块：舍弃媒体时间为 {edit.media}、速率为 {edit.rate / ONE} 的条目",
        f"elst box: entry with media time {edit.media} and rate {edit.rate / ONE} left out",
    )
    problems.add(ProblemCode.BAD_TABLE, detail, box.start)
    return False


def extends_duration(buffer: memoryview, box: Box, problems: ProblemList) -> int | None:
    """mehd: the length of a fragmented movie, in movie ticks."""
    found = fields(MEHD_V1 if version(buffer, box) == 1 else MEHD_V0, buffer, box, problems)
    return found[0] or None if found else None


def fragment_defaults(buffer: memoryview, boxes: list[Box], problems: ProblemList) -> Defaults:
    """trex (§ 8.8.3)."""
    found = (fields(TREX, buffer, box, problems) for box in boxes)
    return {entry[0]: (entry[2], entry[3], entry[4], entry[1]) for entry in found if entry}
