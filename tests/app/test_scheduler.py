"""The clock of `bwc run`: jobs come by their times, are run when asked, made up for, and waited for at the end."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from app.cron import cron_trigger
from app.jobs import Jobs, utc_now
from app.scheduler import guarded, scheduled
from app.timetable import Timed
from domain.jobs import JobState
from storage.jobs import job_runs, note_skipped
from tests.scanning import new_engine

ZONE = ZoneInfo("Asia/Shanghai")
RARELY = "0 0 29 2 *"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 's.db'}")
    yield engine
    engine.dispose()


def jobs(engine: Engine, work: Callable[[], Any], line: str = RARELY) -> Jobs:
    return Jobs(engine, (Timed("scan", line, cron_trigger(line, ZONE)),), {"scan": lambda _now, _due: work()})


def until(true: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not true():
        time.sleep(0.02)
    return bool(true())


def states(engine: Engine) -> list[JobState]:
    with engine.connect() as connection:
        return [one.state for one in job_runs(connection)][::-1]


@pytest.mark.slow
def test_who_asks_is_served_within_moments_and_the_times_of_the_schedule_stay(engine: Engine) -> None:
    done: list[int] = []
    mine = jobs(engine, lambda: done.append(1) or {})
    with scheduled(mine, ZONE, threading.Event()) as schedule:
        due = schedule.get_job("scan").next_run_time
        mine.ask("scan")
        assert until(lambda: states(engine) == [JobState.SKIPPED, JobState.DONE])
        assert schedule.get_job("scan").next_run_time == due
    assert done == [1]


@pytest.mark.slow
def test_what_was_missed_is_done_soon_after_the_start(engine: Engine) -> None:
    done: list[int] = []
    mine = jobs(engine, lambda: done.append(1) or {}, line="* * * * *")
    with engine.begin() as connection:
        note_skipped(connection, "scan", utc_now() - timedelta(days=3), utc_now(), "long ago")
    with scheduled(mine, ZONE, threading.Event()):
        assert until(lambda: done)


@pytest.mark.slow
def test_leaving_the_schedule_stops_what_runs_and_waits_for_it(engine: Engine) -> None:
    stop, began, ended = threading.Event(), threading.Event(), threading.Event()

    def scan() -> dict[str, Any]:
        began.set()
        stop.wait(10)
        ended.set()
        return {}

    mine = jobs(engine, scan)
    with scheduled(mine, ZONE, stop):
        mine.ask("scan")
        assert began.wait(10)
        assert not ended.is_set()
    assert ended.is_set()
    assert states(engine)[-1] is JobState.DONE


def test_a_database_that_fails_is_a_log_line_and_the_schedule_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise OperationalError("select", {}, Exception("locked"))

    guarded(fails)()
    assert [(record.levelno, record.reason) for record in caplog.records] == [(logging.ERROR, "locked")]
    caplog.clear()
