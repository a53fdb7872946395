"""A server's engines: nobody waits for ever, everybody says who they are, and no password is ever told."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage import postgres
from storage.bulk import count_again
from storage.engine import DatabaseSettings, Use, open_engine
from storage.postgres import connection_lost, took_too_long, waited_too_long
from storage.schema.tables import RECORD

pytestmark = pytest.mark.slow


@pytest.fixture
def url(new_postgres_database: str) -> str:
    return new_postgres_database


@pytest.fixture
def writer(url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(url, lock_seconds=1, idle_seconds=1))
    yield engine
    engine.dispose()


def shown(engine: Engine, setting: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text(f"SHOW {setting}")).scalar_one())


def test_each_use_has_its_own_limits_and_name(url: str) -> None:
    settings = DatabaseSettings(url, answer_seconds=7, lock_seconds=8, idle_seconds=9)
    found = {}
    for use in Use:
        engine = open_engine(settings, use)
        names = ("application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit")
        found[use.name] = tuple(shown(engine, one) for one in names)
        engine.dispose()
    assert found == {
        "WRITING": ("bwc", "0", "8s", "9s", "off"),
        "DECIDING": ("bwc desk", "0", "8s", "9s", "off"),
        "READING": ("bwc reader", "0", "0", "0", "off"),
        "ANSWERING": ("bwc pages", "7s", "0", "0", "off"),
    }


def test_what_the_address_says_itself_counts(url: str) -> None:
    named = make_url(url).update_query_dict({"application_name": "station-a"}).render_as_string(hide_password=False)
    engine = open_engine(DatabaseSettings(named))
    assert shown(engine, "application_name") == "station-a"
    engine.dispose()


def test_a_question_of_a_page_that_takes_too_long_is_given_up_and_the_connection_goes_on(url: str) -> None:
    engine = open_engine(DatabaseSettings(url, answer_seconds=1), Use.ANSWERING)
    with engine.connect() as connection:
        with pytest.raises(OperationalError) as error:
            connection.execute(text("SELECT pg_sleep(30)"))
        connection.rollback()
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    assert (took_too_long(error.value), waited_too_long(error.value), connection_lost(error.value)) == (
        True,
        False,
        False,
    )
    engine.dispose()


def test_a_writer_waits_for_another_one_only_so_long(writer: Engine, url: str) -> None:
    other = open_engine(DatabaseSettings(url))
    with other.begin() as first:
        first.execute(text("CREATE TABLE one (id INTEGER)"))
    with other.begin() as holding:
        holding.execute(text("LOCK TABLE one"))
        with pytest.raises(OperationalError) as error, writer.begin() as waiting:
            waiting.execute(text("INSERT INTO one VALUES (1)"))
    assert (waited_too_long(error.value), connection_lost(error.value)) == (True, False)
    other.dispose()


def test_a_writer_that_fell_silent_lets_go_of_what_it_holds(writer: Engine, url: str) -> None:
    other = open_engine(DatabaseSettings(url))
    with other.begin() as first:
        first.execute(text("CREATE TABLE one (id INTEGER)"))
    with writer.connect() as silent:
        silent.execute(text("LOCK TABLE one"))
        with other.begin() as waiting:  # until the server has ended the silent one
            waiting.execute(text("INSERT INTO one VALUES (1)"))
        with pytest.raises(InternalError) as error:
            silent.execute(text("SELECT 1"))
    assert connection_lost(error.value)
    other.dispose()


def test_no_more_connections_are_open_than_allowed(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "WAIT_S", 0.1)
    engine = open_engine(DatabaseSettings(url, connections=2))
    with engine.connect(), engine.connect(), pytest.raises(PoolTimeout), engine.connect():
        pass
    engine.dispose()


def test_a_server_that_is_not_there_is_noticed_and_the_password_not_told() -> None:
    begun = time.monotonic()
    engine = open_engine(DatabaseSettings("postgresql+psycopg://bwc:hunter2@127.0.0.1:1/bwc", connect_seconds=2))
    with pytest.raises(OperationalError) as error, engine.connect():
        pass
    assert time.monotonic() - begun < 10
    assert connection_lost(error.value)
    assert "hunter2" not in str(error.value) + repr(engine)


def test_a_table_that_is_being_tidied_up_is_not_waited_for(writer: Engine) -> None:
    with writer.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE feed_record (a int)")
    with writer.begin() as tidying, writer.begin() as filling:
        tidying.exec_driver_sql("LOCK TABLE feed_record IN SHARE UPDATE EXCLUSIVE MODE")  # as VACUUM holds it
        count_again(filling, [RECORD])
