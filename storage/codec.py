"""Domain values ↔ JSON: times as ISO 8601 with offset, durations as whole microseconds, tuples as lists.

Decoding goes by the dataclass's own type hints, so a value comes back equal to what was stored.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

from storage.types import MICROSECOND

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def encode(value: Any) -> Any:
    """A JSON-ready copy of a domain value."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // MICROSECOND
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return [encode(item) for item in value]


def decode(kind: type[T], data: Any) -> T:
    """The value of dataclass `kind` that `encode` made `data` of. Raises KeyError or ValueError for other data."""
    value: T = _decoder(cast(Any, kind))(data)
    return value


@cache
def _decoder(kind: Any) -> Decoder:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = _decoder(next(arg for arg in args if arg is not type(None))) if len(args) == 2 else _same
        return lambda data: None if data is None else inner(data)
    if origin is tuple:
        item = _decoder(args[0])
        return lambda data: tuple(item(part) for part in data)
    if origin in (Mapping, dict):
        return types.MappingProxyType if origin is Mapping else dict
    if isinstance(kind, type):
        return _decoder_of_class(kind)
    return _same


def _decoder_of_class(kind: type) -> Decoder:
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if issubclass(kind, Enum):
        return kind
    if kind is datetime:
        return datetime.fromisoformat
    if kind is timedelta:
        return lambda data: timedelta(microseconds=data)
    return _same


def _dataclass_decoder(kind: type) -> Decoder:
    hints = typing.get_type_hints(kind)
    parts = [(field.name, _decoder(hints[field.name])) for field in fields(kind)]

    def decoder(data: Any) -> Any:
        # A field younger than the stored row keeps its default.
        return kind(**{name: part(data[name]) for name, part in parts if name in data})

    return decoder


def _same(data: Any) -> Any:
    return data
