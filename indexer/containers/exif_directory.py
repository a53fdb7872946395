"""An Exif directory (CIPA DC-008 § 4.6.2) outside a photograph: cameras put one bare into their films.

There is no header: the caller knows the byte order and what offsets count from. Only texts are read.
"""

import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from indexer.containers.labels import labelled
from indexer.containers.statements import SOME, Statement, stated_time, text

MAX_ENTRIES = 200
EXIF_POINTER, ASCII, LONG = 0x8769, 2, 4
KEYS: Mapping[int, str] = MappingProxyType(
    {0x010F: "make", 0x0110: "model", 0x0131: "writer", 0xA431: "serial", 0xC62F: "serial", 0xA430: "badge"}
)
TIMES: Mapping[int, tuple[str, int]] = MappingProxyType(
    {0x9003: ("exif-original", 0x9011), 0x9004: ("exif-digitized", 0x9012), 0x0132: ("exif-modified", 0x9010)}
)
"""Tag → name, and the tag with the offset from UTC."""
DESCRIPTION = 0x010E


def statements(data: bytes, at: int, order: str, base: int) -> Iterator[Statement]:
    """The directory at `at` and the Exif directory it points to; `order` is `<` or `>`."""
    texts, inner = _texts(data, at, order, base)
    if inner is not None and base + inner != at:
        texts = {**_texts(data, base + inner, order, base)[0], **texts}
    for tag, said in texts.items():
        if tag in KEYS:
            yield KEYS[tag], said
        elif tag == DESCRIPTION:
            yield from labelled(said)
        elif tag in TIMES:
            name, offset = TIMES[tag]
            time = stated_time(said + texts.get(offset, "").strip()) or stated_time(said)
            if time is not None:
                yield name, time


def _texts(data: bytes, at: int, order: str, base: int) -> tuple[dict[int, str], int | None]:
    """The texts of one directory by tag, and where the Exif directory is."""
    texts: dict[int, str] = {}
    inner = None
    if not 0 <= at <= len(data) - 2:
        return texts, inner
    (count,) = struct.unpack_from(f"{order}H", data, at)
    for entry in range(at + 2, min(at + 2 + 12 * min(count, MAX_ENTRIES), len(data) - 11), 12):
        tag, kind, length, value = struct.unpack_from(f"{order}HHII", data, entry)
        if tag == EXIF_POINTER and kind == LONG:
            inner = value
        elif kind == ASCII:
            place = entry + 8 if length <= 4 else base + value
            raw = data[place : place + min(length, SOME)] if place >= 0 else b""
            texts.setdefault(tag, text(raw.split(b"\0")[0]))
    return texts, inner
