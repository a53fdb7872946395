"""Small worlds for tests: stores on disk, feeds as CSV, a database, and scans at an instant of the test's choosing."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Table, func, select

from domain.clip import StoreKind
from domain.timespan import utc
from indexer.feeds.base import FeedKind, FeedSettings
from indexer.pipeline import ScanPlan, ScanSummary
from indexer.stores.base import StoreSettings
from storage.schema import metadata
from storage.schema.tables import EVALUATION, FILE, FINDING, STORE, STORED
from storage.versions import current
from tests.boxes import movie, steady, track
from tests.scanning import MORNING, dump, new_engine, scan_once

ZONE = ZoneInfo("Asia/Shanghai")
DAY = "2026-11-20"
UNIT = "310114010000"
LONG_AGO = utc(2026, 11, 20, 12)
"""When most files of a small world were last written: hours after the activities, a week before MORNING."""


def local(clock: str, day: str = DAY) -> datetime:
    """An instant by its local clock, as feeds and file names write it."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)


def film(seconds: int, seed: str = "") -> bytes:
    """A playable file of picture and sound, 1280×720 at 25 frames a second; another `seed` is another content."""
    pictures, sounds = seconds * 25, seconds * 8
    size = f"width={1280} height={720}"
    tracks = track("vide", f"avc1 {size}", 25, steady(f"{pictures}x1", pictures, each=4))
    tracks += track("soun", "mp4a", 8, steady(f"{sounds}x1", sounds, each=4)).replace("id=1", "id=2")
    content = bytearray(movie(tracks, 1000, seconds * 1000, data=max(pictures * 4, 64)))
    content[24 : 24 + len(seed)] = seed.encode()
    return bytes(content)


def clip_name(device: str, officer: str, start: str, number: int = 1) -> str:
    """A file name of the generic Chinese camera family."""
    return f"{device}_{officer}_20261120{start.replace(':', '')}_{number:04}.mp4"


