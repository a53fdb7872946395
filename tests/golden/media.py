"""Small real clips from real encoders, made when a test first asks for one, and what FFmpeg itself says of them."""

import atexit
import functools
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import ffmpeg
import imageio_ffmpeg

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SOUND = {"c:a": "aac", "b:a": "32k"}
H264 = {"c:v": "libx264", "preset": "ultrafast", "pix_fmt": "yuv420p", "g": 25, "bf": 2, "x264-params": "b-adapt=0"}
H265 = {"c:v": "libx265", "preset": "ultrafast", "pix_fmt": "yuv420p", "x265-params": "log-level=none:pools=1"}
LARGE = H264 | {
    "b:v": "1500k",
    "minrate": "1500k",
    "maxrate": "1500k",
    "bufsize": "400k",
    "bf": 0,
}  # a picture fills packs
PCM = {"c:a": "pcm_s16le"}
CREATED = {"metadata": "creation_time=2024-01-15T14:30:25Z"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
# 12 s at 25 fps without the pictures from 4.0 s up to 7.0 s: a hole that every reader must find
HOLE = "not(between(t,3.98,6.98))"

RECIPES: dict[str, dict[str, object]] = {
    "plain.mp4": H264 | SOUND | CREATED,
    "front.mp4": H264 | SOUND | CREATED | {"movflags": "faststart"},
    "hevc.mp4": H265 | SOUND,
    "pcm.mov": H264 | PCM | CREATED,
    "fragmented.mp4": H264 | SOUND | FRAGMENTED,
    "mpeg4.avi": {"c:v": "mpeg4"} | PCM,
    "plain.mkv": H264 | SOUND | CREATED,
    "plain.ts": H264 | SOUND,
    "plain.mpg": {"c:v": "mpeg2video", "c:a": "mp2", "f": "mpeg"},
    "plain.flv": H264 | SOUND,
    "plain.3gp": H264 | SOUND,
    "live.mkv": H264 | SOUND | {"live": 1},
    "plain.webm": {"c:v": "libvpx", "deadline": "realtime", "cpu-used": 8, "c:a": "libopus"},
    "h264.avi": H264 | {"bf": 0} | PCM,
    "mjpeg.avi": {"c:v": "mjpeg", "pix_fmt": "yuvj420p"} | PCM,
    "plain.m2ts": H264 | SOUND | {"mpegts_m2ts_mode": 1},
    "hevc.ts": H265 | {"c:a": "mp2"},
    "h264.mpg": LARGE | {"c:a": "mp2", "f": "mpeg"},
    "h264.vob": LARGE | {"c:a": "mp2", "f": "vob"},
    "hybrid.mp4": H264 | SOUND | CREATED | {"movflags": "hybrid_fragmented"},
    "sidx.mp4": H264 | SOUND | {"movflags": "frag_keyframe+empty_moov+default_base_moof+global_sidx"},
    "bare.mp4": H264 | SOUND | {"movflags": "frag_keyframe+empty_moov+skip_trailer+skip_sidx"},
    "dash.mp4": H264 | SOUND | {"movflags": "dash", "frag_duration": 500_000},
    "negative.mp4": H264 | SOUND | {"movflags": "negative_cts_offsets"},
    "unedited.mp4": H264 | SOUND | {"use_editlist": 0},
    "clusters.mkv": H264 | SOUND | {"cluster_time_limit": 500},
    "cues-first.mkv": H264 | SOUND | CREATED | {"cues_to_front": 1},
    "h264.asf": H264 | {"bf": 0, "c:a": "wmav2"} | CREATED,
    "windows.wmv": {"c:v": "wmv2", "c:a": "wmav2"} | CREATED,
}
HOLED = ("plain.mp4", "pcm.mov", "hevc.mp4", "fragmented.mp4", "plain.mkv", "plain.ts", "mpeg4.avi", "plain.mpg")


@functools.cache
def folder() -> Path:
    place = tempfile.mkdtemp(prefix="golden-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return Path(place)


@functools.cache
def clip(name: str) -> Path:
    """Three seconds of moving picture, 160x120 at 25 fps, with a tone."""
    return _encode(folder() / name, RECIPES[name], seconds=3)


@functools.cache
def holed(name: str) -> Path:
    """Twelve seconds that lack three: pictures stop at 4 s and go on at 7 s; without sound."""
    return _encode(folder() / f"holed-{name}", RECIPES[name] | {"an": None, "fps_mode": "passthrough"}, 12, HOLE)


def tagged(name: str, path: Path, tags: list[tuple[str, str]], *options: str) -> Path:
    """A clip's streams in a new file with these tags, written by FFmpeg's muxer; `name` tells which clip."""
    said = [text for key, value in tags for text in ("-metadata", f"{key}={value}")]
    command = [FFMPEG, "-v", "error", "-y", "-i", str(clip(name)), "-c", "copy", *options, *said, str(path)]
    subprocess.run(command, check=True)
    return path


def encoded(name: str, recipe: dict[str, object], seconds: int, rate: int = 25) -> Path:
    """Any other clip of the same picture and tone; `an` or `vn` leaves one of them out."""
    return _encode(folder() / name, recipe, seconds, rate=rate)


def _encode(path: Path, recipe: dict[str, object], seconds: int, select: str = "", rate: int = 25) -> Path:
    picture = ffmpeg.input(f"testsrc=s=160x120:r={rate}:d={seconds}", f="lavfi").video
    if select:
        picture = picture.filter("select", select)
    sound = ffmpeg.input(f"sine=d={seconds}:r=16000", f="lavfi").audio
    streams = [picture] if "an" in recipe else [sound] if "vn" in recipe else [picture, sound]
    ffmpeg.output(*streams, str(path), threads=1, **recipe).run(cmd=FFMPEG, quiet=True, overwrite_output=True)
    return path


def packets(path: Path, stream: str) -> list[tuple[float, float]]:
    """Start and duration in seconds of every packet of a stream (`v:0`, `a:0`), in order of presentation, by FFmpeg.

    Program streams give a time to some packets only, so their pictures are decoded to learn the others'.
    """
    how = (
        ["-fps_mode", "passthrough", "-enc_time_base", "demux"]
        if path.suffix == ".mpg" and stream == "v:0"
        else ["-c", "copy"]
    )
    command = [FFMPEG, "-v", "error", "-copyts", "-i", str(path), "-map", f"0:{stream}", *how, "-f", "framecrc", "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    base = re.search(r"#tb 0: (\d+)/(\d+)", text)
    assert base is not None, text[:500]
    tick = int(base[1]) / int(base[2])
    rows = [line.split(",") for line in text.splitlines() if line and not line.startswith("#")]
    return sorted((int(row[2]) * tick, int(row[3]) * tick) for row in rows)
