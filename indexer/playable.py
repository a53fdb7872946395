"""Which clips a browser plays as they lie in their store: one small table, each line with its reason.

What the table does not know is not played directly: a stretch of it is shown as a proxy instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass

Word = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Playing:
    """Whether the original can be handed to a browser, and why or why not (Chinese, English)."""

    direct: bool
    why: Word


@dataclass(frozen=True, slots=True)
class Family:
    """Containers that browsers open, with the pictures and sounds that they decode in them."""

    containers: frozenset[str]
    pictures: frozenset[str]
    sounds: frozenset[str]


PLAYED = (
    # ISO media with the pair that every browser has had since 2010, and the free codecs that came later
    Family(frozenset({"mp4", "mov"}), frozenset({"h264", "av1", "vp9"}), frozenset({"aac", "mp3", "opus"})),
    # WebM is Matroska with these codecs only; Matroska of any other kind is opened by some browsers and not by others
    Family(frozenset({"webm"}), frozenset({"vp8", "vp9", "av1"}), frozenset({"vorbis", "opus"})),
    # sound alone
    Family(frozenset({"wav"}), frozenset(), frozenset({"pcm_s16le", "pcm_u8"})),
    Family(frozenset({"mp3"}), frozenset(), frozenset({"mp3"})),
    Family(frozenset({"flac"}), frozenset(), frozenset({"flac"})),
    Family(frozenset({"ogg"}), frozenset(), frozenset({"vorbis", "opus", "flac"})),
)
NOT_EVERYWHERE = frozenset({"high 10", "high 4:2:2", "high 4:4:4 predictive", "high 10 intra", "high 4:2:2 intra"})
"""Profiles of H.264 beyond eight bits or 4:2:0: decoders in browsers refuse them."""

NAMES = {
    "hevc": "H.265", "mjpeg": "Motion JPEG", "mpeg2video": "MPEG-2", "mpeg4": "MPEG-4 Part 2", "amr_nb": "AMR",
    "amr_wb": "AMR-WB", "pcm_alaw": "G.711 A-law", "pcm_mulaw": "G.711 µ-law", "ts": "MPEG-TS", "ps": "MPEG-PS",
    "dav": "DAV", "avi": "AVI", "mkv": "Matroska", "asf": "ASF/WMV", "flv": "FLV", "3gp": "3GP",
}  # fmt: skip
"""What people call them; others are named as they stand in the file."""

Codec = tuple[str, str, str | None]
"""Kind of a track, its codec, its profile."""


def how_played(container: str, codecs: Iterable[Codec]) -> Playing:
    """Whether a browser can play a file of this container with these tracks."""
    family = next((one for one in PLAYED if container in one.containers), None)
    if family is None:
        name = NAMES.get(container, container)
        return Playing(False, (f"浏览器不能打开 {name} 容器", f"browsers do not open {name} files"))
    for kind, codec, profile in codecs:
        known = {"video": family.pictures, "audio": family.sounds}.get(kind)
        name = NAMES.get(codec, codec)
        if known is not None and codec not in known:
            return Playing(False, (f"不是每个浏览器都能解码 {name}", f"not every browser decodes {name}"))
        if kind == "video" and (profile or "").lower() in NOT_EVERYWHERE:
            return Playing(False, (f"浏览器不能解码 {name} {profile}", f"browsers do not decode {name} {profile}"))
    return Playing(True, ("浏览器可直接播放", "browsers play it as it is"))
