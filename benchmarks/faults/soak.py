"""Half an hour of everything at once: `python -m benchmarks.faults.soak --minutes 30`.

A real `bwc run` on loopback; clips arrive, and are scanned as they come and by the minute; pictures are looked at,
findings decided, reports filed, pages and lists read. Every five seconds the server is weighed. Ends with 1 unless its
memory is flat, no queue grows, no error is in its log, no answer was a fault, and everything that was done is there.
"""

import argparse
import asyncio
import csv
import dataclasses
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, func, select

from app.settings import load_settings
from benchmarks.faults.asking import Asked, Crowd
from benchmarks.faults.house import District, prepare, use_database
from benchmarks.faults.readers import details
from benchmarks.faults.samples import Sample, Verdict, concluded
from benchmarks.faults.served import Served, served, weigh
from benchmarks.faults.writing import Writers, every
from storage.audit import log_faults, one_moment
from storage.engine import open_engine
from storage.schema.tables import CONTENT, FILED_REPORT, REVIEW_ENTRY, SCAN, STORED, WORK
from storage.settings import Use
from storage.versions import current

CLIPS_AT_ONCE = 3
DRAIN_S = 180.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two of each; `readers` of whom each asks every `pause` seconds; `documents` set before it."""

    sample: float = 5.0
    arrive: float = 40.0
    decide: float = 2.0
    report: float = 20.0
    scan: float = 120.0
    readers: int = 20
    pause: float = 5.0
    documents: int = 12


@dataclass(slots=True)
class Soak:
    """One run: who writes, who reads, and what was seen."""

    program: Served
    writers: Writers
    engine: Engine
    pace: Pace
    note: Callable[[Sample], None] | None = None
    begun: float = field(default_factory=time.monotonic)
    readers: Asked = field(default_factory=Asked)
    samples: list[Sample] = field(default_factory=list)
    heard: int = 0

    async def run(self, seconds: float) -> None:
        """Everything at once for so long."""
        await self.writers.warm(self.pace.documents)
        self.begun = time.monotonic()
        stop = asyncio.Event()
        crowd = Crowd(self.pace.readers, self.pace.pause, await details(self.program.address), self.readers)
        pace, writers = self.pace, self.writers
        tasks = [
            asyncio.create_task(one)
            for one in (
                crowd.read(self.program.address, stop),
                writers.decide(stop, pace.decide),
                writers.report(stop, pace.report),
                writers.scan(stop, pace.scan, 0),
                every(pace.arrive, stop, self._arrive),
                every(pace.sample, stop, self._sample),
            )
        ]
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        stop.set()
        await asyncio.gather(*tasks)

    async def _arrive(self) -> None:
        self.writers.came += await asyncio.to_thread(self.writers.district.arrive, CLIPS_AT_ONCE)

    async def _sample(self) -> None:
        sample = await asyncio.to_thread(self._seen)
        self.samples.append(sample)
        if self.note:
            self.note(sample)

    def _seen(self) -> Sample:
        weight, recent = weigh(self.program.process), self.readers.seconds[self.heard :]
        self.heard += len(recent)
        with self.engine.connect() as connection:
            work = connection.execute(select(func.count()).select_from(WORK)).scalar_one()
            waits = select(func.count()).select_from(CONTENT).where(CONTENT.c.state == "waiting")
            content = connection.execute(waits).scalar_one()
        return Sample(
            round(time.monotonic() - self.begun, 1),
            *(round(weight.memory, 1), round(weight.others, 1), weight.files, weight.threads),
            *(work, content, self.writers.came, len(self.program.faults)),
            round(1000 * max(recent, default=0.0)),
        )

    def accounted(self, there: int) -> list[Verdict]:
        """Whether all that was done is there once the last scan has ended, and nothing twice."""
        until = time.monotonic() + DRAIN_S
        while (found := self._counts())["clips"] < there + self.writers.came and time.monotonic() < until:
            time.sleep(1)
        wanted = {"clips": there + self.writers.came, "decisions": self.writers.decided}
        verdicts = [
            Verdict(f"all {name} are there, once", found[name] == count, f"{count}, found {found[name]}")
            for name, count in wanted.items()
        ]
        verdicts.append(Verdict("scans and reports", found["scans"] > 0, f"{found['scans']}, {found['reports']}"))
        with one_moment(self.engine.connect()) as connection:
            broken = len(list(log_faults(connection)))
        return [*verdicts, Verdict("the audit chain is whole", broken == 0, f"{broken} faults")]

    def _counts(self) -> dict[str, int]:
        asked = {
            "clips": select(func.count()).select_from(STORED).where(current(STORED), STORED.c.state == "present"),
            "decisions": select(func.count()).select_from(REVIEW_ENTRY),
            "reports": select(func.count()).select_from(FILED_REPORT),
            "scans": select(func.count()).select_from(SCAN).where(SCAN.c.state == "complete"),
        }
        with self.engine.connect() as connection:
            return {name: int(connection.execute(query).scalar_one()) for name, query in asked.items()}

    def answered(self) -> list[Verdict]:
        """How the readers and writers were answered."""
        found = []
        for name, asked in (("readers", self.readers), ("writers", self.writers.asked)):
            times = f"p50 {asked.at(0.5):.0f} ms, p99 {asked.at(0.99):.0f} ms, longest {asked.at(1):.0f} ms"
            said = f"{len(asked.seconds)} answers {dict(sorted(asked.statuses.items()))}, {times}"
            found.append(Verdict(f"no fault to {name}", asked.faults == 0, said))
        return found


def soak(
    district: District, seconds: float, pace: Pace, there: int, note: Callable[[Sample], None] | None = None
) -> list[Verdict]:
    """Run the program over a district for so long; `there`: clips it began with; `note` is told each sample."""
    engine = open_engine(load_settings(district.root / "config.toml", {}).database, Use.READING)
    with served(district.root) as program:
        one = Soak(program, Writers.at(program.address, district), engine, pace, note)
        asyncio.run(one.run(seconds))
        accounted = one.accounted(there)
    engine.dispose()
    return [*concluded(one.samples), *one.answered(), *accounted]


@contextmanager
def written(file: Path | None) -> Iterator[Callable[[Sample], None]]:
    """What writes each sample as a line of CSV at once; nowhere without a file."""
    if file is None:
        yield lambda _sample: None
        return
    with file.open("w", encoding="utf-8", newline="", buffering=1) as stream:
        writer = csv.DictWriter(stream, [one.name for one in dataclasses.fields(Sample)])
        writer.writeheader()
        yield lambda sample: writer.writerow(dataclasses.asdict(sample)) and stream.flush()


def main() -> int:
    """Soak as asked for."""
    parser = argparse.ArgumentParser(description="everything at once for a while")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--there", type=int, default=300, help="clips that are there when it begins")
    parser.add_argument("--days", type=int, default=6, help="how many days the station's clips are of")
    parser.add_argument("--database", metavar="URL", help="an empty PostgreSQL database instead of SQLite")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="write every sample as CSV")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bwc-soak-") as folder:
        district = prepare(Path(folder), given.there, given.days, content=True)
        if given.database:
            use_database(district.root, given.database)
        with written(given.samples) as note:
            verdicts = soak(district, given.minutes * 60, Pace(), given.there, note)
        faults = Served("", 0, Path(folder) / "run.log").faults
    print("\n".join([*map(str, verdicts), *faults[:50]]))
    return 0 if all(one.well for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
