"""Rows as text that means the same on both databases: JSON arrays, bytes as base64, JSON columns as their text."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Float, Integer, LargeBinary, Table, Text, cast, select, type_coerce
from sqlalchemy.types import NullType

from storage.packed import PackedJson, unpacked
from storage.schema import metadata

STREAMED, FEW = 1000, 8
"""Rows in memory at once; few where one row may hold megabytes."""
LARGE = frozenset({"attachment", "filed_report"})


class Kind(StrEnum):
    """What a column holds, as either database has it."""

    INTEGER = "integer"
    REAL = "real"
    BOOLEAN = "boolean"
    JSON = "json"
    BYTES = "bytes"
    TEXT = "text"


KINDS = (
    (Boolean, Kind.BOOLEAN),
    (Integer, Kind.INTEGER),
    (Float, Kind.REAL),
    (JSON, Kind.JSON),
    (LargeBinary, Kind.BYTES),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a member of the archive."""

    name: str
    kind: Kind


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table as the database has it, not as this program knows it: it may be an older one."""
    return tuple(Column(one.name, _kind(one.type)) for one in table.columns)


def _kind(found: Any) -> Kind:
    return next((kind for types, kind in KINDS if isinstance(found, types)), Kind.TEXT)


def stored_rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    """Every row in order of its key, as it is stored: nothing is decoded but what SQLite keeps packed, memory stays
    bounded."""
    postgres = connection.dialect.name == "postgresql"  # its driver would take JSON apart
    plain = [
        cast(one, Text) if postgres and isinstance(one.type, JSON) else type_coerce(one, NullType())
        for one in table.columns
    ]
    query = select(*plain).order_by(*table.primary_key.columns)
    rows = connection.execute(query.execution_options(yield_per=at_once(table.name)))
    places = () if postgres else packed_places(table.name, table.columns.keys())
    yield from (with_places(row, places, unpacked) for row in rows) if places else rows


def packed_places(table: str, columns: Sequence[str]) -> tuple[int, ...]:
    """Where in a row of these columns stands what SQLite keeps packed."""
    known = metadata.tables.get(table)
    packed = () if known is None else [one.name for one in known.columns if isinstance(one.type, PackedJson)]
    return tuple(place for place, name in enumerate(columns) if name in packed)


def with_places(row: Sequence[Any], places: Sequence[int], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The row with some of its values, where they are not NULL, changed."""
    if not places:
        return tuple(row)
    return tuple(change(value) if place in places and value is not None else value for place, value in enumerate(row))


def at_once(table: str) -> int:
    """How many rows of a table are held in memory together."""
    return FEW if table in LARGE else STREAMED


def row_line(columns: Sequence[Column], row: Sequence[Any]) -> bytes:
    """One row as a line."""
    values = [
        value if value is None or column.kind not in PACKED else _packed(column.kind, value)
        for column, value in zip(columns, row, strict=True)
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


PACKED = frozenset({Kind.BOOLEAN, Kind.BYTES, Kind.REAL, Kind.JSON})


def _packed(kind: Kind, value: Any) -> Any:
    if kind is Kind.JSON:
        return value if isinstance(value, str) and value[:1] not in NUMERIC else _number(value)
    if kind is Kind.REAL:
        return value + 0.0  # SQLite knows no negative zero
    return bool(value) if kind is Kind.BOOLEAN else base64.b64encode(value).decode("ascii")


NUMERIC = frozenset("-0123456789")


def _number(value: Any) -> str:
    """JSON that is a lone number, which SQLite keeps as a number, and a whole one as an integer: in one spelling."""
    found = json.loads(value) if isinstance(value, str) else value
    return json.dumps(int(found) if isinstance(found, float) and found.is_integer() else found)


def row_values(columns: Sequence[Column], line: bytes) -> list[Any]:
    """The values of a line. Raises ValueError when it is no row of these columns."""
    values = json.loads(line)
    if not isinstance(values, list) or len(values) != len(columns):
        raise ValueError(f"expected a row of {len(columns)} values, got {line[:80]!r}")
    for at, column in enumerate(columns):
        if column.kind is Kind.BYTES and values[at] is not None:
            values[at] = base64.b64decode(values[at], validate=True)
    return values
