"""The small world that faults strike: what is done in it, and what must be the same whatever struck meanwhile.

A day's footage was scanned; then more came. What is struck is the second scan, six decisions on findings and a
filed report, which whoever was struck simply begins again.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, NullPool, create_engine, make_url, select, text

from app.report_jobs import filed
from domain.access import Right
from domain.finding import FindingStatus
from domain.period import parse_period
from domain.review import Decision
from indexer.feeds.base import FeedKind, FeedSettings
from indexer.pipeline import Silent, run_scan
from indexer.pipeline.plan import Progress
from indexer.stores.base import StoreSettings
from reports import report_named
from reports.base import Asked, make
from storage.audit import log_faults, one_moment
from storage.engine import DatabaseSettings, open_engine
from storage.filed_reports import filed_runs
from storage.reviews import Decider, Wish, decide
from storage.schema.tables import AUDIT_ENTRY, FILED_REPORT, FINDING, SCAN
from storage.versions import current
from tests.builders import ZONE, House, assignment, camera, clip_name, film, incident, officers
from tests.scanning import MORNING, dump

HOUR = timedelta(hours=1)
SECOND_SCAN, DECIDED, REPORTED = MORNING + HOUR, MORNING + 2 * HOUR, MORNING + 3 * HOUR
CAMERAS = {f"110000{n}": f"03102{n}" for n in range(1, 5)}
DECISIONS = 6
ACTOR = "account:li"
REPORT = "completeness"
NUMBERED = re.compile(r"\b(scan|report-run):\d+")
"""A server's numbers leave holes where a transaction did not end."""
OF_A_RUN = re.compile(r'"(?:outcome|digest)": "[0-9a-f]+"')
"""Digests of what names the scan that saw it."""
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class World:
    """Stores, feeds, and `start`: URL of the database as the first scan left it, which nobody has open."""

    folder: Path
    start: str
    stores: dict[str, StoreSettings]
    feeds: dict[str, FeedSettings]

    @property
    def kind(self) -> str:
        """sqlite or postgresql."""
        return make_url(self.start).get_backend_name()

    def copy(self, name: str) -> str:
        """A database of its own to work in; its URL."""
        before = make_url(self.start)
        if self.kind == "sqlite":
            file = self.folder / f"{name}.db"
            for beside in ("-wal", "-shm"):
                file.with_name(file.name + beside).unlink(missing_ok=True)
            shutil.copy(str(before.database), file)
            return f"sqlite:///{file}"
        server = create_engine(before.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{before.database}"'))
        return before.set(database=name).render_as_string(hide_password=False)

    def at(self, engine: Engine) -> House:
        """The same world with another database."""
        return House(self.folder / "house", engine, self.stores, self.feeds)


def build(folder: Path, url: str | None = None) -> World:
    """Four officers with two calls each, recorded or missing; then more clips and a longer list."""
    start = url or f"sqlite:///{folder / 'start.db'}"
    house = House.new(folder / "house", start)
    house.store("second")
    numbered = list(CAMERAS.items())
    house.feed("devices", FeedKind.DEVICES, [camera(serial) for serial in CAMERAS])
    house.feed("officers", FeedKind.OFFICERS, officers(CAMERAS.values()))
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment(serial, officer) for serial, officer in numbered])
    house.feed("110", FeedKind.INCIDENTS, _calls(8))
    for number, (serial, officer) in enumerate(numbered[:3]):
        house.put(clip_name(serial, officer, "08:11:30"), film(150 if number else 90, f"morning {number}"))
    house.scan(MORNING)
    house.engine.dispose()  # the last one to close an SQLite database leaves one file
    house.feed("110", FeedKind.INCIDENTS, _calls(10))
    for number, (serial, officer) in enumerate(numbered):
        name = clip_name(serial, officer, "09:12:30", 2)
        house.put(name, film(60 * number + 60, f"later {number}"), store="second" if number % 2 else "dock")
    house.put("unreadable.mp4", b"no film at all" * 20)
    return World(folder, start, house.stores, house.feeds)


def _calls(count: int) -> list[dict[str, str]]:
    badges = [*CAMERAS.values()]
    return [incident(f"JQ{n}", badges[n % 4], f"{8 + n // 4:02}:12:00", f"{8 + n // 4:02}:14:00") for n in range(count)]


