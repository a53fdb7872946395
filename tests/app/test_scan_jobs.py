"""The scan by the clock does everything, but what the schedule gives times of its own."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.live import Turns
from app.scan_jobs import Scans, told
from domain.timespan import utc
from tests.app.configs import LEAST, load
from tests.app.fakes import Summary

NOW = utc(2026, 11, 23, 4)


@dataclass(slots=True)
class Pipeline:
    """Remembers how each scan was asked for."""

    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, settings: Any, _engine: Any, _progress: Any, *, now: datetime, **how: Any) -> Summary:
        how = {key: value for key, value in how.items() if key != "hurried"}
        how |= {"content": settings.content.minutes_per_scan > 0, "fixity": settings.fixity.seconds_per_scan > 0}
        self.asked.append(how)
        return Summary(problems=("dock-a: gone",))


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    made = Pipeline()
    monkeypatch.setattr("app.scan_jobs.scan_once", made)
    return made


def scans(folder: Path, schedule: str = "") -> Scans:
    settings = load(folder, LEAST + f"[schedule]\n{schedule}")
    return Scans(settings, None, Turns(), threading.Event())  # type: ignore[arg-type]


def test_without_other_times_one_scan_does_it_all(tmp_path: Path, pipeline: Pipeline) -> None:
    scans(tmp_path).whole(NOW, NOW)
    assert pipeline.asked == [{"content": True, "fixity": True}]


def test_what_has_times_of_its_own_is_left_to_them(tmp_path: Path, pipeline: Pipeline) -> None:
    mine = scans(tmp_path, 'feeds = "@hourly"\nfixity = "@daily"\ncontent = "0 1 * * *"\n')
    for job in ("scan", "feeds", "fixity", "content"):
        mine.works()[job](NOW, NOW)
    whole, feeds, fixity, content = pipeline.asked
    # Feeds are left out, but for the lists of the stores that are walked: all of them.
    assert whole == {"only": {"dock-a"}, "brief": True, "content": False, "fixity": False}
    assert feeds == {"only": {""}, "content": False, "fixity": False}
    assert fixity == {"only": {""}, "brief": True, "content": False, "fixity": True}
    assert content == {"only": {""}, "brief": True, "content": True, "fixity": False}


def test_its_result_is_told_in_counts_and_words(tmp_path: Path, pipeline: Pipeline) -> None:
    result = scans(tmp_path).whole(NOW, NOW)
    assert (result["files"], result["problems"]) == (12, 1)
    assert result["said"] == "文件 12 个，未能读取 1 项 / 12 files, 1 could not be read"
    assert told(Summary(files=0))["said"] == "没有文件 / no file"  # type: ignore[arg-type]
