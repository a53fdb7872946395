"""Column types that mean the same on SQLite and PostgreSQL: whole microseconds, aware UTC outside."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Id = BigInteger().with_variant(Integer, "sqlite")
"""Integer key: SQLite only numbers rows by itself when the type is plain INTEGER."""


def microseconds(at: datetime) -> int:
    """An aware time as it is stored: since 1970."""
    return (at - EPOCH) // MICROSECOND


class Instant(TypeDecorator[datetime]):
    """Aware UTC datetime ↔ whole microseconds since 1970. Naive values are refused with ValueError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 (the base class names it)
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an aware time is needed, got naive {value!r}")
        return microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (the base class names it)
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Micros(TypeDecorator[timedelta]):
    """Duration ↔ whole microseconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002 (the base class names it)
        return None if value is None else int(value // MICROSECOND)

    def process_result_value(self, value: Any, dialect: Dialect) -> timedelta | None:  # noqa: ARG002 (the base class names it)
        return None if value is None else timedelta(microseconds=value)
