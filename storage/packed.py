"""JSON that is long and is looked at one row at a time, compressed where the database does not do so by itself.

What every rule says of a clip is 5 KB of JSON, half of what is stored of it; compressed it is 1.2 KB, for 40 us. A
server compresses whatever is longer than 2 KB (TOAST), SQLite nothing.
"""

import json
import zlib
from collections.abc import Callable
from typing import Any

from sqlalchemy import JSON, Dialect
from sqlalchemy.types import TypeDecorator

from storage.codec import Written, dumps

LEVEL = 1
"""Quickest; the best level saves a twentieth more for half as much time again."""


def packed(text: str) -> bytes:
    """JSON text as SQLite keeps it."""
    return zlib.compress(text.encode(), LEVEL)


def pack(said: Written) -> None:
    """Compress it where it is, so that whoever stores it need not."""
    said.packed = packed(said.text)


def unpacked(stored: bytes | str) -> str:
    """The JSON text of what SQLite keeps; rows of an older program are text themselves. Raises ValueError."""
    if isinstance(stored, str):
        return stored
    try:
        return zlib.decompress(stored).decode()
    except zlib.error as error:
        raise ValueError(f"damaged: {error}") from error


class PackedJson(TypeDecorator[Any]):
    """As JSON, which no condition of SQL can look into."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Of SQLite: packed; else as JSON."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)
        return lambda value: getattr(value, "packed", None) or packed(dumps(value))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Of SQLite: unpacked; else as JSON."""
        if dialect.name != "sqlite":
            return super().result_processor(dialect, coltype)
        return lambda stored: None if stored is None else json.loads(unpacked(stored))
