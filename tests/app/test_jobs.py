"""Each due time once whoever looks, one run of a job at a time, missed times made up for once; all of it on record."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import OperationalError

from app.cron import cron_trigger
from app.jobs import FIRST_TIME, Jobs
from app.progress import ScanStopped
from app.timetable import Timed
from domain.errors import StorageError
from domain.jobs import JobState
from storage import jobs as rows
from storage.jobs import Holder, JobRun
from storage.scans import ScanRunning
from storage.schema.tables import JOB_RUN
from tests.scanning import new_engine

pytestmark = pytest.mark.slow

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


def at(clock: str, day: int = 23) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=ZONE)


class Clock:
    """The time as the test says it is."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'j.db'}")
    yield engine
    engine.dispose()


class Counting:
    """Work that remembers for which due times it was done; does what it is told to."""

    def __init__(self, then: Callable[[], Any] = dict) -> None:
        self.dues: list[datetime] = []
        self.then = then

    def __call__(self, now: datetime, due: datetime) -> Any:
        self.dues.append(due)
        return self.then()


def jobs(engine: Engine, work: Any, clock: Clock, process: int = 1, host: str = "one", line: str = "0 7 * * *") -> Jobs:
    timed = (Timed("reports", line, cron_trigger(line, ZONE)),)
    made = Jobs(engine, timed, {"reports": work}, now=clock, holder=Holder(host, process))
    made.begin()
    return made


def history(engine: Engine) -> list[JobRun]:
    """Oldest first."""
    with engine.connect() as connection:
        return rows.job_runs(connection)[::-1]


def states(engine: Engine) -> list[str]:
    return [one.state for one in history(engine)]


def test_a_job_is_done_at_its_time_and_once(engine: Engine) -> None:
    work, clock = Counting(lambda: {"said": "done"}), Clock(at("06:00"))
    mine = jobs(engine, work, clock)
    assert not mine.run_due("reports")  # yesterday's time is none of a program that was not there
    clock.now = at("07:00")
    assert mine.run_due("reports")
    clock.now = at("07:59")
    assert not mine.run_due("reports")
    assert work.dues == [at("07:00")]
    first, run = history(engine)
    assert (first.state, first.error) == (JobState.SKIPPED, FIRST_TIME)
    assert (run.state, run.result, run.due_at, run.seconds) == (JobState.DONE, {"said": "done"}, at("07:00"), 0.0)
    assert (run.host, run.process, run.actor) == ("one", 1, "schedule")


