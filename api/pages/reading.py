"""What the pages need beyond the lists: counts by flag under the same filters, and the names of units."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, func, select

from domain.finding import Flag
from storage.queries import Filters
from storage.queries.findings import FINDINGS
from storage.queries.paging import asks_beyond
from storage.schema.tables import RECORD
from storage.versions import current


def counts_by_flag(connection: Connection, filters: Filters) -> Mapping[str, int]:
    """How many findings of each flag the list would give, by the list's own conditions."""
    assert FINDINGS.source is not None
    if asks_beyond(connection, filters):
        return {flag.value: 0 for flag in Flag}
    rows = FINDINGS.source(connection, filters).subquery()
    counted = connection.execute(select(rows.c.flag, func.count()).group_by(rows.c.flag)).all()
    return {**{flag.value: 0 for flag in Flag}, **{row[0]: row[1] for row in counted}}


def unit_names(connection: Connection, scope: Collection[str] | None = None) -> dict[str, str]:
    """Code → name of every unit in the register, the code where it has no name; in order of code."""
    query = select(RECORD.c.key, RECORD.c.body).where(current(RECORD), RECORD.c.kind == "units")
    if scope is not None:
        query = query.where(RECORD.c.key.in_(list(scope)))
    return {code: body.get("name") or code for code, body in connection.execute(query.order_by(RECORD.c.key)).all()}
