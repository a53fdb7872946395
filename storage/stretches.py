"""Many stretches of time asked about in one statement: a table that a query joins, handed over as one parameter.

However many stretches there are, the statement stays the same text: it is compiled once, where a list of VALUES would
be compiled anew for each number of them, which cost a tenth of a small scan.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    column,
    func,
    select,
    type_coerce,
)

from domain.timespan import Span
from storage.types import Instant, microseconds
from storage.versions import Row, chunks

Stretch = tuple[str, Span]
"""A party (or lane, or camera) and a stretch of time."""

MOST = 250
"""Stretches of one statement: bounds what it gives back at once."""


def rows_by_stretch(
    connection: Connection, stretches: Sequence[Stretch], query: Callable[[CTE], Select[Any]]
) -> list[list[Row]]:
    """For each stretch the rows of a query over the table `n` (its number), `name`, `from_at`, `to_at`."""
    found: list[list[Row]] = []
    for part in chunks(stretches, MOST):
        table = _table(connection, part)
        some: list[list[Row]] = [[] for _ in part]
        for row in connection.execute(query(table).add_columns(table.c.n)).mappings().all():
            some[row["n"]].append(row)
        found += some
    return found


def _table(connection: Connection, stretches: Sequence[Stretch]) -> CTE:
    table = _unnested(stretches) if connection.dialect.name == "postgresql" else _of_json(stretches)
    return table.cte("stretches").prefix_with("MATERIALIZED", dialect="sqlite")


def _unnested(stretches: Sequence[Stretch]) -> Select[Any]:
    """A server's way: an array for each column, side by side and numbered from one."""
    columns = (column("name", String), column("from_at", Instant), column("to_at", Instant))
    arrays = (
        bindparam("names", [name for name, _ in stretches], ARRAY(String)),
        bindparam("starts", [microseconds(span.start) for _, span in stretches], ARRAY(BigInteger)),
        bindparam("ends", [microseconds(span.end) for _, span in stretches], ARRAY(BigInteger)),
    )
    given = func.unnest(*arrays).table_valued(*columns, with_ordinality="nth", name="given").render_derived()
    return select((given.c.nth - 1).label("n"), given.c.name, given.c.from_at, given.c.to_at)


def _of_json(stretches: Sequence[Stretch]) -> Select[Any]:
    """SQLite's way: a JSON array of [name, start, end], each numbered by its place."""
    text = json.dumps([(name, microseconds(span.start), microseconds(span.end)) for name, span in stretches])
    given = func.json_each(bindparam("stretches", text)).table_valued("key", "value", name="given")

    def part(place: int, of_type: Any, label: str) -> ColumnElement[Any]:
        return type_coerce(func.json_extract(given.c.value, f"$[{place}]"), of_type).label(label)

    number = type_coerce(given.c.key, Integer).label("n")
    return select(number, part(0, String, "name"), part(1, Instant, "from_at"), part(2, Instant, "to_at"))


def touches(table: Table, stretch: CTE) -> ColumnElement[bool]:
    """Whether what a row stands for shares time with a stretch, or borders on it."""
    return (table.c.started_at <= stretch.c.to_at) & (table.c.ended_at >= stretch.c.from_at)


def begins_in(table: Table, stretch: CTE) -> ColumnElement[bool]:
    """Whether it begins in a stretch, ends included."""
    return table.c.started_at.between(stretch.c.from_at, stretch.c.to_at)


def us(instant: ColumnElement[Any]) -> ColumnElement[int]:
    """A time or a duration as the number of microseconds that it is stored as: for arithmetic."""
    return type_coerce(instant, BigInteger)
