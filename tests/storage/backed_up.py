"""What tests of backups share: a district worth backing up, and its rows as the database has them."""

import shutil
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from domain.audit import Action, Entry
from reports import report_named
from reports.base import make
from storage.attachments import keep_attachment
from storage.audit import append
from storage.backups import About, Archive, Manifest, Restored, Restoring, restore, write_backup
from storage.engine import DatabaseSettings, open_engine
from storage.schema import metadata
from storage.schema.tables import OBSERVATION
from tests.api.world import NOW
from tests.databases import migrate, passing_folder
from tests.reports.days import LATER, THEN, build, second_scan

PICTURE = bytes(range(256)) * 8
HOSTILE = "制表\t换行\n引号\"'反斜杠\\ \\N \\. 零宽\u200b 😀 {}[],"
ABOUT = About("0.1.0", "sqlite:///somewhere.db", NOW)


def district(url: str) -> Engine:
    """As `_built`; on SQLite a copy of one that was built before."""
    if not url.startswith("sqlite"):
        return _built(url)
    shutil.copy(_template(), url.removeprefix("sqlite:///"))
    return open_engine(DatabaseSettings(url))


@cache
def _template() -> Path:
    file = passing_folder("bwc-backed-up-") / "district.db"
    _built(f"sqlite:///{file}").dispose()
    return file


def _built(url: str) -> Engine:
    """Two scans, an attachment of every byte, text that no format may stumble over, and a log of three entries."""
    engine = open_engine(DatabaseSettings(url))
    migrate(engine)
    build(engine)
    second_scan(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # the world gives its scans numbers of its own
            connection.execute(text("SELECT setval(pg_get_serial_sequence('scan', 'id'), 2)"))
        keep_attachment(connection, PICTURE, "image/png", "account:li", NOW)
        entries = [Entry("account:li", Action.REVIEWED, f"finding:{n}", None, f'{{"note":"{n}"}}') for n in range(2)]
        append(connection, NOW, [*entries, Entry(HOSTILE, Action.PUSHED, HOSTILE)])
        values = {"file_id": 1, "detector": HOSTILE, "version": 1, "kind": "x", "unit": "y", "value": 0.1 + 0.2}
        connection.execute(
            insert(OBSERVATION), {**values, "start": THEN.as_of - NOW, "end": THEN.as_of - NOW, "since_scan": 1}
        )
    return engine


def backed_up(engine: Engine, folder: Path, name: str = "backup.zip") -> tuple[Path, Manifest]:
    """A backup in a folder of its own."""
    scratch = folder / f"scratch-{name}"
    scratch.mkdir(parents=True)
    return folder / name, write_backup(engine, folder / name, scratch, ABOUT)


def restored(archive: Archive, url: str, folder: Path, *, replace: bool = False) -> Restored:
    """Restore into a database."""
    scratch = folder / "scratch-restore"
    scratch.mkdir(parents=True, exist_ok=True)
    engine = open_engine(DatabaseSettings(url))
    try:
        return restore(archive, engine, scratch, Restoring("system:test", NOW, replace))
    finally:
        engine.dispose()


def contents(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table through the program's own types; what restoring adds to the log is left out."""
    found = {}
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(table.select().order_by(*table.primary_key)).all()
            found[table.name] = [tuple(row) for row in rows]
    found["audit_entry"] = [row for row in found["audit_entry"] if '"what":"restored"' not in row[7]]
    del found["audit_head"]
    return found


def report_digests(engine: Engine) -> list[str]:
    """Digests of each report as of the first scan and as of the second."""
    with engine.connect() as connection:
        chosen = [report_named(name) for name in ("completeness", "units", "open-findings", "freshness")]
        return [make(connection, one, asked).digest for one in chosen if one for asked in (THEN, LATER)]


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())
