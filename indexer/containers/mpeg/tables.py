"""Which streams there are: PAT and PMT (ISO/IEC 13818-1 § 2.4.4), program stream map (§ 2.5.4)."""

from collections.abc import Mapping

from domain.media import TrackKind
from indexer.containers.mpeg.streams import STREAM_TYPES

PAT_TABLE, PMT_TABLE = 0, 2
PRIVATE_DATA = 6
REGISTRATION = 5
DESCRIPTOR_CODECS: Mapping[int, str] = {0x6A: "ac3", 0x7A: "eac3", 0x7B: "dts"}
FORMATS: Mapping[bytes, tuple[TrackKind, str]] = {
    b"HEVC": (TrackKind.VIDEO, "hevc"), b"AC-3": (TrackKind.AUDIO, "ac3"), b"Opus": (TrackKind.AUDIO, "opus"),
    b"DTS1": (TrackKind.AUDIO, "dts"), b"DTS2": (TrackKind.AUDIO, "dts"),
}  # fmt: skip
Streams = dict[int, tuple[TrackKind, str]]


def section(payload: bytes, table: int) -> bytes | None:
    """The first section of a payload that begins with a pointer field; None when it is another or not whole."""
    if not payload or len(payload) < 1 + payload[0] + 3:
        return None
    start = 1 + payload[0]
    length = (payload[start + 1] & 0x0F) << 8 | payload[start + 2]
    whole = payload[start : start + 3 + length]
    return whole if payload[start] == table and len(whole) == 3 + length and length >= 9 else None


def programs(payload: bytes) -> list[int]:
    """The packet identifiers of the program map tables that a PAT lists."""
    found = section(payload, PAT_TABLE)
    rows = found[8:-4] if found else b""
    entries = (rows[at : at + 4] for at in range(0, len(rows) - 3, 4))
    return [(row[2] & 0x1F) << 8 | row[3] for row in entries if row[:2] != b"\0\0"]


def program(payload: bytes) -> Streams:
    """Packet identifier → kind and codec of every stream that a PMT lists."""
    found = section(payload, PMT_TABLE)
    if found is None or len(found) < 16:
        return {}
    streams: Streams = {}
    at, end = 12 + ((found[10] & 0x0F) << 8 | found[11]), len(found) - 4
    while at + 5 <= end:
        length = (found[at + 3] & 0x0F) << 8 | found[at + 4]
        descriptors = found[at + 5 : min(at + 5 + length, end)]
        streams[(found[at + 1] & 0x1F) << 8 | found[at + 2]] = _kind(found[at], descriptors)
        at += 5 + length
    return streams


def stream_map(content: bytes) -> Streams:
    """Stream id → kind and codec of a program stream map, `content` beginning behind its length field."""
    streams: Streams = {}
    if len(content) < 6:
        return streams
    at = 4 + int.from_bytes(content[2:4])
    end = min(at + 2 + int.from_bytes(content[at : at + 2]), len(content))
    at += 2
    while at + 4 <= end:
        length = int.from_bytes(content[at + 2 : at + 4])
        streams[content[at + 1]] = _kind(content[at], content[at + 4 : at + 4 + length])
        at += 4 + length
    return streams


def _kind(number: int, descriptors: bytes) -> tuple[TrackKind, str]:
    if number != PRIVATE_DATA and number in STREAM_TYPES:
        return STREAM_TYPES[number]
    at = 0
    while at + 2 <= len(descriptors):
        tag, length = descriptors[at], descriptors[at + 1]
        value = descriptors[at + 2 : at + 2 + length]
        if tag == REGISTRATION and value[:4] in FORMATS:
            return FORMATS[value[:4]]
        if tag in DESCRIPTOR_CODECS:
            return TrackKind.AUDIO, DESCRIPTOR_CODECS[tag]
        at += 2 + length
    return TrackKind.OTHER, f"type-{number:#04x}"
