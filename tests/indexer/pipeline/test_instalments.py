"""A day that comes in parts, with a scan after each, ends as the same day scanned at once.

Four facts depend on who looked when. Two are held equal: since when a file was not seen before (the time of upload
rests on it), and which of two equal files came first. Two are left out: how many folders and files the scan saw that
proved an absence, and the order in which a coverage names its clips (that of their first sight).
"""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Connection, Engine

from storage import files as stored
from tests.scanning import MORNING, dump, new_engine, plan_of, scan_once

PARTS = 4
TWINS = ("DSJ-1200001_032011_20261120_142952.mp4",)
"""Base name that two equal files of the sample share."""
SEEN = re.compile(r"\d+ 个目录，\d+ 个文件|\d+ folders, \d+ files")
CLIPS = re.compile(r"(?<='clips': \"\[)[^]]*(?=\])")


@pytest.fixture
def engines(tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Fresh databases by name."""
    made: list[Engine] = []

    def make(name: str) -> Engine:
        made.append(new_engine(f"sqlite:///{tmp_path / name}.db"))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def scan(engine: Engine, folder: Path) -> None:
    """A scan at MORNING for which every file is one that may always have been there."""
    real = stored.add_files

    def add(connection: Connection, rows: Sequence[Any], seen: Mapping[str, Any], number: int) -> list[int]:
        return real(connection, rows, {**seen, "not_seen_before": None}, number)

    with patch.object(stored, "add_files", add), patch("indexer.pipeline.steps._wall", lambda: MORNING):
        scan_once(engine, plan_of(folder))


def compared(found: Mapping[str, list[str]], wanted: Mapping[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """Rows that only one of two databases holds, by table."""
    left = {name: {comparable(name, row) for row in found[name]} for name in wanted if name != "feed"}
    right = {name: {comparable(name, row) for row in wanted[name]} for name in left}
    return {n: (sorted(left[n] - right[n]), sorted(right[n] - left[n])) for n in left if left[n] != right[n]}


def comparable(table: str, row: str) -> str:
    """A row without what depends on who looked when."""
    if table == "coverage":
        return CLIPS.sub(lambda clips: ", ".join(sorted(clips[0].split(", "))), row)
    return SEEN.sub("seen", row)


def parts_of(whole: Path, random: Random) -> dict[Path, int]:
    """Which part of the day each file and each register that is no text belongs to."""
    paths = sorted(path for path in (whole / "sample_media").rglob("*") if path.is_file() and path.suffix != ".csv")
    chosen = {path.relative_to(whole): random.randrange(PARTS) for path in paths}
    for path in chosen:
        if path.name in TWINS:
            chosen[path] = 1
    return chosen


def rows_of(whole: Path, random: Random) -> dict[Path, list[tuple[int, bytes]]]:
    """Each text feed's lines with the part they come in; the heading is there from the beginning."""
    found = {}
    for path in sorted((whole / "sample_media" / "feeds").glob("*.csv")):
        heading, *rows = path.read_bytes().splitlines(keepends=True)
        found[path.relative_to(whole)] = [(0, heading), *((random.randrange(PARTS), row) for row in rows)]
    return found


def deliver(
    whole: Path, part: int, target: Path, files: Mapping[Path, int], rows: Mapping[Path, list[tuple[int, bytes]]]
) -> None:
    """Put one part of the day in place."""
    for path, of_part in files.items():
        if of_part == part:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(whole / path, target / path)
    for path, lines in rows.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(b"".join(line for of_part, line in lines if of_part <= part))


def in_parts(
    engine: Engine, whole: Path, target: Path, files: Mapping[Path, int], rows: Mapping[Path, list[tuple[int, bytes]]]
) -> None:
    target.mkdir()
    shutil.copy(whole / "config.toml", target)
    for store in ("dock-a", "dock-b", "rooms"):
        (target / "sample_media" / "stores" / store).mkdir(parents=True)
    for part in range(PARTS):
        deliver(whole, part, target, files, rows)
        scan(engine, target)


def all_at(part: int, rows: Mapping[Path, list[tuple[int, bytes]]]) -> dict[Path, list[tuple[int, bytes]]]:
    """The same feeds, every row in one part."""
    return {path: [(0, lines[0][1]), *((part, line) for _, line in lines[1:])] for path, lines in rows.items()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_files_and_rows_in_four_parts_end_as_the_whole_day(
    sample_day: Path, tmp_path: Path, engines: Callable[[str], Engine], seed: int
) -> None:
    random = Random(seed)
    clean, engine = engines("clean"), engines("parts")
    scan(clean, sample_day)
    in_parts(engine, sample_day, tmp_path / "day", parts_of(sample_day, random), rows_of(sample_day, random))
    assert compared(dump(engine), dump(clean)) == {}


@pytest.mark.slow
def test_files_in_four_parts_after_all_feeds_end_as_the_whole_day(
    sample_day: Path, tmp_path: Path, engines: Callable[[str], Engine]
) -> None:
    random = Random(4)
    clean, engine = engines("clean"), engines("parts")
    scan(clean, sample_day)
    files, rows = parts_of(sample_day, random), all_at(0, rows_of(sample_day, random))
    in_parts(engine, sample_day, tmp_path / "day", files, rows)
    assert compared(dump(engine), dump(clean)) == {}


@pytest.mark.slow
def test_feeds_that_come_after_all_files_end_as_the_whole_day(
    sample_day: Path, tmp_path: Path, engines: Callable[[str], Engine]
) -> None:
    random = Random(5)
    clean, engine = engines("clean"), engines("parts")
    scan(clean, sample_day)
    files = dict.fromkeys(parts_of(sample_day, random), 0)
    in_parts(engine, sample_day, tmp_path / "day", files, all_at(1, rows_of(sample_day, random)))
    assert compared(dump(engine), dump(clean)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("place", ["dock-a/2026-11-20/031072", "dock-b/2026-11-20", "rooms/XW-02"])
def test_a_folder_taken_away_and_put_back_ends_as_if_it_had_never_gone(
    own_sample_day: Path, tmp_path: Path, engines: Callable[[str], Engine], place: str
) -> None:
    clean, engine = engines("clean"), engines("parts")
    scan(clean, own_sample_day)
    folder = own_sample_day / "sample_media" / "stores" / place
    scan(engine, own_sample_day)
    folder.rename(tmp_path / "away")
    scan(engine, own_sample_day)
    (tmp_path / "away").rename(folder)
    scan(engine, own_sample_day)
    assert compared(dump(engine), dump(clean)) == {}
