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

from benchmarks.read.questions import Question

ROUNDS, LONGEST_S = 100, 1.5


@dataclass(frozen=True, slots=True)
class Answered:
    """Milliseconds of one question. `wrong`: answers that were no answer; `cpu`: processor time of the server's process

    for one answer, which other work on the machine does not spoil (the work of a database server is not in it).
    """

    name: str
    p50: float
    p99: float
    cpu: float
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
        process.wait(20)


def cpu_ms(process: int) -> float:
    """Processor time that a process has used, in milliseconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def answer(client: httpx.Client, process: int, question: Question, rounds: int = ROUNDS) -> Answered:
    """Ask `rounds` times, each time for something else; a slow question is asked less often."""
    random = Random(question.name)
    times: list[float] = []
    wrong, begun = 0, time.monotonic()
    client.get(question.ask(random))  # imports, statements that are compiled once
    used = cpu_ms(process)
    while len(times) < rounds and (time.monotonic() - begun < LONGEST_S or len(times) < 3):
        address = question.ask(random)
        asked = time.perf_counter()
        response = client.get(address)
        times.append((time.perf_counter() - asked) * 1000)
        wrong += response.status_code not in (200, 303)
    times.sort()
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    cpu = (cpu_ms(process) - used) / len(times)
    return Answered(question.name, times[len(times) // 2], p99, cpu, len(times), wrong, question.budget_ms)
