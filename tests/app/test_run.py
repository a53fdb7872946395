"""`bwc run` as a process: answers while it scans, prints the table and the address, ends in order."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.command_line import status_of
from tests.app.configs import LEAST, write

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys, time, types
from pathlib import Path
from fastapi import FastAPI
import app.cli, indexer.pipeline, storage.queries
from tests.app.fakes import SOME_FINDINGS, Filters, ListOf, Pipeline

def create_app(*engines_and_doors, zone, version, **_more):
    made = FastAPI()
    made.get("/healthz")(lambda: f"{zone.key} {version}")
    return made

api_app = types.ModuleType("api.app")
api_app.create_app = create_app
sys.modules["api.app"] = api_app
folder = Path(sys.argv[-1]).parent
pipeline = Pipeline()

def run_scan(*arguments, **more):
    with (folder / "scans").open("a") as scans:
        scans.write("scan\\n")
    progress = arguments[-1]
    progress.step("probe", None)
    while (folder / "hold").exists():
        progress.advance()
        time.sleep(0.02)
    return pipeline.run_scan(*arguments, **more)

indexer.pipeline.run_scan = run_scan
storage.queries.LISTS = {"findings": ListOf(("id",), SOME_FINDINGS)}
storage.queries.Filters = Filters
app.cli.main()
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    return write(tmp_path, LEAST + '[workers]\nkind = "threads"\n')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def program(config: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    environment = {**os.environ, "BWC_PORT": str(port), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "run", "--config", str(config)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield process
        process.kill()


def answer(port: int, seconds: float = 20) -> str:
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as response:
                text: str = response.read().decode()
                return text
        except OSError:
            if time.monotonic() > until:
                raise ConnectionError(port) from None
            time.sleep(0.05)


def lines_until(process: "subprocess.Popen[str]", word: str) -> str:
    assert process.stdout is not None
    text = ""
    for line in process.stdout:
        text += line
        if word in line:
            break
    return text


def test_it_answers_while_the_first_scan_runs_then_prints_table_and_address(
    config: Path, port: int, program: "subprocess.Popen[str]"
) -> None:
    (config.parent / "hold").touch()
    assert "Asia/Shanghai" in answer(port)
    (config.parent / "hold").unlink()
    text = lines_until(program, "http://")
    assert re.search(r"310114010000\s+1\s+1\s+0\s+2", text)
    assert f"http://127.0.0.1:{port}" in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(port: int, program: "subprocess.Popen[str]", number: signal.Signals) -> None:
    lines_until(program, "http://")
    program.send_signal(number)
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 0
    assert "stopped" in errors
    assert "Traceback" not in errors
    with pytest.raises(ConnectionError):
        answer(port, seconds=0)


def test_a_signal_during_the_first_scan_ends_it_too(config: Path, port: int, program: "subprocess.Popen[str]") -> None:
    (config.parent / "hold").touch()
    answer(port)
    while not (config.parent / "scans").exists():
        time.sleep(0.02)
    program.send_signal(signal.SIGTERM)
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 0
    assert "Traceback" not in errors


def test_a_busy_port_is_wrong_configuration_and_scans_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("BWC_PORT", str(taken.getsockname()[1]))
        assert status_of(["run", "--config", str(config)]) == 2
    assert "cannot be used" in capsys.readouterr().err
    assert not (config.parent / "var").exists()


def test_a_foreign_host_is_wrong_configuration(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(config.parent, LEAST + '[api]\nhost = "0.0.0.0"\nvisitors = true\n')
    assert status_of(["run", "--config", str(file)]) == 2
    assert "expected a loopback address" in capsys.readouterr().err
