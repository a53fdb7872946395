"""The audit log in both databases: whatever is done to its rows by SQL is found, and told where."""

import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, text

from domain.audit import Action, ChainFault, Entry, FaultKind, Head, detail_text
from storage.audit import append, audit_head, digest_at, log_faults, one_moment
from storage.engine import DatabaseSettings, Use, open_engine
from tests.databases import migrate

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ROWS = 40


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = open_engine(DatabaseSettings(database_url))
    migrate(made)
    with made.begin() as connection:
        fill(connection, ROWS)
    yield made
    made.dispose()


def fill(connection: Connection, count: int) -> None:
    entries = [
        Entry(f"account:{n % 7}", Action.REVIEWED, f"finding:{n}", "310114010000", detail_text(note="属实"), "10.0.0.1")
        for n in range(count)
    ]
    append(connection, NOW, entries)


def found_after(engine: Engine, *statements: str, printed: Head | None = None) -> list[ChainFault]:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    with engine.connect() as connection:
        return list(log_faults(one_moment(connection), printed))


def test_an_untouched_log_is_whole(engine: Engine) -> None:
    assert found_after(engine) == []


@pytest.mark.parametrize(
    "change",
    [
        "at = at + 1",
        "at = 9000000000000000000",
        "actor = 'account:other'",
        "origin = ''",
        "action = 'sign-in'",
        "subject = 'finding:0'",
        "unit = NULL",
        "detail = '{}'",
        "digest = 'f'",
    ],
)
def test_any_column_changed_in_any_row_is_told_at_its_row(engine: Engine, change: str) -> None:
    for row in (1, 17, ROWS):
        with engine.begin() as connection:
            kept = connection.execute(text(f"SELECT * FROM audit_entry WHERE sequence = {row}")).mappings().one()
        found = found_after(engine, f"UPDATE audit_entry SET {change} WHERE sequence = {row}")
        if change == "subject = 'finding:0'" and row == 1:
            assert found == []  # it was that
            continue
        assert found[0] == ChainFault(FaultKind.CHANGED, row), change
        back = ", ".join(f"{name} = :{name}" for name in kept)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE audit_entry SET {back} WHERE sequence = {row}"), dict(kept))


def test_rows_taken_away_are_told_with_their_numbers(engine: Engine) -> None:
    found = found_after(engine, "DELETE FROM audit_entry WHERE sequence IN (1, 9, 10)")
    assert found == [ChainFault(FaultKind.MISSING, 2, 1), ChainFault(FaultKind.MISSING, 11, 9)]


def test_rows_taken_away_at_the_end_are_told(engine: Engine) -> None:
    assert found_after(engine, f"DELETE FROM audit_entry WHERE sequence > {ROWS - 3}") == [
        ChainFault(FaultKind.HEAD, ROWS, ROWS - 2)
    ]


COPY = (
    "INSERT INTO audit_entry SELECT {number}, at, actor, origin, action, subject, unit, detail, 'x{number}' "
    "FROM audit_entry WHERE sequence = 5"
)


def test_a_row_put_in_after_the_end_is_told(engine: Engine) -> None:
    found = found_after(engine, COPY.format(number=ROWS + 1))
    assert found[0] == ChainFault(FaultKind.CHANGED, ROWS + 1)
    assert found[1].kind is FaultKind.HEAD


@pytest.mark.parametrize("number", [0, -3])
def test_a_row_put_in_before_the_first_is_told(engine: Engine, number: int) -> None:
    assert found_after(engine, COPY.format(number=number)) == [ChainFault(FaultKind.ORDER, number)]


def test_two_rows_that_changed_places_are_told_at_both(engine: Engine) -> None:
    swap = "UPDATE audit_entry SET sequence = {to} WHERE sequence = {at}"
    found = found_after(engine, swap.format(at=12, to=999), swap.format(at=20, to=12), swap.format(at=999, to=20))
    assert {one.sequence for one in found} >= {12, 20}
    assert {one.kind for one in found} == {FaultKind.CHANGED}


def test_a_changed_head_and_none_at_all_are_told(engine: Engine) -> None:
    assert [one.kind for one in found_after(engine, "UPDATE audit_head SET digest = 'x'")] == [FaultKind.HEAD]
    assert found_after(engine, "DELETE FROM audit_head") == [ChainFault(FaultKind.HEAD, 0)]


def test_a_log_made_anew_is_told_by_an_earlier_head(engine: Engine) -> None:
    with engine.begin() as connection:
        printed = audit_head(connection)
        connection.execute(text("DELETE FROM audit_entry"))
        connection.execute(text("UPDATE audit_head SET sequence = 0, digest = :nothing"), {"nothing": Head().digest})
        fill(connection, ROWS + 5)
    assert found_after(engine, printed=printed) == []  # the same rows give the same digests
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_entry"))
        connection.execute(text("UPDATE audit_head SET sequence = 0, digest = :nothing"), {"nothing": Head().digest})
        append(connection, NOW, [Entry("system", Action.PUSHED, "other")] * (ROWS + 5))
    assert found_after(engine) == []
    assert found_after(engine, printed=printed) == [ChainFault(FaultKind.PRINTED, ROWS)]


def test_what_is_appended_while_the_log_is_checked_is_no_fault(engine: Engine, database_url: str) -> None:
    reader = open_engine(DatabaseSettings(database_url), Use.READING)
    with one_moment(reader.connect()) as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_entry")).scalar_one() == ROWS
        with engine.begin() as other:
            fill(other, 3)
        assert list(log_faults(connection)) == []
    reader.dispose()


def test_the_head_before_a_row_can_be_told(engine: Engine) -> None:
    with engine.connect() as connection:
        assert digest_at(connection, 0) == Head()
        assert digest_at(connection, ROWS) == audit_head(connection)
        assert digest_at(connection, ROWS + 1) is None


@pytest.mark.slow
@pytest.mark.long
def test_a_hundred_thousand_rows_are_checked_in_seconds_within_bounded_memory(engine: Engine) -> None:
    with engine.begin() as connection:
        for _ in range(50):
            fill(connection, 2000)
    with engine.connect() as connection:
        began = time.perf_counter()
        assert list(log_faults(one_moment(connection))) == []
        lasted = time.perf_counter() - began
    with engine.connect() as connection:
        tracemalloc.start()
        assert list(log_faults(one_moment(connection))) == []
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    print(f"100,040 rows checked on {engine.dialect.name} in {lasted:.1f} s, {peak:.1f} MB at most")
    assert lasted < 30
    assert peak < 30
