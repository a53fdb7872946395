"""`python -m benchmarks.content.copies [--seconds N] [--scenes a,b] [--seed N]`: which copies are found.

Each original is encoded again as people do who hand footage on, whole and as a part of thirty seconds; beside them
stand pairs that look or sound alike and are no copies. Prints tables and writes `artefacts/copies.json`.
"""

import argparse
import json
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import imageio_ffmpeg

from benchmarks.content.encode import ENCODINGS
from benchmarks.content.films import Film, write
from benchmarks.content.lookalikes import PAIRS, Pair
from benchmarks.quality.__main__ import table
from detectors.content.base import Print, Request
from detectors.content.check import check
from indexer.copies import Match, copies_of

SCENES = ("street", "corridor", "car", "interview", "rain")
BEGIN, PART = 17.3, 30.0
"""Where the part begins, and how long it is, seconds."""
NEAR = 1.0
"""Seconds by which the place of a copy may err."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of encoding again. `hard`: beyond what fingerprints promise; counted apart."""

    name: str
    suffix: str
    options: tuple[str, ...]
    hard: bool = False


def _way(name: str, suffix: str, options: str, hard: bool = False) -> Way:
    return Way(name, suffix, tuple(options.split()), hard)


_HEVC = "-vf scale=iw/2:-2 -c:v libx265 -crf 32 -preset ultrafast -x265-params log-level=none"
_AVC = "-c:v libx264 -crf 30 -preset veryfast"
WAYS = (
    _way("H.265 CRF 32, half the size, AAC 48k", ".mp4", f"{_HEVC} -c:a aac -b:a 48k"),
    _way("H.264 GOP 37, AAC 64k at 44.1 kHz", ".mkv", f"{_AVC} -g 37 -c:a aac -b:a 64k -ar 44100"),
    _way("MPEG-4 300k, 8 a second, A-law", ".mkv", "-r 8 -c:v mpeg4 -b:v 300k -c:a pcm_alaw -ar 8000"),
    _way("sound alone, MP3 64k, half as loud", ".mp4", "-vn -af volume=0.5 -c:a libmp3lame -b:a 64k"),
    _way("nothing encoded again, TS", ".ts", "-c copy"),
    _way("nothing encoded again, no sound, MKV", ".mkv", "-an -c copy"),
    _way("H.264 GOP 20, AAC 24k", ".mp4", f"{_AVC} -g 20 -c:a aac -b:a 24k", hard=True),
    _way("H.264, AMR", ".3gp", f"{_AVC} -c:a libopencore_amrnb -ar 8000 -b:a 12.2k", hard=True),
    _way("H.264 GOP 33, no sound", ".mp4", f"{_AVC} -an -g 33", hard=True),
)


@dataclass(frozen=True, slots=True)
class Found:
    """One copy that had to be found; `place`: seconds by which its place errs, None where it was not found."""

    scene: str
    way: str
    part: bool
    hard: bool
    place: float | None
    match: Match | None


def prints_of(path: Path) -> tuple[Print, ...]:
    """Fingerprints of a file."""
    with path.open("rb") as stream:
        return check(stream, Request(path.name, stills=False, overlay=False)).prints


def encoded_again(path: Path, way: Way, part: bool) -> Path:
    """A copy beside the original."""
    target = path.with_name(f"copy-{'part' if part else 'whole'}{way.suffix}")
    cut = ["-ss", str(BEGIN), "-t", str(PART)] if part else []
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", *cut, "-i", str(path), *way.options]
    subprocess.run([*command, str(target)], check=True, capture_output=True)
    return target


def originals(scene: str, seconds: float, seed: int, ways: Sequence[Way] = WAYS) -> list[Found]:
    """One original and all its copies."""
    film = Film(scene, ENCODINGS["H.264 CRF 26, GOP 50"], seconds, size=(320, 180), fps=12, clock=None, seed=seed)
    found = []
    with tempfile.TemporaryDirectory(prefix="bwc-copies-") as folder:
        path = write(film, Path(folder))
        whole = prints_of(path)
        for way in ways:
            for part in (False, True):
                matches = copies_of(prints_of(encoded_again(path, way, part)), {1: whole})
                found.append(_judged(scene, way, part, matches))
    return found


def _judged(scene: str, way: Way, part: bool, matches: Sequence[Match]) -> Found:
    best = max(matches, key=lambda one: one.agreeing, default=None)
    if best is None:
        return Found(scene, way.name, part, way.hard, None, None)
    later = (best.there[0] - best.here[0]).total_seconds()
    # a part that is not encoded again begins at the key picture before
    slack = 5.0 if part and "copy" in way.options else 0.0
    wrong = abs(later - (BEGIN if part else 0.0))
    return Found(scene, way.name, part, way.hard, max(0.0, wrong - slack), best)


def lookalike(pair: Pair, seconds: float, seed: int) -> list[Match]:
    """What is wrongly taken for a copy in a pair that is none."""
    with tempfile.TemporaryDirectory(prefix="bwc-alike-") as folder:
        one, other = (prints_of(path) for path in pair.make(Path(folder), seconds, seed))
    return copies_of(one, {1: other})


def rows(found: Sequence[Found]) -> list[tuple[str, ...]]:
    """One row a way: found of the whole ones and of the parts, and how far off at most."""
    by_way: Mapping[str, list[Found]] = defaultdict(list)
    for one in found:
        by_way[one.way].append(one)
    shown: list[tuple[str, ...]] = [
        ("way", "whole", "part of 30 s", "place errs by at most, s", "by sound", "by picture")
    ]
    for way, some in by_way.items():
        told = [one for one in some if one.place is not None and one.match]
        shown.append(
            (
                way + (" (hard)" if some[0].hard else ""),
                *(_of([one for one in some if one.part is part]) for part in (False, True)),
                f"{max((one.place or 0 for one in told), default=0):.2f}",
                str(sum(bool(one.match and one.match.sound) for one in told)),
                str(sum(bool(one.match and one.match.picture) for one in told)),
            )
        )
    return shown


def _of(some: Sequence[Found]) -> str:
    return f"{sum(one.place is not None and one.place <= NEAR for one in some)}/{len(some)}"


def recall(found: Sequence[Found]) -> float:
    """Share of copies found at their place, those beyond what is promised left out."""
    promised = [one for one in found if not one.hard]
    return sum(one.place is not None and one.place <= NEAR for one in promised) / max(1, len(promised))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--scenes", default=",".join(SCENES))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.PANIC)
    begun = time.monotonic()
    found = [one for scene in given.scenes.split(",") for one in originals(scene, given.seconds, given.seed)]
    print(table(rows(found)))
    wrong = {pair.name: lookalike(pair, given.seconds, given.seed) for pair in PAIRS}
    print(table([("pair that is no copy", "taken for one"), *((name, str(len(some))) for name, some in wrong.items())]))
    false = sum(bool(some) for some in wrong.values())
    share, spent = recall(found), time.monotonic() - begun
    print(f"seed {given.seed}: recall {share:.3f}, false copies {false}/{len(wrong)}, {spent:.0f} s")
    target = Path("artefacts/copies.json")
    target.parent.mkdir(exist_ok=True)
    figures = {"seed": given.seed, "recall": share, "copies": len(found), "false": false, "pairs": len(wrong)}
    target.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
