"""Boxes of single makers that name the camera: in user data, in uuid boxes, in boxes of unused space.

Layouts as ExifTool documents them (tag names: QuickTime, Nikon, Kodak, Canon, Samsung). A box that turns out to be
something else says nothing, and is no fault of the file.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from indexer.containers import xmp
from indexer.containers.isobmff import gpmf, novatek
from indexer.containers.isobmff.boxes import HEADER, Box, ProblemList, children, plausible
from indexer.containers.labels import labelled
from indexer.containers.statements import MAX_TEXT, Statement, printable, stated_time, text

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
USER_MEDIA = b"USMT" + bytes.fromhex("21d24fcebb88695cfac9c740")
MAX_LOOSE = 50  # boxes in one box of unused space
LOOSE = frozenset({b"free", b"skip", b"frea"})
LOOSE_BYTES = 4096  # of one of them; the rest is padding, thumbnails and tracks
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Texts at fixed places: offset, length, key
FIXED: Mapping[bytes, tuple[tuple[int, int, str], ...]] = MappingProxyType(
    {b"TAGS": ((0, 24, "make"), (24, 24, "model")), b"@sec": ((0, 32, "make"), (32, 32, "model"))}
    | {b"LEIC": ((0, 22, "make"), (22, 30, "model"))}
)
KODAK_TAGS = ((0, 22, "make"), (22, 42, "model"))
NIKON_KEYS: Mapping[int, str] = MappingProxyType({1: "make", 2: "model", 3: "firmware", 0x110A431: "serial"})
NIKON_TIMES: Mapping[int, str] = MappingProxyType({0x11: "nctg-created", 0x12: "nctg-original"})
FORMAT_BYTES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8)  # of one value, by Exif's number of its type
SONY_KEYS: Mapping[int, str] = MappingProxyType({4: "writer", 5: "model"})
SONY_TIMES: Mapping[int, str] = MappingProxyType({3: "mtdt", 12: "mtdt-modified"})
LOOSE_KEYS: Mapping[bytes, str] = MappingProxyType({b"ver ": "firmware", b"CNFV": "firmware", b"CNMN": "model"})
KODAK_FREE: Mapping[bytes, str] = MappingProxyType({b"Seri": "serial", b"SVer": "firmware"})
UNSET_SERIAL = str(0xFFFFFFFF)  # what Sony writes where no serial is to be told
DEVICE = re.compile(rb"<Device\b[^>]{0,500}>")
ATTRIBUTE = re.compile(rb"\b(manufacturer|modelName|serialNo)\s{0,4}=\s{0,4}[\"']([^\"'<>]{1,200})")
CREATED = re.compile(rb"<(CreationDate|LastUpdate)\b[^>]{0,100}\bvalue\s{0,4}=\s{0,4}[\"']([^\"'<>]{1,64})")
NRTM_KEYS: Mapping[bytes, str] = MappingProxyType(
    {b"manufacturer": "make", b"modelName": "model", b"serialNo": "serial"}
)
NRTM_TIMES: Mapping[bytes, str] = MappingProxyType({b"CreationDate": "nrtm", b"LastUpdate": "nrtm-modified"})


def _fixed(kind: bytes) -> Callable[[bytes], Iterator[Statement]]:
    def read(content: bytes) -> Iterator[Statement]:
        kodak = kind == b"TAGS" and content.startswith(b"EASTMAN KODAK")
        for at, length, key in KODAK_TAGS if kodak else FIXED[kind]:
            said = printable(content[at : at + length].split(b"\0")[0])
            if said:
                yield key, said

    return read


def _gopro_hash(content: bytes) -> Iterator[Statement]:
    """CAME: a digest of the camera's serial, the same in all its files, but not the serial itself."""
    yield from (("make", "GoPro"), ("serial_hash", content[:32].hex()))


def _gopro_firmware(content: bytes) -> Iterator[Statement]:
    yield from (("make", "GoPro"), ("firmware", text(content.split(b"\0")[0])))


def _samsung(_content: bytes) -> Iterator[Statement]:
    yield "make", "SAMSUNG"


def _nikon(content: bytes) -> Iterator[Statement]:
    """NCDT, in it NCTG: number (32 bit), type, count (16 bit each), then the values."""
    whole = Box(b"NCDT", 0, 0, len(content))
    inner = next((box for box in _parts(content, whole) if box.kind == b"NCTG"), None)
    at, end = (inner.body, inner.end) if inner else (0, 0)
    for _ in range(MAX_TEXT):
        if end - at < 8:
            return
        number, kind, count = struct.unpack_from(">IHH", content, at)
        size = count * FORMAT_BYTES[kind] if kind < len(FORMAT_BYTES) else end
        said = text(content[at + 8 : min(at + 8 + size, end)].split(b"\0")[0])
        time = stated_time(said) if number in NIKON_TIMES else None
        if time is not None:
            yield NIKON_TIMES[number], time
        elif number in NIKON_KEYS:
            yield NIKON_KEYS[number], said
        at += 8 + size


