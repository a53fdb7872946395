"""Whether a column holds one of many values, handed over as one parameter.

However many there are, the statement stays the same text. A list of as many parameters is written anew for each number
of them, taken apart by the driver and by the server: a tenth of a first scan on PostgreSQL (SQLite does not care).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """The condition that a column of numbers or texts holds one of these values."""
    return _Among(column, bindparam(None, list(values), _Values(column.type), unique=True))


class _Values(TypeDecorator[Sequence[Any]]):
    """An array on a server, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of_one: TypeEngine[Any]) -> None:
        super().__init__()
        self.of_one = of_one

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.of_one) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[bool]):
    inherit_cache = True
    type = Boolean()

    def self_group(self, against: OperatorType | None = None) -> "_Among":  # noqa: ARG002 (the name is SQLAlchemy's)
        """As it is: SQLite, asked whether it equals one, would use no index."""
        return self


@compiles(_Among, "postgresql")
def _of_array(element: _Among, compiler: SQLCompiler, **given: Any) -> str:
    column, values = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} = ANY ({values})"


@compiles(_Among, "sqlite")
def _of_json(element: _Among, compiler: SQLCompiler, **given: Any) -> str:
    column, values = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (texts of the compiler's own)
