"""`replace`: the current rows of a scope become the rows given, and everything that was is still to be read."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert, select

from domain.timespan import utc
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import FINDING, RECORD, SCAN
from storage.versions import chunks, replace
from tests.databases import migrate

NOW = utc(2026, 11, 27)
EVERYTHING = RECORD.c.feed == "110"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        scans(connection, 9)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        yield connection


def scans(connection: Connection, count: int) -> None:
    row = {"state": "complete", "started_at": NOW, "host": "here", "process": 1, "claimed_until": NOW}
    connection.execute(insert(SCAN), [row] * count)


def record(key: str, feed: str = "110", **values: Any) -> dict[str, Any]:
    row = {"feed": feed, "kind": "incidents", "key": key, "group_key": None, "unit": None, "store": None, "at": None}
    return {**row, "body": {"number": key}, "officer": None, "status": None, **values}


def written(connection: Connection) -> list[tuple[str, int, int | None]]:
    """(key, since, until) of every version."""
    query = select(RECORD.c.key, RECORD.c.since_scan, RECORD.c.until_scan).order_by(RECORD.c.key, RECORD.c.id)
    return [(row.key, row.since_scan, row.until_scan) for row in connection.execute(query).all()]


def put(connection: Connection, rows: Sequence[dict[str, Any]], scan: int, **more: Any) -> list[Any]:
    return replace(connection, RECORD, EVERYTHING, rows, key=("key",), scan=scan, **more)


def test_new_rows_are_current_since_the_scan_that_wrote_them(connection: Connection) -> None:
    changes = put(connection, [record("a"), record("b")], 1)
    assert written(connection) == [("a", 1, None), ("b", 1, None)]
    assert [(change.before, change.after["key"]) for change in changes] == [(None, "a"), (None, "b")]


def test_equal_rows_are_left_untouched(connection: Connection) -> None:
    put(connection, [record("a", at=NOW, body={"x": [1, {"y": None}], "z": 0.5})], 1)
    assert put(connection, [record("a", at=NOW, body={"z": 0.5, "x": (1, {"y": None})})], 2) == []
    assert written(connection) == [("a", 1, None)]


def test_a_changed_row_supersedes_and_says_what_it_was(connection: Connection) -> None:
    put(connection, [record("a", unit="1")], 1)
    (change,) = put(connection, [record("a", unit="2")], 2)
    assert (change.before["unit"], change.after["unit"]) == ("1", "2")
    assert written(connection) == [("a", 1, 2), ("a", 2, None)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "x"), ("x", None), ("x", "X"), ("x", "x "), ("", None), ({"n": 1}, {"n": "1"}), ({"n": None}, {})],
)
def test_the_smallest_difference_counts(connection: Connection, before: Any, after: Any) -> None:
    column = "body" if isinstance(before, dict) else "unit"
    put(connection, [record("a", **{column: before})], 1)
    assert len(put(connection, [record("a", **{column: after})], 2)) == 1


def test_a_row_that_is_given_no_more_ends(connection: Connection) -> None:
    put(connection, [record("a"), record("b")], 1)
    (change,) = put(connection, [record("b")], 2)
    assert (change.before["key"], change.after) == ("a", None)
    assert written(connection) == [("a", 1, 2), ("b", 1, None)]


def test_a_row_that_comes_back_is_a_new_version(connection: Connection) -> None:
    for scan, rows in enumerate(([record("a")], [], [record("a")]), 1):
        put(connection, rows, scan)
    assert written(connection) == [("a", 1, 2), ("a", 3, None)]


def test_rows_outside_the_scope_are_not_touched(connection: Connection) -> None:
    scope = RECORD.c.feed == "other"
    replace(connection, RECORD, scope, [record("a", feed="other")], key=("key",), scan=1)
    put(connection, [record("b")], 2)
    put(connection, [], 3)
    assert written(connection) == [("a", 1, None), ("b", 2, 3)]


def test_what_one_scan_writes_twice_leaves_no_trace_of_the_first(connection: Connection) -> None:
    put(connection, [record("a", unit="old")], 1)
    put(connection, [record("a", unit="passing"), record("b")], 2)
    put(connection, [record("a", unit="new")], 2)
    assert written(connection) == [("a", 1, 2), ("a", 2, None)]
    assert connection.execute(select(RECORD.c.unit).where(RECORD.c.until_scan.is_(None))).scalars().all() == ["new"]


def finding(key: str, seen: datetime, severity: str = "warn") -> dict[str, Any]:
    names = ("rule", "status", "kind", "subject_key", "subject")
    row = dict.fromkeys(names, "x") | {"flag": "missing", "result": "fail", "rule_version": 1, "officer": None}
    row |= {"unit": None, "started_at": None, "ended_at": None, "measured": {}, "evidence": []}
    return row | {
        "key": key,
        "severity": severity,
        "first_seen_at": seen,
        "last_seen_at": seen,
        "decision": None,
        "reviews": 0,
        "due_at": seen,
        "recover_until": None,
    }


def test_carried_columns_keep_their_first_value_and_fresh_ones_alone_are_no_change(connection: Connection) -> None:
    later = NOW.replace(day=28)

    def write(row: dict[str, Any], scan: int) -> list[Any]:
        return replace(
            connection,
            FINDING,
            FINDING.c.kind == "x",
            [row],
            key=("key",),
            scan=scan,
            carry=("first_seen_at", "due_at"),
            fresh=("last_seen_at",),
        )

    write(finding("k", NOW), 1)
    assert write(finding("k", later), 2) == []
    assert len(write(finding("k", later, "fail"), 3)) == 1
    row = connection.execute(select(FINDING).where(FINDING.c.until_scan.is_(None))).one()
    assert (row.first_seen_at, row.due_at, row.last_seen_at, row.since_scan) == (NOW, NOW, later, 3)


def test_more_rows_than_one_statement_takes_are_written_and_ended(connection: Connection) -> None:
    put(connection, [record(f"{n:05}") for n in range(2100)], 1)
    assert len(put(connection, [record("00007")], 2)) == 2099
    assert len([row for row in written(connection) if row[2] is None]) == 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from("xyz")), min_size=1, max_size=6))
def test_the_current_view_is_the_last_state_and_every_earlier_one_can_be_read_back(
    connection: Connection, states: list[dict[str, str]]
) -> None:
    connection.execute(RECORD.delete())
    for scan, state in enumerate(states, 1):
        put(connection, [record(key, unit=value) for key, value in state.items()], scan)
    for scan, state in enumerate(states, 1):
        held = (RECORD.c.since_scan <= scan) & (RECORD.c.until_scan.is_(None) | (RECORD.c.until_scan > scan))
        found = connection.execute(select(RECORD.c.key, RECORD.c.unit).where(held)).all()
        assert sorted((row.key, row.unit) for row in found) == sorted(state.items())


def test_chunks_lose_nothing() -> None:
    assert list(chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []


def test_times_come_back_aware_and_to_the_microsecond(connection: Connection) -> None:
    instant = datetime(2026, 11, 20, 1, 2, 3, 456789, tzinfo=UTC)
    put(connection, [record("a", at=instant)], 1)
    assert connection.execute(select(RECORD.c.at)).scalar_one() == instant
