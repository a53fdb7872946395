"""`bwc run` as a process on loopback: begun, weighed and ended."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 180.0
ENTRY = ("-c", "from app.cli import main; main()")
FAULT = re.compile(r" (ERROR|CRITICAL) |Traceback|内部错误")
SECRET = re.compile(r"shown once: (\S+)")


@dataclass(frozen=True, slots=True)
class Served:
    """A program that answers."""

    address: str
    process: int
    log: Path

    @property
    def faults(self) -> list[str]:
        """Lines of its log that tell of an error."""
        return [line for line in self.log.read_text("utf-8", "replace").splitlines() if FAULT.search(line)]


@dataclass(frozen=True, slots=True)
class Weight:
    """What a process and those it started hold: resident memory in MB of itself and of the others, files, threads."""

    memory: float
    others: float
    files: int
    threads: int


@contextmanager
def served(root: Path, name: str = "run") -> Iterator[Served]:
    """`bwc run` with the configuration of a folder until the block is left; its output is in `NAME.log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = root / f"{name}.log"
    environment = {**os.environ, "BWC_PORT": str(port), "PYTHONIOENCODING": "utf-8"}
    with (
        log.open("ab") as out,
        subprocess.Popen([sys.executable, *ENTRY, "run"], cwd=root, env=environment, stdout=out, stderr=out) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(process, address)
            yield Served(address, process.pid, log)
        finally:
            process.terminate()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    until = time.monotonic() + START_S
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("bwc run did not start; its log says why")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def command(root: Path, *words: str) -> str:
    """What another command of the program prints."""
    run = subprocess.run(
        [sys.executable, *ENTRY, *words], cwd=root, capture_output=True, check=True, text=True, encoding="utf-8"
    )
    return run.stdout


def token(root: Path, role: str, unit: str = "") -> str:
    """The secret of a new token."""
    words = ("--name", role, "--role", role, "--per-minute", "100000", *(("--unit", unit) if unit else ()))
    said = command(root, "token", "create", *words)
    found = SECRET.search(said)
    if found is None:
        raise RuntimeError(f"expected a secret, got {said!r}")
    return found[1]


def weigh(process: int) -> Weight:
    """What a process holds at this moment."""
    family = [process, *_children(process)]
    memory = [_resident(one) for one in family]
    threads = len(os.listdir(f"/proc/{process}/task"))  # noqa: PTH208 (names of numbers)
    files = len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208
    return Weight(memory[0], sum(memory[1:]), files, threads)


def _children(process: int) -> Sequence[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        try:
            mine = [int(one) for one in (task / "children").read_text(encoding="ascii").split()]
        except OSError:  # the thread has ended
            continue
        found += [*mine, *(below for one in mine for below in _children_of(one))]
    return found


def _children_of(process: int) -> Sequence[int]:
    try:
        return _children(process)
    except OSError:  # it has ended
        return ()


def _resident(process: int) -> float:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
