"""Rows as they are stored, by column key (`duration`, not `duration_us`): a plain `dict` of one would lose the keys."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, FromClause, Select

from storage.versions import known

Raw = Mapping[str, Any]


def read(connection: Connection, query: Select[Any]) -> Sequence[Raw]:
    """All rows of a query."""
    return cast(Sequence[Raw], connection.execute(query).mappings().all())


def every_version(
    connection: Connection, query: Select[Any], table: FromClause, *where: ColumnElement[bool]
) -> list[Raw]:
    """Rows of a query for the versions known of some facts, standing and ended, in no order.

    Two questions, for the indexes are of standing versions or of ended ones: asked at once, neither fits.
    """
    found: list[Raw] = []
    for part in (table.c.until_scan.is_(None), table.c.until_scan.is_not(None)):
        found += read(connection, query.where(part, known(table), *where))
    return found


def read_first(connection: Connection, query: Select[Any]) -> Raw | None:
    """The first row of a query, or None."""
    return cast("Raw | None", connection.execute(query).mappings().first())