def nothing(_name: str) -> None:
    """A step has begun; nobody is interested."""


def work(house: House, step: Step = nothing) -> None:
    """All that is done in the world, or the rest of it: scan, decide, report. `step` hears what begins."""
    scan(house, step)
    step("review")
    _decide(house.engine)
    step("report")
    _report(house.engine)
    scan(house, step)  # counts what was decided


def scan(house: House, step: Step = nothing) -> None:
    """One scan at its hour, read by one thread: so the same statements come in the same order."""
    with patch("indexer.pipeline.steps._wall", lambda: SECOND_SCAN), ThreadPoolExecutor(1) as executor:
        run_scan(house.engine, house.plan, SECOND_SCAN, executor, _told(step))


def _told(step: Step) -> Progress:
    told = Silent()
    told.step = lambda name, total: step(name)  # type: ignore[method-assign]
    return told


def _decide(engine: Engine) -> None:
    """Somebody decides on the first open findings, as many as have not been decided yet."""
    who = Decider(ACTOR, "supervisor", frozenset(Right), None)
    with engine.connect() as connection:
        query = select(FINDING.c.key, FINDING.c.reviews).where(current(FINDING))
        found = connection.execute(query.order_by(FINDING.c.rule, FINDING.c.subject, FINDING.c.key)).all()
    for key in [row.key for row in found[:DECISIONS] if row.reviews == 0]:
        with engine.begin() as connection:
            assert decide(connection, who, Wish(key, Decision.CONFIRM, 0), DECIDED).after is FindingStatus.CONFIRMED


def _report(engine: Engine) -> None:
    """A report is filed, unless it was."""
    report = report_named(REPORT)
    assert report is not None
    with engine.begin() as connection:
        if not filed_runs(connection, None):
            asked = Asked(parse_period("2026-11-20", ZONE), REPORTED, None)
            filed(connection, make(connection, report, asked), REPORTED)


def canonical(engine: Engine) -> dict[str, list[str]]:
    """Everything that holds, decisions, reports and the log included, without numbers and times of the run.

    A scan that was cut off and the one that went on with it both said what they changed, each once.
    """
    found = dump(engine)
    with one_moment(engine.connect()) as connection:
        faults = list(log_faults(connection))
        entries = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence)).all()
        running = connection.execute(select(SCAN.c.id).where(SCAN.c.state == "running")).all()
        reports = connection.execute(select(FILED_REPORT.c.name, FILED_REPORT.c.tables)).all()
    assert faults == []
    found["filed_report"] = sorted(f"{name} {_without_scan(table)}" for name, tables in reports for table in tables)
    found["audit"] = sorted(_plain(row) for row in entries)
    found["scans that run"] = [str(row) for row in running]
    return found


def _without_scan(table: dict[str, Any]) -> dict[str, Any]:
    """A table of a report without the column that names the scan which judged."""
    kept = [place for place, name in enumerate(table["columns"]) if name != "scan"]
    return {**table, "rows": [[row[place] for place in kept] for row in table["rows"]]}


def _plain(row) -> str:  # type: ignore[no-untyped-def]
    actor, subject = (NUMBERED.sub(r"\1", text) for text in (row.actor, row.subject))
    detail = json.dumps(json.loads(row.detail) if row.detail else None, sort_keys=True, ensure_ascii=False)
    return OF_A_RUN.sub("digest", f"{actor} {row.action} {subject} {row.unit} {detail}")


@cache
def _engine(url: str) -> Engine:
    """One for each place: it remembers how statements are compiled, which is half of what a small scan costs."""
    return open_engine(DatabaseSettings(url))


def finished(world: World, url: str) -> dict[str, list[str]]:
    """What a database says once everything was begun again and ended."""
    engine = _engine(url)
    try:
        work(world.at(engine))
        return canonical(engine)
    finally:
        engine.dispose()


def differences(found: dict[str, list[str]], wanted: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """By table: rows too many and rows that lack."""
    return {
        name: (
            list((Counter(found[name]) - Counter(rows)).elements()),
            list((Counter(rows) - Counter(found[name])).elements()),
        )
        for name, rows in wanted.items()
        if found[name] != rows
    }
