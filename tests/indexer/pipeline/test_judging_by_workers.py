"""Many subjects are judged by worker processes: the same verdicts, whatever happens to the workers."""

import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.scanning import scan_plan
from app.settings import load_settings
from app.shell_settings import WorkerKind, WorkerSettings
from app.workers import build_executor
from detectors import engine
from detectors.rule import Facts
from indexer.feeds.base import FeedKind
from indexer.pipeline import Silent, evaluate, judge, judge_worker, run_scan
from storage.audit import log_faults
from storage.engine import DatabaseSettings, beside, open_engine
from storage.schema.tables import COVERAGE, EVALUATION, FAILURE, FINDING, WORK
from storage.verdicts import Judged
from tests.builders import House, clip_name, film, incident, registers, results
from tests.faults.world import canonical
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

CONCLUDED = ("evaluation", "coverage", "finding", "audit", "scans that run")
OFFICERS = {f"{1100001 + n}": f"{31021 + n:06}" for n in range(6)}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several jobs for a handful of subjects."""
    monkeypatch.setattr(judge_worker, "WORTH", 1)
    monkeypatch.setattr("indexer.pipeline.evaluate.BATCH", 3)


def world(folder: Path, url: str) -> House:
    """Six officers with a call each; one recorded nothing, one stopped early."""
    house = House.new(folder, url)
    registers(house, OFFICERS)
    for n, (device, officer) in enumerate(OFFICERS.items()):
        if n != 2:
            house.put(clip_name(device, officer, "10:00:00"), film(100 if n == 4 else 300, f"film {n}"))
    rows = [incident(f"JQ{n}", officer, "10:00:10", "10:04:50") for n, officer in enumerate(OFFICERS.values())]
    house.feed("110", FeedKind.INCIDENTS, rows)
    return house


def scan(house: House, executor: Executor, progress: Any = None) -> None:
    with patch("indexer.pipeline.steps._wall", lambda: MORNING):
        run_scan(house.engine, house.plan, MORNING, executor, progress or Silent())


def processes(count: int, arm: Callable[[], None] | None = None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=arm)


class InPlace(ProcessPoolExecutor):
    """Takes jobs as a pool of processes does, and does them here: where it is no matter who does them."""

    def submit(self, fn: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*pickle.loads(pickle.dumps(given)), **named))
        except (SQLAlchemyError, MemoryError, TimeoutError) as error:  # as a pool hands it over
            future.set_exception(error)
        return future


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many subjects each job held that a worker was given."""
    given: list[int] = []
    real = judge_worker.Judges._begun

    def begun(judges: judge_worker.Judges, batch: Any) -> Any:
        future = real(judges, batch)
        if future is not None:
            given.append(len(batch.ids))
        return future

    monkeypatch.setattr(judge_worker.Judges, "_begun", begun)
    return given


def concluded(house: House) -> list[list[tuple[str, ...]]]:
    """Everything that judging writes, without row numbers."""
    return [
        sorted(tuple(str(row[name]) for name in row if name != "id") for row in house.rows(table))
        for table in (EVALUATION, COVERAGE, FINDING)
    ]


def test_workers_come_to_the_same_rows_on_either_database(tmp_path: Path, database_url: str, jobs: list[int]) -> None:
    alone = world(tmp_path / "alone", f"sqlite:///{tmp_path / 'alone.db'}")
    with ThreadPoolExecutor(1) as threads:
        scan(alone, threads)
    assert jobs == []
    helped, notes = world(tmp_path / "helped", database_url), Notes()
    for name, feed in helped.feeds.items():  # as they are configured: a view of a dictionary goes to no other process
        helped.feeds[name] = replace(feed, columns=MappingProxyType({}))
    with processes(2) as pool:
        scan(helped, pool, notes)
    assert len(jobs) > 3
    assert [note for note in notes.told if note.startswith("evaluate")] == []
    assert results(helped)["JQ2"] == "noncompliant"
    assert concluded(helped) == concluded(alone)
    assert helped.rows(WORK) == []
    for house in (alone, helped):
        with house.engine.connect() as connection:
            assert list(log_faults(connection)) == []
        house.engine.dispose()


def deadly(_facts: Facts, *_: object) -> Any:
    os._exit(7)


def arm_deadly() -> None:
    judge.judge = deadly


