"""One stretch of a clip as a small MP4 that every browser plays (H.264 4:2:0, AAC), written by FFmpeg into a file.

FFmpeg gets the open file and no name: it may read that descriptor and nothing else (of an object, the address of a
relay on loopback), opens only the kinds of container listed here, and has so much memory, time and space. It is ended
when nobody waits for what it makes.
"""

import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import imageio_ffmpeg

from detectors.content.formats import FORMATS
from indexer.proxy_cache import Stretch

FROM_ZERO = frozenset({"mp4", "mov", "3gp", "avi", "wav", "flac", "mp3"})
"""Containers whose times count from the beginning of the presentation; of others the first time is media time zero."""
SEQUENTIAL = frozenset({"ts", "ps", "flv", "dav", "asf", "h264", "hevc", "mpegvideo", "mp3", "aac", "amr", "mxf"})
"""Containers without an index worth the name: a seek may land late, so it aims earlier."""
LEAD = timedelta(seconds=8)
UNSEEKABLE = frozenset({"dav"})
"""Containers in which FFmpeg lands anywhere: they are read from the beginning, which is slow and right."""
WIDEST = 1280
FASTEST = 30
"""Pixels and frames per second at most."""
PULSE = 0.1
"""How often it is looked whether somebody still waits, s."""
LAST_WORDS = 600


@dataclass(frozen=True, slots=True)
class Work:
    """What to make: of this container, this stretch, into that file; `address`: of a relay, instead of a descriptor."""

    container: str
    stretch: Stretch
    into: Path
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """What making one proxy may take."""

    seconds: float = 90.0
    processor_seconds: int = 120
    memory: int = 4 << 30
    bytes: int = 200_000_000


class Undecodable(Exception):
    """FFmpeg could make nothing of the stretch; its own last words."""


class TooLong(Exception):
    """It took longer than it may."""


class Abandoned(Exception):
    """Nobody waits any more."""


def transcode(descriptor: int, work: Work, means: Means, left: threading.Event) -> None:
    """Write the stretch. Raises Undecodable, TooLong or Abandoned; OSError when FFmpeg cannot be started."""
    process = subprocess.Popen(
        [imageio_ffmpeg.get_ffmpeg_exe(), *arguments(descriptor, work, means)],
        pass_fds=[descriptor] if work.address is None else [],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={},
    )
    words = _Words(process)
    try:
        _bound(process.pid, means)
        _wait(process, means.seconds, left)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        said = words.last()
    if process.returncode != 0:
        raise Undecodable(said or f"exit status {process.returncode}")


def arguments(descriptor: int, work: Work, means: Means) -> list[str]:
    """FFmpeg's command line without its name."""
    lead = _lead(work)
    whole = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-filter_threads", "1"]
    # a relay is spoken to in plain HTTP; no container listed here names addresses that would be opened
    protocols = "fd" if work.address is None else "http,tcp"
    opened = [
        "-protocol_whitelist",
        protocols,
        "-format_whitelist",
        _demuxers(),
        "-threads",
        "1",
        "-max_error_rate",
        "1",
    ]
    seek = ["-seek_timestamp", "1"] if work.container in FROM_ZERO else []
    at = work.stretch.start - lead
    seek += ["-ss", _s(at)] if at else []  # some demuxers find the beginning only when they are not sent there
    # a jump of the sender's clock is time that was not recorded: it stays, as in the measurements
    given = ["-fd", str(descriptor), "-i", "fd:"] if work.address is None else ["-i", work.address]
    source = [*seek, "-dts_delta_threshold", "3600", *given]
    cut = ["-ss", _s(lead), "-t", _s(work.stretch.length), "-map", "0:V:0?", "-map", "0:a:0?", "-sn", "-dn"]
    picture = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-pix_fmt", "yuv420p", "-g", "25"]
    picture += ["-threads", "2", "-fps_mode", "cfr", "-fpsmax", str(FASTEST)]
    picture += ["-vf", f"scale=w='trunc(min({WIDEST},iw)/2)*2':h=-2"]
    sound = ["-c:a", "aac", "-b:a", "96k", "-ac", "2", "-ar", "48000", "-af", "aresample=async=1000:first_pts=0"]
    form = ["-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-fs", str(means.bytes)]
    end = ["-abort_on", "empty_output", "-f", "mp4", f"file:{work.into}"]
    return [*whole, *opened, *source, *cut, *picture, *sound, *form, *end]


def _lead(work: Work) -> timedelta:
    """How long before the stretch reading begins."""
    if work.container in UNSEEKABLE:
        return work.stretch.start
    return min(work.stretch.start, LEAD if work.container in SEQUENTIAL else timedelta(0))


def _demuxers() -> str:
    return ",".join(FORMATS)


def _s(length: timedelta) -> str:
    return f"{length.total_seconds():.3f}"


def _wait(process: "subprocess.Popen[bytes]", seconds: float, left: threading.Event) -> None:
    until = time.monotonic() + seconds
    while process.poll() is None:
        if left.is_set():
            raise Abandoned
        if time.monotonic() > until:
            raise TooLong
        try:
            process.wait(PULSE)
        except subprocess.TimeoutExpired:
            continue


def _bound(pid: int, means: Means) -> None:
    """Memory and processor time, where the system can bound those of a process that runs already."""
    import resource  # not on every system

    if not hasattr(resource, "prlimit"):
        return
    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (means.memory, means.memory))
        resource.prlimit(pid, resource.RLIMIT_CPU, (means.processor_seconds, means.processor_seconds))
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
    except ProcessLookupError:  # it has ended already
        return


class _Words:
    """The end of what FFmpeg says, read while it works: a damaged file makes it say a great deal."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process, self._end = process, b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def last(self) -> str:
        self._thread.join()
        lines = self._end.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][-200:] if lines else ""

    def _read(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as pipe:
            while part := pipe.read1(4096):  # type: ignore[attr-defined]
                self._end = (self._end + part)[-LAST_WORDS:]
