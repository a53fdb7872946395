"""What RIFF files (AVI, WAV; AVI 1.0, OpenDML) say beyond the demuxer: how long they are, when they began.

A camera that lost power leaves its sizes at zero or beyond the end, and no index.
"""

import re
import struct
from dataclasses import dataclass
from datetime import datetime

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList, read_at

CHUNK = struct.Struct("<4sI")
UNSIZED = 0xFFFFFFFF  # RF64: the size is elsewhere
MAX_CHUNKS = 1000
MAX_HEADER = 1024 * 1024
NOT_CLOSED = say("末尾没有索引：录制未正常结束", "no index at the end: the recording was not closed")
LISTS = frozenset({b"LIST", b"RIFF"})
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# "Mon Jan 15 14:30:25 2024" (asctime, AVI's own) · "2024-01-15 14:30:25" · "2024/01/15/ 14:30:25" · "20240115143025"
ASCTIME = re.compile(r"[A-Za-z]{3}\s+([A-Za-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(\d{4})")
DIGITS = re.compile(r"(\d{4})[-/:]?(\d{2})[-/:]?(\d{2})/?[ T]*(\d{2}):?(\d{2}):?(\d{2})")


@dataclass(frozen=True, slots=True)
class Chunk:
    kind: bytes
    form: bytes  # of a list
    at: int
    body: int
    end: int


def created(source: Source, problems: ProblemList) -> datetime | None:
    """Walk the chunks; report a cut; give IDIT or ICRD as the camera's local time."""
    indexed = False
    stated: datetime | None = None
    for chunk in _walk(source, 0, source.size, problems):
        if chunk.kind == b"RIFF":
            for inner in _walk(source, chunk.body, min(chunk.end, source.size), problems):
                stated = stated or _time(source, inner)
                indexed = indexed or inner.kind == b"idx1" or (inner.form == b"hdrl" and _open_dml(source, inner))
    if source.head[8:12] == b"AVI " and not indexed and not problems.has(ProblemCode.TRUNCATED):
        problems.add(ProblemCode.TRUNCATED, NOT_CLOSED)
    return stated


def _walk(source: Source, start: int, end: int, problems: ProblemList) -> list[Chunk]:
    """The chunks between two offsets, lists opened one level; one that runs past the end of the file is reported."""
    found: list[Chunk] = []
    at = start
    while end - at >= CHUNK.size and len(found) < MAX_CHUNKS:
        raw = read_at(source.stream, at, 12)
        kind, length = CHUNK.unpack_from(raw)
        listed = kind in LISTS or kind == b"RF64"
        if length == UNSIZED or (listed and not length):
            if kind != b"RF64":
                problems.add(ProblemCode.TRUNCATED, unsized(kind), at)
            length = source.size - at - CHUNK.size
        stop = at + CHUNK.size + length
        if stop > source.size:
            problems.add(ProblemCode.TRUNCATED, cut_chunk(kind, length + 8, source.size - at), at)
        form = raw[8:12] if listed else b""
        found.append(Chunk(kind, form, at, at + CHUNK.size + (4 if listed else 0), stop))
        at = stop + (stop & 1)
    return found


def label(kind: bytes) -> str:
    return kind.decode("latin-1").strip()


def unsized(kind: bytes) -> str:
    """Said of a list whose size was never written."""
    name = label(kind)
    return say(f"{name} 没有写入长度：录制未正常结束", f"{name} without a size: the recording was not closed")


def cut_chunk(kind: bytes, announced: int, there: int) -> str:
    """Said of a chunk that runs past the end of the file; both counts in bytes, its header among them."""
    zh = f"{label(kind)} 数据块：声明 {announced} 字节，文件内有 {there} 字节"
    return say(zh, f"{label(kind)} chunk: {announced} bytes announced, {there} in the file")


def no_chunk(kind: bytes) -> str:
    """Said of bytes that stand where a chunk must begin."""
    return say(f"应为数据块之处不是数据块：{kind!r}", f"no chunk where one must begin: {kind!r}")


def _content(source: Source, chunk: Chunk) -> bytes:
    return read_at(source.stream, chunk.body, max(min(chunk.end - chunk.body, MAX_HEADER), 0))


def _open_dml(source: Source, header: Chunk) -> bool:
    return b"indx" in _content(source, header)


def _time(source: Source, chunk: Chunk) -> datetime | None:
    """IDIT stands beside the lists or in hdrl; ICRD in INFO."""
    if chunk.kind == b"IDIT":
        return parse_time(_content(source, chunk))
    if chunk.form not in (b"hdrl", b"INFO"):
        return None
    content = _content(source, chunk)
    for name in (b"IDIT", b"ICRD"):
        at = content.find(name)
        if 0 <= at <= len(content) - CHUNK.size:
            length = CHUNK.unpack_from(content, at)[1]
            return parse_time(content[at + CHUNK.size : at + CHUNK.size + min(length, 64)])
    return None


def parse_time(raw: bytes) -> datetime | None:
    """A camera's local time in one of the spellings that are met; None for anything else."""
    text = raw.split(b"\0")[0].decode("ascii", "replace").strip()
    if match := ASCTIME.search(text):
        month, day, hour, minute, second, year = match.groups()
        number = MONTHS.index(month.lower()) + 1 if month.lower() in MONTHS else 0
        parts = (int(year), number, int(day), int(hour), int(minute), int(second))
    elif match := DIGITS.search(text):
        parts = tuple(int(part) for part in match.groups())  # type: ignore[assignment]
    else:
        return None
    try:
        return datetime(*parts)  # noqa: DTZ001 (naive on purpose: the camera's zone is not in the file)
    except ValueError:
        return None