class Notes(Silent):
    """What a scan told whoever watches it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.told.append(text)


def test_workers_that_die_cost_nothing_but_time(tmp_path: Path, jobs: list[int]) -> None:
    house, notes = world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}"), Notes()
    with processes(2, arm_deadly) as pool:
        scan(house, pool, notes)
    assert jobs
    assert set(results(house)) == {f"JQ{n}" for n in range(6)}
    assert (house.rows(WORK), house.rows(FAILURE)) == ([], [])
    assert len([note for note in notes.told if note.startswith("evaluate: BrokenProcessPool")]) == 1


def failing_on_one(facts: Facts, limits: Any) -> Any:
    if facts.subject == "JQ1":
        raise ZeroDivisionError("a fault of our own")
    return engine.evaluate(facts, limits)


def test_a_fault_of_ours_in_a_worker_costs_its_subject_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}")
    with monkeypatch.context() as broken, InPlace(1) as pool:
        broken.setattr(judge, "judge", failing_on_one)
        scan(house, pool)
    assert set(results(house)) == {f"JQ{n}" for n in range(6) if n != 1}
    assert [(row["subject"], row["error"]) for row in house.rows(FAILURE)] == [("incident:JQ1", "ZeroDivisionError")]
    with InPlace(1) as pool:
        scan(house, pool)
    assert set(results(house)) == {f"JQ{n}" for n in range(6)}
    assert (house.rows(WORK), house.rows(FAILURE)) == ([], [])


def scan_and_die(folder: Path, url: str) -> None:
    """In a process of its own: killed in the transaction of its third batch, while workers judge the next ones."""
    real, written = evaluate._write, []

    def write(*arguments: Any) -> None:
        real(*arguments)
        written.append(1)
        if len(written) == 3:
            os.kill(os.getpid(), signal.SIGKILL)

    judge_worker.WORTH, evaluate.BATCH, evaluate._write = 1, 3, write
    with build_executor(WorkerSettings(WorkerKind.PROCESSES, count=2)) as pool:
        scan(world(folder, url), pool)


def test_a_scan_that_is_killed_while_workers_judge_is_gone_on_with(tmp_path: Path) -> None:
    quiet = world(tmp_path / "quiet", f"sqlite:///{tmp_path / 'quiet.db'}")
    with InPlace(1) as pool:
        scan(quiet, pool)
    where = (tmp_path / "struck", f"sqlite:///{tmp_path / 'struck.db'}")
    dying = multiprocessing.get_context("spawn").Process(target=scan_and_die, args=where)
    dying.start()
    dying.join(60)
    assert dying.exitcode == -signal.SIGKILL
    struck = world(*where)
    assert 0 < len(struck.rows(EVALUATION)) < len(quiet.rows(EVALUATION))
    with InPlace(1) as pool:
        scan(struck, pool)
    found, wanted = canonical(struck.engine), canonical(quiet.engine)
    assert {name: found[name] for name in CONCLUDED} == {name: wanted[name] for name in CONCLUDED}
    assert struck.rows(WORK) == []


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {}, Exception("too many")), MemoryError("too many"), TimeoutError("too many")]
)
def test_workers_that_cannot_do_it_leave_it_to_the_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: list[int], error: Exception
) -> None:
    def lock_out(_job: judge_worker.Job) -> None:
        raise error

    house, notes = world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}"), Notes()
    monkeypatch.setattr(judge_worker, "judge", lock_out)
    with InPlace(1) as pool:
        scan(house, pool, notes)
    assert jobs
    assert set(results(house)) == {f"JQ{n}" for n in range(6)}
    assert len([note for note in notes.told if "too many" in note]) == 1


def test_jobs_of_the_configuration_that_comes_with_the_program_can_be_sent(tmp_path: Path) -> None:
    plan = scan_plan(load_settings(Path("config.toml"), {}))
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'x.db'}"))
    with InPlace(1) as pool:
        scanning: Any = SimpleNamespace(engine=engine, executor=pool, plan=plan, now=MORNING)
        judges = judge_worker.Judges(scanning, Judged(MORNING, "rules", {}), 1)
    assert pickle.loads(pickle.dumps(judges._job)) == judges._job


def test_workers_that_are_gone_before_judging_are_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house, notes = world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}"), Notes()
    with processes(1) as pool:
        real = evaluate.judge_all

        def break_first(*given: Any) -> int:
            with suppress(BrokenExecutor):
                pool.submit(os._exit, 1).result(60)
            return real(*given)

        monkeypatch.setattr(evaluate, "judge_all", break_first)
        scan(house, pool, notes)
    assert len([note for note in notes.told if note.startswith("evaluate: BrokenProcessPool")]) == 1
    assert set(results(house)) == {f"JQ{n}" for n in range(6)}


def held() -> int:
    return len(judge_worker._HELD)


def once_too_many(job: judge_worker.Job) -> Any:
    found = REAL_JUDGE(job)
    if not TOLD:
        TOLD.append(1)
        raise OperationalError("SELECT", {}, Exception("too many"))
    return found


REAL_JUDGE, TOLD = judge_worker.judge, list[int]()


def test_workers_let_go_of_the_registers_when_nothing_is_left_to_judge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: list[int]
) -> None:
    """Whatever went wrong, and however many jobs tell them to on a machine of many processors: nobody waits for it."""
    monkeypatch.setattr(judge_worker, "at_once", lambda _: 65)
    monkeypatch.setattr(judge_worker, "judge", once_too_many)
    with processes(1) as pool:
        scan(world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}"), pool)
        assert jobs
        begun = time.monotonic()
        assert pool.submit(held).result(60) == 0
        assert time.monotonic() - begun < 3


def test_few_subjects_are_judged_without_waking_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: list[int]
) -> None:
    monkeypatch.setattr(judge_worker, "WORTH", 1000)
    house = world(tmp_path, f"sqlite:///{tmp_path / 'house.db'}")
    with processes(1) as pool:
        scan(house, pool)
    assert jobs == []
    assert len(results(house)) == 6


def test_a_database_in_memory_is_reached_by_nobody_else() -> None:
    assert beside(open_engine(DatabaseSettings("sqlite://"))) is None


def test_another_process_is_told_the_password(tmp_path: Path) -> None:
    engine = open_engine(DatabaseSettings("postgresql+psycopg://reader:secret@127.0.0.1/bwc"))
    found = beside(engine)
    assert found is not None
    assert found.url == "postgresql+psycopg://reader:secret@127.0.0.1/bwc"
    assert beside(open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'x.db'}"))) is not None


def test_another_process_is_as_patient_with_a_server(tmp_path: Path) -> None:
    settings = DatabaseSettings("postgresql+psycopg://reader:secret@127.0.0.1/bwc", connect_seconds=60)
    assert beside(open_engine(settings)) == settings
