"""Sample descriptions: stsd of ISO/IEC 14496-12 § 8.5.2, QuickTime sound descriptions, esds of ISO/IEC 14496-14.

Codec names are FFmpeg's short names, so that every reader says the same word.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from domain.media import ProblemCode, TrackKind
from domain.wording import say
from indexer.containers.isobmff.boxes import U32, Box, ProblemList, child, children, fewer_entries
from indexer.containers.isobmff.parameter_sets import NOTHING, Parameters, from_config

VISUAL_FIXED, SOUND_FIXED = 78, 28
SIZE = struct.Struct(">24xHH")
SOUND = struct.Struct(">8xH6xHH4xI")
SOUND_V2 = struct.Struct(">32xdI4xII")
SOUND_EXTRA = MappingProxyType({1: 16, 2: 36})
ENCRYPTED = frozenset({b"encv", b"enca", b"enct", b"encs", b"drmi", b"drms"})

CODECS: Mapping[bytes, str] = MappingProxyType(
    {b"avc1": "h264", b"avc2": "h264", b"avc3": "h264", b"avc4": "h264", b"hvc1": "hevc", b"hev1": "hevc"}
    | {b"dvh1": "hevc", b"dvhe": "hevc", b"dva1": "h264", b"dvav": "h264", b"av01": "av1", b"vp08": "vp8"}
    | {b"vp09": "vp9", b"vvc1": "vvc", b"vvi1": "vvc", b"mp4v": "mpeg4", b"xvid": "mpeg4", b"s263": "h263"}
    | {b"h263": "h263", b"jpeg": "mjpeg", b"mjpg": "mjpeg", b"mjpa": "mjpeg", b"mjpb": "mjpegb", b"png ": "png"}
    | {b"apch": "prores", b"apcn": "prores", b"apcs": "prores", b"apco": "prores", b"ap4h": "prores"}
    | {b"mp4a": "aac", b".mp3": "mp3", b"ms\0\x55": "mp3", b"alac": "alac", b"fLaC": "flac", b"Opus": "opus"}
    | {b"ac-3": "ac3", b"ec-3": "eac3", b"samr": "amr_nb", b"sawb": "amr_wb", b"ulaw": "pcm_mulaw"}
    | {b"alaw": "pcm_alaw", b"ms\0\x11": "adpcm_ima_wav", b"ms\0\x02": "adpcm_ms", b"ima4": "adpcm_ima_qt"}
    | {b"raw ": "pcm_u8", b"NONE": "pcm_u8", b"sowt": "pcm_s16le", b"twos": "pcm_s16be", b"in24": "pcm_s24be"}
    | {b"in32": "pcm_s32be", b"fl32": "pcm_f32be", b"fl64": "pcm_f64be"}
)
OBJECT_TYPES: Mapping[int, str] = MappingProxyType(
    {0x20: "mpeg4", 0x21: "h264", 0x23: "hevc", 0x40: "aac", 0x60: "mpeg2video", 0x61: "mpeg2video"}
    | {0x62: "mpeg2video", 0x63: "mpeg2video", 0x64: "mpeg2video", 0x65: "mpeg2video", 0x66: "aac", 0x67: "aac"}
    | {0x68: "aac", 0x69: "mp3", 0x6A: "mpeg1video", 0x6B: "mp3", 0x6C: "mjpeg", 0xA5: "ac3", 0xA6: "eac3"}
    | {0xA9: "dts", 0xAD: "opus", 0xDD: "vorbis", 0xFD: "pcm_alaw", 0xFE: "pcm_mulaw"}
)


@dataclass(frozen=True, slots=True)
class Description:
    """The first sample description of a track, and how many different ones there are.

    `alike` gives for every one the place, from 0, of the first that reads the same.
    """

    codec: str = "unknown"
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    declared: Parameters = NOTHING
    encrypted: bool = False
    entries: int = 0
    alike: tuple[int, ...] = ()


def description(buffer: memoryview, box: Box, kind: TrackKind, problems: ProblemList) -> Description:
    """Read stsd. Entries other than the first are parameter changes: their number is kept.

    Some recorders add the same entry again for every stretch they join; those change nothing.
    """
    if box.end - box.body < 8:
        problems.add(
            ProblemCode.BAD_BOX, say("stsd 数据块：过短，容不下条目数", "stsd box: too short for a count"), box.start
        )
        return Description()
    announced = U32.unpack_from(buffer, box.body + 4)[0]
    found = list(children(buffer, box.body + 8, box.end, problems))
    if announced != len(found):
        problems.add(ProblemCode.BAD_TABLE, fewer_entries("stsd", announced, len(found)), box.start)
    if not found:
        return Description()
    alike = _alike(buffer, found)
    different = len(set(alike))
    if kind is TrackKind.VIDEO:
        first = _visual(buffer, found[0], different, problems)
    elif kind is TrackKind.AUDIO:
        first = _sound(buffer, found[0], different, problems)
    else:
        first = Description(_plain(found[0].kind), entries=different)
    return replace(first, alike=alike)


def _alike(buffer: memoryview, found: list[Box]) -> tuple[int, ...]:
    if len(found) == 1:
        return (0,)
    first: dict[bytes, int] = {}
    return tuple(first.setdefault(bytes(buffer[box.start : box.end]), place) for place, box in enumerate(found))


def _plain(kind: bytes) -> str:
    """A codec nobody mapped: its four characters, lower case."""
    return CODECS.get(kind) or kind.decode("latin-1").strip().lower() or "unknown"


def _too_short(entry: Box) -> str:
    return say(f"{entry.label} 样本描述：过短", f"{entry.label} sample description: too short")


def _visual(buffer: memoryview, entry: Box, entries: int, problems: ProblemList) -> Description:
    if entry.end - entry.body < VISUAL_FIXED:
        problems.add(ProblemCode.BAD_BOX, _too_short(entry), entry.start)
        return Description(_plain(entry.kind), entries=entries)
    width, height = SIZE.unpack_from(buffer, entry.body)
    below = list(children(buffer, entry.body + VISUAL_FIXED, entry.end, problems))
    codec, encrypted = _codec(buffer, entry, below, problems)
    config = next((box for box in below if box.kind in (b"avcC", b"hvcC")), None)
    declared = from_config(config.kind, bytes(buffer[config.body : config.end])) if config else NOTHING
    return Description(codec, width or None, height or None, None, None, declared, encrypted, entries)


def _sound(buffer: memoryview, entry: Box, entries: int, problems: ProblemList) -> Description:
    if entry.end - entry.body < SOUND_FIXED:
        problems.add(ProblemCode.BAD_BOX, _too_short(entry), entry.start)
        return Description(_plain(entry.kind), entries=entries)
    version, channels, bits, rate = SOUND.unpack_from(buffer, entry.body)
    rate >>= 16
    fixed = SOUND_FIXED + SOUND_EXTRA.get(version, 0)
    flags = 0
    if version == 2 and entry.end - entry.body >= SOUND_V2.size:
        exact, channels, bits, flags = SOUND_V2.unpack_from(buffer, entry.body)
        rate = int(exact) if 0 < exact < 1 << 31 else 0
    below = list(children(buffer, entry.body + fixed, entry.end, problems))
    codec, encrypted = _codec(buffer, entry, below, problems)
    if entry.kind in (b"twos", b"sowt", b"lpcm", b"ipcm", b"fpcm"):
        codec = _pcm(buffer, entry.kind, bits, flags, below)
    return Description(codec, None, None, channels or None, rate or None, NOTHING, encrypted, entries)


def _codec(buffer: memoryview, entry: Box, below: list[Box], problems: ProblemList) -> tuple[str, bool]:
    """The codec's name and whether the samples are encrypted (ISO/IEC 14496-12 § 8.12)."""
    protection = next((box for box in below if box.kind == b"sinf"), None)
    encrypted = entry.kind in ENCRYPTED or (protection is not None and entry.kind not in CODECS)
    kind = entry.kind
    if protection:
        original = child(buffer, protection, b"frma", problems)
        kind = bytes(buffer[original.body : original.body + 4]) if original else kind
    if kind in (b"mp4a", b"mp4v", b"mp4s"):
        return _object_type(buffer, below, problems) or _plain(kind), encrypted
    return _plain(kind), encrypted


