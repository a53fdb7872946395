"""Opening the database: SQLite set up for many readers and one writer, PostgreSQL by URL, both refused when unfit."""

import re
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import ConfigError, NetworkDatabase, SchemaNewer, SchemaOlder
from storage.codec import dumps
from storage.postgres import server_engine
from storage.settings import DatabaseSettings as DatabaseSettings
from storage.settings import Use as Use

BUSY_MS, LOG_PATIENCE_MS = 30_000, 2_000
"""How long a writer waits for another one; how long somebody waits for readers of the log."""
OPENED_BY = "opened_by"
"""Option of an engine: its settings."""
NETWORK_FILE_SYSTEMS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "glusterfs", "ceph")


def file_system_of(path: Path, mounts: str) -> str:
    """Type of the file system that holds `path`, from the text of /proc/mounts ("" when not listed)."""
    found, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) > 2:
            point = _unescaped(fields[1])
            if (path == Path(point) or Path(point) in path.parents) and len(point) >= len(found):
                found, kind = point, fields[2]
    return kind


def _unescaped(text: str) -> str:
    """A mount point as the kernel writes it: blanks and backslashes as octal numbers of bytes."""
    raw = re.sub(rb"\\([0-7]{3})", lambda match: bytes([int(match[1], 8)]), text.encode("utf-8", "surrogateescape"))
    return raw.decode("utf-8", "surrogateescape")


def refuse_network_file_system(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """SQLite's locks do not hold on network shares: raises NetworkDatabase there."""
    if not mounts.exists():
        return
    kind = file_system_of(path.resolve().parent, mounts.read_text(encoding="utf-8", errors="replace"))
    if kind in NETWORK_FILE_SYSTEMS:
        raise NetworkDatabase(
            f"database.url: SQLite file {path} lies on a network file system ({kind}); "
            "expected a local disk, or a postgresql+psycopg:// URL"
        )


def open_engine(settings: DatabaseSettings, use: Use = Use.WRITING) -> Engine:
    """An engine for the configured database. Raises ConfigError for an unusable URL, NetworkDatabase for SQLite on a
    share."""
    try:
        url = make_url(settings.url)
    except ArgumentError as error:
        raise ConfigError(f"database.url: expected an SQLAlchemy URL, got {settings.url!r}") from error
    engine = _engine(url, settings, use)
    engine.update_execution_options(**{OPENED_BY: settings})
    return engine


def _engine(url: URL, settings: DatabaseSettings, use: Use) -> Engine:
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database and url.database != ":memory:":
            path = Path(url.database)
            refuse_network_file_system(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": 30}, json_serializer=dumps)
        event.listen(engine, "connect", _prepare_sqlite)
        if use is Use.DECIDING:
            event.listen(engine, "connect", _wait_for_the_disk)
        event.listen(engine, "begin", _begin_immediate if use.writes else _begin_deferred)
        return engine
    if backend == "postgresql":
        return server_engine(url, settings, use)
    raise ConfigError(f"database.url: expected sqlite or postgresql+psycopg, got {backend!r}")


def beside(engine: Engine) -> DatabaseSettings | None:
    """How another process of this machine opens the same database; None: it is held in memory."""
    if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        return None
    settings: DatabaseSettings = engine.get_execution_options()[OPENED_BY]
    return settings


def restart_log(engine: Engine) -> None:
    """Have SQLite bring all of its log into the database and begin it anew; on a server nothing has to be done.

    Waits a moment for those who still read by the log; whoever reads for longer is left alone, and so is the log. Where
    the disk does not let it (it is full), nothing is lost: whoever writes next finds out and says so.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    cursor = raw.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout={LOG_PATIENCE_MS}")
        with suppress(sqlite3.Error):
            cursor.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    finally:  # the pool hands the connection on to a writer, who waits longer
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        raw.close()


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=NORMAL",
        f"busy_timeout={BUSY_MS}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _wait_for_the_disk(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=FULL")


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN")


def alembic_config(engine: Engine) -> Config:
    """Alembic's configuration without an ini file; the engine is handed over as it is."""
    config = _scripts()
    config.attributes["engine"] = engine
    return config


def _scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def schema_version(engine: Engine) -> str | None:
    """Revision the database is at; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_version() -> str:
    """Revision this program writes."""
    return str(ScriptDirectory.from_config(_scripts()).get_current_head())


def require_current(engine: Engine) -> None:
    """Raises SchemaOlder or SchemaNewer unless the database is exactly at this program's revision."""
    found, wanted = schema_version(engine), newest_version()
    if found == wanted:
        return
    if found is not None and not known_version(found):
        raise _newer(found)
    raise SchemaOlder(f"database: expected schema {wanted}, got {found or 'an empty database'}; run: bwc migrate")


def migrate(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to the newest revision; returns (before, after). Raises SchemaNewer; forward only."""
    before, wanted = schema_version(engine), newest_version()
    if before is not None and not known_version(before):
        raise _newer(before)
    if before != wanted:
        command.upgrade(alembic_config(engine), "head")
    return before, wanted


def require_known(engine: Engine) -> str:
    """The revision of a database that this program knows, of today or older. Raises SchemaOlder or SchemaNewer."""
    found = schema_version(engine)
    if found is None:
        raise SchemaOlder("database: expected a database of this program, got an empty one; run: bwc migrate")
    if not known_version(found):
        raise _newer(found)
    return found


def known_version(revision: str) -> bool:
    """Whether this program has a migration of that name."""
    try:
        return ScriptDirectory.from_config(_scripts()).get_revision(revision) is not None
    except CommandError:
        return False


def _newer(found: str) -> SchemaNewer:
    return SchemaNewer(
        f"database: schema {found} is newer than this program (knows up to {newest_version()}); upgrade the program"
    )
