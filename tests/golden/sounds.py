"""Sound-only files and picture streams without a container, from FFmpeg's encoders, and what was given to them."""

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.golden import media


@dataclass(frozen=True)
class Sound:
    """Options of the encoder; then what must be found: container, codec, samples a second, packets, seconds, start."""

    options: dict[str, object]
    container: str
    codec: str
    rate: int
    packets: int
    seconds: float = 3.0
    start: float = 0.0


PRIMED = 1105 / 16000  # samples of delay that LAME writes into its header, of the encoder and the decoder together
LAME = {"c:a": "libmp3lame"}
SOUNDS: dict[str, Sound] = {
    "pcm.wav": Sound(media.PCM, "wav", "pcm_s16le", 16000, 47),
    "alaw.wav": Sound({"c:a": "pcm_alaw", "ar": 8000}, "wav", "pcm_alaw", 8000, 47),
    "ima.wav": Sound({"c:a": "adpcm_ima_wav"}, "wav", "adpcm_ima_wav", 16000, 24),
    "ms.wav": Sound({"c:a": "adpcm_ms", "ar": 8000}, "wav", "adpcm_ms", 8000, 12),
    "rf64.wav": Sound(media.PCM | {"rf64": "always"}, "wav", "pcm_s16le", 16000, 47),
    # without a header of LAME nobody can say which of the 86 frames of 36 ms are priming
    "bare.mp3": Sound(LAME | {"write_xing": 0, "id3v2_version": 0}, "mp3", "mp3", 16000, 86, 3.096),
    "constant.mp3": Sound(LAME | {"b:a": "64k"}, "mp3", "mp3", 16000, 86, start=PRIMED),
    "variable.mp3": Sound(LAME | {"q:a": 4, "write_id3v1": 1}, "mp3", "mp3", 16000, 86, start=PRIMED),
    "large.mp3": Sound(LAME | {"ar": 44100}, "mp3", "mp3", 44100, 116, start=1105 / 44100),
    "narrow.amr": Sound({"c:a": "libopencore_amrnb", "ar": 8000, "b:a": "12.2k"}, "amr", "amr_nb", 8000, 151, 3.02),
    "adts.aac": Sound(media.SOUND | {"f": "adts"}, "aac", "aac", 16000, 48, 3.072),
    "opus.opus": Sound({"c:a": "libopus"}, "ogg", "opus", 48000, 151),
    "vorbis.ogg": Sound({"c:a": "libvorbis"}, "ogg", "vorbis", 16000, 95),
    "flac.flac": Sound({"c:a": "flac"}, "flac", "flac", 16000, 47),
    "aac.m4a": Sound(media.SOUND, "mp4", "aac", 16000, 48),
    "sound.wma": Sound({"c:a": "wmav2"}, "asf", "wmav2", 16000, 94, 3.008),
    "sound.mka": Sound({"c:a": "libopus"}, "mkv", "opus", 48000, 151),
}  # fmt: skip
RAW: dict[str, dict[str, object]] = {
    "declared.h264": media.H264 | {"f": "h264"},
    "declared.hevc": media.H265 | {"f": "hevc"},
    "undeclared.h264": {"c:v": "libopenh264", "pix_fmt": "yuv420p", "f": "h264"},
    "elementary.m2v": {"c:v": "mpeg2video", "f": "mpeg2video"},
}


@functools.cache
def clip(name: str) -> Path:
    """Three seconds of the tone."""
    return media.encoded(name, SOUNDS[name].options | {"vn": None}, 3)


@functools.cache
def raw(name: str) -> Path:
    """Three seconds of the picture, without a container."""
    return media.encoded(name, RAW[name] | {"an": None}, 3)


@functools.cache
def covered() -> Path:
    """MP3 with a picture of tens of kilobytes in its ID3v2 tag, and an ID3v1 tag at its end."""
    path = media.folder() / "covered.mp3"
    cover = ["-f", "lavfi", "-i", "testsrc=s=640x480:d=0.04:r=25"]
    sound = ["-f", "lavfi", "-i", "sine=d=3:r=16000"]
    how = ["-map", "0", "-map", "1", "-c:a", "libmp3lame", "-c:v", "png", "-write_id3v1", "1", "-id3v2_version", "3"]
    command = [media.FFMPEG, "-v", "error", "-y", *sound, *cover, *how, "-metadata", "title=cover"]
    subprocess.run([*command, "-disposition:v", "attached_pic", str(path)], check=True)
    return path


def wide_amr(frames: int) -> bytes:
    """AMR-WB frames of 6.60 kbit/s as RFC 4867 § 5.3 lays them out: no encoder at hand makes them."""
    return b"#!AMR-WB\n" + (b"\x04" + bytes(17)) * frames