def _object_type(buffer: memoryview, below: list[Box], problems: ProblemList) -> str | None:
    """The objectTypeIndication of esds; QuickTime hides esds inside wave."""
    wave = next((box for box in below if box.kind == b"wave"), None)
    inside = [*below, *children(buffer, wave.body, wave.end, problems)] if wave else below
    esds = next((box for box in inside if box.kind == b"esds"), None)
    if esds is None:
        return None
    raw = bytes(buffer[esds.body + 4 : esds.end])
    at = _skip_descriptor(raw, 0, 0x03)
    if at is None or at + 3 > len(raw):
        return None
    flags = raw[at + 2]
    at += 3 + (2 if flags & 0x80 else 0) + (2 if flags & 0x20 else 0)
    if flags & 0x40 and at < len(raw):
        at += 1 + raw[at]
    config = _skip_descriptor(raw, at, 0x04)
    return OBJECT_TYPES.get(raw[config]) if config is not None and config < len(raw) else None


def _skip_descriptor(raw: bytes, at: int, tag: int) -> int | None:
    """Where the content of the descriptor at `at` begins, if it has this tag (ISO/IEC 14496-1 § 8.3.3)."""
    if at >= len(raw) or raw[at] != tag:
        return None
    at += 1
    for _ in range(4):
        if at >= len(raw) or not raw[at] & 0x80:
            break
        at += 1
    return at + 1


def _pcm(buffer: memoryview, kind: bytes, bits: int, flags: int, below: list[Box]) -> str:
    """PCM by its flags: lpcm (QuickTime: 1 float, 2 big-endian, 4 signed), pcmC of ISO/IEC 23003-5, twos, sowt."""
    config = next((box for box in below if box.kind == b"pcmC"), None)
    little = kind == b"sowt" or (kind == b"lpcm" and not flags & 2)
    if config and config.end - config.body >= 6:
        little, bits = bool(buffer[config.body + 4] & 1), buffer[config.body + 5]
    floating = kind == b"fpcm" or (kind == b"lpcm" and bool(flags & 1))
    signed = kind != b"lpcm" or bool(flags & 4)
    letter = "f" if floating else "s" if signed else "u"
    return f"pcm_{letter}{bits}" + ("" if bits == 8 else "le" if little else "be")
