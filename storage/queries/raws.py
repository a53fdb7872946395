"""Rows as they are stored, by column key (`duration`, not `duration_us`): a plain `dict` of one would lose the keys."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Select

Raw = Mapping[str, Any]


def read(connection: Connection, query: Select[Any]) -> Sequence[Raw]:
    """All rows of a query."""
    return cast(Sequence[Raw], connection.execute(query).mappings().all())


def read_first(connection: Connection, query: Select[Any]) -> Raw | None:
    """The first row of a query, or None."""
    return cast("Raw | None", connection.execute(query).mappings().first())