def _panasonic(content: bytes) -> Iterator[Statement]:
    """PANA: the model at one of two places, by generation."""
    yield "make", "Panasonic"
    models = (printable(content[at : at + 16].split(b"\0")[0]) for at in (4, 12))
    yield from (("model", model) for model in models if len(model) >= 6)


def _ambarella(content: bytes) -> Iterator[Statement]:
    """AMBA: its layout is the firmware's own; what is labelled in it can be read."""
    for run in re.findall(rb"[\x20-\x7e\x80-\xff]{6,}", content[:4096]):
        yield from labelled(text(run))


USER_DATA: Mapping[bytes, Callable[[bytes], Iterator[Statement]]] = MappingProxyType(
    {b"GPMF": gpmf.statements, b"CAME": _gopro_hash, b"FIRM": _gopro_firmware, b"NCDT": _nikon, b"PANA": _panasonic}
    | {b"smta": _samsung, b"AMBA": _ambarella, b"amba": _ambarella, b"XMP_": xmp.statements}
    | {kind: _fixed(kind) for kind in FIXED}
)
"""Inside udta: box → what its content says."""


def known_uuid(begin: bytes) -> bool:
    return begin[:16] in (XMP, USER_MEDIA)


def uuid(content: bytes) -> Iterator[Statement]:
    """XMP, and Sony's user media; PROF and all others describe streams."""
    if content.startswith(XMP):
        yield from xmp.statements(content[16:])
    elif content.startswith(USER_MEDIA):
        whole = Box(b"uuid", 0, 16, len(content))
        for box in _parts(content, whole):
            if box.kind == b"MTDT":
                yield from _sony(content[box.body : box.end])


def _sony(content: bytes) -> Iterator[Statement]:
    """MTDT: a count, then size, number (32 bit), language, coding (1: UTF-16) and the value."""
    at = 2
    for _ in range(min(int.from_bytes(content[:2]), MAX_LOOSE)):
        if len(content) - at < 10:
            return
        size, number, _, coding = struct.unpack_from(">HIHH", content, at)
        raw = content[at + 10 : at + size]
        said = raw.decode("utf-16-be", "replace") if coding == 1 else printable(raw)
        time = stated_time(said) if number in SONY_TIMES else None
        if time is not None:
            yield SONY_TIMES[number], time
        elif number in SONY_KEYS and said:
            yield SONY_KEYS[number], said.split("\0")[0]
        at += max(size, 10)


def real_time_meta(content: bytes) -> Iterator[Statement]:
    """NonRealTimeMeta, the XML that Sony keeps in meta/xml: device and creation date."""
    device = DEVICE.search(content)
    for name, value in ATTRIBUTE.findall(device[0]) if device else ():
        said = text(value)
        if said != UNSET_SERIAL:
            yield NRTM_KEYS[name], said
    for name, value in CREATED.findall(content):
        time = stated_time(text(value))
        if time is not None:
            yield NRTM_TIMES[name], time


def loose(content: bytes) -> Iterator[Statement]:
    """free, skip, frea: unused space by the standard, in which makers keep boxes or a line of text."""
    content = content[:LOOSE_BYTES]
    if content.startswith(novatek.BEGIN):
        yield from novatek.statements(content)
    elif _boxes_inside(content):
        for box in _parts(content, Box(b"free", 0, 0, len(content))):
            yield from _loose_box(box.kind, content[box.body : box.end])
    else:
        yield from labelled(printable(content))


def _loose_box(kind: bytes, content: bytes) -> Iterator[Statement]:
    if kind in LOOSE_KEYS:
        yield LOOSE_KEYS[kind], printable(content.split(b"\0")[0])
    elif kind in KODAK_FREE and content:  # length, zero, characters
        yield KODAK_FREE[kind], printable(content[2 : 2 + content[0]])
    elif kind == b"cprt" and b"Pittasoft" in content[:64]:
        yield "make", "Pittasoft"
    elif kind == b"sttm" and len(content) >= 8:  # Pittasoft: milliseconds since 1970, local time
        milliseconds = int.from_bytes(content[:8])
        if milliseconds < 1 << 43:
            yield "sttm", (EPOCH + timedelta(milliseconds=milliseconds)).replace(tzinfo=None)
    elif kind in USER_DATA:
        yield from USER_DATA[kind](content)


def _boxes_inside(content: bytes) -> bool:
    if len(content) < HEADER.size:
        return False
    length, kind = HEADER.unpack_from(content)
    return HEADER.size <= length <= 1 << 24 and plausible(kind) and not kind.startswith(b"\xa9")


def _parts(content: bytes, parent: Box) -> Iterator[Box]:
    """The boxes of a maker's own; what is wrong with them is nobody's business."""
    walk = children(memoryview(content), parent.body, parent.end, ProblemList())
    yield from (box for _, box in zip(range(MAX_LOOSE), walk, strict=False))
