"""What failed by the clock is tried again: twice, for the same due time, by whoever is there."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from domain.errors import StorageError
from tests.app.test_jobs import Clock, at, history, jobs, states
from tests.scanning import new_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'j.db'}")
    yield engine
    engine.dispose()


class Failing:
    """Work that fails so many times."""

    def __init__(self, times: int) -> None:
        self.left, self.dues = times, list[datetime]()

    def __call__(self, now: datetime, due: datetime) -> Any:
        self.dues.append(due)
        if self.left:
            self.left -= 1
            raise StorageError("the disk is full")
        return {"said": "made"}


def test_what_failed_is_tried_again_twice_for_the_same_due_time(engine: Engine) -> None:
    clock, work = Clock(at("07:00:30")), Failing(times=2)
    mine = jobs(engine, work, Clock(at("06:00", day=22)))
    mine.now = clock
    assert mine.run_due("reports")
    clock.now = at("07:04")
    assert not mine.run_due("reports")  # too early
    clock.now = at("07:06")
    assert mine.run_due("reports")
    assert not mine.run_due("reports")
    clock.now = at("07:37")
    assert mine.run_due("reports")
    assert work.dues == [at("07:00")] * 3
    assert states(engine)[-3:] == ["taken-over", "taken-over", "done"]
    assert [one.error for one in history(engine)[-3:]] == ["the disk is full"] * 2 + [None]


def test_after_the_last_attempt_it_stays_failed_until_the_next_time(engine: Engine) -> None:
    clock, work = Clock(at("07:00:30")), Failing(times=4)
    mine = jobs(engine, work, Clock(at("06:00", day=22)))
    mine.now = clock
    for clock_now in ("07:00:30", "07:06", "07:40", "08:40", "20:00"):
        clock.now = at(clock_now)
        mine.run_due("reports")
    assert len(work.dues) == 3
    assert states(engine)[-1] == "failed"
    clock.now = at("07:00:30", day=24)
    assert mine.run_due("reports")
    assert work.dues[-1] == at("07:00", day=24)


def test_another_process_tries_again_what_failed_here(engine: Engine) -> None:
    work = Failing(times=1)
    first = jobs(engine, work, Clock(at("06:00", day=22)))
    first.now = Clock(at("07:00:30"))
    assert first.run_due("reports")
    second = jobs(engine, work, Clock(at("07:06")), process=2, host="two")
    assert second.run_due("reports")
    assert not first.run_due("reports")
    assert states(engine)[-1] == "done"