@dataclass
class House:
    """One database with the stores and feeds that its scans are told of."""

    folder: Path
    engine: Engine
    stores: dict[str, StoreSettings] = field(default_factory=dict)
    feeds: dict[str, FeedSettings] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def new(cls, folder: Path, url: str) -> "House":
        """A house with one store, `dock`."""
        folder.mkdir(parents=True, exist_ok=True)
        house = cls(folder, new_engine(url))
        house.store("dock")
        return house

    def store(self, name: str, unit: str | None = UNIT, kind: StoreKind = StoreKind.RECORDER) -> Path:
        """Add a store; returns its root."""
        root = self.root(name)
        root.mkdir(parents=True, exist_ok=True)
        self.stores[name] = StoreSettings(name, str(root), kind, unit=unit, settle_seconds=120)
        return root

    def root(self, store: str = "dock") -> Path:
        return self.folder / "stores" / store

    def put(self, path: str, content: bytes, modified: datetime = LONG_AGO, store: str = "dock") -> Path:
        """Write a file as if its last byte had been written at `modified`."""
        file = self.root(store) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (modified.timestamp(), modified.timestamp()))
        return file

    def feed(self, name: str, kind: FeedKind, rows: Sequence[Mapping[str, str]], store: str | None = None) -> None:
        """Write a feed's file and have it read by the scans that follow."""
        file = self.folder / "feeds" / f"{name}.csv"
        file.parent.mkdir(exist_ok=True)
        headings = list(rows[0]) if rows else HEADINGS[kind]
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, headings)
            writer.writeheader()
            writer.writerows(rows)
        self.feeds[name] = FeedSettings(name, kind, str(file), store=store)

    @property
    def plan(self) -> ScanPlan:
        plan = ScanPlan(tuple(self.stores.values()), tuple(self.feeds.values()), base=self.folder)
        return replace(plan, **self.changes)

    def scan(self, now: datetime = MORNING, **options: Any) -> ScanSummary:
        """One scan that begins and ends at `now`."""
        with patch("indexer.pipeline.steps._wall", lambda: now):
            return scan_once(self.engine, self.plan, now, **options)

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Current rows of a table."""
        with self.engine.connect() as connection:
            query = select(table).order_by(*table.primary_key)
            if "until_scan" in table.c:
                query = query.where(current(table))
            return [dict(row) for row in connection.execute(query).mappings()]

    def states(self, store: str = "dock") -> dict[str, str]:
        """State of every known file of a store by path, those that became part of another identity left out."""
        return {path: state for path, (state, _) in self._files(store).items()}

    def anchors(self, store: str = "dock") -> dict[str, str]:
        """Identity of every known file of a store by path."""
        return {path: anchor for path, (_, anchor) in self._files(store).items()}

    def _files(self, store: str) -> dict[str, tuple[str, str]]:
        query = (
            select(STORED.c.path, STORED.c.state, FILE.c.anchor)
            .join(FILE, FILE.c.id == STORED.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .where(current(STORED), STORED.c.state != "moved", STORE.c.name == store)
        )
        with self.engine.connect() as connection:
            found = connection.execute(query).all()
        assert len({row.path for row in found}) == len(found), "two current files under one name"
        return {row.path: (row.state, row.anchor) for row in found}

    def findings(self, rule: str | None = None) -> set[tuple[str, str]]:
        """(subject, rule) of the findings that hold now, of one rule or of all."""
        return {(row["subject"], row["rule"]) for row in self.rows(FINDING) if rule in (None, row["rule"])}

    def finding(self, rule: str) -> dict[str, Any]:
        """The one finding of a rule that holds now."""
        (found,) = [row for row in self.rows(FINDING) if row["rule"] == rule]
        return found

    def history(self, key: str) -> list[dict[str, Any]]:
        """All versions of a finding, oldest first."""
        with self.engine.connect() as connection:
            query = select(FINDING).where(FINDING.c.key == key).order_by(FINDING.c.id)
            return [dict(row) for row in connection.execute(query).mappings()]

    def counts(self) -> dict[str, int]:
        """Rows of every table, superseded ones too, but for those that say that a scan took place."""
        with self.engine.connect() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
                if table.name not in ("scan", "store_scan")
            }


HEADINGS: dict[FeedKind, list[str]] = {
    FeedKind.INCIDENTS: ["number", "dispatched_at", "arrived_at", "finished_at", "unit", "officers"],
    FeedKind.OFFICERS: ["badge", "name", "unit"],
    FeedKind.DEVICES: ["serial", "model", "kind", "unit"],
    FeedKind.ASSIGNMENTS: ["device", "officer", "from", "to"],
    FeedKind.EXPLANATIONS: ["activity", "officer", "from", "to", "reason", "note", "approved_by"],
    FeedKind.CLIP_INDEX: ["path", "device", "officer", "started_at", "ended_at", "imported_at", "digest", "sequence"],
}


def incident(number: str, officer: str, start: str, end: str, unit: str = UNIT) -> dict[str, str]:
    """A row of an incident feed: dispatched five minutes before the arrival."""
    dispatched = local(start) - timedelta(minutes=5)
    return {
        "number": number,
        "dispatched_at": f"{dispatched:%Y-%m-%d %H:%M:%S}",
        "arrived_at": f"{DAY} {start}",
        "finished_at": f"{DAY} {end}",
        "unit": unit,
        "officers": officer,
    }


def assignment(device: str, officer: str, start: str = "07:00:00", end: str = "20:00:00") -> dict[str, str]:
    """A row of an assignment feed."""
    return {"device": device, "officer": officer, "from": f"{DAY} {start}", "to": f"{DAY} {end}"}


def camera(serial: str, unit: str = UNIT) -> dict[str, str]:
    """A row of a device register."""
    return {"serial": serial, "model": "BC-S2", "kind": "recorder", "unit": unit}


def officers(badges: Iterable[str], unit: str = UNIT) -> list[dict[str, str]]:
    """Rows of an officer register."""
    return [{"badge": badge, "name": f"示例{badge}", "unit": unit} for badge in badges]


def one_call(house: House) -> None:
    """Officer 031021 with camera 1100001 attends one call from 08:12:00 to 08:14:00 and records all of it."""
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    registers(house, {"1100001": "031021"})
    house.put(clip_name("1100001", "031021", "08:11:30"), film(180, "one call"))


def registers(house: House, issued: Mapping[str, str]) -> None:
    """Registers of cameras and officers, each camera issued for the day."""
    house.feed("devices", FeedKind.DEVICES, [camera(serial) for serial in issued])
    house.feed("officers", FeedKind.OFFICERS, officers(sorted(set(issued.values()))))
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment(d, o) for d, o in issued.items()])


def results(house: House) -> dict[str, str]:
    """Verdict on each activity."""
    return {row["subject"]: row["result"] for row in house.rows(EVALUATION) if row["kind"] in ("incident", "session")}


def as_if_scanned_once(house: House, folder: Path) -> dict[str, list[str]]:
    """What a database says that sees the same stores and feeds for the first time."""
    fresh = House.new(folder / "fresh", f"sqlite:///{folder / 'fresh.db'}")
    fresh.stores, fresh.feeds, fresh.changes, fresh.folder = house.stores, house.feeds, house.changes, house.folder
    fresh.scan(MORNING)
    found = dump(fresh.engine)
    fresh.engine.dispose()
    return found


def assert_as_if_scanned_once(house: House, folder: Path) -> None:
    """Every table says what a first scan of the same world says."""
    wanted, found = as_if_scanned_once(house, folder), dump(house.engine)
    different = {name for name in wanted if wanted[name] != found[name]}
    assert {name: [row for row in found[name] if row not in wanted[name]] for name in different} == {}
    assert {name: [row for row in wanted[name] if row not in found[name]] for name in different} == {}
