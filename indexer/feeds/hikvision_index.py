"""Hikvision block store: which segments lie in which `hivNNNNN.mp4`, out of the `index00.bin` beside the blocks.

No description by the maker is public. Read is only what two independent public readers of such files agree on: the tool
family hiktools (C), libHikvision (PHP, Python, JavaScript), and a parser made from dash-cam cards by inspection.
Integers are little-endian. At 12: number of blocks N. At 1280: N records of 32 bytes (number of the block at 0; channel
at 4, 0xFFFF in a block not yet used). Then 256 slots of 80 bytes for each block (start at 8, end at 16, in seconds
since 1970; the upper half of both is something else). `index01.bin` holds the same.

Unverified, as no real file was at hand: everything above for any given model; what the channel means (one source reads
another thing there, so it is not used); whether the seconds are true UTC or the recorder's clock face, on which the
sources disagree. They are read as the clock face of the feed's time zone (`timezone = "UTC"` makes them UTC), unless
the times of the blocks themselves say UTC. Not read: pictures (`index00p.bin`), HIKBTREE disks; the SQLite index
`record_db_index00` of newer models needs no reader here, a feed with a query does it (`docs/config.md`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from domain.clip import IndexEntry
from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.base import Fate, FeedRow, FeedSettings
from indexer.feeds.text_table import not_readable
from indexer.feeds.times import FIRST_YEAR, LAST_YEAR, to_utc
from indexer.feeds.wildcards import Found

HEADER, RECORD, SLOT, SLOTS = 1280, 32, 80, 256
UNUSED = 0xFFFF
MOST_SPANS_SHOWN = 5
AGREE = timedelta(minutes=5)
"""A block is last written when its last segment ends; a copy that kept no times agrees with nothing."""

_RECORD = struct.Struct("<IH26x")
_TIMES = struct.Struct("<8xI4xI60x")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (seconds of a clock face)
_FIRST = int((datetime(FIRST_YEAR, 1, 1) - _EPOCH).total_seconds())  # noqa: DTZ001
_LAST = int((datetime(LAST_YEAR + 1, 1, 1) - _EPOCH).total_seconds())  # noqa: DTZ001

Segment = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """One `hivNNNNN.mp4`: its segments in the order of time, and the slots that were passed over."""

    number: int
    segments: tuple[Segment, ...]
    open: int = 0  # begun and not ended: being recorded
    impossible: int = 0  # no times that can be
    older: int = 0  # left over from before the block was last overwritten

    @property
    def name(self) -> str:
        return f"hiv{self.number:05}.mp4"


def read_block_index(settings: FeedSettings, found: Found) -> Iterator[FeedRow]:
    """One row for each block that holds a segment; row N speaks of block N - 1. Raises FeedUnreadable."""
    path = found.path
    try:
        with path.open("rb") as stream:
            count, whole = _checked(stream, found)
            blocks = [block for block in _blocks(stream, count, whole) if block.segments or block.impossible]
    except OSError as error:
        raise FeedUnreadable(not_readable(path, error)) from error
    zone = _zone_of(blocks, Path(found.folder), ZoneInfo(settings.timezone))
    for block in blocks:
        yield _row(block, zone)
    if whole < count:
        zh = f"应有 {count} 个块的索引，实有 {whole} 个：文件不完整"
        en = f"expected the index of {count} blocks, got that of {whole}: the file is cut short"
        yield FeedRow(whole + 1, {}, Fate.REJECTED, (say(zh, en),))


def _checked(stream: BinaryIO, found: Found) -> tuple[int, int]:
    """How many blocks the index declares, and for how many its bytes suffice."""
    head = stream.read(HEADER)
    if found.name.lower().endswith("p.bin"):
        raise _refused(found, "图片索引", "an index of pictures")
    if b"HIKBTREE" in head[:64]:
        raise _refused(found, "HIKBTREE 索引（尚不支持）", "a HIKBTREE index, which is not read here")
    count = int.from_bytes(head[12:16], "little") if len(head) == HEADER else 0
    room = max(0, found.size - HEADER - count * RECORD) // (SLOT * SLOTS)
    if not count or not room:
        size = found.size
        raise _refused(found, f"{size} 字节，声明 {count} 个块", f"{size} bytes that declare {count} blocks")
    for number in range(min(count, room)):
        stated, channel = _RECORD.unpack(stream.read(RECORD).ljust(RECORD, b"\xff"))
        if channel != UNUSED and stated != number:
            zh, en = f"第 {number} 个块的记录写着 {stated}", f"a record of block {number} that says {stated}"
            raise _refused(found, zh, en)
    return count, min(count, room)


def _refused(found: Found, zh: str, en: str) -> FeedUnreadable:
    path = found.path
    return FeedUnreadable(
        say(f"{path}: 应为海康 index00.bin，实为{zh}", f"{path}: expected a Hikvision index00.bin, got {en}")
    )


def _blocks(stream: BinaryIO, count: int, whole: int) -> Iterator[Block]:
    for number in range(whole):
        stream.seek(HEADER + number * RECORD)
        _, channel = _RECORD.unpack(stream.read(RECORD).ljust(RECORD, b"\xff"))
        if channel != UNUSED:
            stream.seek(HEADER + count * RECORD + number * SLOT * SLOTS)
            yield _block(number, stream.read(SLOT * SLOTS))


def _block(number: int, slots: bytes) -> Block:
    """Segments follow one another in time; where the slots jump back, an earlier round of the ring begins."""
    segments: list[Segment] = []
    still_open = impossible = 0
    times = [times for times in _TIMES.iter_unpack(slots[: len(slots) // SLOT * SLOT]) if any(times)]
    for at, (start, end) in enumerate(times):
        if segments and start < segments[-1][0]:
            return Block(number, tuple(segments), still_open, impossible, len(times) - at)
        if _FIRST <= start < end < _LAST:
            segments.append((start, end))
        elif end == 0:
            still_open += 1
        else:
            impossible += 1
    return Block(number, tuple(segments), still_open, impossible)


def _zone_of(blocks: list[Block], folder: Path, zone: ZoneInfo) -> ZoneInfo:
    """The zone of the seconds: UTC where only that agrees with the times at which the blocks were last written."""
    face = utc = 0
    for block in blocks:
        written = _written(folder / block.name)
        if written is not None and block.segments:
            last = _EPOCH + timedelta(seconds=block.segments[-1][1])
            face += abs(written - to_utc(last, zone)[0]) <= AGREE
            utc += abs(written - last.replace(tzinfo=UTC)) <= AGREE
    return ZoneInfo("UTC") if utc > face else zone


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def _row(block: Block, zone: ZoneInfo) -> FeedRow:
    raw = {"block": block.name, "segments": str(len(block.segments)), "seconds": _shown(block.segments)}
    if not block.segments:
        reason = say("应有片段的起止时间，实为不可能的时间", "expected a segment's start and end, got impossible times")
        return FeedRow(block.number + 1, raw, Fate.REJECTED, (reason,))
    first, last = block.segments[0][0], max(end for _, end in block.segments)
    start, end = (to_utc(_EPOCH + timedelta(seconds=at), zone)[0] for at in (first, last))
    entry = IndexEntry(block.name, started_at=start, ended_at=end)
    return FeedRow(block.number + 1, raw, Fate.ACCEPTED, tuple(_notes(block, zone)), entry)


def _shown(segments: tuple[Segment, ...]) -> str:
    """The first segments as they stand in the index."""
    shown = " ".join(f"{start}-{end}" for start, end in segments[:MOST_SPANS_SHOWN])
    return shown + (" …" if len(segments) > MOST_SPANS_SHOWN else "")


def _notes(block: Block, zone: ZoneInfo) -> Iterator[str]:
    yield say(f"时间按 {zone.key} 读取（未经核实）", f"times read as {zone.key} (unverified)")
    count = len(block.segments)
    if count > 1:
        gaps = (later[0] - earlier[1] for earlier, later in pairwise(block.segments))
        idle = sum(gap for gap in gaps if gap > 0)
        yield say(
            f"块内有 {count} 段，取最早开始与最晚结束，段间共停 {idle} 秒",
            f"{count} segments in the block, earliest start and latest end taken, {idle} s between them not recorded",
        )
    for number, zh, en in (
        (block.open, "条尚未结束", "entries not ended yet"),
        (block.impossible, "条时间不可能", "entries with impossible times"),
        (block.older, "条为上一轮循环所留", "entries of an earlier round"),
    ):
        if number:
            yield say(f"{number} {zh}，未采用", f"{number} {en} left out")
