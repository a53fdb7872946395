"""The Info and Tags elements of a Matroska segment (RFC 9559 § 5.1.2, § 5.1.8): length, date, writer, device."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.media import ProblemCode
from domain.wording import say
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.matroska.ebml import Element, element, first_of_each, number, real, text
from indexer.containers.statements import Statement, clean
from indexer.containers.tag_names import named

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
SEGMENT, INFO, CLUSTER = 0x18538067, 0x1549A966, 0x1F43B675
TIMESTAMP_SCALE, DURATION, DATE, MUXER, WRITER, TITLE = 0x2AD7B1, 0x4489, 0x4461, 0x4D80, 0x5741, 0x7BA9
TAG, SIMPLE_TAG, TAG_NAME, TAG_STRING = 0x7373, 0x67C8, 0x45A3, 0x4487
MAX_ELEMENTS = 200
MAX_INFO = 64 * 1024
MAX_TAGS = 1024 * 1024  # bytes of the element; what lies behind them is not looked at
MAX_SIMPLE_TAGS = 2_000
DEFAULT_SCALE = 1_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class Info:
    """`scale`: nanoseconds of one tick of the segment's clock; `writer`: the application, else the library."""

    duration: timedelta | None = None
    created: datetime | None = None
    writer: str | None = None
    scale: int = DEFAULT_SCALE
    muxer: str | None = None
    title: str = ""


def info(source: Source, problems: ProblemList) -> Info:
    """What the first segment says about itself; a segment longer than the file is a cut."""
    at = 0
    for _ in range(MAX_ELEMENTS):
        found = element(read_at(source.stream, at, 16), 0, at)
        if found is None or found.id == CLUSTER or at >= source.size:
            break
        if found.id == SEGMENT:
            check_length(source, found, problems)
            at = found.body
        elif found.size is None:
            break
        elif found.id == INFO and found.size <= MAX_INFO:
            return parse_info(read_at(source.stream, found.body, found.size))
        else:
            at = found.body + found.size
    return Info()


def check_length(source: Source, segment: Element, problems: ProblemList) -> None:
    """A segment longer than the file was cut."""
    if segment.size is not None and segment.body + segment.size > source.size:
        there = source.size - segment.body
        zh = f"段声明 {segment.size} 字节，文件内有 {there} 字节"
        detail = say(zh, f"segment of {segment.size} bytes announced, {there} in the file")
        problems.add(ProblemCode.TRUNCATED, detail, segment.body)


def parse_info(content: bytes) -> Info:
    values = first_of_each(content)
    scale = number(values.get(TIMESTAMP_SCALE)) or DEFAULT_SCALE
    application, library = (clean(text(values.get(key))) for key in (WRITER, MUXER))
    return Info(
        _duration(values.get(DURATION), scale),
        _date(values.get(DATE)),
        application or library or None,
        scale,
        library or None,
        text(values.get(TITLE)),
    )


def _duration(raw: bytes | None, scale: int) -> timedelta | None:
    value = real(raw)
    try:
        return timedelta(seconds=value * scale / 1e9) if value and value > 0 else None
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


def parse_tags(content: bytes) -> Iterator[Statement]:
    """What the tags say about device and times. Their writer is that of a track (Lavc), so it is not the file's."""
    left = MAX_SIMPLE_TAGS
    for tag, start, end in _parts(content, 0, len(content)):
        for kind, at, stop in _parts(content, start, end) if tag == TAG else ():
            if kind != SIMPLE_TAG:
                continue
            left -= 1
            if left < 0:
                return
            values = first_of_each(content[at:stop])
            said = named(text(values.get(TAG_NAME)), text(values.get(TAG_STRING)))
            yield from (one for one in said if one[0] != "writer")


def _parts(content: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Id, start and end of every element between two places; one that is cut is given as far as it is there."""
    for _ in range(MAX_SIMPLE_TAGS):
        found = element(content[at : min(at + 12, end)], 0, at)
        if found is None:
            return
        stop = end if found.size is None else min(found.body + found.size, end)
        yield found.id, found.body, stop
        at = stop
