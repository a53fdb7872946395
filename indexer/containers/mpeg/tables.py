"""Which streams there are: PAT and PMT (ISO/IEC 13818-1 § 2.4.4), program stream map (§ 2.5.4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.media import TrackKind
from indexer.containers.mpeg.streams import STREAM_TYPES

PAT_TABLE, PMT_TABLE = 0, 2
PRIVATE_DATA = 6
SECTION_HEAD, STUFFING = 3, 0xFF
REGISTRATION = 5
DESCRIPTOR_CODECS: Mapping[int, str] = {0x6A: "ac3", 0x7A: "eac3", 0x7B: "dts"}
FORMATS: Mapping[bytes, tuple[TrackKind, str]] = {
    b"HEVC": (TrackKind.VIDEO, "hevc"), b"AC-3": (TrackKind.AUDIO, "ac3"), b"Opus": (TrackKind.AUDIO, "opus"),
    b"DTS1": (TrackKind.AUDIO, "dts"), b"DTS2": (TrackKind.AUDIO, "dts"),
}  # fmt: skip
Streams = dict[int, tuple[TrackKind, str]]


@dataclass(slots=True)
class Sections:
    """Puts the sections of one packet identifier together (§ 2.4.4.2): they may go on in later packets."""

    _open: bytes | None = None

    def add(self, payload: bytes, starts: bool) -> list[bytes]:
        """The payload of one packet, and whether a section begins in it; gives the sections that are whole now."""
        found: list[bytes] = []
        if starts and payload:
            rest, payload = payload[1 : 1 + payload[0]], payload[1 + payload[0] :]
            if self._open is not None:
                self._taken(self._open + rest, found)
            self._open = b""
        if self._open is not None:
            self._open = self._taken(self._open + payload, found)
        return found

    @staticmethod
    def _taken(content: bytes, found: list[bytes]) -> bytes | None:
        """Takes whole sections from the front; gives what is left of one that goes on, None where stuffing begins."""
        while len(content) >= SECTION_HEAD and content[0] != STUFFING:
            length = SECTION_HEAD + ((content[1] & 0x0F) << 8 | content[2])
            if len(content) < length:
                return content
            found.append(content[:length])
            content = content[length:]
        return None if content[:1] == bytes((STUFFING,)) else content


def programs(section: bytes) -> list[int]:
    """The packet identifiers of the program map tables that a PAT lists."""
    rows = section[8:-4] if section[0] == PAT_TABLE else b""
    entries = (rows[at : at + 4] for at in range(0, len(rows) - 3, 4))
    return [(row[2] & 0x1F) << 8 | row[3] for row in entries if row[:2] != b"\0\0"]


def program(section: bytes) -> Streams:
    """Packet identifier → kind and codec of every stream that a PMT lists."""
    if section[0] != PMT_TABLE or len(section) < 16:
        return {}
    streams: Streams = {}
    at, end = 12 + ((section[10] & 0x0F) << 8 | section[11]), len(section) - 4
    while at + 5 <= end:
        length = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        descriptors = section[at + 5 : min(at + 5 + length, end)]
        streams[(section[at + 1] & 0x1F) << 8 | section[at + 2]] = _kind(section[at], descriptors)
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
