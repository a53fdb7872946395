"""Of many lists and sidecars only what changed is parsed; what is known is what reading all of them gives."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, select

from indexer.feeds.base import FeedKind, FeedRow, FeedSettings
from indexer.feeds.file_set import FileSet, source_of
from indexer.feeds.wildcards import Found
from indexer.pipeline import Silent, feed
from indexer.pipeline.feed import read_feeds
from indexer.pipeline.plan import Lease, Scanning, ScanPlan
from indexer.stores.base import StoreSettings
from storage import scans
from storage.schema.tables import FEED_ROW, RECORD, WORK
from storage.versions import current
from tests.scanning import MORNING, new_engine

DAYS, NAMES = ("20", "21", "22"), ("a", "b", "c", "d")
LOCATIONS = {"sidecars": "**/*.json", "lists": "**/index.csv"}


@dataclass
class Station:
    """A folder of clips with lists and sidecars among them; every write has a time of its own."""

    root: Path
    clock: int = 1_700_000_000
    zone: str = "Asia/Shanghai"

    def put(self, path: str, text: str = "") -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.clock += 1
        os.utime(file, (self.clock, self.clock))

    def remove(self, path: str) -> None:
        (self.root / path).unlink(missing_ok=True)

    def plan(self, locations: dict[str, str]) -> ScanPlan:
        feeds = [
            FeedSettings(name, FeedKind.CLIP_INDEX, f"{self.root}/{place}", self.zone, store="dock")
            for name, place in locations.items()
        ]
        return ScanPlan((StoreSettings("dock", str(self.root)),), tuple(feeds), base=self.root)

    def read(self, engine: Engine, locations: dict[str, str] = LOCATIONS, *, whole: bool = False) -> list[str]:
        """Feeds read as a scan reads them; returns which files were parsed. `whole`: as if nothing were known."""
        parsed: list[str] = []
        rows_of = FileSet._rows

        def noted(files: FileSet, found: Found) -> Iterator[FeedRow]:
            parsed.append(found.inside)
            return rows_of(files, found)

        with engine.begin() as connection:
            number = scans.begin_scan(connection, MORNING)
        with ThreadPoolExecutor(1) as executor, patch.object(FileSet, "_rows", noted):
            tools = (executor, Silent(), lambda: MORNING, MORNING, Lease(MORNING + timedelta(days=1)))
            scan = Scanning(engine, self.plan(locations), number, MORNING, *tools)
            if whole:
                with patch.object(feed, "changed_part", lambda *_: None):
                    read_feeds(scan)
            else:
                read_feeds(scan)
        with engine.begin() as connection:
            scans.end_scan(connection, number, MORNING, {})
        return parsed


@pytest.fixture
def station(tmp_path: Path) -> Station:
    station = Station(tmp_path / "dock")
    station.put("20/keep.json", said("keep", 0))
    station.put("20/index.csv", "path,device\n")
    return station


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'one.db'}")
    yield engine
    engine.dispose()


def said(device: str, minute: int, path: str = "") -> str:
    stated = f'"FileName": "{path}", ' if path else ""
    return f'{{{stated}"DeviceID": "{device}", "StartTime": "2026-11-20 08:{minute:02}:00"}}'


def everything(engine: Engine, *, now: bool = False) -> dict[str, list[str]]:
    """All versions of rows and records, and what is queued; `now`: current records alone."""
    found = {}
    with engine.connect() as connection:
        for table in (RECORD,) if now else (FEED_ROW, RECORD, WORK):
            query = select(table).where(current(table)) if now else select(table)
            left_out = {"id", "since_scan"} if now else {"id"}
            rows = [dict(row) for row in connection.execute(query).mappings()]
            found[table.name] = sorted(
                str(sorted((key, str(value)) for key, value in row.items() if key not in left_out)) for row in rows
            )
    return found


def arrive(random: Random, station: Station) -> None:
    """Something comes, changes or goes."""
    day, name, other = random.choice(DAYS), random.choice(NAMES), random.choice(NAMES)
    minute = random.randrange(60)
    listing = [f"{name}.mp4,1", f"{other}/{name}.mp4,2", f"{day}/{name}.mp4,{minute}", "../22/d.mp4,4", ",5"]
    stated = random.choice(["", "", f"{other}.mp4", f"deep/{other}.mp4"])
    does: list[Callable[[], None]] = [
        lambda: station.put(f"{day}/{name}.mp4"),
        lambda: station.remove(f"{day}/{name}.mp4"),
        lambda: station.put(f"{day}/{other}/{name}.mp4"),
        lambda: station.put(f"{day}/{name}.json", said(other, minute, stated)),
        lambda: station.put(f"{day}/{name}.json", said(other, minute)),
        lambda: station.put(f"{day}/{name}.mp4.json", said(other, minute)),
        lambda: station.put(f"{day}/{name}.json", "{ no JSON"),
        lambda: station.remove(f"{day}/{name}.json"),
        lambda: station.remove(f"{day}/{name}.mp4.json"),
        lambda: station.put(f"{day}/index.csv", "\n".join(["path,device", *random.sample(listing, 2)])),
        lambda: station.put(f"{day}/{other}/index.csv", f"path,device\n{name}.mp4,9\n"),
        lambda: station.remove(f"{day}/{other}/index.csv"),
        lambda: station.put(f"{day}/{name} / {other}, row 3.json", said(other, minute, f"{name}.mp4")),
    ]
    for do in random.sample(does, random.choice([1, 1, 1, 2, 4])):
        do()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_order_is_known_as_if_all_files_were_read(
    station: Station, engine: Engine, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    twin = new_engine(f"sqlite:///{tmp_path / 'twin.db'}")
    parsed, all_files = 0, 0
    for step in range(40):
        arrive(random, station)
        parsed += len(station.read(engine))
        all_files += len(station.read(twin, whole=True))
        assert everything(engine) == everything(twin), step
    station.put("20/index.csv", "path,device\n")  # a clip that comes is no reason to read lists
    station.read(engine)
    fresh = new_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    station.read(fresh)
    assert everything(engine, now=True) == everything(fresh, now=True)
    assert parsed < all_files
    for one in (twin, fresh):
        one.dispose()


def test_one_more_sidecar_is_the_only_one_parsed(station: Station, engine: Engine) -> None:
    for day in DAYS:
        for name in NAMES:
            station.put(f"{day}/{name}.json", said(name, 1, f"{name}.mp4"))
    assert len(station.read(engine, {"sidecars": "**/*.json"})) == 13
    station.put("21/new.json", said("n", 2, "new.mp4"))
    assert station.read(engine, {"sidecars": "**/*.json"}) == ["21/new.json"]
    assert station.read(engine, {"sidecars": "**/*.json"}) == []


def test_a_sidecar_that_goes_ends_its_rows_and_none_is_parsed(station: Station, engine: Engine) -> None:
    for name in NAMES:
        station.put(f"20/{name}.json", said(name, 1, f"{name}.mp4"))
    station.read(engine)
    station.remove("20/b.json")
    assert station.read(engine) == []
    with engine.connect() as connection:
        keys = connection.execute(select(RECORD.c.key).where(current(RECORD)).order_by(RECORD.c.key)).scalars().all()
    assert keys == ["dock:20/a.mp4", "dock:20/c.mp4", "dock:20/d.mp4"]


def test_a_clip_that_comes_has_the_sidecars_of_its_own_folder_parsed_again(station: Station, engine: Engine) -> None:
    for day in DAYS:
        for name in NAMES:
            station.put(f"{day}/{name}.json", said(name, 1))
    station.read(engine)
    station.put("21/a.mp4")
    assert station.read(engine) == [f"21/{name}.json" for name in NAMES]


def test_a_list_whose_path_leads_elsewhere_since_a_clip_came_is_parsed_again(station: Station, engine: Engine) -> None:
    station.put("20/index.csv", "path,device\ndeep/a.mp4,1\n")
    station.put("21/index.csv", "path,device\nb.mp4,1\n")
    station.put("22/index.csv", "path,device\nc.mp4,1\n")
    station.put("23/index.csv", "path,device\nd.mp4,1\n")
    station.read(engine, {"lists": "**/index.csv"})
    station.put("20/deep/a.mp4")
    station.put("22/index.csv", "path,device\nc.mp4,2\n")
    assert station.read(engine, {"lists": "**/index.csv"}) == ["20/index.csv", "22/index.csv"]


def test_a_clip_on_two_lists_has_all_of_them_read(station: Station, engine: Engine) -> None:
    for day in DAYS:
        station.put(f"{day}/index.csv", f"path,device\n{day}.mp4,1\n")
    station.read(engine, {"lists": "**/index.csv"})
    station.put("22/index.csv", "path,device\n../20/20.mp4,1\n")
    station.put("20/20.mp4")
    found = station.read(engine, {"lists": "**/index.csv"})
    assert set(found) == {f"{day}/index.csv" for day in DAYS}


def test_other_settings_have_all_files_read(station: Station, engine: Engine) -> None:
    for name in NAMES:
        station.put(f"20/{name}.json", said(name, 1, f"{name}.mp4"))
    every = station.read(engine, {"lists": "**/*.json"})
    station.zone = "UTC"
    assert station.read(engine, {"lists": "**/*.json"}) == every
    with engine.connect() as connection:
        bodies = connection.execute(select(RECORD.c.body).where(current(RECORD))).scalars().all()
    starts = [body["started_at"][11:16] for body in bodies]
    assert starts.count("08:01") == len(NAMES)


@pytest.mark.parametrize("inside", ["20/a.json", "a / b/c, row 3.json", "file x.json", "20/甲 第 2 行.json"])
def test_the_file_of_a_row_is_told_by_its_first_note(tmp_path: Path, inside: str) -> None:
    Station(tmp_path).put(inside, said("1", 1, "x.mp4"))
    Station(tmp_path).put(f"bad/{inside}", "{")
    files = FileSet(FeedSettings("lists", FeedKind.CLIP_INDEX, "**/*.json"), tmp_path / "**/*.json")
    for row in files.read():
        assert source_of(row.notes[0]) in (row.source, None)  # None: taken for unknown, and all files are read
        assert " /" in inside or source_of(row.notes[0]) == row.source


@pytest.mark.parametrize("note", ["", "row 3", "第 3 行 / row 3", "device: 缺少 / device: missing"])
def test_other_notes_name_no_file(note: str) -> None:
    assert source_of(note) is None
