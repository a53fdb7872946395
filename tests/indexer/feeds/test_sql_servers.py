"""A query on a real PostgreSQL server: the suite of every feed, and proof that nothing can be written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from domain.activity import Incident
from domain.errors import FeedUnreadable
from domain.timespan import utc
from indexer.feeds import FeedKind, FeedRow, FeedSettings, open_feed
from tests.contracts.feed_contract import FeedContract, Rows

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(postgres: str) -> Iterator[Engine]:
    """A PostgreSQL server, as another system's."""
    engine = create_engine(postgres, poolclass=NullPool)
    yield engine
    engine.dispose()


class TestPostgresView(FeedContract):
    @pytest.fixture(autouse=True)
    def _connect(self, server: Engine) -> None:
        self.server = server

    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]:
        columns = ", ".join(f'"{heading}" text' for heading in rows[0])
        marks = ", ".join(f":c{index}" for index in range(len(rows[0])))
        with self.server.begin() as connection:
            connection.execute(text("drop table if exists calls"))
            connection.execute(text(f"create table calls (row serial, {columns})"))
            for row in rows[1:]:
                cells = {f"c{index}": cell for index, cell in enumerate(row)}
                connection.execute(text(f"insert into calls values (default, {marks})"), cells)
        return self.server.url.render_as_string(hide_password=False), "select * from calls order by row"


def read(server: Engine, query: str) -> list[FeedRow]:
    location = server.url.render_as_string(hide_password=False)
    return list(open_feed(FeedSettings("pg", FeedKind.INCIDENTS, location, query=query)).read())


def test_the_types_of_a_server_become_times_and_numbers(server: Engine) -> None:
    query = """select 1234567890123456789::bigint as jjdbh, '2026-11-20 08:00:00+08'::timestamptz as jjsj,
        '2026-11-20 08:09:00'::timestamp as ddxcsj, 31021::numeric as cjr, 'NaN'::numeric as jd, 31.3::numeric as wd"""
    (row,) = read(server, query)
    assert isinstance(row.record, Incident)
    assert row.record.number == "1234567890123456789"
    assert (row.record.received_at, row.record.arrived_at) == (utc(2026, 11, 20, 0, 0), utc(2026, 11, 20, 0, 9))
    assert row.record.officers == ("031021",)
    assert row.record.longitude is None


def test_a_query_with_colons_and_percent_signs_is_sent_as_it_stands(server: Engine) -> None:
    query = "select 'J1'::text as jjdbh, '2026-11-20 08:00:00' as jjsj where 'a:b' like '%:b' and 7 % 4 = 3"
    assert len(read(server, query)) == 1


def test_a_select_that_would_write_is_refused_by_the_server(server: Engine) -> None:
    with server.begin() as connection:
        connection.execute(text("create sequence kept"))
    with pytest.raises(FeedUnreadable, match="read-only transaction"):
        read(server, "select 'J1' as jjdbh, nextval('kept')::text as jjsj")
    with server.connect() as connection:
        assert connection.execute(text("select is_called from kept")).scalar() is False
