"""A program that begins while another one scans: its schedule waits for what that scan finds."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from app.commands.run import ended_elsewhere, still_scanned
from app.serving import Serving
from storage.engine import DatabaseSettings, open_engine
from storage.scans import CLAIM, begin_scan, end_scan
from storage.schema.tables import SCAN
from tests.databases import migrate

ELSEWHERE = {"host": "dock-pc-2", "process": 1}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'test.db'}"))
    migrate(made)
    yield made
    made.dispose()


@pytest.fixture
def server() -> Iterator[Serving]:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, daemon=True)
    thread.start()
    yield Serving("http://127.0.0.1:1", thread)
    over.set()
    thread.join()


def running_elsewhere(engine: Engine) -> int:
    with engine.begin() as connection:
        number = begin_scan(connection, datetime.now(UTC))
        connection.execute(update(SCAN).where(SCAN.c.id == number).values(ELSEWHERE))
    return number


def waiting(engine: Engine, server: Serving, said: list[bool]) -> threading.Thread:
    thread = threading.Thread(target=lambda: said.append(ended_elsewhere(engine, server)))
    thread.start()
    return thread


def test_it_waits_until_the_scan_of_another_machine_is_complete(engine: Engine, server: Serving) -> None:
    number, said = running_elsewhere(engine), list[bool]()
    thread = waiting(engine, server, said)
    thread.join(0.2)
    assert thread.is_alive(), "the schedule would have begun with what was known before"
    with engine.begin() as connection:
        end_scan(connection, number, datetime.now(UTC), {})
    thread.join(5)
    assert said == [True]


def test_a_scan_whose_machine_died_is_not_waited_for_and_counts_for_nothing(engine: Engine, server: Serving) -> None:
    running_elsewhere(engine)
    with engine.begin() as connection:
        connection.execute(update(SCAN).values(claimed_until=datetime.now(UTC) - CLAIM))
    said: list[bool] = []
    waiting(engine, server, said).join(5)
    assert said == [False]


def test_a_scan_after_it_is_not_waited_for(engine: Engine) -> None:
    """A program to which clips come all the time scans all the time."""
    number = running_elsewhere(engine)
    assert still_scanned(engine, number)
    with engine.begin() as connection:
        end_scan(connection, number, datetime.now(UTC), {})
    later = running_elsewhere(engine)
    assert not still_scanned(engine, number)
    assert still_scanned(engine, later)
