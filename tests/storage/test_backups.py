"""A backup holds everything, on either database, at one moment; restored, the program says the very same."""

import sqlite3
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, delete, insert, inspect, select, text, update

import storage.migrations
from domain.audit import Action, Entry
from domain.errors import BackupUnusable, SchemaOlder, StorageError, UsageError
from storage.attachments import attachment_content
from storage.audit import append, audit_head, log_faults
from storage.backups import Archive, opened, what_is_lost
from storage.engine import DatabaseSettings, Use, alembic_config, newest_version, open_engine, require_current
from storage.scans import ScanRunning, begin_scan
from storage.schema.tables import AUDIT_ENTRY, LINK, OBSERVATION, SCAN
from tests.api.world import NOW
from tests.databases import migrate
from tests.storage.backed_up import PICTURE, backed_up, contents, count, district, report_digests, restored

pytestmark = pytest.mark.slow

SERVER = pytest.param("postgresql", marks=pytest.mark.slow)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = district(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Engine]:
    """On SQLite alone."""
    engine = district(f"sqlite:///{tmp_path / 'small.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", SERVER])
def target_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.db'}"
    url: str = request.getfixturevalue("another_postgres_database")
    return url


def test_a_restored_database_holds_the_same_and_reports_have_the_same_digest(
    engine: Engine, target_url: str, tmp_path: Path
) -> None:
    path, manifest = backed_up(engine, tmp_path)
    with opened(path) as archive:
        archive.verify()
        done = restored(archive, target_url, tmp_path)
    assert (done.rows, done.faults) == (manifest.rows, 0)
    again = open_engine(DatabaseSettings(target_url))
    require_current(again)
    assert contents(again) == contents(engine)
    assert report_digests(again) == report_digests(engine)
    with again.connect() as connection:
        assert list(log_faults(connection)) == []
        last = connection.execute(select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.sequence.desc())).first()
        assert last is not None
        assert (last.sequence, last.actor, '"what":"restored"' in last.detail) == (4, "system:test", True)
        (digest,) = connection.execute(text("SELECT digest FROM attachment")).scalars()
        assert attachment_content(connection, digest) == PICTURE
    again.dispose()


def test_new_rows_after_restoring_get_numbers_of_their_own(another_postgres_database: str, tmp_path: Path) -> None:
    """SQLite counts from what is there; PostgreSQL has counters beside the rows."""
    engine = district(f"sqlite:///{tmp_path / 'one.db'}")
    path, _ = backed_up(engine, tmp_path)
    engine.dispose()
    with opened(path) as archive:
        restored(archive, another_postgres_database, tmp_path)
    again = open_engine(DatabaseSettings(another_postgres_database))
    with again.begin() as connection:
        assert begin_scan(connection, NOW + timedelta(days=2)) == 3
    again.dispose()


def test_both_databases_give_members_of_the_same_digest(tmp_path: Path, another_postgres_database: str) -> None:
    """So that a backup tells whether a move from one to the other lost anything."""
    engine = district(f"sqlite:///{tmp_path / 'one.db'}")
    path, manifest = backed_up(engine, tmp_path)
    engine.dispose()
    with opened(path) as archive:
        restored(archive, another_postgres_database, tmp_path)
    there = open_engine(DatabaseSettings(another_postgres_database))
    _, moved = backed_up(there, tmp_path, "moved.zip")
    there.dispose()
    grown = {"audit_entry", "audit_head"}
    before = {one.table: (one.columns, one.digest) for one in manifest.members if one.table not in grown}
    assert {one.table: (one.columns, one.digest) for one in moved.members if one.table not in grown} == before


