"""Many stretches of time asked about in one statement: a table of values that a query joins."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Table,
    column,
    type_coerce,
    values,
)

from domain.timespan import Span
from storage.types import Instant
from storage.versions import Row, chunks

Stretch = tuple[str, Span]
"""A party (or lane, or camera) and a stretch of time."""

MOST = 250
"""Stretches of one statement: bounds its variables and its text."""


def rows_by_stretch(
    connection: Connection, stretches: Sequence[Stretch], query: Callable[[CTE], Select[Any]]
) -> list[list[Row]]:
    """For each stretch the rows of a query over the table `n` (its number), `name`, `from_at`, `to_at`."""
    found: list[list[Row]] = []
    for part in chunks(stretches, MOST):
        table = _table(part)
        some: list[list[Row]] = [[] for _ in part]
        for row in connection.execute(query(table).add_columns(table.c.n)).mappings():
            some[row["n"]].append(row)
        found += some
    return found


def _table(stretches: Sequence[Stretch]) -> CTE:
    columns = (column("n", Integer), column("name", String), column("from_at", Instant), column("to_at", Instant))
    rows = [(n, name, span.start, span.end) for n, (name, span) in enumerate(stretches)]
    return values(*columns, name="stretch").data(rows).cte("stretches")


def touches(table: Table, stretch: CTE) -> ColumnElement[bool]:
    """Whether what a row stands for shares time with a stretch, or borders on it."""
    return (table.c.started_at <= stretch.c.to_at) & (table.c.ended_at >= stretch.c.from_at)


def begins_in(table: Table, stretch: CTE) -> ColumnElement[bool]:
    """Whether it begins in a stretch, ends included."""
    return table.c.started_at.between(stretch.c.from_at, stretch.c.to_at)


def us(instant: ColumnElement[Any]) -> ColumnElement[int]:
    """A time or a duration as the number of microseconds that it is stored as: for arithmetic."""
    return type_coerce(instant, BigInteger)
