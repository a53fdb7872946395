"""The Tracks element of a Matroska segment (RFC 9559 § 5.1.4): what each track is, by its CodecID and CodecPrivate."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from domain.media import TrackKind
from indexer.containers.isobmff.parameter_sets import NOTHING, Parameters, from_config
from indexer.containers.matroska.ebml import children, first_of_each, number, real, text
from indexer.containers.riff_codecs import PICTURE_CODECS, SOUND_CODECS, pcm_name

ENTRY, NUMBER, TYPE, CODEC, PRIVATE, DEFAULT_DURATION, DELAY = 0xAE, 0xD7, 0x83, 0x86, 0x63A2, 0x23E383, 0x56AA
VIDEO, WIDTH, HEIGHT, AUDIO, RATE, CHANNELS, BITS = 0xE0, 0xB0, 0xBA, 0xE1, 0xB5, 0x9F, 0x6264
PROJECTION, ROLL = 0x7670, 0x7675
ENCODINGS, ENCODING, ENCRYPTION = 0x6D80, 0x6240, 0x5035
MAX_TRACKS = 64
MAX_RATE = 1000
OPUS_RATE = 48_000  # whatever was recorded, Opus is decoded at this rate (RFC 7845 § 5.1)
KINDS: Mapping[int, TrackKind] = {1: TrackKind.VIDEO, 2: TrackKind.AUDIO}
CODECS: Mapping[str, str] = {
    "V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "hevc", "V_MPEGI/ISO/VVC": "vvc", "V_MPEG4/ISO/ASP": "mpeg4",
    "V_MPEG4/ISO/SP": "mpeg4", "V_MPEG4/ISO/AP": "mpeg4", "V_MPEG4/MS/V3": "msmpeg4v3", "V_MPEG1": "mpeg1video",
    "V_MPEG2": "mpeg2video", "V_MJPEG": "mjpeg", "V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1", "V_THEORA": "theora",
    "V_PRORES": "prores", "V_FFV1": "ffv1", "A_OPUS": "opus", "A_VORBIS": "vorbis", "A_FLAC": "flac",
    "A_MPEG/L3": "mp3", "A_MPEG/L2": "mp2", "A_MPEG/L1": "mp1", "A_AC3": "ac3", "A_EAC3": "eac3", "A_DTS": "dts",
    "A_ALAC": "alac", "A_TRUEHD": "truehd", "S_TEXT/UTF8": "subrip", "S_TEXT/ASS": "ass", "S_TEXT/WEBVTT": "webvtt",
}  # fmt: skip
CONFIGS: Mapping[str, bytes] = {"h264": b"avcC", "hevc": b"hvcC"}


@dataclass(frozen=True, slots=True)
class TrackEntry:
    """`frame` (nanoseconds of one frame) and `delay` (nanoseconds of priming) are 0 when not stated."""

    number: int
    kind: TrackKind
    codec: str
    frame: int = 0
    delay: int = 0
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    rotation: int | None = None
    declared: Parameters = NOTHING
    encrypted: bool = False

    @property
    def declared_rate(self) -> float | None:
        stated = 1e9 / self.frame if self.frame else None
        return stated if stated and stated <= MAX_RATE else self.declared.rate


def parse_tracks(content: bytes) -> tuple[TrackEntry, ...]:
    """Every track entry that has a number of its own, in file order."""
    found: dict[int, TrackEntry] = {}
    for kind, inside in children(content):
        if kind == ENTRY and len(found) < MAX_TRACKS:
            entry = _entry(first_of_each(inside))
            if entry.number:
                found.setdefault(entry.number, entry)
    return tuple(found.values())


def _entry(values: Mapping[int, bytes]) -> TrackEntry:
    kind = KINDS.get(number(values.get(TYPE)), TrackKind.OTHER)
    picture, sound = first_of_each(values.get(VIDEO, b"")), first_of_each(values.get(AUDIO, b""))
    private = values.get(PRIVATE, b"")
    codec = _codec(text(values.get(CODEC)), private, number(sound.get(BITS)))
    video, audio = kind is TrackKind.VIDEO, kind is TrackKind.AUDIO
    return TrackEntry(
        number(values.get(NUMBER)),
        kind,
        codec,
        frame=number(values.get(DEFAULT_DURATION)),
        delay=number(values.get(DELAY)),
        width=(number(picture.get(WIDTH)) or None) if video else None,
        height=(number(picture.get(HEIGHT)) or None) if video else None,
        channels=number(sound.get(CHANNELS), 1) if audio else None,
        sample_rate=(OPUS_RATE if codec == "opus" else _sample_rate(sound)) if audio else None,
        rotation=_rotation(picture) if video else None,
        declared=from_config(CONFIGS[codec], private) if codec in CONFIGS else NOTHING,
        encrypted=_encrypted(values.get(ENCODINGS, b"")),
    )


def _sample_rate(sound: Mapping[int, bytes]) -> int | None:
    rate = real(sound.get(RATE))
    return round(rate) if rate and 0 < rate < 1 << 31 else 8000 if rate is None else None


def _rotation(picture: Mapping[int, bytes]) -> int | None:
    """ProjectionPoseRoll turns counter-clockwise; for showing it is undone."""
    roll = real(first_of_each(picture.get(PROJECTION, b"")).get(ROLL))
    return round(-roll) % 360 if roll is not None and abs(roll) <= 360 else None


def _codec(name: str, private: bytes, bits: int) -> str:
    if name.startswith("A_AAC"):
        return "aac"
    if name.startswith("A_PCM/"):
        return pcm_name(bits, "BIG" in name, "FLOAT" in name)
    if name == "V_MS/VFW/FOURCC" and len(private) >= 20:
        return PICTURE_CODECS.get(private[16:20].upper(), private[16:20].decode("latin-1").strip().lower())
    if name == "A_MS/ACM" and len(private) >= 16:
        (tag,) = struct.unpack_from("<H", private)
        return SOUND_CODECS.get(tag) or pcm_name(int.from_bytes(private[14:16], "little"), False, tag == 3)
    return CODECS.get(name) or name[2:].lower() or "unknown"


def _encrypted(encodings: bytes) -> bool:
    return any(
        kind == ENCODING and any(inner == ENCRYPTION for inner, _ in children(inside))
        for kind, inside in children(encodings)
    )
