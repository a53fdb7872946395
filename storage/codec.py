"""Domain values ↔ JSON: times as ISO 8601 with offset, durations as whole microseconds, tuples as lists.

Decoding goes by the dataclass's own type hints, so a value comes back equal to what was stored. How a type is
encoded or decoded is found out once, not for every value: a scan does this for each of its facts.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from operator import methodcaller
from typing import Any, TypeVar, cast, get_args, get_origin

from storage.types import MICROSECOND

T = TypeVar("T")
Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]


class Ready(list[Any]):
    """A list that is JSON-ready already: it is not looked through again."""


def encode(value: Any) -> Any:
    """A JSON-ready copy of a domain value."""
    return _encoder(value.__class__)(value)


@cache
def _encoder(kind: Any) -> Encoder:
    if issubclass(kind, Enum):
        return _values_of(kind)
    if kind is types.NoneType or issubclass(kind, str | int | float | bool | Ready):
        return _same
    if issubclass(kind, datetime):
        return methodcaller("isoformat")
    if issubclass(kind, timedelta):
        return lambda value: value // MICROSECOND
    if is_dataclass(kind):
        names = tuple(field.name for field in fields(kind))
        return lambda value: {name: encode(getattr(value, name)) for name in names}
    if issubclass(kind, Mapping):
        return lambda value: {str(key): encode(item) for key, item in value.items()}
    return lambda value: [encode(item) for item in value]


def _values_of(kind: type[Enum]) -> Encoder:
    return {member: member.value for member in kind}.__getitem__


def decode(kind: type[T], data: Any) -> T:
    """The value of dataclass `kind` that `encode` made `data` of. Raises KeyError or ValueError for other data."""
    value: T = _decoder(cast(Any, kind))(data)
    return value


@cache
def _decoder(kind: Any) -> Decoder:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = _decoder(next(arg for arg in args if arg is not type(None))) if len(args) == 2 else _same
        return _same if inner is _same else lambda data: None if data is None else inner(data)
    if origin is tuple:
        item = _decoder(args[0])
        return tuple if item is _same else lambda data: tuple([item(part) for part in data])
    if origin in (Mapping, dict):
        return types.MappingProxyType if origin is Mapping else dict
    if isinstance(kind, type):
        return _decoder_of_class(kind)
    return _same


def _decoder_of_class(kind: type) -> Decoder:
    if is_dataclass(kind):
        return _dataclass_decoder(kind)
    if issubclass(kind, Enum):
        return _word_decoder(kind)
    if kind is datetime:
        return datetime.fromisoformat
    if kind is timedelta:
        return lambda data: timedelta(microseconds=data)
    return _same


def _word_decoder(kind: type[Enum]) -> Decoder:
    known = {member.value: member for member in kind}

    def decoder(data: Any) -> Any:
        found = known.get(data)
        return kind(data) if found is None else found  # a word that is in no vocabulary: ValueError names both

    return decoder


def _dataclass_decoder(kind: type) -> Decoder:
    hints = typing.get_type_hints(kind)
    parts = {field.name: _decoder(hints[field.name]) for field in fields(kind)}
    as_stored = frozenset(name for name, part in parts.items() if part is _same)

    def decoder(data: Any) -> Any:
        # A field younger than the stored row keeps its default; one that is no more is passed over.
        return kind(
            **{
                name: value if name in as_stored else parts[name](value)
                for name, value in data.items()
                if name in parts
            }
        )

    return decoder


def _same(data: Any) -> Any:
    return data
