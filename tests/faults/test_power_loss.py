"""The power goes while scan, decisions and a report are written to SQLite: what is left of the log of writes opens, is
whole, and the work begun again ends in the rows of a quiet run.

A killed process leaves what it had handed to the system; the power takes with it what the disk had not yet got: the
file that processes share (-shm), and any end of the log of writes (-wal), which is not synced at each commit of a scan.
"""

import shutil
import sqlite3
import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import event, select, text

from domain.access import Right
from domain.review import Decision
from storage.audit import log_faults
from storage.engine import DatabaseSettings, Use, open_engine
from storage.reviews import Decider, Wish, decide
from storage.schema.tables import FINDING, REVIEW_ENTRY
from storage.versions import current
from tests.faults.dying import counted, die_at, spread, warm
from tests.faults.world import DECIDED, World, differences, finished, scan

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
FRAME = 4096 + 24
"""Bytes of one page in the log of writes, after the 32 of its head."""


def beside(file: Path, name: str) -> Path:
    return file.with_name(file.name + name)


def left_after_power_loss(file: Path, kept: int, garbage: bytes = b"") -> None:
    """Of the log of writes the first bytes, and after them what the disk made of the rest."""
    beside(file, "-shm").unlink(missing_ok=True)
    wal = beside(file, "-wal")
    if wal.exists():
        wal.write_bytes(wal.read_bytes()[:kept] + garbage)


def cuts(length: int, random: Random) -> list[tuple[int, bytes]]:
    """Cut anywhere; cut between two pages; the end overwritten with what was never written; all of it."""
    anywhere, pages = random.randrange(length + 1), random.randrange(length // FRAME + 1)
    return [
        (anywhere, b""),
        (min(length, 32 + pages * FRAME), b""),
        (anywhere, random.randbytes(min(5 * FRAME, length - anywhere))),
        (length, b""),
    ]


def whole(file: Path) -> None:
    """SQLite finds nothing wrong, nor does whoever checks the audit chain."""
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    engine = open_engine(DatabaseSettings(f"sqlite:///{file}"), Use.READING)
    with engine.connect() as connection:
        assert list(log_faults(connection)) == []
    engine.dispose()


def power_goes(world: World, moments: int, every_way: bool) -> None:
    """At so many points of the work; what is left of each is tried in one way or in every one."""
    begun, random, context = time.monotonic(), Random(11), warm()
    wanted = finished(world, world.copy("quiet"))
    before = Path(world.start.removeprefix("sqlite:///")).read_bytes()
    tried = lost = 0
    for number, point in enumerate(spread(counted(world, world.copy("counted")), moments, random)):
        struck = Path(world.copy("struck").removeprefix("sqlite:///"))
        die_at(context, world, f"sqlite:///{struck}", point)
        assert struck.read_bytes() == before, "the database was written to: then not all of the log can be lost"
        wal = beside(struck, "-wal")
        length = wal.stat().st_size if wal.exists() else 0
        tries = cuts(length, random)
        for kept, garbage in tries if every_way else [tries[number % len(tries)]]:
            file = Path(world.copy("left").removeprefix("sqlite:///"))
            if length:
                shutil.copy(wal, beside(file, "-wal"))
            left_after_power_loss(file, kept, garbage)
            whole(file)
            assert differences(finished(world, f"sqlite:///{file}"), wanted) == {}, (point, kept, bool(garbage))
            tried, lost = tried + 1, lost + (kept < length)
    print(f"power lost {tried} times, {lost} with an end of the log: {time.monotonic() - begun:.1f} s")


def test_whatever_end_of_its_log_a_database_loses_it_is_whole_and_goes_on(world: World) -> None:
    power_goes(world, moments=5, every_way=False)


@pytest.mark.long
def test_whatever_end_of_its_log_a_database_loses_it_is_whole_and_goes_on_at_many_moments(world: World) -> None:
    power_goes(world, moments=50, every_way=True)


def test_a_decision_that_was_answered_is_on_the_disk_with_all_that_was_committed_before_it(world: World) -> None:
    """What the disk has not got is lost: of the log as it was when SQLite last waited for the disk, the rest."""
    file = Path(world.copy("decided").removeprefix("sqlite:///"))
    hurried = open_engine(DatabaseSettings(f"sqlite:///{file}"))
    scan(world.at(hurried))
    desk = open_engine(DatabaseSettings(f"sqlite:///{file}"), Use.DECIDING)
    modes = []
    event.listen(desk, "commit", lambda connection: modes.append(connection.scalar(text("PRAGMA synchronous"))))
    with desk.begin() as connection:
        key = connection.execute(select(FINDING.c.key).where(current(FINDING)).limit(1)).scalar_one()
        decide(
            connection,
            Decider("account:li", "officer", frozenset(Right), None),
            Wish(key, Decision.CONFIRM, 0),
            DECIDED,
        )
    assert modes == [2]
    left = Path(world.copy("left").removeprefix("sqlite:///"))
    shutil.copy(beside(file, "-wal"), beside(left, "-wal"))
    whole(left)
    engine = open_engine(DatabaseSettings(f"sqlite:///{left}"))
    with engine.connect() as connection:
        assert connection.execute(select(REVIEW_ENTRY.c.finding_key)).scalars().all() == [key]
    for one in (hurried, desk, engine):
        one.dispose()
