"""Reader of still photographs taken by the cameras: JPEG (ITU-T T.81) with Exif (CIPA DC-008), through ExifRead.

ExifRead gets the Exif segment alone, at most 64 KiB, so no photograph can make it read or allocate more.
"""

import io
import logging
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import exifread
from exifread.core.exceptions import ExifNotFound, InvalidExif

from domain.media import Probe, ProblemCode, Track, TrackKind
from domain.wording import say
from indexer.containers import xmp
from indexer.containers.base import Source
from indexer.containers.isobmff.boxes import ProblemList, read_at
from indexer.containers.labels import labelled
from indexer.containers.statements import MAX_TEXT, SOME, Statement, Statements, position, text

START, END, SCAN = 0xD8, 0xD9, 0xDA
FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
APP1, COMMENT = 0xE1, 0xFE
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
TIMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "exif-original": ("EXIF DateTimeOriginal", "Original"),
        "exif-digitized": ("EXIF DateTimeDigitized", "Digitized"),
        "exif-modified": ("Image DateTime", ""),
    }
)
"""Name → tag, and the ending of the tags with its fraction and its offset; the first that is there is the creation."""
MAX_SEGMENTS = 1000
TAIL = 64 * 1024
MAX_PICTURE = 64 * 1024 * 1024
FRAME = struct.Struct(">BHH")

# What ExifRead raises on bytes that contradict themselves; it has no exception of its own for most of it.
REFUSALS = (
    ExifNotFound, InvalidExif, struct.error, ValueError, IndexError, KeyError, TypeError, AttributeError,
    AssertionError, ArithmeticError, EOFError, RecursionError,
)  # fmt: skip


class StillReader:
    """JPEG photographs."""

    name = "still"
    version = 3

    def recognises(self, source: Source) -> bool:
        return source.head.startswith(b"\xff\xd8\xff")

    def probe(self, source: Source) -> Probe:
        problems = ProblemList()
        size, exif, complete, beside = None, b"", False, Statements()
        for marker, at, length in _segments(source, problems):
            if marker in FRAME_HEADERS:
                size = size or _size(read_at(source.stream, at, FRAME.size))
            elif marker == APP1:
                content = read_at(source.stream, at, length)
                exif = exif or (content[len(EXIF) :] if content.startswith(EXIF) else b"")
                beside.add(xmp.statements(content[len(XMP) :]) if content.startswith(XMP) else ())
            elif marker == COMMENT:
                beside.add(labelled(text(read_at(source.stream, at, min(length, SOME)))))
            elif marker == SCAN:
                complete = _ends(source, at)
        if not complete and not problems.has(ProblemCode.BAD_BOX):
            zh, en = f"{source.size} 字节内没有图像结束标记", f"no end of picture in {source.size} bytes"
            problems.add(ProblemCode.TRUNCATED, say(zh, en))
        if size is None:
            problems.add(ProblemCode.NO_TRACKS, say("没有帧头，因此没有图像", "no frame header, so no picture"))
        tags = _exif(exif, problems) if exif else {}
        said = Statements()
        said.add(_stated(tags))
        said.add(beside.all())
        return _probe(said, size, problems)


def _segments(source: Source, problems: ProblemList) -> Iterator[tuple[int, int, int]]:
    """Marker, offset and length of the content of every segment up to and including the scan (T.81 § B.1.1)."""
    at = 2
    for _ in range(MAX_SEGMENTS):
        raw = read_at(source.stream, at, 4)
        if len(raw) < 4:
            return
        if raw[0] != 0xFF:
            zh, en = f"应为标记之处为 {raw[0]:#04x}", f"no marker where one must be, got {raw[0]:#04x}"
            problems.add(ProblemCode.BAD_BOX, say(zh, en), at)
            return
        if raw[1] == 0xFF:  # fill byte
            at += 1
            continue
        length = int.from_bytes(raw[2:4])
        if length < 2:
            detail = say(f"段 {raw[1]:#04x} 长 {length} 字节", f"segment {raw[1]:#04x} of {length} bytes")
            problems.add(ProblemCode.BAD_BOX, detail, at)
            return
        yield raw[1], at + 4, length - 2
        if raw[1] == SCAN:
            return
        at += 2 + length


def _size(raw: bytes) -> tuple[int, int] | None:
    """Width and height of a frame header (T.81 § B.2.2); None when either is 0 or cut off."""
    if len(raw) < FRAME.size:
        return None
    _, height, width = FRAME.unpack(raw)
    return (width, height) if width and height else None


def _ends(source: Source, scan: int) -> bool:
    """True when an end marker follows the scan; makers append their own data behind it."""
    end = bytes((0xFF, END))
    tail = max(scan, source.size - TAIL)
    if end in read_at(source.stream, tail, source.size - tail):
        return True
    return end in read_at(source.stream, scan, min(source.size - scan, MAX_PICTURE))


