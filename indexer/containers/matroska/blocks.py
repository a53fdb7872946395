"""The walk over a Matroska segment that reads element headers and seeks over payloads (RFC 9559 § 5.1.3, § 10).

Ids say by themselves on which level they stand, so masters are entered and their ends need no bookkeeping: sizes left
open by a live recording cost nothing. The index (Cues) lists only some pictures; every block header is read instead,
because only so is every gap seen.
"""

from array import array
from dataclasses import dataclass, field

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.handover import HandOver
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.matroska.ebml import WIDTH, Element, element
from indexer.containers.matroska.info import (
    CLUSTER,
    INFO,
    MAX_TAGS,
    SEGMENT,
    Info,
    check_length,
    parse_info,
    parse_tags,
)
from indexer.containers.matroska.tracks import TrackEntry, parse_tracks
from indexer.containers.statements import Statements

TRACKS, TAGS, EBML_HEADER = 0x1654AE6B, 0x1254C367, 0x1A45DFA3
TIMESTAMP, SIMPLE_BLOCK, GROUP, BLOCK, BLOCK_DURATION, REFERENCE = 0xE7, 0xA3, 0xA0, 0xA1, 0x9B, 0xFB
ENTERED = frozenset({SEGMENT, CLUSTER, GROUP})
PASSED = frozenset(
    {0xEC, 0xBF, 0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770}  # Void, CRC-32, SeekHead, Cues, Attachments, Chapters
    | {0xA7, 0xAB, 0x5854, 0xAF, 0x75A1, 0x75A2, 0xA4, 0xFA, 0xFD, 0xA2, 0x8E, EBML_HEADER}
)
LOADED = frozenset({INFO, TRACKS, TAGS})
WINDOW = 32  # bytes read at an element: header, and the block header or the next element behind it
MAX_LOADED = 4 * 1024 * 1024
MAX_BLOCKS = 10_000_000
BLANK = 4096  # bytes of zeros behind which nothing is looked for
KEY, LACED = 0x80, 0x06


@dataclass(slots=True)
class Blocks:
    """What one track's blocks say, in ticks of the segment: times, which can be decoded alone, how long the last is."""

    times: "array[int]" = field(default_factory=lambda: array("q"))
    sync: "array[int]" = field(default_factory=lambda: array("q"))
    latest: int = -(1 << 62)
    latest_duration: int = 0


@dataclass(slots=True)
class Segment:
    """Everything that the walk collects."""

    info: Info = field(default_factory=Info)
    entries: tuple[TrackEntry, ...] = ()
    said: Statements = field(default_factory=Statements)
    blocks: dict[int, Blocks] = field(default_factory=dict)
    cluster: int = 0
    count: int = 0
    last: Blocks | None = None


def walk(source: Source, problems: ProblemList) -> Segment:
    """Every element header of the first segment. Raises HandOver where there is none in its place."""
    segment, at, end, begun = Segment(), 0, source.size, False
    window, base = b"", 0
    while at < end:
        if base + len(window) - at < WINDOW // 2:
            window, base = read_at(source.stream, at, min(WINDOW, end - at)), at
        found = element(window, at - base, at)
        if found is None and base < at:
            window, base = b"", at
            continue
        if found is None:
            _torn(source, at, end, problems)
            break
        if found.id == SEGMENT:
            if begun:
                raise HandOver(say("出现第二个段", "a second segment"), at)
            begun = True
            check_length(source, found, problems)
            end = min(end, found.body + found.size) if found.size is not None else end
        at = _step(source, segment, found, (window, base), problems)
    return segment


def _torn(source: Source, at: int, end: int, problems: ProblemList) -> None:
    """No element at `at`: the file ends inside one, or something else stands there."""
    if end - at >= WINDOW // 2 and not any(read_at(source.stream, at, BLANK)):
        zh = f"自字节 {at} 起全为零：空间已预留，未写入数据"
        detail = say(zh, f"only zeros from byte {at} on: space kept, nothing written")
        problems.add(ProblemCode.TRUNCATED, detail, at)
        return
    if end - at >= WINDOW // 2:
        raise HandOver(say("应为元素之处不是元素", "no element where one must begin"), at)
    rest = source.size - at
    zh, en = f"文件在元素内第 {rest} 字节处结束", f"file ends {rest} bytes into an element"
    problems.add(ProblemCode.TRUNCATED, say(zh, en), at)


