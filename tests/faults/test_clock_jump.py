"""The machine's clock jumps by hours and years, between scans and in the middle of one: no verdict comes of it, nobody
who lives is taken for dead for long, and the schedule goes on by the clock as it is now.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, update

from app.clock_watch import JUMP_S, OTHERS_S, ClockWatch
from app.cron import cron_trigger
from app.jobs import Jobs, utc_now
from app.scheduler import scheduled
from app.timetable import Timed
from domain.timespan import utc
from indexer.pipeline import Silent, run_scan
from storage.engine import DatabaseSettings, open_engine
from storage.jobs import Holder, job_runs
from storage.scans import CLAIM, ScanLost, begin_scan
from storage.schema.tables import JOB_RUN, SCAN
from tests.builders import House
from tests.databases import migrate
from tests.faults.waiting import until
from tests.faults.world import SECOND_SCAN, World, canonical, differences, finished, work
from tests.scanning import MORNING, new_engine

pytestmark = pytest.mark.slow
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")


def started(engine: Engine) -> list[tuple[str, datetime, datetime | None]]:
    with engine.connect() as connection:
        query = select(SCAN.c.state, SCAN.c.started_at, SCAN.c.finished_at).order_by(SCAN.c.id)
        return [tuple(row) for row in connection.execute(query).all()]


# ── scans ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_scans_at_clocks_that_jump_by_hours_and_years_leave_the_rows_of_a_quiet_run(world: World) -> None:
    engine = open_engine(DatabaseSettings(world.copy("quiet")))
    world.at(engine).scan(MORNING)  # what the doubted clocks are set against
    work(world.at(engine))
    wanted = canonical(engine)
    engine.dispose()
    engine = open_engine(DatabaseSettings(world.copy("struck")))
    house = world.at(engine)
    for off in (-3 * HOUR, -900 * DAY, 900 * DAY, -DAY):
        summary = house.scan(MORNING + off)
        assert any(problem.startswith("clock: ") for problem in summary.problems), off
    work(house)
    assert differences(canonical(engine), wanted) == {}
    times = [begin for _, begin, _ in started(engine)]
    assert times == sorted(times)
    engine.dispose()


class Struck(Silent):
    """When its step begins, something happens to the scan."""

    def __init__(self, name: str, blow: Callable[[], None]) -> None:
        self.name, self.blow = name, blow

    def step(self, name: str, total: int | None) -> None:
        if name == self.name:
            self.blow()


def struck(house: House, now: datetime, progress: Struck) -> None:
    """One scan to which something happens."""
    with ThreadPoolExecutor(1) as executor:
        run_scan(house.engine, house.plan, now, executor, progress)


@pytest.mark.parametrize("jump", [-3 * HOUR, 900 * DAY])
def test_a_clock_that_jumps_in_the_middle_of_a_scan_is_not_asked_again_by_it(world: World, jump: timedelta) -> None:
    """Whoever asks the clock after the jump gets the time after it; the scan asks only how much time has passed."""
    wanted = finished(world, world.copy("quiet"))
    engine = open_engine(DatabaseSettings(world.copy("struck")))
    with jumping() as by, patch("indexer.pipeline.steps.datetime", Shifted):
        house = world.at(engine)
        before = time.monotonic()
        struck(house, SECOND_SCAN, Struck("discover", lambda: by(jump)))
        passed = timedelta(seconds=time.monotonic() - before)
    state, begin, end = started(engine)[-1]
    assert (state, begin) == ("complete", SECOND_SCAN)
    assert end is not None
    assert timedelta(0) < end - begin <= passed
    work(house)
    assert differences(canonical(engine), wanted) == {}
    engine.dispose()


def test_of_two_scans_the_one_that_was_taken_for_dead_stops_before_it_writes(tmp_path: Path, database_url: str) -> None:
    """The clock jumps ahead by more than a claim lasts; another machine sees a claim that has run out."""
    engine = new_engine(database_url)
    house = House.new(tmp_path / "house", f"sqlite:///{tmp_path / 'other.db'}")
    house.engine.dispose()
    mine = House(house.folder, engine, house.stores)
    mine.put("a.mp4", b"x")
    other = open_engine(DatabaseSettings(database_url))

    def taken_over() -> None:
        with other.begin() as connection:
            connection.execute(update(SCAN).values(host="another-machine"))
            begin_scan(connection, MORNING + CLAIM + HOUR)

    with pytest.raises(ScanLost, match="was taken over by another process"):
        struck(mine, MORNING, Struck("discover", taken_over))
    assert [state for state, *_ in started(engine)] == ["interrupted", "running"]
    other.dispose()
    engine.dispose()


# ── claims and the schedule ──────────────────────────────────────────────────────────────────────────────────────


class Shifted(datetime):
    """A clock that somebody has set."""

    by = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.by


@contextmanager
def jumping() -> Iterator[Callable[[timedelta], None]]:
    """What sets the clock of the schedule; afterwards it is right again."""

    def by(shift: timedelta) -> None:
        Shifted.by = shift

    places = ("app.jobs", "app.scheduler", "apscheduler.schedulers.base", "apscheduler.executors.base")
    with pytest.MonkeyPatch.context() as patched:
        for place in (*places, "apscheduler.triggers.date"):
            patched.setattr(f"{place}.datetime", Shifted)
        try:
            yield by
        finally:
            by(timedelta(0))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 's.db'}"))
    migrate(engine)
    yield engine
    engine.dispose()


def jobs(engine: Engine, line: str, work: Callable[[], Any]) -> Jobs:
    return Jobs(engine, (Timed("scan", line, cron_trigger(line, ZONE)),), {"scan": lambda _now, _due: work() or {}})


@pytest.mark.parametrize("jump", [-5 * HOUR, 900 * DAY])
def test_after_any_jump_the_schedule_serves_who_asks_and_knows_the_next_time(engine: Engine, jump: timedelta) -> None:
    """Where the clock was set back, it would else stand still until the old time has come again."""
    done: list[int] = []
    mine = jobs(engine, "0 3 * * *", lambda: done.append(1))
    with jumping() as by, scheduled(mine, ZONE, threading.Event()) as schedule:
        by(jump)
        mine.ask("scan")
        assert until(lambda: done)
        assert until(lambda: timedelta(0) < schedule.get_job("scan").next_run_time - Shifted.now(ZONE) <= DAY)


@pytest.mark.long
def test_what_came_due_by_a_jump_ahead_is_done_once(engine: Engine) -> None:
    done: list[int] = []
    mine = jobs(engine, "0 3 * * *", lambda: done.append(1))
    with jumping() as by, scheduled(mine, ZONE, threading.Event()):
        for ahead in (3 * DAY, 3 * DAY + HOUR, timedelta(0), 3 * DAY):
            by(ahead)
            assert until(lambda: done)
            time.sleep(2.5)  # what must not happen a second time has had its look
    assert done == [1]


def test_a_jump_is_seen_and_others_are_given_time_to_renew_their_claims() -> None:
    at, passed, jumps = [utc(2026, 11, 27)], [0.0], []
    waits: list[float] = []
    stop = threading.Event()
    stop.wait = lambda seconds=None: bool(waits.append(seconds))  # type: ignore[method-assign]
    watch = ClockWatch(lambda: jumps.append(at[0]), stop, lambda: at[0], lambda: passed[0])
    watch.settle()
    for seconds, clock in ((60.0, 60.0), (60.0, 60.0 + JUMP_S - 1), (1.0, 3600.0), (1.0, 1.0), (1.0, -7200.0)):
        passed[0], at[0] = passed[0] + seconds, at[0] + timedelta(seconds=clock)
        watch.settle()
    assert len(jumps) == 2
    assert waits == [OTHERS_S, OTHERS_S - 1, OTHERS_S]


@pytest.mark.parametrize("jump", [-5 * HOUR, 5 * HOUR])
def test_claims_are_renewed_whichever_way_the_clock_jumped(engine: Engine, jump: timedelta) -> None:
    at = [utc_now()]
    mine = Jobs(engine, (), {}, now=lambda: at[0])
    held = {"host": Holder().host, "process": Holder().process, "claimed_until": at[0], "state": "running"}
    row = {"job": "scan", "due_at": at[0], "actor": "schedule", "started_at": at[0], **held}
    with engine.begin() as connection:
        mine.running[int(connection.execute(insert(JOB_RUN).values(row).returning(JOB_RUN.c.id)).scalar_one())] = "scan"
    for _ in range(2):
        mine.keep()
        with engine.connect() as connection:
            assert connection.execute(select(JOB_RUN.c.claimed_until)).scalar_one() > at[0]
        at[0] += jump
    with engine.connect() as connection:
        assert len(job_runs(connection)) == 1
