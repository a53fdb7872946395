"""Many rows at once are the rows that single INSERTs would have made, and fail as they would."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from storage.bulk import WORTH, add_rows
from storage.postgres import connection_lost
from storage.schema.tables import CONTENT, OBSERVATION, PRINT, SCAN, STORE
from storage.types import EPOCH
from tests.databases import shared_postgres

pytestmark = pytest.mark.slow
ODD = "制表\t换行\n反斜杠\\N \\. '\" 😀"


@pytest.fixture
def engine(postgres: str) -> Iterator[Engine]:
    engine = shared_postgres(postgres)
    times = {"started_at": EPOCH, "claimed_until": EPOCH}
    with engine.begin() as connection:
        connection.execute(insert(SCAN), {"id": 1, "state": "complete", "host": "h", "process": 1, **times})
        store = {"id": 1, "name": "s", "kind": "recorder", "location": "/", "timezone": "UTC", "active": True}
        connection.execute(insert(STORE), store)
        some = "SELECT n, n, 1, 0 FROM generate_series(1, 40) n"
        connection.execute(text(f"INSERT INTO file (id, anchor, store_id, first_seen_at) {some}"))
    yield engine
    engine.dispose()


def content(number: int) -> dict[str, object]:
    at = EPOCH + timedelta(microseconds=number)
    return {
        "file_id": number,
        "state": "waiting",
        "priority": 0,
        "started_at": at,
        "modified_at": at,
        "queued_at": at,
        "wanted": [[1, 2]],
        "checked": [],
        "waiting": timedelta(microseconds=number),
        "versions": {ODD: None},
        "asked": ODD,
        "problems": [],
        "size": 2**40,
        "attempts": 0,
        "checked_at": None,
        "cpu_ms": 0,
    }


def test_rows_by_copy_are_those_of_inserts(engine: Engine) -> None:
    known = [name for name in content(1) if name in CONTENT.c]
    rows = [{name: content(number)[name] for name in known} for number in range(1, 2 * WORTH)]
    found = []
    for how in (lambda c: add_rows(c, CONTENT, rows), lambda c: [c.execute(insert(CONTENT), row) for row in rows]):
        with engine.connect() as connection:
            how(connection)
            query = select(*(CONTENT.c[name] for name in known)).order_by(CONTENT.c.file_id)
            found.append(connection.execute(query).all())
            connection.rollback()
    assert found[0] == found[1]
    assert len(found[0]) == len(rows)


def test_numbers_follow_the_order_of_the_rows(engine: Engine) -> None:
    rows = [{"file_id": 1, "at": timedelta(0), "value": -number, "sound": bool(number % 2)} for number in range(WORTH)]
    with engine.begin() as connection:
        add_rows(connection, PRINT, rows)
        found = connection.execute(select(PRINT.c.value, PRINT.c.sound).order_by(PRINT.c.id)).all()
    assert [tuple(row) for row in found] == [(row["value"], row["sound"]) for row in rows]


@pytest.mark.parametrize(("column", "value", "error"), [("file_id", 99, IntegrityError), ("unit", "a\0", DataError)])
def test_what_an_insert_would_refuse_is_refused_the_same_way(
    engine: Engine, column: str, value: object, error: type[Exception]
) -> None:
    row = {"file_id": 1, "detector": "d", "version": 1, "kind": "k", "unit": "u", "value": 0.1, "since_scan": 1}
    rows = [{**row, "start": timedelta(0), "end": timedelta(0), column: value} for _ in range(WORTH)]
    with engine.begin() as connection:
        for rows_at_once in (rows, rows[:1]):
            with pytest.raises(error), connection.begin_nested():
                add_rows(connection, OBSERVATION, rows_at_once)
        assert connection.execute(select(OBSERVATION.c.id)).all() == []  # the transaction goes on


def test_a_server_that_goes_away_meanwhile_is_noticed(engine: Engine) -> None:
    rows = [{"file_id": 1, "at": timedelta(0), "value": 1, "sound": True} for _ in range(WORTH)]
    with engine.connect() as other, engine.connect() as connection:
        number = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        other.execute(text(f"SELECT pg_terminate_backend({number}, 5000)"))
        with pytest.raises(OperationalError) as error:
            add_rows(connection, PRINT, rows)
    assert connection_lost(error.value)
    with engine.connect() as again:
        assert again.execute(text("SELECT 1")).scalar_one() == 1
