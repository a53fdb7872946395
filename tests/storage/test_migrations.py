"""From empty to the newest schema on both databases: exactly the metadata, once, and never backwards."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect, text

from domain.errors import SchemaNewer, SchemaOlder
from storage.engine import DatabaseSettings, migrate, newest_version, open_engine, require_current, schema_version
from storage.schema import metadata
from tests.scanning import dump


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    yield engine
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))


def test_migrations_arrive_exactly_at_the_metadata(engine: Engine) -> None:
    assert migrate(engine) == (None, newest_version())
    assert differences(engine) == []
    require_current(engine)


def test_every_check_and_index_of_the_metadata_is_there(engine: Engine) -> None:
    migrate(engine)
    found = inspect(engine)
    for table in metadata.sorted_tables:
        checks = {str(one.name) for one in table.constraints if isinstance(one, CheckConstraint)}
        assert {one["name"] for one in found.get_check_constraints(table.name)} == checks, table.name
        wanted = {(str(index.name), index.unique) for index in table.indexes}
        assert {(one["name"], bool(one["unique"])) for one in found.get_indexes(table.name)} >= wanted, table.name


def test_an_index_of_current_rows_leaves_superseded_ones_out(engine: Engine) -> None:
    migrate(engine)
    insert = (
        "INSERT INTO feed_row (feed, number, fate, notes, raw, since_scan, until_scan) "
        "VALUES ('f', 1, 'accepted', '[]', '{{}}', 1, {until})"
    )
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO scan (state, started_at, host, process, claimed_until) VALUES ('complete', 0, 'h', 1, 0)")
        )
        for until in ("1", "1", "NULL"):
            connection.execute(text(insert.format(until=until)))


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    before = sorted(inspect(engine).get_table_names())
    assert migrate(engine) == (newest_version(), newest_version())
    assert sorted(inspect(engine).get_table_names()) == before


def test_what_is_in_the_database_survives_migrating(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        flag = "true" if engine.dialect.name == "postgresql" else "1"
        connection.execute(text(f"INSERT INTO feed (name, kind, location, active) VALUES ('甲', 'units', 'x', {flag})"))
    before = dump(engine)
    migrate(engine)
    assert dump(engine) == before
    assert "甲" in before["feed"][0]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for refuse in (migrate, require_current):
        with pytest.raises(SchemaNewer, match=r"9999.*upgrade the program"):
            refuse(engine)
    assert schema_version(engine) == "9999"


def test_an_empty_database_is_too_old_until_it_is_migrated(engine: Engine) -> None:
    with pytest.raises(SchemaOlder, match="bwc migrate"):
        require_current(engine)
    assert schema_version(engine) is None
    assert inspect(engine).get_table_names() == []  # looking changes nothing
