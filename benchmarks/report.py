"""P11: the monthly report of 100,000 incidents as XLSX and PDF, 20 s each; and the list of all of them as XLSX.

`python -m benchmarks.report [--incidents N] [--database sqlite|postgresql] [--keep FOLDER]`. The city of the read
benchmark with twice as many incidents: three months with 100,000 of them are told, against the three before with as
many. The list is of ten days less: a table of a report has at most 100,000 rows, and there are sessions too.
"""

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.memory import peak_kb
from benchmarks.read.__main__ import _build, _url
from benchmarks.read.world import DAYS, START, ZONE, Size
from domain.period import parse_period
from reports import report_named
from reports.base import Asked, make
from reports.content import content_of
from reports.render import RENDERERS
from storage.engine import DatabaseSettings, Use, open_engine

INCIDENTS = 100_000
HALF = DAYS // 2
BUDGET = 20.0
ASKED = (("monthly", ("xlsx", "pdf"), 0), ("completeness", ("xlsx", "pdf"), 10))
"""Report, formats, and how many days less."""


def measure(incidents: int = INCIDENTS, database: str = "sqlite", keep: Path | None = None) -> Mapping[str, object]:
    """Seconds for reading and each format, and how far memory went up to then."""
    with tempfile.TemporaryDirectory(prefix="bwc-report-") as made:
        folder = keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        with _url(database, folder) as url:
            _build(url, Size(4 * incidents, 2 * incidents))
            return _all_measured(url)


def _all_measured(url: str) -> dict[str, object]:
    engine = open_engine(DatabaseSettings(url), Use.READING)
    results: dict[str, object] = {}
    with engine.connect() as connection:
        for name, formats, less in ASKED:
            results |= _measured(connection, name, formats, less)
    engine.dispose()
    return results


def _measured(connection: Connection, name: str, formats: Sequence[str], less: int) -> dict[str, object]:
    report = report_named(name)
    assert report is not None
    last = START + timedelta(days=DAYS)
    first = (START + timedelta(days=HALF + less, hours=12)).astimezone(ZONE).date()
    period = parse_period(f"{first}..{last.astimezone(ZONE).date() - timedelta(days=2)}", ZONE)
    begun, worked = time.monotonic(), time.process_time()
    content = content_of(make(connection, report, Asked(period, last)), ZONE)
    reading, work = time.monotonic() - begun, time.process_time() - worked
    results: dict[str, object] = {f"{name} rows": {one.part.name: len(one.rows) for one in content.filled}}
    results[f"{name} activities"] = next(total.value for total in content.totals)
    results[f"{name} reading s"] = f"{reading:.1f}, {work:.1f} of the processor"
    for form in formats:
        begun, worked = time.monotonic(), time.process_time()
        size = len(RENDERERS[form](content, "zh"))
        whole, busy = reading + time.monotonic() - begun, work + time.process_time() - worked
        mark = "" if whole <= BUDGET else " OVER"
        results[f"{name} {form} s"] = f"{whole:.1f} with reading, {busy:.1f} of processor, {size / 1e6:.1f} MB{mark}"
    results[f"{name} peak MB"] = peak_kb() // 1024
    return results


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="benchmarks.report", description=__doc__)
    parser.add_argument("--incidents", type=int, default=INCIDENTS)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql or a URL")
    parser.add_argument("--keep", type=Path, help="folder that keeps the database; a later run does not build again")
    given = parser.parse_args(arguments)
    for key, value in measure(given.incidents, given.database, given.keep).items():
        print(f"{key:28} {value}", flush=True)


if __name__ == "__main__":
    main()
