"""One scan at a time, across processes and machines; a dead one is taken over."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from domain.timespan import utc
from storage.engine import DatabaseSettings, open_engine
from storage.scans import CLAIM, ScanRunning, begin_scan, end_scan, process_alive, register_stores, renew, store_states
from storage.schema.tables import SCAN, STORE, STORE_SCAN
from tests.databases import migrate

NOW = utc(2026, 11, 27)
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def neighbour() -> Iterator[subprocess.Popen[bytes]]:
    """A process of this machine that really runs."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def held(engine: Engine, **values: Any) -> int:
    """A scan that somebody holds."""
    row = {"state": "running", "started_at": NOW, "host": os.uname().nodename, "claimed_until": NOW + CLAIM}
    with engine.begin() as connection:
        return int(connection.execute(insert(SCAN).values(**{**row, **values}).returning(SCAN.c.id)).scalar_one())


def begin(engine: Engine, now: Any = NOW) -> int:
    with engine.begin() as connection:
        return begin_scan(connection, now)


def states(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(SCAN.c.state).order_by(SCAN.c.id)).scalars())


def test_a_second_scan_is_refused_while_a_live_process_of_this_machine_holds_one(
    engine: Engine, neighbour: subprocess.Popen[bytes]
) -> None:
    number = held(engine, process=neighbour.pid)
    with pytest.raises(ScanRunning, match=rf"scan {number} .*process {neighbour.pid}"):
        begin(engine, NOW + SECOND)
    assert states(engine) == ["running"]


def test_a_scan_whose_process_died_is_taken_over_as_interrupted(
    engine: Engine, neighbour: subprocess.Popen[bytes]
) -> None:
    number = held(engine, process=neighbour.pid)
    neighbour.kill()
    neighbour.wait()
    assert begin(engine, NOW + SECOND) == number + 1
    assert states(engine) == ["interrupted", "running"]


def test_a_scan_of_another_machine_is_taken_over_only_after_its_claim(engine: Engine) -> None:
    held(engine, host="another-machine", process=os.getpid() + 1)
    with pytest.raises(ScanRunning, match="another-machine"):
        begin(engine, NOW + CLAIM)
    begin(engine, NOW + CLAIM + SECOND)
    assert states(engine) == ["interrupted", "running"]


def test_a_scan_of_another_machine_with_our_process_number_is_not_ours(engine: Engine) -> None:
    held(engine, host="another-machine", process=os.getpid())
    with pytest.raises(ScanRunning):
        begin(engine, NOW + SECOND)


def test_a_renewed_claim_holds_longer(engine: Engine) -> None:
    number = held(engine, host="another-machine", process=1)
    with engine.begin() as connection:
        renew(connection, number, NOW + 2 * CLAIM)
    with pytest.raises(ScanRunning):
        begin(engine, NOW + CLAIM + SECOND)


def test_a_machine_that_slept_past_its_claim_is_told_that_another_one_took_the_scan_over(engine: Engine) -> None:
    number = held(engine, host="another-machine", process=1)
    begin(engine, NOW + CLAIM + SECOND)
    with pytest.raises(ScanRunning, match="taken over by another process"), engine.begin() as connection:
        renew(connection, number, NOW + 3 * CLAIM)
    assert states(engine) == ["interrupted", "running"]


def test_a_process_number_that_now_belongs_to_somebody_else_does_not_hold_a_scan_for_ever(
    engine: Engine, neighbour: subprocess.Popen[bytes]
) -> None:
    """After a restart of the machine another program may have the number of the scan that was cut off."""
    held(engine, process=neighbour.pid)
    begin(engine, NOW + timedelta(days=3))
    assert states(engine) == ["interrupted", "running"]


@pytest.mark.slow
def test_of_two_scans_begun_at_the_same_moment_one_is_refused(database_url: str, engine: Engine) -> None:
    other = open_engine(DatabaseSettings(database_url))
    outcome: list[object] = []

    def second() -> None:
        try:
            with other.begin() as connection, pytest.MonkeyPatch.context() as patch:
                patch.setattr("storage.scans.os.getpid", lambda: 1)
                outcome.append(begin_scan(connection, NOW))
        except Exception as error:  # noqa: BLE001 (handed to the test's own thread)
            outcome.append(error)

    with engine.begin() as connection:
        begin_scan(connection, NOW)
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(1)
    thread.join(30)
    other.dispose()
    assert [type(one) for one in outcome] == [ScanRunning]
    assert states(engine) == ["running"]


def test_a_finished_scan_holds_nothing(engine: Engine) -> None:
    number = begin(engine)
    with engine.begin() as connection:
        end_scan(connection, number, NOW + SECOND, {"files": 3})
    assert begin(engine) == number + 1
    assert states(engine) == ["complete", "running"]


def test_whether_a_process_lives(neighbour: subprocess.Popen[bytes]) -> None:
    assert process_alive(neighbour.pid)
    assert process_alive(1)
    neighbour.kill()
    neighbour.wait()
    assert not process_alive(neighbour.pid)


STORES = [
    {"name": name, "kind": "recorder", "location": f"/{name}", "timezone": "Asia/Shanghai", "unit": None}
    for name in ("a", "b")
]


def test_stores_keep_their_number_when_they_leave_and_come_back(engine: Engine) -> None:
    with engine.begin() as connection:
        first = register_stores(connection, STORES)
        register_stores(connection, STORES[:1])
        assert list(store_states(connection)) == ["a"]
        assert register_stores(connection, [*STORES[:1], {**STORES[1], "location": "/moved"}]) == first
        assert connection.execute(select(STORE.c.location).where(STORE.c.name == "b")).scalar_one() == "/moved"


def test_the_state_of_a_store_names_the_last_scan_that_saw_it_whole(engine: Engine) -> None:
    first, second = begin(engine), begin(engine)
    with engine.begin() as connection:
        store = register_stores(connection, STORES)["a"]
        assert store_states(connection)["a"].state == "never-scanned"
        row = {"store_id": store, "detail": "", "started_at": NOW, "folders": 2, "files": 9, "refused": 0, "skipped": 0}
        good = {**row, "scan_id": first, "state": "online", "finished_at": NOW}
        connection.execute(insert(STORE_SCAN).values(**good))
        bad = {**row, "scan_id": second, "state": "unreachable", "finished_at": NOW + SECOND, "files": 0}
        connection.execute(insert(STORE_SCAN).values(**bad))
        state = store_states(connection)["a"]
    assert (state.state, state.scan, state.scanned_at, state.files) == ("unreachable", first, NOW, 9)
