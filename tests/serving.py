"""A real server on a free loopback port, for tests that need a socket: browsers, fuzzers, programs of users."""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

START_S = 60.0
BWC = Path(sys.executable).parent / "bwc"


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of a server of `app`, until the block is left."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until = time.monotonic() + START_S
        while not server.started:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@dataclass(frozen=True, slots=True)
class Program:
    """`bwc run` as a process of its own."""

    address: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of `bwc run` with the configuration of a folder, until the block is left; its output is in `log`."""
    with program(folder) as one:
        yield one.address


@contextmanager
def program(folder: Path, log: Path | None = None) -> Iterator[Program]:
    """`bwc run` with the configuration of a folder, until the block is left; both its outputs go to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "BWC_PORT": str(port), "PYTHONIOENCODING": "utf-8"}
    out = (log or folder / "log").open("a", encoding="utf-8")
    with out, subprocess.Popen([BWC, "run"], cwd=folder, env=environment, stdout=out, stderr=out) as process:
        try:
            until = time.monotonic() + START_S
            while not _answers(f"http://127.0.0.1:{port}/healthz"):
                assert process.poll() is None, "the program ended at once; its log says why"
                assert time.monotonic() < until, "the program did not start"
                time.sleep(0.1)
            yield Program(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:  # nobody there yet, or too busy to answer in time
        return False
