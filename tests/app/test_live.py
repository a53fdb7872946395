"""A real `bwc run` with real files: what comes into a watched store is told within ten seconds, and what it settles."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.app.test_run import ROOT, answer, free_port

pytestmark = pytest.mark.slow
DAY = Path("sample_media/stores/dock-a/2026-11-20")
SETTLE_S = 6
WITHIN_S = 10.0
CALL = "JQ20261120A01"


@dataclass(slots=True)
class Running:
    """The program, the day it watches, and the events as they came: (when, data)."""

    folder: Path
    port: int
    told: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def hear(self) -> None:
        with (
            suppress(OSError, ValueError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/events", timeout=60) as stream,
        ):
            for line in stream:
                if line.startswith(b"data: "):
                    self.told.append((time.monotonic(), json.loads(line[6:])))

    def heard(self, kind: str, subject: str, since: float, within: float = WITHIN_S) -> float:
        """Seconds until an event came; fails when it did not in time."""
        end = since + within
        while True:
            for at, data in list(self.told):
                if at >= since and data["kind"] == kind and subject in data["subject"]:
                    return at - since
            if time.monotonic() > end:
                pytest.fail(f"no {kind} about {subject} within {within} s; heard {[one for _, one in self.told]}")
            time.sleep(0.05)

    def quiet(self, seconds: float) -> bool:
        """Whether nothing has happened for so long."""
        return time.monotonic() - self.told[-1][0] > seconds

    def get(self, address: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{address}", timeout=20) as got:
            return json.load(got)


@pytest.fixture
def aside(own_sample_day: Path) -> dict[str, Path]:
    """Three clips of the day that are not there yet, by what they are for."""
    clips = sorted((own_sample_day / DAY / "031021").glob("*.mp4"))
    first = next(one for one in clips if "20261120081152" in one.name)
    others = [one for one in sorted((own_sample_day / DAY).glob("*/*.mp4")) if "031021" not in str(one)][:2]
    (own_sample_day / "aside").mkdir()
    found = {}
    for name, clip in zip(("call", "second", "old"), (first, *others), strict=True):
        found[name] = own_sample_day / "aside" / clip.name
        shutil.copy2(clip, found[name])
        clip.unlink()
    return found


@pytest.fixture
def running(own_sample_day: Path, aside: dict[str, Path]) -> Iterator[Running]:
    config = own_sample_day / "config.toml"
    text = config.read_text(encoding="utf-8")
    text = re.sub(r"settle_seconds = \d+", f"settle_seconds = {SETTLE_S}", text)
    text = text.replace('scan = "*/15 * * * *"', 'scan = "0 0 29 2 *"')
    config.write_text(text, encoding="utf-8")
    port = free_port()
    environment = {**os.environ, "BWC_PORT": str(port), "PYTHONIOENCODING": "utf-8"}
    log = (own_sample_day / "log").open("w+", encoding="utf-8")
    arguments = [sys.executable, "-c", "import app.cli; app.cli.main()", "run", "--config", str(config)]
    with log, subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log) as process:
        program = Running(own_sample_day, port)
        answer(port, 60)
        assert until(lambda: "http://" in (own_sample_day / "log").read_text(encoding="utf-8"), 120)
        threading.Thread(target=program.hear, daemon=True).start()
        assert until(lambda: bool(program.told), 20)
        time.sleep(2)  # the watch is set up
        yield program
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert time.monotonic() - begun < 10, "an open stream must not keep the program from ending"
        log.seek(0)
        assert "Traceback" not in log.read()


def until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    return true()


def test_what_arrives_is_told_within_ten_seconds_and_closes_its_finding_once_it_has_settled(
    running: Running, aside: dict[str, Path]
) -> None:
    missing = running.get(f"/api/v1/findings?incident={CALL}")["items"]
    assert [one["rule"] for one in missing if one["flag"] == "missing"]
    figures = {}
    for name, officer in (("call", "031021"), ("second", "031022")):
        (running.folder / DAY / officer).mkdir(exist_ok=True)
        shutil.copyfile(aside[name], running.folder / DAY / officer / aside[name].name)
        came = time.monotonic()
        figures[name] = running.heard("file.arriving", aside[name].name, came)
        if name == "call":
            time.sleep(max(0.0, 5 - (time.monotonic() - came)))
            first = came
    figures["complete"] = running.heard("file.present", aside["call"].name, first, SETTLE_S + WITHIN_S)
    figures["clip"] = running.heard("clip", aside["call"].name, first, SETTLE_S + WITHIN_S)
    figures["resolved"] = running.heard("finding.resolved", CALL, first, SETTLE_S + WITHIN_S)
    left = running.get(f"/api/v1/findings?incident={CALL}&flag=missing")["items"]
    assert left == []
    assert until(lambda: running.quiet(12), 60)  # a scan is followed by a pause as long as it took
    aside["old"].replace(running.folder / DAY / "031022" / aside["old"].name)  # complete, with its old time
    figures["old"] = running.heard("file.present", aside["old"].name, time.monotonic())
    print({name: round(seconds, 1) for name, seconds in figures.items()})
