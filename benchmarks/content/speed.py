"""P8: ten minutes of 1080p checked by us, and decoded whole by ffmpeg's blackdetect, freezedetect and silencedetect.

Both get two cores: we look at two clips in two processes, ffmpeg at one after the other with threads of its own. The
ratio of processor time is told beside that of wall time, since other work on the machine spoils the latter.
"""

import os
import resource
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import IO, cast

import cv2
import imageio_ffmpeg
import numpy as np

from benchmarks.content.encode import ENCODINGS
from benchmarks.content.films import Film, pictures
from benchmarks.probe import FILES, H264, LOOP, SECONDS
from detectors.content.base import Answer, Request
from detectors.content.check import check

CLIPS = 2
ROUNDS = 3
SCENE = "street"
"""What the camera sees: structure of every size that moves on, and grain."""
PEER = ["-vf", "blackdetect,freezedetect", "-af", "silencedetect", "-f", "null", "-"]


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of the wall and of processors."""

    wall: float
    processor: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, {self.processor:.2f} s of processor time"


@dataclass(frozen=True, slots=True)
class Looked:
    """What one process tells of one clip."""

    answer: Answer
    processor: float


def measure() -> dict[str, object]:
    """Ratios, hours of video a core-hour, and what our time goes into."""
    with tempfile.TemporaryDirectory(prefix="bwc-speed-") as folder:
        paths = build(Path(folder))
        results: dict[str, object] = {}
        theirs = timed(lambda: [_peer(path) for path in paths], resource.RUSAGE_CHILDREN)
        results["ffmpeg, 2 clips"] = str(theirs)
        for name, bare in (("measures alone", True), ("with stills and prints", False)):
            results |= _ours(name, paths, bare, theirs)
        return results


def build(folder: Path) -> list[Path]:
    """A short piece encoded once and repeated to ten minutes, with speech-like gaps in its sound; copies of it."""
    quiet = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
    piece, sound = folder / "piece.h264", folder / "sound.m4a"
    film = Film(SCENE, ENCODINGS[next(iter(ENCODINGS))], LOOP, size=(1920, 1080), clock=None)
    raw_input = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "1920x1080", "-r", "25", "-i", "-"]
    command = [*quiet, *raw_input, *H264, "-bf", "0", str(piece)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        for frame in pictures(film, np.random.default_rng(film.seed)):
            cast(IO[bytes], encoder.stdin).write(frame.tobytes())
    spoken = f"anoisesrc=d={SECONDS}:r=16000:c=pink:a=0.1,volume='0.05+lt(mod(t,5),3)':eval=frame"
    subprocess.run([*quiet, "-f", "lavfi", "-i", spoken, "-c:a", "aac", "-b:a", "64k", str(sound)], check=True)
    raw = folder / "whole.h264"
    raw.write_bytes(piece.read_bytes() * (SECONDS // LOOP))
    paths = [folder / f"clip{number}.mp4" for number in range(CLIPS)]
    inputs = ["-r", "25", "-i", str(raw), "-i", str(sound)]
    for path in paths:
        subprocess.run([*quiet, *inputs, *FILES["plain.mp4"], str(path)], check=True)
    raw.unlink()
    return paths


def timed(work: Callable[[], object], who: int) -> Taken:
    """Of work done by this process or by its children."""
    before, begun = resource.getrusage(who), time.perf_counter()
    work()
    wall, after = time.perf_counter() - begun, resource.getrusage(who)
    return Taken(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _peer(path: Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", str(CLIPS), "-i", str(path), *PEER]
    subprocess.run(command, check=True, capture_output=True)


def _looked(path: Path, bare: bool) -> Looked:
    os.environ["OMP_NUM_THREADS"] = "1"
    cv2.setNumThreads(1)
    request = Request(path.name, overlay=False, stills=not bare, prints=not bare)
    begun = time.process_time()
    with path.open("rb") as stream:
        answer = check(stream, request)
    return Looked(answer, time.process_time() - begun)


def _ours(name: str, paths: Sequence[Path], bare: bool, theirs: Taken) -> dict[str, object]:
    """Best of some rounds, in processes that are warm."""
    best: tuple[float, list[Looked]] | None = None
    with ProcessPoolExecutor(CLIPS, mp_context=get_context("spawn")) as pool:
        for _ in range(ROUNDS + 1):  # the first one imports
            begun = time.perf_counter()
            looked = list(pool.map(_looked, paths, [bare] * len(paths)))
            wall = time.perf_counter() - begun
            best = min(best, (wall, looked), key=lambda one: one[0]) if best else (wall, looked)
    assert best is not None
    wall, looked = best
    taken = Taken(wall, sum(one.processor for one in looked))
    split = sum((Counter(one.answer.spent) for one in looked), Counter())
    parts = ", ".join(f"{part} {seconds / len(looked) * 1000:.0f} ms" for part, seconds in split.most_common())
    return {
        f"{name}, 2 clips": str(taken),
        f"{name}: ffmpeg's wall": f"{theirs.wall / wall:.0f} x ours",
        f"{name}: ffmpeg's processor": f"{theirs.processor / taken.processor:.0f} x ours",
        f"{name}: core-hour": f"{SECONDS * CLIPS / taken.processor:.0f} h of video",
        f"{name}: a clip": parts or "not told",
    }


def main() -> None:
    """Run and print."""
    for key, value in measure().items():
        print(f"{key:40} {value}")


if __name__ == "__main__":
    main()
