"""The Info element and the length of a Matroska segment (RFC 9559 § 5.1.2, § 5.1), read beside the demuxer.

Only these tell a stated duration from an estimated one, and a cut file from a whole one.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.media import ProblemCode
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList, read_at

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
SEGMENT, INFO, CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
TIMESTAMP_SCALE, DURATION, DATE, MUXER, WRITER = 0x2AD7B1, 0x4489, 0x4461, 0x4D80, 0x5741
MAX_ELEMENTS = 200
MAX_INFO = 64 * 1024
DEFAULT_SCALE = 1_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class Info:
    duration: timedelta | None = None
    created: datetime | None = None
    writer: str | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """`size` None: unknown, to the end (RFC 8794 § 6.2)."""

    id: int
    body: int
    size: int | None


def info(source: Source, problems: ProblemList) -> Info:
    """What the first segment says about itself; a segment longer than the file is a cut."""
    for top in _elements(source, 0, source.size):
        if top.id != SEGMENT:
            continue
        end = source.size if top.size is None else top.body + top.size
        if end > source.size:
            detail = f"segment of {top.size} bytes announced, {source.size - top.body} in the file"
            problems.add(ProblemCode.TRUNCATED, detail, top.body)
        for element in _elements(source, top.body, min(end, source.size)):
            if element.id == INFO and element.size is not None and element.size <= MAX_INFO:
                return _info(read_at(source.stream, element.body, element.size))
            if element.id == CLUSTER:
                break
        break
    return Info()


def _elements(source: Source, at: int, end: int) -> Iterator[Element]:
    for _ in range(MAX_ELEMENTS):
        raw = read_at(source.stream, at, min(16, max(end - at, 0)))
        element = _element(raw, at)
        if element is None:
            return
        yield element
        if element.size is None:
            return
        at = element.body + element.size


def _element(raw: bytes, at: int) -> Element | None:
    """Id and size at the start of `raw` (RFC 8794 § 4); None when there is none."""
    width = _width(raw)
    if not 1 <= width <= 4 or len(raw) <= width:
        return None
    sized = _width(raw[width:])
    if not 1 <= sized <= 8 or len(raw) < width + sized:
        return None
    size = int.from_bytes(raw[width : width + sized]) & ((1 << 7 * sized) - 1)
    unknown = size == (1 << 7 * sized) - 1
    return Element(int.from_bytes(raw[:width]), at + width + sized, None if unknown else size)


def _width(raw: bytes) -> int:
    return 9 - raw[0].bit_length() if raw and raw[0] else 0


def _info(content: bytes) -> Info:
    values: dict[int, bytes] = {}
    at = 0
    while (element := _element(content[at : at + 16], at)) is not None and element.size is not None:
        values.setdefault(element.id, content[element.body : element.body + element.size])
        at = element.body + element.size
    scale = int.from_bytes(values.get(TIMESTAMP_SCALE, b"")) or DEFAULT_SCALE
    names = (values.get(key, b"").split(b"\0")[0].decode("utf-8", "replace").strip() for key in (WRITER, MUXER))
    return Info(
        _duration(values.get(DURATION, b""), scale),
        _date(values.get(DATE)),
        next((name for name in names if name), None),
    )


def _duration(raw: bytes, scale: int) -> timedelta | None:
    if len(raw) not in (4, 8):
        return None
    value = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0] * scale / 1e9
    try:
        return timedelta(seconds=value) if value > 0 else None
    except OverflowError:
        return None


def _date(raw: bytes | None) -> datetime | None:
    """DateUTC: nanoseconds since 2001, signed. An empty element means 2001-01-01 itself."""
    if raw is None or len(raw) not in (0, 8):
        return None
    try:
        return EPOCH + timedelta(microseconds=int.from_bytes(raw, signed=True) // 1000)
    except OverflowError:
        return None
