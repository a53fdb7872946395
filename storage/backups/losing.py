"""What is lost when a database is replaced: told before it is done."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, inspect, select, table
from sqlalchemy.sql import quoted_name

from storage.backups.filling import VERSION_TABLE
from storage.schema import metadata

TOLD = ("scan", "file", "finding", "review_entry", "sign_off", "attachment", "filed_report", "account", "audit_entry")


@dataclass(frozen=True, slots=True)
class Loss:
    """`rows` by table, of those that people would miss; `tables`: all there are; `foreign`: not of this program."""

    tables: tuple[str, ...]
    rows: dict[str, int]
    foreign: tuple[str, ...]


def what_is_lost(connection: Connection) -> Loss:
    """Counts of what a database holds, of whichever revision it is."""
    found = sorted(inspect(connection).get_table_names())
    ours = {*(one.name for one in metadata.sorted_tables), VERSION_TABLE}
    counts = {name: _count(connection, name) for name in TOLD if name in found}
    return Loss(tuple(found), counts, tuple(name for name in found if name not in ours))


def _count(connection: Connection, name: str) -> int:
    counted = select(func.count()).select_from(table(quoted_name(name, quote=True)))
    return int(connection.execute(counted).scalar_one())
