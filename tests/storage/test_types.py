"""Instants and durations mean the same on both databases; a naive time never gets in."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from storage.engine import DatabaseSettings, open_engine
from storage.types import Id, Instant, Micros

TABLE = Table("moment", MetaData(), Column("id", Id, primary_key=True), Column("at", Instant), Column("length", Micros))
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-9, minutes=-30))])


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(database_url))
    with engine.begin() as connection:
        TABLE.create(connection)
        yield connection
    engine.dispose()


def back(connection: Connection, at: datetime | None, length: timedelta | None) -> tuple[object, object]:
    connection.execute(TABLE.delete())
    connection.execute(insert(TABLE).values(at=at, length=length))
    row = connection.execute(select(TABLE)).one()
    return row.at, row.length


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES),
    length=st.timedeltas(timedelta(days=-4_000_000), timedelta(days=4_000_000)),
)
def test_every_instant_and_duration_comes_back_in_utc(connection: Connection, at: datetime, length: timedelta) -> None:
    found, lasted = back(connection, at, length)
    assert (found, lasted) == (at, length)
    assert isinstance(found, datetime)
    assert found.utcoffset() == timedelta(0)


def test_no_time_stays_no_time(connection: Connection) -> None:
    assert back(connection, None, None) == (None, None)


def test_a_naive_time_is_refused_as_a_value_and_as_a_condition(connection: Connection) -> None:
    naive = datetime(2026, 11, 20)
    with pytest.raises(StatementError, match="aware"):
        connection.execute(insert(TABLE).values(at=naive))
    with pytest.raises(StatementError, match="aware"):
        connection.execute(select(TABLE).where(TABLE.c.at < naive))


def test_instants_compare_across_zones(connection: Connection) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    connection.execute(insert(TABLE).values(at=noon))
    evening = noon.astimezone(timezone(timedelta(hours=8)))
    assert connection.execute(select(TABLE.c.at).where(TABLE.c.at == evening)).scalar_one() == noon
