"""Filed reports: what was handed in, with what it needs to be made again. Never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from storage.schema.tables import FILED_REPORT


@dataclass(frozen=True, slots=True)
class FiledRun:
    """One filed run without its rows. `scope`: codes of the units that it shows at most, None for every unit."""

    id: int
    name: str
    period: str
    unit: str | None
    scope: tuple[str, ...] | None
    as_of: datetime
    scan_id: int | None
    rule_set: str | None
    at: datetime
    actor: str
    digest: str

    def seen_by(self, units: frozenset[str] | None) -> bool:
        """Whether somebody of these units (None: all) sees every unit that it may show."""
        return units is None or (self.scope is not None and units.issuperset(self.scope))


def file_report(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a report: name, period, unit, as_of, scan_id, rule_set, at, actor, digest, tables. Returns its number."""
    return int(connection.execute(insert(FILED_REPORT).values(**values).returning(FILED_REPORT.c.id)).scalar_one())


def _query() -> Select[Any]:
    columns = [column for column in FILED_REPORT.c if column.key != "tables"]
    return select(*columns, FILED_REPORT.c.tables[0]["scope"].label("scope"))


def _run(row: Mapping[Any, Any]) -> FiledRun:
    scope = None if row["scope"] is None else tuple(row["scope"])
    names = ("id", "name", "period", "unit", "as_of", "scan_id", "rule_set", "at", "actor", "digest")
    return FiledRun(scope=scope, **{name: row[name] for name in names})


def filed_runs(connection: Connection, units: frozenset[str] | None, limit: int = 100) -> list[FiledRun]:
    """The newest runs that somebody of these units sees, newest first."""
    rows = connection.execute(_query().order_by(FILED_REPORT.c.id.desc())).mappings()
    found: list[FiledRun] = []
    for run in map(_run, rows):
        if len(found) == limit:
            break
        if run.seen_by(units):
            found.append(run)
    return found


def filed_run(connection: Connection, run_id: int) -> FiledRun | None:
    """One run, None when there is none."""
    row = connection.execute(_query().where(FILED_REPORT.c.id == run_id)).mappings().first()
    return None if row is None else _run(row)


def filed_tables(connection: Connection, run_id: int) -> Sequence[Mapping[str, Any]]:
    """The tables of a run that is there."""
    query = select(FILED_REPORT.c.tables).where(FILED_REPORT.c.id == run_id)
    tables: Sequence[Mapping[str, Any]] = connection.execute(query).scalar_one()
    return tables
