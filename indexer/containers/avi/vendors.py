"""What makers put into AVI beside INFO: strd, strn, JUNK, Nikon's ncdt, Exif lists (Exif 2.2 § 5.6.4), XMP.

Layouts as ExifTool documents them (tag names: RIFF, Nikon, Pentax, Olympus, Casio).
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers import exif_directory, xmp
from indexer.containers.avi.layout import inside
from indexer.containers.labels import labelled
from indexer.containers.statements import Statement, printable, stated_time, text

MAX_RECORDS = 300
RECORD = struct.Struct("<HH")
INFO_KEYS: Mapping[bytes, str] = MappingProxyType(
    {b"ISFT": "writer", b"IMAK": "make", b"IMOD": "model", b"ISRN": "serial", b"IMIT": "writer"}
)
INFO_TEXTS = frozenset({b"ICMT", b"INAM", b"ISBJ", b"ISRC", b"IPRD", b"IKEY", b"IART", b"ITCH", b"ICOP", b"CMNT"})
TIMES: Mapping[bytes, str] = MappingProxyType({b"IDIT": "IDIT", b"ICRD": "ICRD"})
EXIF_KEYS: Mapping[bytes, str] = MappingProxyType({b"ecor": "make", b"emdl": "model"})
NIKON_KEYS: Mapping[int, str] = MappingProxyType({3: "make", 4: "model", 5: "firmware"})
NIKON_TIMES: Mapping[int, str] = MappingProxyType({0x13: "nctg-original", 0x14: "nctg-created"})
# Texts at fixed places in JUNK: how it begins, then offset, length, key
JUNK: tuple[tuple[bytes, tuple[tuple[int, int, str], ...]], ...] = (
    (b"IIII\1\0", ((12, 32, "model"),)),
    (b"OLYMDigital Camera", ((18, 24, "make"), (44, 24, "model"))),
    (b"PENTDigital Camera", ((18, 24, "make"), (44, 24, "model"))),
)
GENERIC_STREAMS = ("video", "audio", "sound", "stream")


def info(content: bytes) -> Iterator[Statement]:
    """An INFO list."""
    for kind, value in inside(content):
        said = text(value.split(b"\0")[0])
        if kind in INFO_KEYS:
            yield INFO_KEYS[kind], said
        elif kind in TIMES:
            yield from dated(kind, value)
        elif kind in INFO_TEXTS:
            yield from labelled(said)


def dated(kind: bytes, value: bytes) -> Iterator[Statement]:
    """IDIT or ICRD: the camera's local time, unless the text names its zone."""
    time = stated_time(text(value.split(b"\0")[0]))
    if time is not None:
        yield TIMES[kind], time


def beside(kind: bytes, content: bytes) -> Iterator[Statement]:
    """A chunk or list of the file or of its header list, by its kind (of a list: its form)."""
    if kind == b"INFO":
        yield from info(content)
    elif kind in TIMES:
        yield from dated(kind, content)
    elif kind == b"exif":
        parts = ((EXIF_KEYS[part], text(value)) for part, value in inside(content) if part in EXIF_KEYS)
        yield from parts
    elif kind == b"ncdt":
        for part, value in inside(content):
            yield from _nikon(value) if part == b"nctg" else ()
    elif kind == b"JUNK":
        yield from junk(content)
    elif kind == b"_PMX":
        yield from xmp.statements(content)


def _nikon(content: bytes) -> Iterator[Statement]:
    """nctg: number and bytes (16 bit little-endian each), then the value."""
    at = 0
    for _ in range(MAX_RECORDS):
        if len(content) - at < RECORD.size:
            return
        number, size = RECORD.unpack_from(content, at)
        said = text(content[at + RECORD.size : at + RECORD.size + size].split(b"\0")[0])
        time = stated_time(said) if number in NIKON_TIMES else None
        if time is not None:
            yield NIKON_TIMES[number], time
        elif number in NIKON_KEYS:
            yield NIKON_KEYS[number], said
        at += RECORD.size + size


def junk(content: bytes) -> Iterator[Statement]:
    """Padding by the standard, in which chips write their firmware and programs their name."""
    if content.startswith(b"QVMI"):  # Casio: an Exif directory, big-endian
        yield from exif_directory.statements(content, 10, ">", 0)
        return
    for begin, places in JUNK:
        if content.startswith(begin):
            for at, length, key in places:
                yield key, printable(content[at : at + length].split(b"\0")[0])
            return
    yield from _line(content, "writer")


def of_stream(kind: bytes, content: bytes) -> Iterator[Statement]:
    """A chunk of a stream's own list."""
    if kind == b"strd":
        yield from stream_data(content)
    elif kind == b"strn":
        yield from stream_name(content)
    elif kind == b"JUNK":
        yield from junk(content)


def stream_data(content: bytes) -> Iterator[Statement]:
    """strd: the first four characters say what follows."""
    if content.startswith(b"AVIF"):  # Canon, Fujifilm: an Exif directory, little-endian
        yield from exif_directory.statements(content, 8, "<", 8)
    elif content.startswith(b"CASI"):
        yield "writer", printable(content[4:].split(b"\0")[0])
    else:
        yield from _line(content, "firmware")


def stream_name(content: bytes) -> Iterator[Statement]:
    """strn: what is labelled in it, else who named it, where the name is more than that of a kind."""
    name = printable(content)
    found = list(labelled(name))
    yield from found
    if name and not found and not name.lower().startswith(GENERIC_STREAMS):
        yield "handler", name


def _line(content: bytes, key: str) -> Iterator[Statement]:
    """A line of text and nothing else: what is labelled in it, else all of it under `key`."""
    said = printable(content)
    found = list(labelled(said))
    yield from found or ([(key, said)] if said else [])
