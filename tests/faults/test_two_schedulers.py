"""Two `bwc run` on one database, begun at once: each due time is done once, no scan is taken over, both serve."""

import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from app.jobs import utc_now
from app.settings import load_settings
from domain.jobs import JobState, report_job
from storage.audit import log_faults
from storage.engine import DatabaseSettings, open_engine
from storage.jobs import ask, job_runs, note_skipped
from storage.schema.tables import FILED_REPORT, SCAN
from tests.app.configs import LEAST, write
from tests.builders import clip_name, film
from tests.databases import migrate
from tests.faults.waiting import until
from tests.serving import Program, program

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]
SCHEDULE = """
[workers]
kind = "threads"

[schedule]
retention = "0 3 * * *"
backup = "0 4 * * *"
reports = [{ report = "completeness", period = "yesterday", formats = ["csv"], when = "0 5 * * *" }]
"""
MISSED = ("retention", "backup", report_job("completeness-yesterday"))


def house(folder: Path, url: str) -> tuple[Path, Engine]:
    """A folder with a configuration and a clip, and a database in which three jobs were last looked at days ago."""
    store = folder / "stores" / "dock-a"
    store.mkdir(parents=True)
    (store / clip_name("1100001", "031021", "08:11:30")).write_bytes(film(60))
    config = write(folder, LEAST.replace("sqlite:///var/bwc.db", url) + SCHEDULE)
    engine = open_engine(DatabaseSettings(url))
    migrate(engine)
    assert load_settings(config, {}).schedule.reports
    with engine.begin() as connection:
        for job in MISSED:
            note_skipped(connection, job, utc_now() - timedelta(days=3), utc_now(), "long ago")
    return folder, engine


def two(folder: Path, stack: ExitStack) -> list[Program]:
    """Both begun at the same moment; each is ended with the stack."""
    begun = [program(folder, folder / f"log-{number}") for number in range(2)]
    with ThreadPoolExecutor(2) as together:
        return list(together.map(stack.enter_context, begun))


def done(engine: Engine) -> Counter[str]:
    with engine.connect() as connection:
        return Counter(run.job for run in job_runs(connection, 1000) if run.state is JobState.DONE)


def runs(engine: Engine) -> list[tuple[str, str, str | None]]:
    """Every run and how it ended, for whoever reads why the test failed."""
    with engine.connect() as connection:
        return [(run.job, run.state.value, run.error) for run in job_runs(connection, 100)]


def states(engine: Engine) -> list[str]:
    """Of every scan; the database lets one run at a time."""
    with engine.connect() as connection:
        return list(connection.execute(select(SCAN.c.state)).scalars())


def answers(one: Program) -> bool:
    with urllib.request.urlopen(f"{one.address}/healthz", timeout=10) as answer:
        return bool(answer.status == 200)


def test_what_was_missed_is_done_by_one_of_them_and_no_scan_is_taken_over(tmp_path: Path, database_url: str) -> None:
    folder, engine = house(tmp_path, database_url)
    with ExitStack() as stack:
        programs = two(folder, stack)
        assert until(lambda: set(MISSED) <= set(done(engine)), 180), runs(engine)
        for _ in range(4):
            wanted = done(engine)["scan"] + 1
            with engine.begin() as connection:
                ask(connection, "scan", utc_now(), "account:li")
            assert until(lambda wanted=wanted: done(engine)["scan"] >= wanted, 90), runs(engine)
        time.sleep(3)  # what must not happen a second time has had its look
        assert all(answers(one) for one in programs)
    assert {job: done(engine)[job] for job in MISSED} == dict.fromkeys(MISSED, 1)
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(FILED_REPORT)).scalar_one() == 1
        assert list(log_faults(connection)) == []
    assert set(states(engine)) == {"complete"}, "one was taken for dead, or two ran at once"
    assert len(list((folder / "var" / "backups").glob("*.zip"))) == 1
    engine.dispose()
