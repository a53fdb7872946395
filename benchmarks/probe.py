"""P1, P2, P3: one probe against ffprobe, MediaInfo, ExifTool and `cat`, on the same files in the same run."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg

from indexer.containers import probe_path

SECONDS = 600
LOOP = 20
ROUNDS = 7
PEER_ROUNDS = 3
PICTURE = f"testsrc2=s=1920x1080:r=25:d={LOOP},noise=alls=8:allf=t"
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "4M", "-maxrate", "4M", "-bufsize", "4M", "-g", "50"]
FILES: dict[str, list[str]] = {
    "plain.mp4": ["-c", "copy", "-movflags", "+faststart"],
    "fragmented.mp4": ["-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"],
    "cues.mkv": ["-c", "copy"],
    "index.avi": ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-c:a", "pcm_alaw", "-ar", "8000"],
    "plain.ts": ["-c", "copy", "-bsf:v", "h264_mp4toannexb"],
    "plain.vob": ["-c:v", "copy", "-bsf:v", "h264_mp4toannexb", "-c:a", "mp2", "-f", "vob"],
}
INDEXED = ("plain.mp4", "fragmented.mp4", "cues.mkv", "index.avi")
PEERS: dict[str, list[str]] = {
    "ffprobe -show_packets": ["ffprobe", "-v", "error", "-show_packets", "-of", "json"],
    "ffprobe -show_format -show_streams": ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json"],
    "mediainfo": ["mediainfo", "--Output=JSON"],
    "exiftool": ["exiftool", "-json"],
}


def measure() -> dict[str, object]:
    """Milliseconds of a warm probe, the share of bytes read, and how many times longer each peer takes."""
    folder = Path(tempfile.mkdtemp(prefix="bwc-probe-"))
    try:
        files = build(folder)
        results: dict[str, object] = {}
        for name, path in files.items():
            results |= _one(name, path)
        return results
    finally:
        shutil.rmtree(folder)


def build(folder: Path) -> dict[str, Path]:
    """Ten minutes of 1080p: a short piece encoded once, its streams repeated and muxed into every container."""
    program = imageio_ffmpeg.get_ffmpeg_exe()
    quiet = [program, "-v", "error", "-y"]
    piece, sound, whole = folder / "piece.h264", folder / "sound.m4a", folder / "plain.mp4"
    subprocess.run([*quiet, "-f", "lavfi", "-i", PICTURE, *H264, "-bf", "0", str(piece)], check=True)
    tone = ["-f", "lavfi", "-i", f"sine=d={SECONDS}:r=48000", "-c:a", "aac", "-b:a", "64k"]
    subprocess.run([*quiet, *tone, str(sound)], check=True)
    raw = folder / "whole.h264"
    raw.write_bytes(piece.read_bytes() * (SECONDS // LOOP))
    inputs = ["-r", "25", "-i", str(raw), "-i", str(sound)]
    subprocess.run([*quiet, *inputs, *FILES["plain.mp4"], str(whole)], check=True)
    for name, options in FILES.items():
        if name != "plain.mp4":
            given = inputs if name == "index.avi" else ["-i", str(whole)]  # from an MP4 FFmpeg gives an AVI 600 fps
            subprocess.run([*quiet, *given, *options, str(folder / name)], check=True)
    return {name: folder / name for name in FILES}


def _one(name: str, path: Path) -> dict[str, object]:
    probe = probe_path(path)
    assert probe.video is not None, probe.problems
    ours = best(lambda: probe_path(path), ROUNDS)
    share = probe.bytes_read / path.stat().st_size
    result: dict[str, object] = {f"{name} ms": round(ours * 1000, 2), f"{name} reader": probe.reader}
    result[f"{name} bytes read"] = f"{share:.3%}" + (" OVER 1 %" if name in INDEXED and share > 0.01 else "")
    cat = best(lambda: _run(["cat", str(path)]), ROUNDS)
    if name in INDEXED:
        result |= {f"{name} / {peer}": _peer(command, path, ours) for peer, command in PEERS.items()}
    else:
        result[f"{name} of cat"] = f"{ours / cat:.2f} x (cat {cat * 1000:.1f} ms)"
        result[f"{name} / ffprobe -show_packets"] = _peer(PEERS["ffprobe -show_packets"], path, ours)
    return result


def _peer(command: list[str], path: Path, ours: float) -> str:
    if shutil.which(command[0]) is None:
        return "not installed"
    theirs = best(lambda: _run([*command, str(path)]), PEER_ROUNDS)
    return f"{theirs / ours:.1f} x our time ({theirs * 1000:.0f} ms)"


def _run(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def best(work: Callable[[], object], rounds: int) -> float:
    """Seconds of the fastest of several rounds: what the machine's other work does not spoil."""
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)