def _step(source: Source, segment: Segment, found: Element, window: tuple[bytes, int], problems: ProblemList) -> int:
    """Take what one element says; where the next one begins."""
    if found.id in ENTERED:
        return found.body
    if found.size is None:
        raise HandOver(say(f"元素 {found.id:#x} 长度未知", f"element {found.id:#x} of unknown size"), found.body)
    stop = found.body + found.size
    if stop > source.size:
        there = source.size - found.body
        zh = f"元素 {found.id:#x}：声明 {found.size} 字节，文件内有 {there} 字节"
        detail = say(zh, f"element {found.id:#x}: {found.size} bytes announced, {there} in the file")
        problems.add(ProblemCode.TRUNCATED, detail, found.body)
        return source.size
    if found.id in (SIMPLE_BLOCK, BLOCK):
        _block(source, segment, found, window)
    elif found.id == TIMESTAMP:
        segment.cluster = int.from_bytes(_value(source, found, window))
    elif found.id == BLOCK_DURATION and segment.last:
        segment.last.latest_duration = int.from_bytes(_value(source, found, window))
    elif found.id == REFERENCE and segment.last and segment.last.sync:
        segment.last.sync.pop()
    elif found.id in LOADED:
        _load(source, segment, found)
    elif found.id not in PASSED and found.id not in (BLOCK_DURATION, REFERENCE):
        raise HandOver(say(f"未知元素 {found.id:#x}", f"unknown element {found.id:#x}"), found.body)
    return stop


def _value(source: Source, found: Element, window: tuple[bytes, int]) -> bytes:
    """The content of a small element, from the window where it is there."""
    size = min(found.size or 0, 8)
    raw, base = window
    inside = found.body - base
    if inside + size <= len(raw):
        return raw[inside : inside + size]
    return read_at(source.stream, found.body, size)


def _load(source: Source, segment: Segment, found: Element) -> None:
    size = found.size or 0
    if found.id == TAGS:
        segment.said.add(parse_tags(read_at(source.stream, found.body, min(size, MAX_TAGS))))
        return
    if size > MAX_LOADED:
        zh = f"元素 {found.id:#x} 长 {size} 字节，最多读取 {MAX_LOADED} 字节"
        raise HandOver(say(zh, f"element {found.id:#x} of {size} bytes, at most {MAX_LOADED} are read"), found.body)
    content = read_at(source.stream, found.body, size)
    if found.id == INFO:
        segment.info = parse_info(content)
    elif found.id == TRACKS and not segment.entries:
        segment.entries = parse_tracks(content)
        segment.blocks = {entry.number: Blocks() for entry in segment.entries}


def _block(source: Source, segment: Segment, found: Element, window: tuple[bytes, int]) -> None:
    """Track number, time and flags at the head of a block (§ 10.1); a laced one holds several frames (§ 10.3)."""
    raw, base = window
    at = found.body - base
    if at + 12 > len(raw):
        raw, at = read_at(source.stream, found.body, min(found.size or 0, 12)), 0
    width = WIDTH[raw[at]] if at < len(raw) else 0
    if not width or len(raw) < at + width + 3 or (found.size or 0) < width + 3:
        raise HandOver(say("块没有块头", "block without a header"), found.body)
    number = int.from_bytes(raw[at : at + width]) & ((1 << 7 * width) - 1)
    blocks = segment.blocks.get(number)
    segment.last = blocks
    if blocks is None:
        return
    segment.count += 1
    if segment.count > MAX_BLOCKS:
        raise HandOver(say(f"块超过 {MAX_BLOCKS} 个", f"more than {MAX_BLOCKS} blocks"), found.body)
    time = segment.cluster + int.from_bytes(raw[at + width : at + width + 2], signed=True)
    flags = raw[at + width + 2]
    if abs(time) > 1 << 62:
        raise HandOver(say("时间戳超出合理范围", "a time beyond all reason"), found.body)
    blocks.times.append(time)
    if time >= blocks.latest:
        blocks.latest, blocks.latest_duration = time, 0
    if flags & KEY or found.id == BLOCK:
        blocks.sync.append(time)
    if flags & LACED and len(raw) > at + width + 3:
        _laced(segment, number, blocks, time, raw[at + width + 3])


def _laced(segment: Segment, number: int, blocks: Blocks, time: int, more: int) -> None:
    """The frames behind the first one of a laced block follow each other at the track's own distance."""
    entry = next(entry for entry in segment.entries if entry.number == number)
    for place in range(1, more + 1):
        later = time + place * entry.frame // segment.info.scale
        blocks.times.append(later)
        blocks.latest = max(blocks.latest, later)
