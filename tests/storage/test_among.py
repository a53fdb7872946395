"""Many values as one parameter: the same rows as with a list of parameters, on either database."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, insert, select

from storage.among import among
from storage.engine import DatabaseSettings, open_engine

THINGS = Table("things", MetaData(), Column("id", BigInteger, primary_key=True), Column("name", String))
NAMES = ("plain", 'it\'s "quoted"', "城东派出所", "back\\slash", "[1, 2]", "1", "", "emoji 🎥", "tab\tand\nline")
NUMBERS = (1, 2, 2**31, 2**53 + 1, 2**63 - 1, -5, 7, 8, 9)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(database_url))
    with engine.begin() as connection:
        THINGS.create(connection)
        connection.execute(insert(THINGS), [{"id": n, "name": name} for n, name in zip(NUMBERS, NAMES, strict=True)])
        yield connection
    engine.dispose()


def found(connection: Connection, column: Any, values: Any) -> list[str]:
    query = select(THINGS.c.name).where(among(column, values)).order_by(THINGS.c.id)
    return list(connection.execute(query).scalars())


@pytest.mark.parametrize("name", NAMES)
def test_a_text_is_found_as_it_is_written_and_no_other(connection: Connection, name: str) -> None:
    assert found(connection, THINGS.c.name, [name, "absent"]) == [name]


def test_numbers_of_any_size_are_found(connection: Connection) -> None:
    assert len(found(connection, THINGS.c.id, [*NUMBERS, 3])) == len(NUMBERS)
    assert found(connection, THINGS.c.id, [2**53]) == []
    assert found(connection, THINGS.c.id, iter([2**53 + 1])) == ["back\\slash"]


def test_none_of_no_values(connection: Connection) -> None:
    assert found(connection, THINGS.c.id, []) == []
    assert found(connection, THINGS.c.name, ()) == []


def test_the_same_statement_serves_other_values_and_other_numbers_of_them(connection: Connection) -> None:
    for count in (1, 3, 9, 2):
        assert len(found(connection, THINGS.c.id, sorted(NUMBERS)[:count])) == count


def test_it_stands_beside_other_conditions_and_under_another_name(connection: Connection) -> None:
    other = THINGS.alias("other")
    both = among(other.c.id, [1, 2]) & among(other.c.name, ["plain", "1"])
    assert connection.execute(select(other.c.id).where(both)).scalars().all() == [1]
    either = among(other.c.id, [2]) | among(other.c.name, ["plain"])
    assert connection.execute(select(other.c.id).where(either).order_by(other.c.id)).scalars().all() == [1, 2]


def test_sqlite_finds_them_by_its_index() -> None:
    engine = open_engine(DatabaseSettings("sqlite://"))
    with engine.begin() as connection:
        THINGS.create(connection)
        query = select(THINGS.c.name).where(among(THINGS.c.id, [1, 2]))
        text = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        plan = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").all()]
    assert plan[0] == "SEARCH things USING INTEGER PRIMARY KEY (rowid=?)" or "USING INDEX" in plan[0], plan
    engine.dispose()