def _exif(segment: bytes, problems: ProblemList) -> Mapping[str, Any]:
    """The tags, or nothing and a problem. ExifRead's own complaints are ours to tell, not its logger's."""
    logger = logging.getLogger("exifread")
    disabled, logger.disabled = logger.disabled, True
    try:
        found: Mapping[str, Any] = exifread.process_file(io.BytesIO(segment), details=False, extract_thumbnail=False)
    except REFUSALS as error:
        reason = f"{type(error).__name__}: {error}"
        problems.add(ProblemCode.DECODER_ERROR, say(f"Exif 无法读取：{reason}", f"Exif cannot be read: {reason}"))
        return {}
    finally:
        logger.disabled = disabled
    if not found:
        problems.add(ProblemCode.DECODER_ERROR, say("Exif 段中没有可读标签", "Exif segment without a readable tag"))
    return found


def _text(tags: Mapping[str, Any], *names: str) -> str:
    """The first of the tags that says something; cameras fill unused ones with blanks or zeros."""
    texts = (str(tags[name]).replace("\0", " ").strip() for name in names if name in tags)
    return next((said[:MAX_TEXT] for said in texts if said), "")


def _probe(said: Statements, size: tuple[int, int] | None, problems: ProblemList) -> Probe:
    width, height = size or (None, None)
    track = Track(1, TrackKind.STILL, "mjpeg", timedelta(0), timedelta(0), 1, width, height)
    return Probe(
        "jpeg",
        StillReader.name,
        StillReader.version,
        timedelta(0),
        creation_time=next((said.times[name] for name in TIMES if name in said.times), None),
        writer=said.take("writer"),
        tracks=(track,) if size else (),
        problems=problems.all(),
        tags=said.tags,
        stated_times=said.times,
    )


def _stated(tags: Mapping[str, Any]) -> Iterator[Statement]:
    """Device, writer, position and times of the Exif segment."""
    yield "make", _text(tags, "Image Make")
    yield "model", _text(tags, "Image Model")
    yield "serial", _text(tags, "EXIF BodySerialNumber", "Image CameraSerialNumber")
    yield "badge", _text(tags, "EXIF CameraOwnerName", "Image CameraOwnerName")
    yield "writer", _text(tags, "Image Software")
    yield "location", _location(tags)
    for name in ("Image ImageDescription", "EXIF UserComment"):
        yield from labelled(_text(tags, name))
    for name, (tag, kind) in TIMES.items():
        time = _time(tags, tag, kind)
        if time is not None:
            yield name, time
    fixed = _satellite_time(tags)
    if fixed is not None:
        yield "gps", fixed


def _time(tags: Mapping[str, Any], tag: str, kind: str) -> datetime | None:
    """A time with its fraction; aware UTC when the camera stated its offset, else the camera's local time."""
    try:
        local = datetime.strptime(_text(tags, tag)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (naive on purpose)
    except ValueError:
        return None
    fraction = _text(tags, f"EXIF SubSecTime{kind}", "EXIF SubSecTime")
    if fraction.isascii() and fraction.isdigit():
        local += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    offset = _text(tags, f"EXIF OffsetTime{kind}", "EXIF OffsetTime")
    try:
        aware = datetime.fromisoformat(local.isoformat() + offset)
        return aware.astimezone(UTC) if aware.tzinfo else local
    except (ValueError, OverflowError):
        return local


def _satellite_time(tags: Mapping[str, Any]) -> datetime | None:
    """GPSDateStamp and GPSTimeStamp, which are UTC by the standard (CIPA DC-008 § 4.6.6)."""
    clock = _rationals(tags, "GPS GPSTimeStamp")
    try:
        day = datetime.strptime(_text(tags, "GPS GPSDate"), "%Y:%m:%d").replace(tzinfo=UTC)
        return day + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2]) if clock else None
    except (ValueError, OverflowError):
        return None


def _location(tags: Mapping[str, Any]) -> str:
    latitude = _degrees(tags, "GPS GPSLatitude", "S")
    longitude = _degrees(tags, "GPS GPSLongitude", "W")
    return "" if latitude is None or longitude is None else position(latitude, longitude)


def _degrees(tags: Mapping[str, Any], name: str, negative: str) -> float | None:
    found = _rationals(tags, name)
    if found is None:
        return None
    total = found[0] + found[1] / 60 + found[2] / 3600
    return -total if _text(tags, f"{name}Ref").startswith(negative) else total


def _rationals(tags: Mapping[str, Any], name: str) -> tuple[float, float, float] | None:
    """The three numbers of a tag, as degrees and times of day are written."""
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, list) or len(values) != 3:
        return None
    try:
        first, second, third = (float(value) for value in values)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return first, second, third
