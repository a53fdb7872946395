"""`python -m benchmarks.content.quality [--size small|full] [--seed N] [--processes N] [--films FOLDER]`.

The detectors against truth. Films are made one by one in a temporary folder, checked and removed. With `--films` they
are kept in that folder, and those that are there are not made again: empty it when the generator changes. Prints tables
and writes `artefacts/content.json`.
"""

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import av
import cv2

from benchmarks.content.films import Film, write
from benchmarks.content.plans import PLANS
from benchmarks.content.report import figures, show
from benchmarks.content.score import Score
from detectors.content.base import Answer, Checker, Request
from detectors.content.check import check


@dataclass(frozen=True, slots=True)
class Checked:
    """A film and what the detectors answered, with the processor time they say and the wall time that passed."""

    film: Film
    answer: Answer
    seconds: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything that one run gave."""

    size: str
    seed: int
    score: Score
    checked: Sequence[Checked]
    seconds: float


def checked(film: Film, checker: Checker = check, films: Path | None = None) -> Checked:
    """Make it, look at it, remove it or keep it in a folder."""
    cv2.setNumThreads(1)
    av.logging.set_level(av.logging.PANIC)
    with tempfile.TemporaryDirectory(prefix="bwc-content-") as folder:
        path = _kept(film, films) if films else write(film, Path(folder))
        begun = time.process_time()
        with path.open("rb") as stream:
            answer = checker(stream, Request(path.name, stills=False, overlay=False, prints=False))
        return Checked(film, answer, time.process_time() - begun)


def _kept(film: Film, films: Path) -> Path:
    path = films / f"{hashlib.blake2b(repr(film).encode(), digest_size=12).hexdigest()}{film.encoding.suffix}"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=films) as folder:
            write(film, Path(folder)).replace(path)
    return path


def measured(size: str, seed: int, processes: int = 1, films: Path | None = None) -> Quality:
    """All films of a plan."""
    begun, score = time.perf_counter(), Score()
    found = list(_all(PLANS[size](seed), processes, partial(checked, films=films)))
    for one in found:
        score.add(one.film, one.answer.observations)
    return Quality(size, seed, score, found, time.perf_counter() - begun)


def _all(films: Sequence[Film], processes: int, work: Callable[[Film], Checked]) -> Iterator[Checked]:
    if processes == 1:
        yield from map(work, films)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, films)


def measure() -> dict[str, object]:
    """For `make bench`: the full set, seed 1."""
    found = measured("full", 1, 2)
    show(found.score)
    return summary(found)


def summary(found: Quality) -> dict[str, object]:
    """Figures, with how fast the detectors were on these films."""
    lasting = sum(one.film.seconds for one in found.checked)
    taken = sum(one.seconds for one in found.checked)
    problems = sum(len(one.answer.problems) for one in found.checked)
    speed = {
        "films": f"{len(found.checked)}, {lasting / 3600:.2f} h, made and checked in {found.seconds:.0f} s",
        "check": f"{taken:.1f} s of processor time, {lasting / max(taken, 1e-9):.0f} h of video per core-hour",
        "problems told": problems,
    }
    return {"set": f"{found.size}, seed {found.seed}", **speed, **figures(found.score)}


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description="content detectors against injected defects")
    parser.add_argument("--size", choices=sorted(PLANS), default="small")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--films", type=Path, help="folder in which films are kept from run to run")
    given = parser.parse_args()
    if given.films:
        given.films.mkdir(parents=True, exist_ok=True)
    found = measured(given.size, given.seed, given.processes, given.films)
    show(found.score)
    results = summary(found)
    for key, value in results.items():
        print(f"{key:24} {value}")
    target = Path("artefacts")
    target.mkdir(exist_ok=True)
    (target / "content.json").write_text(json.dumps(results, indent=2, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
