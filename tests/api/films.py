"""Real films under the clips of `world`, so that there is something to see: file 1 is black for ten seconds."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, select, update

from indexer.proxies import Proxies
from indexer.proxy_cache import ProxyCache
from indexer.still_cache import StillCache
from indexer.stills import Bounds, Stills
from indexer.stores.base import StoreSettings
from storage.schema.tables import CLIP, STORE, STORED
from tests.api import world
from tests.detectors.content.films import film, street

FIRST, OTHER = "2026-11-20/C1_031021_1.mp4", "2026-11-20/C2_031063_1.mp4"
LOST = "57111" + "0" * 11
"""Finding on file 1: it is black from 30 to 40 s."""
SECONDS = 60.0


def add_films(engine: Engine, folder: Path) -> tuple[Stills, Proxies]:
    """Films where `world` says that clips are, in stores in `folder`; a finding on the first; who shows and plays."""
    dark = film(folder / "dark.mp4", SECONDS, black_at_times, rate=5, gop=5)
    bright = film(folder / "bright.mp4", SECONDS, street, rate=5, gop=5)
    with engine.begin() as connection:
        stored = connection.execute(select(STORED.c.file_id, STORED.c.path, STORE.c.name).join(STORE)).all()
        for number, path, store in stored:
            file = folder / store / path
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dark if number == 1 else bright, file)
            modified = world.NOW - world.MINUTE
            os.utime(file, (modified.timestamp(), modified.timestamp()))
            size = {"size": file.stat().st_size}
            connection.execute(update(STORED).where(STORED.c.file_id == number).values(**size))
        connection.execute(update(CLIP).values(duration=timedelta(seconds=SECONDS)))
        measured = {"kinds": ["black"], "stretches": ["0:00:30–0:00:40"], "longest_s": 10.0}
        about = {"unit": world.UNIT, "subject_key": "anchor-1", "measured": measured}
        said = ["黑屏：10 秒 / black: 10 s"]
        world.finding(connection, LOST, "incomplete.picture-lost", "clip", f"dock-a:{FIRST}", evidence=said, **about)
    stores = [StoreSettings(name, str(folder / name)) for name in ("dock-a", "rooms")]
    proxies = Proxies(stores, ProxyCache(folder / "proxies", 50), 20)
    return Stills(stores, StillCache(folder / "cache", 10), bounds=Bounds(idle_seconds=5)), proxies


def black_at_times(at: float) -> NDArray[np.uint8]:
    return np.zeros((180, 320, 3), np.uint8) if 30 <= at < 40 else street(at)