def test_what_was_missed_for_days_is_made_up_for_once(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    jobs(engine, work, clock)
    clock.now = at("10:00", day=26)
    again = jobs(engine, work, clock, process=2)
    assert again.run_all_due() == ["reports"]
    assert again.run_all_due() == []
    assert work.dues == [at("07:00", day=26)]


def test_two_schedulers_on_one_database_share_a_due_time(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    one, other = jobs(engine, work, clock), jobs(engine, work, clock, host="two")
    clock.now = at("07:00")
    assert [one.run_due("reports"), other.run_due("reports"), one.run_due("reports")] == [True, False, False]
    assert len(work.dues) == 1


def test_many_that_look_at_the_same_moment_do_it_once(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    several = [jobs(engine, work, clock, process=number, host=f"h{number}") for number in range(6)]
    clock.now, gate = at("07:00"), threading.Barrier(len(several))

    def look(mine: Jobs) -> None:
        gate.wait(10)
        mine.run_due("reports")

    threads = [threading.Thread(target=look, args=(one,)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(work.dues) == 1
    assert states(engine) == ["skipped", "done"]


def test_a_time_that_comes_while_the_job_still_runs_is_skipped_and_told(engine: Engine) -> None:
    clock = Clock(at("06:30"))
    inside: list[bool] = []

    def long() -> dict[str, Any]:
        clock.now = at("08:00")
        mine.keep()
        inside.append(other.run_due("reports"))
        return {}

    mine = jobs(engine, Counting(long), clock, line="0 * * * *")
    other = jobs(engine, Counting(long), clock, host="two", line="0 * * * *")
    clock.now = at("07:00")
    assert mine.run_due("reports")
    assert inside == [False]
    assert [(one.due_at, one.state) for one in history(engine)[1:]] == [
        (at("07:00"), JobState.DONE),
        (at("08:00"), JobState.SKIPPED),
    ]


def killed(engine: Engine, due: datetime, holder: Holder, until: datetime) -> None:
    """The row that a process leaves which was killed in the middle of its work."""
    values = {"job": "reports", "due_at": due, "state": "running", "actor": "schedule", "started_at": due}
    claimed = {"host": holder.host, "process": holder.process, "claimed_until": until}
    with engine.begin() as connection:
        connection.execute(insert(JOB_RUN).values(**values, **claimed))


def test_the_claim_of_a_killed_process_of_another_machine_is_taken_over_when_it_expires(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    mine = jobs(engine, work, clock)
    killed(engine, at("07:00"), Holder("elsewhere", 7), at("07:10"))
    clock.now = at("07:09")
    assert not mine.run_due("reports")
    clock.now = at("07:11")
    assert mine.run_due("reports")
    assert states(engine) == ["skipped", "taken-over", "done"]
    assert work.dues == [at("07:00")]


def test_a_dead_process_of_this_machine_is_seen_at_once(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    mine = jobs(engine, work, clock)
    killed(engine, at("07:00"), Holder("one", 2**22 + 1), at("07:10"))  # beyond the largest number of a process
    clock.now = at("07:01")
    assert mine.run_due("reports")


def test_a_process_that_gets_the_number_of_the_killed_one_goes_on_in_its_place(engine: Engine) -> None:
    """As in a container, where the program has the same number every time."""
    work, clock = Counting(), Clock(at("06:00"))
    jobs(engine, work, clock)
    killed(engine, at("07:00"), Holder("one", 1), at("07:10"))
    clock.now = at("07:01")
    again = jobs(engine, work, clock)
    assert again.run_due("reports")
    assert states(engine) == ["skipped", "taken-over", "done"]


def test_a_claim_is_kept_alive_while_the_work_lasts(engine: Engine) -> None:
    clock = Clock(at("06:00"))

    def long() -> dict[str, Any]:
        for minute in range(1, 41):
            clock.now = at("07:00") + timedelta(minutes=minute)
            mine.keep()
        assert not other.run_due("reports")
        return {}

    mine, other = jobs(engine, Counting(long), clock), jobs(engine, Counting(long), clock, host="two")
    clock.now = at("07:00")
    assert mine.run_due("reports")
    assert states(engine) == ["skipped", "done"]
    assert history(engine)[1].seconds == 2400


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (StorageError("disk full"), "failed", "disk full"),
        (OSError("no space"), "failed", "no space"),
        (OperationalError("select secret", {}, Exception("locked")), "failed", "locked"),
        (ScanStopped(), "skipped", "stopped with the program"),
        (ScanRunning("scan 7 is running"), "skipped", "scan 7 is running"),
    ],
)
def test_why_it_was_not_done_is_on_record(
    engine: Engine, error: BaseException, state: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> Any:
        raise error

    clock = Clock(at("06:00"))
    mine = jobs(engine, Counting(fails), clock)
    clock.now = at("07:00")
    mine.run_due("reports")
    run = history(engine)[1]
    assert (run.state, words in str(run.error), "secret" in str(run.error)) == (state, True, False)
    assert [record.levelname for record in caplog.records if record.levelname == "ERROR"] == (
        ["ERROR"] if state == "failed" else []
    )
    caplog.clear()
    clock.now = at("07:00", day=24)
    assert mine.run_due("reports")  # the next time comes all the same


def test_what_nobody_foresaw_is_on_record_as_such_and_not_hidden(engine: Engine) -> None:
    def fails() -> Any:
        raise ZeroDivisionError("a fault of the program")

    clock = Clock(at("06:00"))
    mine = jobs(engine, Counting(fails), clock)
    clock.now = at("07:00")
    with pytest.raises(ZeroDivisionError):
        mine.run_due("reports")
    run = history(engine)[1]
    assert (run.state, "internal error" in str(run.error), mine.running) == (JobState.FAILED, True, {})


def test_a_job_that_this_process_does_is_not_begun_again_however_late_its_claim(engine: Engine) -> None:
    clock = Clock(at("06:30"))
    inside: list[bool] = []

    def long() -> dict[str, Any]:
        clock.now = at("09:00")  # nobody renewed the claim meanwhile
        inside.append(mine.run_due("reports"))
        return {}

    mine = jobs(engine, Counting(long), clock, line="0 * * * *")
    clock.now = at("07:00")
    assert mine.run_due("reports")
    assert inside == [False]
    assert states(engine) == ["skipped", "done", "skipped"]


def test_a_run_whose_end_could_not_be_kept_holds_the_job_no_longer_than_its_claim(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:30"))
    mine = jobs(engine, work, clock, line="0 * * * *")
    killed(engine, at("07:00"), mine.holder, at("07:10"))
    clock.now = at("08:00")
    assert mine.run_due("reports")
    assert states(engine) == ["skipped", "taken-over", "done"]


def test_who_asks_gets_a_run_at_once_and_two_who_ask_get_one(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("12:34"))
    mine, other = jobs(engine, work, clock), jobs(engine, work, clock, host="two")
    with engine.begin() as connection:
        assert rows.ask(connection, "reports", clock.now, "account:chief") == rows.ask(
            connection, "reports", clock.now, "account:clerk"
        )
    ((run, job),) = mine.asked()
    assert [mine.run_asked(run, job), other.run_asked(run, job)] == [True, False]
    assert (work.dues, history(engine)[-1].actor, mine.asked()) == ([at("12:34")], "account:chief", [])


def test_a_run_that_was_asked_for_waits_until_the_one_before_it_has_ended(engine: Engine) -> None:
    clock = Clock(at("06:00"))
    tried: list[bool] = []

    def long() -> dict[str, Any]:
        mine.ask("reports")
        (found,) = other.asked()
        tried.append(other.run_asked(*found))
        assert mine.asked() == []  # it does the job itself at this moment
        return {}

    mine, other = jobs(engine, Counting(long), clock), jobs(engine, Counting(), clock, host="two")
    clock.now = at("07:00")
    assert mine.run_due("reports")
    assert tried == [False]
    assert other.run_asked(*other.asked()[0])
    assert states(engine) == ["skipped", "done", "done"]


def test_a_clock_that_is_put_back_does_nothing_twice(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    mine = jobs(engine, work, clock)
    for now in (at("07:00", day=25), at("07:00", day=24), at("08:00", day=25)):
        clock.now = now
        mine.run_due("reports")
    assert work.dues == [at("07:00", day=25), at("07:00", day=24)]


def test_history_is_forgotten_by_age_but_for_what_waits_and_the_last_time_that_was_done(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    mine = jobs(engine, work, clock)
    mine.ask("reports")
    clock.now = at("07:00")
    mine.run_due("reports")
    clock.now = at("07:00") + timedelta(days=91)
    mine.keep()
    assert states(engine) == ["waiting", "done"]


def test_a_job_of_once_a_year_is_not_done_again_when_its_history_is_forgotten(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("06:00"))
    mine = jobs(engine, work, clock, line="0 0 1 1 *")
    mine.keep()
    assert not mine.run_due("reports")
    assert work.dues == []


def test_of_the_work_of_the_beginning_the_last_time_is_as_good_as_done(engine: Engine) -> None:
    work, clock = Counting(), Clock(at("12:00"))
    mine = jobs(engine, work, clock)
    clock.now = at("12:00", day=25)
    mine.begin(at_start=["reports"])
    assert not mine.run_due("reports")
    assert "scanned when it began" in str(history(engine)[-1].error)


def test_on_both_databases_a_due_time_is_claimed_once(database_url: str) -> None:
    engine = new_engine(database_url)
    clock, done = Clock(at("06:00")), Counting()
    several = [jobs(engine, done, clock, process=number, host=f"h{number}") for number in range(4)]
    clock.now = at("07:00")
    threads = [threading.Thread(target=one.run_due, args=("reports",)) for one in several]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done.dues) == 1
    several[0].ask("reports")
    with engine.connect() as connection:
        assert len(connection.execute(select(JOB_RUN.c.id).where(JOB_RUN.c.state == "waiting")).all()) == 1
    engine.dispose()
