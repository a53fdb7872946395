"""Opening a database: SQLite prepared for one writer, shares and foreign URLs refused, readers never wait."""

import multiprocessing
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from domain.errors import ConfigError, NetworkDatabase
from storage.engine import (
    DatabaseSettings,
    Use,
    file_system_of,
    open_engine,
    refuse_network_file_system,
    restart_log,
)
from storage.schema import metadata

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
proc /proc proc rw 0 0
server:/vol/a /srv nfs4 rw 0 0
/dev/sdb1 /srv/local xfs rw 0 0
//nas/video /mnt/two\\040words cifs rw 0 0
user@host: /home/u/far fuse.sshfs rw 0 0
/dev/sdc1 /srvX btrfs rw 0 0
short
/dev/sdd1 /over ext4 rw 0 0
server:/b /over nfs rw 0 0
//nas/证据 /mnt/证据 cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/bwc", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/bwc/deep", "nfs4"),
        ("/srv/local/bwc", "xfs"),
        ("/srvX/bwc", "btrfs"),
        ("/srvY/bwc", "ext4"),
        ("/mnt/two words/bwc", "cifs"),
        ("/home/u/far", "fuse.sshfs"),
        ("/home/u", "ext4"),
        ("/over/x", "nfs"),
        ("/mnt/证据/bwc", "cifs"),
    ],
)
def test_the_file_system_is_that_of_the_deepest_mount_above(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_a_path_under_no_mount_has_no_known_file_system() -> None:
    assert file_system_of(Path("/x"), "") == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_sqlite_on_a_share_is_refused_with_what_to_do_instead(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {tmp_path} {kind} rw 0 0\n", encoding="utf-8")
    with pytest.raises(NetworkDatabase, match=rf"{kind}.*expected a local disk, or a postgresql"):
        refuse_network_file_system(tmp_path / "bwc.db", mounts)


def test_sqlite_on_a_local_disk_or_where_mounts_are_not_listed_is_allowed(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    refuse_network_file_system(tmp_path / "bwc.db", mounts)
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\n", encoding="utf-8")
    refuse_network_file_system(tmp_path / "bwc.db", mounts)


def test_a_link_to_a_share_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "share")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda1 / ext4 rw 0 0\ns:/x {tmp_path / 'share'} nfs rw 0 0\n", encoding="utf-8")
    with pytest.raises(NetworkDatabase):
        refuse_network_file_system(tmp_path / "link" / "bwc.db", mounts)


@pytest.mark.parametrize(("url", "said"), [("nonsense", "nonsense"), ("mysql://u@h/bwc", "mysql"), ("", "URL")])
def test_an_unusable_url_is_a_configuration_error(url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_engine(DatabaseSettings(url))


@pytest.fixture
def sqlite(tmp_path: Path) -> Engine:
    return open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'deep' / 'folder' / 'bwc.db'}"))


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 30000)]
)
def test_sqlite_is_prepared_on_every_connection(sqlite: Engine, pragma: str, value: object) -> None:
    for _ in range(2):
        with sqlite.connect() as connection:
            assert connection.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
        sqlite.dispose()


def test_what_people_decide_waits_for_the_disk(tmp_path: Path) -> None:
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'bwc.db'}"), Use.DECIDING)
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2
    engine.dispose()


def test_foreign_keys_and_checks_hold(sqlite: Engine) -> None:
    metadata.create_all(sqlite)
    orphan = "INSERT INTO folder (store_id, path, files, skipped, since_scan) VALUES (7, '', 0, '[]', 1)"
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), sqlite.begin() as connection:
        connection.execute(text(orphan))
    sqlite.dispose()


def test_a_reader_does_not_wait_for_a_writer_and_sees_the_state_before(sqlite: Engine, tmp_path: Path) -> None:
    metadata.create_all(sqlite)
    reader = open_engine(DatabaseSettings(str(sqlite.url)), Use.READING)
    with sqlite.begin() as writing:
        writing.execute(text("INSERT INTO feed (name, kind, location, active) VALUES ('x', 'units', 'x', 1)"))
        with reader.connect() as reading:
            assert reading.execute(text("SELECT count(*) FROM feed")).scalar_one() == 0
    with reader.connect() as reading:
        assert reading.execute(text("SELECT count(*) FROM feed")).scalar_one() == 1
    reader.dispose()
    sqlite.dispose()


def test_of_two_writers_the_second_waits_instead_of_failing_half_way(sqlite: Engine) -> None:
    metadata.create_all(sqlite)
    impatient = open_engine(DatabaseSettings(str(sqlite.url)))
    with sqlite.begin(), impatient.connect() as second:
        raw = second.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA busy_timeout=50")
        with pytest.raises(OperationalError, match="locked"):
            second.execute(text("SELECT 1"))  # the claim is made at the beginning, before anything was read
    impatient.dispose()
    sqlite.dispose()


def test_a_failed_transaction_leaves_nothing(sqlite: Engine) -> None:
    metadata.create_all(sqlite)

    def half_done() -> None:
        with sqlite.begin() as connection:
            connection.execute(text("INSERT INTO feed (name, kind, location, active) VALUES ('x', 'units', 'x', 1)"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    with sqlite.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM feed")).scalar_one() == 0
    sqlite.dispose()


@pytest.mark.slow
def test_postgresql_is_opened_by_either_form_of_its_url(postgres: str) -> None:
    for url in (postgres, postgres.replace("+psycopg", "")):
        engine = open_engine(DatabaseSettings(url))
        with engine.connect() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
        engine.dispose()


def test_whoever_works_on_sqlite_does_not_wait_for_the_driver_of_postgresql() -> None:
    code = "import sys, app.scanning, storage.queries, storage.versions; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_log_is_begun_anew_when_nobody_reads_by_it_and_left_alone_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.LOG_PATIENCE_MS", 50)
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'test.db'}"))
    reader = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'test.db'}"), Use.READING)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")

    def pages_in_log() -> int:
        with sqlite3.connect(tmp_path / "test.db") as plain:
            return int(plain.execute("PRAGMA wal_checkpoint").fetchone()[1])

    def write() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO t SELECT zeroblob(4000) FROM (VALUES (1), (2), (3), (4), (5))")

    with reader.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM t").all()
        write()
        restart_log(engine)
        write()
        assert pages_in_log() > 10
    restart_log(engine)
    write()
    assert pages_in_log() < 10
    for one in (engine, reader):
        one.dispose()


def _restart_on_a_full_disk(path: Path) -> None:
    """In a process of its own: no file may grow any more while the log is to be brought into the database."""
    engine = open_engine(DatabaseSettings(f"sqlite:///{path}"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (a)")
        connection.exec_driver_sql("INSERT INTO t SELECT zeroblob(4000) FROM (VALUES (1), (2), (3), (4), (5))")
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, path.stat().st_size))
    restart_log(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM t").scalar_one() == 5


def test_a_full_disk_is_left_to_who_writes_next(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_restart_on_a_full_disk, args=(tmp_path / "test.db",))
    child.start()
    child.join(60)
    assert child.exitcode == 0
