"""Real films under two clips of `world`, so that there is something to see: file 1 is black for ten seconds."""

import os
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, update

from indexer.still_cache import StillCache
from indexer.stills import Bounds, Stills
from indexer.stores.base import StoreSettings
from storage.schema.tables import CLIP, STORED
from tests.api import world
from tests.detectors.content.films import film, street

FIRST, OTHER = "2026-11-20/C1_031021_1.mp4", "2026-11-20/C2_031063_1.mp4"
LOST = "57111" + "0" * 11
"""Finding on file 1: it is black from 30 to 40 s."""
SECONDS = 60.0


def add_films(engine: Engine, folder: Path) -> Stills:
    """Films in a store in `folder` where `world` says that clips are; a finding on the first; who shows them."""
    for number, path in ((1, FIRST), (3, OTHER)):
        file = folder / "dock-a" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        film(file, SECONDS, black_at_times if number == 1 else street, rate=5, gop=5)
        modified = world.NOW - world.MINUTE
        os.utime(file, (modified.timestamp(), modified.timestamp()))
        with engine.begin() as connection:
            connection.execute(update(STORED).where(STORED.c.file_id == number).values(size=file.stat().st_size))
            lasts = {"duration": timedelta(seconds=SECONDS)}
            connection.execute(update(CLIP).where(CLIP.c.file_id == number).values(**lasts))
    with engine.begin() as connection:
        measured = {"kinds": ["black"], "stretches": ["0:00:30–0:00:40"], "longest_s": 10.0}
        about = {"unit": world.UNIT, "subject_key": "anchor-1", "measured": measured}
        said = ["黑屏：10 秒 / black: 10 s"]
        world.finding(connection, LOST, "incomplete.picture-lost", "clip", f"dock-a:{FIRST}", evidence=said, **about)
    store = StoreSettings("dock-a", str(folder / "dock-a"))
    return Stills([store], StillCache(folder / "cache", 10), bounds=Bounds(idle_seconds=5))


def black_at_times(at: float) -> NDArray[np.uint8]:
    return np.zeros((180, 320, 3), np.uint8) if 30 <= at < 40 else street(at)
