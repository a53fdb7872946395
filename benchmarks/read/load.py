"""Fill an empty database with the city: rows first, by the database itself, then the indexes.

Nothing passes through Python row by row, so ten million clips take minutes.
"""

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.schema import CreateIndex

from benchmarks.read import records, rows
from benchmarks.read.dialect import Dialect
from benchmarks.read.world import ZONE, Size
from storage.engine import migrate
from storage.recounting import recount
from storage.scans import count_files
from storage.schema import metadata

QUICK_SQLITE = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-2000000", "foreign_keys=OFF", "threads=2")
QUICK_POSTGRES = (
    "SET session_replication_role = replica",  # no look-up of every foreign key
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '2GB'",
    "SET max_parallel_maintenance_workers = 2",
)


def build(engine: Engine, size: Size, verbose: bool = False) -> float:
    """Migrate and fill; returns seconds."""
    begun = time.monotonic()
    migrate(engine)
    postgres = engine.dialect.name == "postgresql"
    dialect = Dialect(postgres)
    indexes = [index for table in metadata.sorted_tables for index in table.indexes]
    raw = engine.raw_connection()
    try:
        for statement in QUICK_POSTGRES if postgres else [f"PRAGMA {one}" for one in QUICK_SQLITE]:
            raw.cursor().execute(statement)
        _run(raw, [f"DROP INDEX {index.name}" for index in indexes], verbose=False)
        _run(raw, _statements(dialect, size), verbose)
        _run(raw, ["DROP TABLE bench_clip", "DROP TABLE bench_call", *_numbering(postgres)], verbose=False)
        _run(raw, [str(CreateIndex(index).compile(engine)) for index in indexes], verbose)
        raw.commit()
        raw.detach()
    finally:
        raw.close()
    if postgres:  # what its own housekeeping does in the night
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")
    recount(engine.begin, ZONE)  # the mark that the schema's last change leaves
    with engine.begin() as connection:
        count_files(connection, size.scans)  # as every scan ends
    return time.monotonic() - begun


def _statements(dialect: Dialect, size: Size) -> list[str]:
    return [
        *records.scans(dialect, size),
        *records.registers(dialect),
        *rows.plans(dialect, size),
        *records.calls(dialect, size),
        *rows.files(dialect),
        *rows.shown(dialect, size),
        *rows.concluded(dialect, size),
    ]


def _run(raw: Any, statements: Iterable[str], verbose: bool) -> None:
    cursor = raw.cursor()
    for statement in statements:
        begun = time.monotonic()
        cursor.execute(statement)
        if verbose:
            print(f"  {time.monotonic() - begun:7.1f} s  {' '.join(statement.split())[:60]}", flush=True)


def _numbering(postgres: bool) -> list[str]:
    """Sequences begin after what was numbered by hand."""
    tables = ("file", "store", "scan")
    return [
        f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
        for name in tables
        if postgres
    ]
