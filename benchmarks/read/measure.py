"""Asks through the real application in a real server on loopback, over one kept connection, and times the answers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
from sqlalchemy import Engine

from benchmarks.read.questions import Question

ROUNDS, LONGEST_S = 100, 3.0


@dataclass(frozen=True, slots=True)
class Answered:
    """Milliseconds of one question. `wrong`: answers that were no answer. `cpu` and `database`: processor time of the
    application's process and of a database server on this machine for one answer; other work spoils it less.
    """

    name: str
    p50: float
    p99: float
    cpu: float
    database: float
    asked: int
    wrong: int
    budget_ms: float

    @property
    def met(self) -> bool:
        return self.wrong == 0 and self.p99 <= self.budget_ms


@contextmanager
def server(url: str) -> Iterator[tuple[str, int]]:
    """Address and process number of a server over the database at `url`."""
    command = [sys.executable, "-m", "benchmarks.read.server", url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.stdin.close()
        process.wait(60)


def cpu_ms(process: int) -> float:
    """Processor time that a process has used, in milliseconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def family_ms(server: int) -> float:
    """Processor time of a process with all that it started, living or ended, in milliseconds; 0 for process 0."""
    if server == 0:
        return 0.0
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if stat.parent.name == str(server):
            total += sum(int(field) for field in fields[11:15])
        elif fields[1] == str(server):
            total += int(fields[11]) + int(fields[12])
    return total * 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Processes:
    """The application, and the database server on this machine; 0 where there is none."""

    application: int
    database: int = 0


def database_process(engine: Engine) -> int:
    """Number of the database server's first process, where it is one and runs on this machine."""
    if engine.dialect.name != "postgresql":
        return 0
    with engine.connect() as connection:
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
    try:
        return int((Path(folder) / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    except OSError:
        return 0


def answer(client: httpx.Client, processes: Processes, question: Question, rounds: int = ROUNDS) -> Answered:
    """Ask `rounds` times, each time for something else; a slow question is asked less often."""
    random = Random(question.name)
    times: list[float] = []
    wrong, begun = 0, time.monotonic()
    client.get(question.ask(random))  # imports, statements that are compiled once
    used, worked = cpu_ms(processes.application), family_ms(processes.database)
    while len(times) < rounds and (time.monotonic() - begun < LONGEST_S or len(times) < 3):
        address = question.ask(random)
        asked = time.perf_counter()
        response = client.get(address)
        times.append((time.perf_counter() - asked) * 1000)
        wrong += response.status_code not in (200, 303)
    times.sort()
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    cpu = (cpu_ms(processes.application) - used) / len(times)
    database = (family_ms(processes.database) - worked) / len(times)
    return Answered(question.name, times[len(times) // 2], p99, cpu, database, len(times), wrong, question.budget_ms)
