"""Worlds in which pictures and sound are looked at by a stand-in, and what was asked of it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from indexer.content import ContentSettings
from indexer.feeds.base import FeedKind
from indexer.pipeline import steps
from indexer.pipeline.detect import detect
from indexer.pipeline.detect_worker import Bounds
from storage.schema.tables import CONTENT, FILE, OBSERVATION
from tests.builders import House, clip_name, film, incident, registers
from tests.indexer.pipeline import checkers

CHECKER = f"{checkers.__name__}:check"
SECOND = timedelta(seconds=1)
EVERYTHING = ContentSettings(share_ratio=1.0, margin_seconds=0)
SHORT = Bounds(256 << 20, grace=0.3, least=1.0)


def looking(house: House, settings: ContentSettings = EVERYTHING, **changes: Any) -> None:
    """From now on the house's scans look at pictures and sound."""
    house.changes |= {"content": settings, "checker": CHECKER, **changes}


def bounded(monkeypatch: pytest.MonkeyPatch, bounds: Bounds = SHORT) -> None:
    """Checks that hang are ended after a second."""
    monkeypatch.setattr(steps, "detect", lambda scan: detect(scan, bounds))


def logged(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Where each call of the stand-in leaves a line."""
    log = folder / "checks.log"
    log.touch()
    monkeypatch.setenv(checkers.LOG, str(log))
    return log


def calls(log: Path) -> list[tuple[str, str]]:
    """(name, parts) of each call since the last time, in order; the device tells the clips apart."""
    lines = [line.rpartition(" hint=")[0] for line in log.read_text().splitlines()]
    log.write_text("")
    return [(line.partition(" ")[0].partition(":")[2], line.partition(" ")[2]) for line in lines]


def state(house: House) -> dict[str, tuple[str, int]]:
    """(state, attempts) of each file in the queue, by path."""
    names = {row["id"]: row["anchor"].partition(":")[2] for row in house.rows(FILE)}
    return {names[row["file_id"]]: (row["state"], row["attempts"]) for row in house.rows(CONTENT)}


def seen(house: House) -> list[tuple[float, float]]:
    """Stretches of the observations that hold, in seconds."""
    rows = [(row["from_us"] / SECOND, row["to_us"] / SECOND) for row in house.rows(OBSERVATION)]
    return sorted(rows)


def calls_of(house: House, *spans: tuple[str, str, str]) -> None:
    """(number, from, to): officer 031021 attends these calls; camera 1100001 films from 08:10:00 to 08:20:00."""
    house.feed("110", FeedKind.INCIDENTS, [incident(number, "031021", start, end) for number, start, end in spans])
    registers(house, {"1100001": "031021"})
    name = clip_name("1100001", "031021", "08:10:00")
    if not (house.root() / name).exists():
        house.put(name, film(600, "calls"))