def test_a_backup_is_of_one_moment_while_somebody_writes(engine: Engine, tmp_path: Path) -> None:
    """Two rows are always written together: a backup that saw one without the other mixed two moments."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            number += 1
            with engine.begin() as connection:
                append(connection, NOW, [Entry("a", Action.REVIEWED, f"finding:{number}", None, "{}")])
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait(10)
    try:
        made = [backed_up(engine, tmp_path, f"{number}.zip") for number in range(3)]
    finally:
        stop.set()
        writer.join()
    for path, manifest in made:
        rows = {one.table: one.rows for one in manifest.members}
        assert manifest.audit is not None
        assert (rows["audit_entry"], manifest.audit_faults) == (manifest.audit.sequence, 0)
        with opened(path) as archive:
            archive.verify()


def test_a_scan_that_ran_during_the_backup_is_interrupted_in_what_is_restored(small: Engine, tmp_path: Path) -> None:
    engine, target_url = small, f"sqlite:///{tmp_path / 'restored.db'}"
    with engine.begin() as connection:
        begin_scan(connection, NOW)
    path, _ = backed_up(engine, tmp_path)
    with opened(path) as archive:
        restored(archive, target_url, tmp_path)
    again = open_engine(DatabaseSettings(target_url))
    with again.connect() as connection:
        states = connection.execute(select(SCAN.c.state).order_by(SCAN.c.id)).scalars().all()
    again.dispose()
    assert states == ["complete", "complete", "interrupted"]


def test_a_broken_audit_log_is_backed_up_as_it_is_and_told(small: Engine, tmp_path: Path) -> None:
    engine, target_url = small, f"sqlite:///{tmp_path / 'restored.db'}"
    with engine.begin() as connection:
        connection.execute(update(AUDIT_ENTRY).where(AUDIT_ENTRY.c.sequence == 2).values(actor="somebody"))
    path, manifest = backed_up(engine, tmp_path)
    assert manifest.audit_faults == 1
    with opened(path) as archive:
        assert restored(archive, target_url, tmp_path).faults == 1


def test_a_damaged_database_file_is_not_backed_up(tmp_path: Path) -> None:
    file = tmp_path / "damaged.db"
    district(f"sqlite:///{file}").dispose()
    plain = sqlite3.connect(file)
    (root,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_finding_key'").fetchone()
    plain.close()
    content = bytearray(file.read_bytes())
    content[(root - 1) * 4096 + 8 : (root - 1) * 4096 + 200] = b"\xff" * 192
    file.write_bytes(content)
    engine = open_engine(DatabaseSettings(f"sqlite:///{file}"), Use.READING)
    with pytest.raises(StorageError, match="integrity_check"):
        backed_up(engine, tmp_path)
    engine.dispose()


def test_an_empty_database_is_no_backup(database_url: str, tmp_path: Path) -> None:
    engine = open_engine(DatabaseSettings(database_url))
    with pytest.raises(SchemaOlder, match="empty"):
        backed_up(engine, tmp_path)
    engine.dispose()


def test_what_is_there_is_not_replaced_unasked(engine: Engine, database_url: str, tmp_path: Path) -> None:
    path, _ = backed_up(engine, tmp_path)
    before = contents(engine)
    with opened(path) as archive, pytest.raises(UsageError, match="expected an empty database"):
        restored(archive, database_url, tmp_path)
    assert contents(engine) == before


def test_replacing_takes_the_place_of_everything(engine: Engine, database_url: str, tmp_path: Path) -> None:
    path, _ = backed_up(engine, tmp_path)
    before = contents(engine)
    with engine.begin() as connection:
        connection.execute(delete(LINK))
        append(connection, NOW, [Entry("a", Action.REVIEWED, "finding:later", None, "{}")])
    with engine.connect() as connection:
        loss = what_is_lost(connection)
    assert (loss.rows["scan"], loss.rows["attachment"], loss.rows["audit_entry"], loss.foreign) == (2, 1, 4, ())
    with opened(path) as archive:
        restored(archive, database_url, tmp_path, replace=True)
    assert contents(engine) == before


def test_nothing_is_replaced_while_a_scan_runs(engine: Engine, database_url: str, tmp_path: Path) -> None:
    path, _ = backed_up(engine, tmp_path)
    with engine.begin() as connection:
        number = begin_scan(connection, NOW)
        connection.execute(update(SCAN).where(SCAN.c.id == number).values(host="elsewhere"))
    with opened(path) as archive, pytest.raises(ScanRunning):
        restored(archive, database_url, tmp_path, replace=True)
    assert count(engine, "scan") == 3


def test_a_database_with_tables_of_others_is_left_alone(small: Engine, tmp_path: Path) -> None:
    engine, target_url = small, f"sqlite:///{tmp_path / 'restored.db'}"
    path, _ = backed_up(engine, tmp_path)
    other = open_engine(DatabaseSettings(target_url))
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE payroll (id INTEGER)"))
    with opened(path) as archive, pytest.raises(UsageError, match="payroll"):
        restored(archive, target_url, tmp_path, replace=True)
    assert inspect(other).get_table_names() == ["payroll"]
    other.dispose()


class Spoiled(Archive):
    """An archive whose digests are right and whose last table ends with a row that no database takes."""

    def rows(self, member: Any) -> Iterator[list[Any]]:
        found = list(super().rows(member))
        yield from found
        if member.table == "observation":
            yield found[-1]  # its number is there already


def test_a_restoration_that_fails_leaves_what_was_there(engine: Engine, database_url: str, tmp_path: Path) -> None:
    path, _ = backed_up(engine, tmp_path)
    before = contents(engine)
    with opened(path) as archive, pytest.raises(BackupUnusable, match="table observation cannot be loaded"):
        restored(Spoiled(path, archive._source, archive.manifest), database_url, tmp_path, replace=True)
    assert contents(engine) == before
    with engine.connect() as connection:
        assert list(log_faults(connection)) == []


VERSIONS = Path(storage.migrations.__file__).parent / "versions"
REVISIONS = sorted(path.name[:4] for path in VERSIONS.glob("0*.py"))
"""Every schema there ever was; those between the first, the first with a log and the newest are for `make test`."""
OFTEN = ("0001", "0006", REVISIONS[-1])


@pytest.mark.parametrize(
    "revision", [one if one in OFTEN else pytest.param(one, marks=pytest.mark.slow) for one in REVISIONS]
)
def test_a_backup_of_an_older_schema_is_restored_and_brought_up(revision: str, tmp_path: Path) -> None:
    from_older(revision, f"sqlite:///{tmp_path / 'old.db'}", f"sqlite:///{tmp_path / 'restored.db'}", tmp_path)


def test_older_schemas_of_a_server_are_restored_and_brought_up(
    new_postgres_database: str, another_postgres_database: str, tmp_path: Path
) -> None:
    from_older("0001", new_postgres_database, another_postgres_database, tmp_path)


def from_older(revision: str, database_url: str, target: str, tmp_path: Path) -> None:
    """A database of an older program, with a few rows, backed up and restored."""
    old = open_engine(DatabaseSettings(database_url))
    command.upgrade(alembic_config(old), revision)
    flag = "true" if old.dialect.name == "postgresql" else "1"
    with old.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO scan (state, started_at, host, process, claimed_until) VALUES ('complete', 0, 'h', 1, 0)"
        )
        connection.exec_driver_sql(
            "INSERT INTO store (name, kind, location, timezone, active) "
            f"VALUES ('甲', 'recorder', '/x', 'Asia/Shanghai', {flag})"
        )
        connection.exec_driver_sql("INSERT INTO file (anchor, store_id, first_seen_at) VALUES ('甲:a.mp4', 1, 0)")
    path, manifest = backed_up(old, tmp_path)
    old.dispose()
    assert manifest.schema == revision
    with opened(path) as archive:
        archive.verify()
        done = restored(archive, target, tmp_path)
    assert (done.before, done.after, done.faults) == (revision, newest_version(), 0)
    again = open_engine(DatabaseSettings(target))
    require_current(again)
    with again.connect() as connection:
        assert connection.execute(text("SELECT anchor FROM file")).scalars().all() == ["甲:a.mp4"]
        assert audit_head(connection).sequence == 1  # that it was restored
    again.dispose()


def test_many_rows_need_no_more_memory_than_few(tmp_path: Path) -> None:
    rows = 8_000
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'many.db'}"))
    migrate(engine)
    with engine.begin() as connection:
        values = {"detector": "d", "version": 1, "kind": "k", "unit": "u", "value": 1.5, "since_scan": 1, "file_id": 1}
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(
            insert(SCAN),
            {"id": 1, "state": "complete", "started_at": NOW, "host": "h", "process": 1, "claimed_until": NOW},
        )
        connection.exec_driver_sql(
            "INSERT INTO store (id, name, kind, location, timezone, active) VALUES (1, 's', 'recorder', '/x', 'UTC', 1)"
        )
        connection.exec_driver_sql("INSERT INTO file (id, anchor, store_id, first_seen_at) VALUES (1, 'a', 1, 0)")
        times = {"start": timedelta(0), "end": timedelta(seconds=1)}
        connection.execute(insert(OBSERVATION), [{**values, **times, "detail": "x" * 2000} for _ in range(rows)])
    tracemalloc.start()
    path, manifest = backed_up(engine, tmp_path)
    with opened(path) as archive:
        archive.verify()
        (member,) = [one for one in archive.manifest.members if one.table == "observation"]
        assert sum(1 for _ in archive.rows(member)) == rows
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    engine.dispose()
    assert manifest.rows > rows
    assert peak < 14_000_000, f"{peak} bytes for {rows} rows of more than 2,000 bytes"


def test_who_reads_meanwhile_is_not_disturbed_by_replacing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'live.db'}"
    engine = district(url)
    path, _ = backed_up(engine, tmp_path)
    with engine.begin() as connection:
        connection.execute(delete(LINK))
    reader = sqlite3.connect(tmp_path / "live.db", isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM link").fetchone() == (0,)
    with opened(path) as archive:
        restored(archive, url, tmp_path, replace=True)
    assert reader.execute("SELECT count(*) FROM link").fetchone() == (0,)  # its moment
    reader.execute("COMMIT")
    assert reader.execute("SELECT count(*) FROM link").fetchone()[0] > 0
    reader.close()
    assert count(engine, "link") > 0
    engine.dispose()
