"""Clips that hang, crash or swell what looks at them, workers that die, scans that are killed meanwhile."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from indexer.content import ContentSettings
from indexer.pipeline import Silent, run_scan
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import CONTENT, OBSERVATION, PRINT
from tests.builders import House, clip_name, film
from tests.indexer.pipeline.looking import bounded, calls, logged, looking, state
from tests.scanning import MORNING

pytestmark = pytest.mark.slow
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUICK = ContentSettings(share_ratio=1.0, seconds_per_clip=0.2)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    return logged(monkeypatch, tmp_path)


@pytest.fixture
def anywhere(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A house on either database."""
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def clips(house: House, *names: str) -> list[str]:
    paths = [f"{name}/{clip_name('1100001', '031021', '08:30:00')}" for name in names]
    for path in paths:
        house.put(path, film(60, path))
    return paths


def test_what_hangs_crashes_or_swells_is_ended_and_the_others_are_looked_at(
    anywhere: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(monkeypatch)
    names = ("hang", "spin", "abort", "eat", "raise")
    bad, good = clips(anywhere, *names), clips(anywhere, "good1", "good2")
    looking(anywhere, QUICK)
    summary = anywhere.scan()
    assert (summary.content_checked, summary.content_ended, summary.content_waiting) == (2, 5, 0)
    assert summary.problems == ()
    assert state(anywhere) == {**dict.fromkeys(bad, ("ended", 1)), **dict.fromkeys(good, ("done", 0))}
    told = {path: row["why"] for path, row in zip(state(anywhere), anywhere.rows(CONTENT), strict=True)}
    words = ("out of time", "out of time", "exit status -6", "more memory", "RuntimeError: no such thing\\0")
    for path, word in zip(bad, words, strict=True):
        assert word in told[path], path


def test_a_clip_that_hangs_is_tried_three_times_ever_later_and_never_again(
    house: House, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded(monkeypatch)
    (path,) = clips(house, "abort")
    looking(house, QUICK)
    tried = [MORNING + hours * HOUR for hours in (0, 0.5, 1.1, 2, 20, 25.2, 100, 1000)]
    counts = []
    for now in tried:
        house.scan(now)
        counts.append(len(calls(log)))
    assert counts == [1, 0, 1, 0, 0, 1, 0, 0]
    assert (state(house), house.rows(CONTENT)[0]["next_at"]) == ({path: ("ended", 3)}, None)
    house.put(path, film(30, "other"), MORNING + 900 * HOUR)
    house.scan(MORNING + 1001 * HOUR)
    assert (len(calls(log)), state(house)) == (1, {path: ("ended", 1)})


def test_a_worker_that_dies_ends_the_looking_of_this_scan_and_not_the_scan(house: House, log: Path) -> None:
    """As where a check cannot be handed to a helper: it takes its worker with it."""
    clips(house, "one", "two")
    looking(house, QUICK)
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool,
        patch("indexer.pipeline.detect.look", dies),
        patch("indexer.pipeline.steps._wall", lambda: MORNING),
    ):
        summary = run_scan(house.engine, house.plan, MORNING, pool, Silent())
    assert summary.content_ended == 2
    assert {row["state"] for row in house.rows(CONTENT)} == {"ended"}
    assert house.scan(MORNING + 2 * HOUR).content_checked == 2


def dies(job: Any) -> None:
    os._exit(1)


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
def test_a_scan_that_is_killed_loses_at_most_what_was_in_hand(anywhere: House, log: Path) -> None:
    """Killed thrice while it looks; then everything is there once, and the queue is empty."""
    paths = clips(anywhere, *(f"slow{n:02}" for n in range(16)))
    looking(anywhere, QUICK)
    context = multiprocessing.get_context("spawn")
    url = anywhere.engine.url.render_as_string(hide_password=False)
    done = 0
    for _ in range(3):
        log.write_text("")
        child = context.Process(target=scanning, args=(url, str(anywhere.folder)))
        child.start()
        while len(log.read_text().splitlines()) < 5 and child.is_alive():
            time.sleep(0.02)
        child.kill()
        child.join()
        rows = anywhere.rows(CONTENT)
        finished = {row["file_id"] for row in rows if row["state"] == "done"}
        assert {row["file_id"] for row in anywhere.rows(OBSERVATION)} == finished
        assert {row["state"] for row in rows} <= {"done", "waiting"}
        assert len(finished) >= done + 1
        done = len(finished)
    summary = anywhere.scan(MORNING + HOUR)
    assert summary.content_checked == 16 - done
    assert state(anywhere) == dict.fromkeys(paths, ("done", 0))
    assert len(anywhere.rows(OBSERVATION)) == len(anywhere.rows(PRINT)) == 16


def scanning(url: str, folder: str) -> None:
    """In a process of its own, to be killed."""
    house = House(Path(folder), open_engine(DatabaseSettings(url)))
    house.store("dock")
    looking(house, QUICK)
    house.scan(MORNING)
