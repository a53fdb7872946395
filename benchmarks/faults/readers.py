"""A thousand readers while a scan and decisions write: `python -m benchmarks.faults.readers --readers 1000`.

A real `bwc run` on loopback. Prints what the readers were answered and how long they waited, what the server held, and
how long a scan of newly arrived clips took with and without them. Ends with 1 when an answer was a fault.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.asking import Asked, Crowd, connection
from benchmarks.faults.house import District, prepare, use_database
from benchmarks.faults.served import Served, Weight, served, weigh
from benchmarks.faults.writing import Writers

DECIDE_EVERY_S = 0.5
POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Load:
    """How many readers for how many seconds, each with a pause between two questions; clips that arrive meanwhile."""

    readers: int
    seconds: float
    pause: float
    clips: int


@dataclass(frozen=True, slots=True)
class Met:
    """What came of it. `quiet_s`, `busy_s`: the scan of as many clips, alone and beside the readers, to its end."""

    readers: Asked
    writers: Writers
    quiet_s: float
    busy_s: float
    before: Weight
    after: Weight

    @property
    def well(self) -> bool:
        """No answer was a fault, and whoever writes came through."""
        return self.readers.faults + self.writers.asked.faults == 0 and self.writers.decided > 0 and self.busy_s > 0


async def scanned(writers: Writers, clips: int, patience: float) -> float:
    """Seconds from asking for a scan of clips that have just arrived to its end; 0 when it did not end in time."""
    mine = connection(writers.address, Asked(), writers.administrator)
    writers.came += await asyncio.to_thread(writers.district.arrive, clips)
    begun = time.monotonic()
    status, content = await mine.ask("/api/v1/scans", "POST", b'{"stores": []}')
    if status != 202:
        raise RuntimeError(f"expected 202, got {status}: {content[:200]!r}")
    number = json.loads(content)["id"]
    while time.monotonic() - begun < patience:
        _, content = await mine.ask(f"/api/v1/scan-requests/{number}")
        if json.loads(content)["state"] == "done":
            await mine.close()
            return time.monotonic() - begun
        await asyncio.sleep(POLL_S)
    return 0.0


async def details(address: str) -> list[str]:
    """Addresses of findings and of what happened at calls."""
    mine = connection(address, Asked())
    _, found = await mine.ask("/api/v1/findings?limit=50")
    _, calls = await mine.ask("/api/v1/incidents?limit=50")
    await mine.close()
    keys = [f"/api/v1/findings/{row['id']}" for row in json.loads(found)["items"]]
    return [*keys[:4], *(f"/api/v1/incidents/{row['number']}/timeline" for row in json.loads(calls)["items"][:4])]


async def measured(program: Served, writers: Writers, load: Load) -> Met:
    """The scan alone, then everything at once."""
    quiet, before = await scanned(writers, load.clips, 600), weigh(program.process)
    stop = asyncio.Event()
    crowd = Crowd(load.readers, load.pause, await details(program.address))
    reading = asyncio.create_task(crowd.read(program.address, stop))
    deciding = asyncio.create_task(writers.decide(stop, DECIDE_EVERY_S))
    begun = time.monotonic()
    busy = await scanned(writers, load.clips, 600)
    await asyncio.sleep(max(0.0, load.seconds - (time.monotonic() - begun)))
    after = weigh(program.process)
    stop.set()
    readers, _ = await asyncio.gather(reading, deciding)
    return Met(readers, writers, quiet, busy, before, after)


def read(district: District, load: Load) -> tuple[Met, list[str]]:
    """Start the program, measure, and end it; also the lines of its log that tell of an error."""
    with served(district.root) as program:
        writers = Writers.at(program.address, district)
        return asyncio.run(measured(program, writers, load)), program.faults


def told(met: Met, load: Load) -> list[str]:
    """Lines for people."""
    one, two = met.readers, met.writers.asked
    return [
        f"{load.readers} readers, one question each {load.pause:g} s, {load.seconds:g} s: {len(one.seconds)} answers",
        f"  statuses {dict(sorted(one.statuses.items()))}, faults {one.faults}; opened again {one.cut} times",
        f"  p50 {one.at(0.5):.0f} ms, p99 {one.at(0.99):.0f} ms, longest {one.at(1):.0f} ms",
        f"  decisions {met.writers.decided}: p50 {two.at(0.5):.0f} ms, p99 {two.at(0.99):.0f} ms, faults {two.faults}",
        f"  scan of {load.clips} clips: alone {met.quiet_s:.1f} s, beside them {met.busy_s:.1f} s",
        f"  server {met.before.memory:.0f} -> {met.after.memory:.0f} MB, files {met.before.files} -> {met.after.files},"
        f" threads {met.before.threads} -> {met.after.threads}",
    ]


def main() -> int:
    """Measure as asked for."""
    parser = argparse.ArgumentParser(description="many readers while others write")
    parser.add_argument("--readers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=10, help="seconds between two questions of a reader")
    parser.add_argument("--there", type=int, default=400, help="clips that are there when it begins")
    parser.add_argument("--clips", type=int, default=100, help="clips that arrive")
    parser.add_argument("--database", metavar="URL", help="an empty PostgreSQL database instead of SQLite")
    given = parser.parse_args()
    load = Load(given.readers, given.seconds, given.pause, given.clips)
    with tempfile.TemporaryDirectory(prefix="bwc-readers-") as folder:
        district = prepare(Path(folder), given.there, 3, scan="0 0 29 2 *", watch=False)
        if given.database:
            use_database(district.root, given.database)
        met, faults = read(district, load)
    print("\n".join([*told(met, load), *faults]))
    return 0 if met.well and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
