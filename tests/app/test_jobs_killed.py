"""Processes that are killed in the middle (SIGKILL): what they held goes on in another one, told at least once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.jobs import Jobs, utc_now
from app.notify import Courier, post_by_apprise
from app.notify_settings import NotifySettings
from app.timetable import timetable
from domain.jobs import JobState
from domain.notices import NoticeKind, NoticeState, next_distance
from storage.jobs import Holder, job_runs
from storage.notices import add_notice, notices
from tests.app.configs import LEAST, load
from tests.scanning import new_engine
from tests.sink import sink

pytestmark = pytest.mark.slow
ZONE = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).resolve().parents[2]
SENDS = """
import os, signal, sys
from datetime import datetime
from zoneinfo import ZoneInfo
from app.notify import Courier, post_by_apprise
from app.notify_settings import NotifySettings
from storage.engine import DatabaseSettings, open_engine

def sends_and_dies(url, message):
    assert post_by_apprise(url, message) is None
    os.kill(os.getpid(), signal.SIGKILL)

engine = open_engine(DatabaseSettings(sys.argv[1]))
courier = Courier(NotifySettings(urls=(sys.argv[2],)), engine, ZoneInfo("Asia/Shanghai"), "", sends_and_dies)
courier.round(datetime.fromisoformat(sys.argv[3]))
"""
WORKS = """
import os, signal, sys
from pathlib import Path
from app.jobs import Jobs
from app.timetable import timetable
from storage.engine import DatabaseSettings, open_engine
from tests.app.configs import LEAST, load

settings = load(Path(sys.argv[2]), LEAST)
engine = open_engine(DatabaseSettings(sys.argv[1]))
timed = timetable(settings.schedule, settings.zone, telling=False)
Jobs(engine, timed, {"retention": lambda now, due: os.kill(os.getpid(), signal.SIGKILL)}).run_due("retention")
"""


def killed(code: str, *arguments: str) -> int:
    """The number of a process that ran `code` and was killed by it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment) as process:
        assert process.wait(60) == -signal.SIGKILL
    return process.pid


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'k.db'}"


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = new_engine(url)
    yield engine
    engine.dispose()


def test_a_message_of_a_killed_process_is_sent_again_under_its_number_and_then_rests(url: str, engine: Engine) -> None:
    now = utc_now()
    with engine.begin() as connection:
        told = ("store:dock-a", None, ("存储 dock-a / store dock-a",))
        add_notice(connection, now, "all", NoticeKind.STORE, told)
    with sink() as place:
        killed(SENDS, url, place.url(), now.isoformat())
        mine = Courier(NotifySettings(urls=(place.url(),)), engine, ZONE, "", post_by_apprise)
        for later in (next_distance(1) / 2, next_distance(1), next_distance(1) * 60):
            mine.round(now + later)
        first, second = (one["message"] for one in place.messages)
    assert first == second
    assert "通知编号" in first
    with engine.connect() as connection:
        (row,) = notices(connection)
    assert (row.state, row.attempts) == (NoticeState.SENT, 2)


def test_a_job_of_a_killed_process_is_done_by_the_next_one_that_looks(url: str, engine: Engine, tmp_path: Path) -> None:
    settings = load(tmp_path, LEAST)
    timed = timetable(settings.schedule, settings.zone, telling=False)
    pid = killed(WORKS, url, str(tmp_path))
    done: list[object] = []
    mine = Jobs(engine, timed, {"retention": lambda now, due: done.append(due) or {}}, holder=Holder())
    assert mine.run_due("retention")
    assert not mine.run_due("retention")
    with engine.connect() as connection:
        dead, alive = job_runs(connection)[::-1]
    assert (dead.state, dead.process, alive.state) == (JobState.TAKEN_OVER, pid, JobState.DONE)
    assert (dead.due_at, done) == (alive.due_at, [alive.due_at])
