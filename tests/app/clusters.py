"""A Dask cluster on this machine for tests: a scheduler and `bwc worker`, as processes like in earnest."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.cluster import Member, connect, members
from app.shell_settings import WorkerKind, WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
BWC = (sys.executable, "-c", "from app.cli import main; main()")
LONG_S = 90.0


def until(what: Callable[[], Any], seconds: float = LONG_S) -> Any:
    """The first answer that is something; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (answer := what()):
        assert time.monotonic() < end, f"waited {seconds} s"
        time.sleep(0.05)
    return answer


class Cluster:
    """Scheduler and workers; `folder` holds the workers' own config.toml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def settings(self, patience: float = LONG_S) -> WorkerSettings:
        return WorkerSettings(WorkerKind.DASK, scheduler=self.address, patience_seconds=patience)

    def start_scheduler(self) -> None:
        """At the same port as before, if there was one before."""
        told = self.folder / "scheduler.json"
        told.unlink(missing_ok=True)
        words = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard", "--scheduler-file", str(told)]
        program = [sys.executable, "-m", "distributed.cli.dask_scheduler", *words]
        self.scheduler = self._process(program, "scheduler.log")
        until(lambda: told.exists() and told.read_text(encoding="utf-8").endswith("}"))
        self.port = int(json.loads(told.read_text(encoding="utf-8"))["address"].rpartition(":")[2])

    def start_worker(self, *words: str) -> "subprocess.Popen[bytes]":
        """One `bwc worker`; returns before it is ready."""
        process = self._process([*BWC, "worker", *words], f"worker{len(self.workers)}.log")
        self.workers.append(process)
        return process

    def log(self, number: int = 0) -> str:
        return (self.folder / f"worker{number}.log").read_text(encoding="utf-8")

    def wait_for(self, count: int) -> tuple[Member, ...]:
        """Until there are so many workers, all of this program."""
        client = connect(self.settings())
        try:
            return until(lambda: found if len(found := members(client)) == count else None)  # type: ignore[no-any-return]
        finally:
            client.close()

    def run(self, work: Callable[..., Any], **how: Any) -> dict[str, Any]:
        """What a function says in every worker process."""
        client = connect(self.settings())
        try:
            return dict(client.run(work, **how))
        finally:
            client.close()

    def tasks(self) -> int:
        """Tasks that the scheduler knows of."""
        client = connect(self.settings())
        try:
            return int(client.run_on_scheduler(_tasks))
        finally:
            client.close()

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self.workers, self.scheduler]:
            if process is not None:
                process.wait(60)

    def _process(self, words: list[str], log: str) -> "subprocess.Popen[bytes]":
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with (self.folder / log).open("wb") as out:
            return subprocess.Popen(words, cwd=self.folder, env=environment, stdout=out, stderr=subprocess.STDOUT)


def _tasks(dask_scheduler: Any) -> int:
    return len(dask_scheduler.tasks)


@contextmanager
def cluster(folder: Path, stores: str, count: int) -> Iterator[Cluster]:
    """A scheduler and `count` workers that see the stores of a text in TOML."""
    made = Cluster(folder)
    try:
        made.start_scheduler()
        workers = f'[workers]\nkind = "dask"\nscheduler = "{made.address}"\ncount = {count}\n'
        database = '[database]\nurl = "sqlite:///var/none.db"\n'
        (folder / "config.toml").write_text(database + workers + stores, encoding="utf-8")
        made.start_worker()
        made.wait_for(count)
        yield made
    finally:
        made.end()
