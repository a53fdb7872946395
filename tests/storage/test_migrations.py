"""From empty to the newest schema on both databases: exactly the metadata, once, and never backwards."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, Engine, inspect, text

from domain.clip import FileState
from domain.errors import SchemaNewer, SchemaOlder
from domain.media import Probe
from storage.engine import (
    DatabaseSettings,
    alembic_config,
    migrate,
    newest_version,
    open_engine,
    require_current,
    schema_version,
)
from storage.files import add_files, known_files, probes, write_probes
from storage.schema import metadata
from tests.scanning import dump

pytestmark = pytest.mark.slow


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


def with_store(connection: Connection) -> str:
    """A scan and a store, as any revision has them; what true is called in this database."""
    flag = "true" if connection.dialect.name == "postgresql" else "1"
    connection.exec_driver_sql(
        "INSERT INTO scan (state, started_at, host, process, claimed_until) VALUES ('complete', 0, 'h', 1, 0)"
    )
    connection.exec_driver_sql(
        "INSERT INTO store (name, kind, location, timezone, active) "
        f"VALUES ('dock', 'recorder', '/x', 'Asia/Shanghai', {flag})"
    )
    return flag


def test_probes_of_an_older_database_are_kept_and_have_no_further_times(engine: Engine) -> None:
    """Revision 0001 did not keep them: its files are read again for it, until then there are none."""
    command.upgrade(alembic_config(engine), "0001")
    with engine.begin() as connection:
        flag = with_store(connection)
        connection.exec_driver_sql("INSERT INTO file (anchor, store_id, first_seen_at) VALUES ('dock:a.mp4', 1, 0)")
        connection.exec_driver_sql(
            "INSERT INTO probe (file_id, size, modified_at, reader, reader_version, container, start_us, "
            "creation_time, edits, parameter_changes, bytes_read, tracks, problems, tags, playable, since_scan) "
            "VALUES (1, 9, 0, 'isobmff', 2, 'mp4', 0, '2024-01-15T06:30:25+00:00', 0, 0, 9, '[]', '[]', "
            f'\'{{"make": "甲"}}\', {flag}, 1)'
        )
    assert migrate(engine) == ("0001", newest_version())
    assert differences(engine) == []
    with engine.connect() as connection:
        probe, _ = probes(connection, [1])[1]
    assert (dict(probe.tags), probe.creation_time) == ({"make": "甲"}, datetime(2024, 1, 15, 6, 30, 25, tzinfo=UTC))
    assert (dict(probe.stated_times), probe.muxer) == ({}, None)


def test_a_probe_comes_back_with_all_its_times_aware_or_naive_as_they_were(engine: Engine) -> None:
    migrate(engine)
    at = datetime(2024, 1, 16, tzinfo=UTC)
    stated = {"mvhd": datetime(2024, 1, 15, 6, 30, 25, 125, tzinfo=UTC), "IDIT": datetime(2024, 1, 15, 14, 30, 25)}
    probe = Probe("avi", "avi", 2, None, creation_time=stated["IDIT"], stated_times=stated, muxer="x")
    with engine.begin() as connection:
        with_store(connection)
        row = {"store_id": 1, "folder": "", "path": "a.avi", "size": 9, "modified_at": at}
        state = {"state": FileState.PRESENT, "state_at": at}
        seen = {"store": "dock", "first_seen_at": at, "not_seen_before": None}
        (file_id,) = add_files(connection, [row | state], seen, 1)
        (known,) = known_files(connection, [file_id])
        write_probes(connection, [(known, probe, None)], 1)
    with engine.connect() as connection:
        assert probes(connection, [file_id])[file_id][0] == probe


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
