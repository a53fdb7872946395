"""Mutated golden files: no crash, no hang, bounded memory. `python -m benchmarks.mutations 100000`."""

import resource
import struct
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from domain.media import Probe, ProblemCode
from indexer.containers import probe_path
from tests.golden import dav, media, pictures, sounds, variants

COUNT = 2_000
PART = 250
WORKERS = 2
SLOW_SECONDS = 5.0
KEPT = Path("artefacts/broken")
CLIPS = (
    "plain.mp4", "fragmented.mp4", "hevc.mp4", "plain.mkv", "live.mkv", "plain.webm", "h264.avi", "mjpeg.avi",
    "plain.ts", "plain.m2ts", "h264.vob", "h264.mpg", "plain.mpg", "plain.flv", "hybrid.mp4", "dash.mp4", "h264.asf",
)  # fmt: skip
VARIANTS = (
    "packed.mov", "large.mp4", "two-descriptions.mp4", "hikvision.mp4", "opendml.avi", "unindexed.avi",
    "laced-ebml.mkv", "unsized.mkv", "jump.ts",
)  # fmt: skip
SOUNDS = (
    "pcm.wav", "ima.wav", "rf64.wav", "bare.mp3", "variable.mp3", "narrow.amr", "adts.aac", "opus.opus", "vorbis.ogg",
    "flac.flac", "aac.m4a",
)  # fmt: skip
RAW = ("declared.h264", "declared.hevc")
HOSTILE = (0, 1, 7, 8, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
WIDE = (0, 0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 0x01FFFFFFFFFFFFFF)


@dataclass(slots=True)
class Tally:
    """What a stretch of seeds did."""

    files: int = 0
    crashes: list[str] = field(default_factory=list)
    library_falls: int = 0
    out_of_time: int = 0
    slowest: float = 0.0
    slowest_seed: int = -1
    peak: int = 0
    helper_peak: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.files += other.files
        self.crashes += other.crashes
        self.library_falls += other.library_falls
        self.out_of_time += other.out_of_time
        if other.slowest > self.slowest:
            self.slowest, self.slowest_seed = other.slowest, other.slowest_seed
        self.peak, self.helper_peak = max(self.peak, other.peak), max(self.helper_peak, other.helper_peak)
        self.codes += other.codes

    def note(self, seed: int, probe: Probe, seconds: float) -> None:
        self.files += 1
        if any(problem.code is ProblemCode.READ_ERROR for problem in probe.problems):  # no disk fails here: our fault
            self.crashes.append(f"seed {seed}: {probe.problems[0].detail}")
        self.codes.update({problem.code.value for problem in probe.problems} or {"none"})
        falls = [problem.detail for problem in probe.problems if "fell over" in problem.detail]
        self.library_falls += bool(falls)
        if any("exit status 1)" in detail for detail in falls):  # an error of ours inside the helper: no excuse
            self.crashes.append(f"seed {seed}: {falls[0]}")
        self.out_of_time += any(problem.code is ProblemCode.OUT_OF_TIME for problem in probe.problems)
        if seconds > self.slowest:
            self.slowest, self.slowest_seed = seconds, seed


def wholes() -> list[bytes]:
    """The files that are mutated."""
    made = (
        (media.clip, CLIPS), (variants.clip, VARIANTS), (sounds.clip, SOUNDS), (sounds.raw, RAW),
        (dav.clip, tuple(dav.RECIPES)),
    )  # fmt: skip
    paths = [make(name) for make, names in made for name in names]
    return [*(path.read_bytes() for path in paths), pictures.jpeg(pictures.EXIF)]


def mutated(originals: list[bytes], seed: int) -> bytes:
    """One broken file: the same for the same seed."""
    random = Random(seed)
    data = bytearray(random.choice(originals))
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        random.choice((_flip, _cut, _splice, _size, _size, _blank, _repeat))(random, data, originals)
    return bytes(data)


def _place(random: Random, data: bytearray) -> int:
    """Where structure is: mostly near either end."""
    span = random.choice((64, 1024, 4096, len(data)))
    place = random.randrange(max(min(span, len(data)), 1))
    return place if random.random() < 0.7 else max(len(data) - 1 - place, 0)


def _flip(random: Random, data: bytearray, _: list[bytes]) -> None:
    if data:
        data[_place(random, data)] ^= 1 << random.randrange(8)


def _cut(random: Random, data: bytearray, _: list[bytes]) -> None:
    del data[random.randrange(len(data) + 1) :]


def _splice(random: Random, data: bytearray, originals: list[bytes]) -> None:
    other = random.choice(originals)
    begin = random.randrange(len(other))
    at = _place(random, data)
    data[at : at + random.choice((0, 100, 10_000))] = other[begin : begin + random.randrange(20_000)]


def _size(random: Random, data: bytearray, _: list[bytes]) -> None:
    at = _place(random, data)
    order = random.choice("<>")
    number = (
        struct.pack(order + "I", random.choice(HOSTILE))
        if random.random() < 0.7
        else struct.pack(order + "Q", random.choice(WIDE))
    )
    data[at : at + len(number)] = number


def _blank(random: Random, data: bytearray, _: list[bytes]) -> None:
    at, length = _place(random, data), random.choice((1, 8, 200, 5000))
    data[at : at + length] = bytes(min(length, max(len(data) - at, 0)))


def _repeat(random: Random, data: bytearray, _: list[bytes]) -> None:
    at = _place(random, data)
    data[at:at] = data[at : at + random.randrange(2000)] * random.choice((1, 3, 40))


def run_part(originals: list[bytes], first: int, count: int) -> Tally:
    """A stretch of seeds in this process, each as a file of its own name."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        path = Path(folder) / "file.bin"
        for seed in range(first, first + count):
            data = mutated(originals, seed)
            path.write_bytes(data)
            begun = time.perf_counter()
            try:
                tally.note(seed, probe_path(path), time.perf_counter() - begun)
            except Exception:  # noqa: BLE001 (finding them is what this is for)
                tally.crashes.append(f"seed {seed}: {traceback.format_exc(limit=-3)}")
                _keep(seed, data)
    tally.peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    tally.helper_peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return tally


def _keep(seed: int, data: bytes) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{seed}.bin").write_bytes(data)


def _parts(count: int) -> Iterator[tuple[int, int]]:
    return ((first, min(PART, count - first)) for first in range(0, count, PART))


def measure(count: int = COUNT) -> dict[str, object]:
    """Crashes (must be 0), slowest file, peak memory over `count` mutated files."""
    originals, total = wholes(), Tally()
    begun = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        running = {first: pool.submit(run_part, originals, first, size) for first, size in _parts(count)}
        for first, future in running.items():
            try:
                total.add(future.result())
            except BrokenProcessPool:
                total.crashes.append(f"a worker died at seeds {first} to {first + PART - 1}")
    for crash in total.crashes[:20]:
        print("ERROR", crash)
    return {
        "mutated files": total.files,
        "crashes": len(total.crashes),
        "hangs (out of time)": total.out_of_time,
        "library ended, contained": total.library_falls,
        "slowest file s": f"{total.slowest:.2f} (seed {total.slowest_seed})"
        + (" ERROR slow" if total.slowest > SLOW_SECONDS else ""),
        "peak memory MiB": total.peak >> 20,
        "problems": dict(total.codes.most_common()),
        "seconds": round(time.perf_counter() - begun, 1),
    }


if __name__ == "__main__":
    for key, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT).items():
        print(f"{key:28} {value}")
