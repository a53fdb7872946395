"""Stream headers of AVI: strh, strf, indx (OpenDML § 3), and what the header says about the device and the writer."""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from domain.media import TrackKind
from indexer.containers.avi import vendors
from indexer.containers.avi.layout import inside
from indexer.containers.riff_codecs import PICTURE_CODECS, SOUND_CODECS, pcm_name
from indexer.containers.statements import Statements

STRH = struct.Struct("<4s4sIHHIIIIIIII")
BITMAP = struct.Struct("<4xii4x4s")
BITMAP_SIZE, MAX_PRIVATE = 40, 4096
WAVE = struct.Struct("<HHIIHH")
KINDS: Mapping[bytes, TrackKind] = {b"vids": TrackKind.VIDEO, b"iavs": TrackKind.VIDEO, b"auds": TrackKind.AUDIO}
MAX_STREAMS = 64
FLOATING, EXTENSIBLE = 3, 0xFFFE


@dataclass(frozen=True, slots=True)
class StreamHeader:
    """`tick`: seconds of one unit of the stream; `unit`: bytes of one unit, 0 when every chunk is one unit.

    `private`: what the codec itself has behind the picture's description.
    """

    kind: TrackKind
    codec: str
    tick: Fraction
    start: int
    length: int
    unit: int
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    index: bytes = b""
    private: bytes = b""


def stream_headers(header: bytes) -> tuple[StreamHeader, ...]:
    """The streams of a header list, in order: their number is their place."""
    lists = [body for form, body in inside(header) if form == b"strl"]
    return tuple(_stream(dict(reversed(list(inside(body))))) for body in lists[:MAX_STREAMS])


def _stream(parts: Mapping[bytes, bytes]) -> StreamHeader:
    raw = parts.get(b"strh", b"").ljust(STRH.size, b"\0")
    kind, handler, *numbers = STRH.unpack_from(raw)
    scale, rate, start, length, _, _, unit = numbers[4:11]
    played = KINDS.get(kind, TrackKind.OTHER)
    tick = Fraction(scale, rate) if scale and rate else Fraction(0)
    described, index = parts.get(b"strf", b""), parts.get(b"indx", b"")
    if played is TrackKind.VIDEO and len(described) >= BITMAP.size:
        width, height, four = BITMAP.unpack_from(described)
        codec = PICTURE_CODECS.get(four.upper()) or PICTURE_CODECS.get(handler.upper()) or _plain(four)
        size, private = (abs(width) or None, abs(height) or None), described[BITMAP_SIZE:][:MAX_PRIVATE]
        return StreamHeader(played, codec, tick, start, length, 0, *size, index=index, private=private)
    if played is TrackKind.AUDIO and len(described) >= WAVE.size - 2:
        return _sound(described.ljust(WAVE.size, b"\0"), (tick, start, length, unit), index)
    return StreamHeader(played, _plain(handler), tick, start, length, unit, index=index)


def _sound(described: bytes, times: tuple[Fraction, int, int, int], index: bytes) -> StreamHeader:
    tick, start, length, unit = times
    tag, channels, rate, _, align, bits = WAVE.unpack_from(described)
    if tag == EXTENSIBLE and len(described) >= 26:
        tag = int.from_bytes(described[24:26], "little")
    codec = pcm_name(bits, False, tag == FLOATING) if tag in (1, FLOATING) else SOUND_CODECS.get(tag, f"tag-{tag:#06x}")
    unit = unit or (align if codec.startswith("pcm_") else 0)
    return StreamHeader(
        TrackKind.AUDIO,
        codec,
        tick,
        start,
        length,
        unit,
        channels=channels or None,
        sample_rate=rate or None,
        index=index,
    )


def _plain(four: bytes) -> str:
    return four.strip(b"\0 ").decode("latin-1").lower() or "unknown"


def stated(beside: Iterable[tuple[bytes, bytes]], header: bytes) -> Statements:
    """What the file says about device, writer and times: `beside` are chunks of its top level, by kind or form."""
    found, chunks = Statements(), list(beside)
    first = [one for one in chunks if one[0] in (b"INFO", b"IDIT")]  # said on purpose, not found in padding
    for kind, content in (*first, *inside(header)):
        found.add(vendors.beside(kind, content))
    for form, body in inside(header):
        for kind, content in inside(body) if form == b"strl" else ():
            found.add(vendors.of_stream(kind, content))
    for kind, content in chunks:
        found.add(vendors.beside(kind, content))
    return found
