"""Domain values ↔ JSON: times as ISO 8601 with offset, durations as whole microseconds, tuples as lists.

Decoding goes by the dataclass's own type hints, so a value comes back equal to what was stored. How a type is decoded
is found out once, not for every value: a scan does this for each of its facts. Reading is left to Python's own `json`:
the quicker library makes a float of a number of twenty digits, and somebody may push one.
"""

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast, get_args, get_origin

import orjson

from storage.types import MICROSECOND

T = TypeVar("T")
Decoder = Callable[[Any], Any]


class Written:
    """JSON that is written already, maybe by another process: a column takes it as it is. Equals the value it says.

    `packed`: the same compressed, where somebody has done that (`storage.packed`).
    """

    __slots__ = ("packed", "text")

    def __init__(self, text: str, packed: bytes | None = None) -> None:
        self.text, self.packed = text, packed

    def __reduce__(self) -> tuple[type["Written"], tuple[str, bytes | None]]:
        return Written, (self.text, self.packed)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Written):
            return self.text == other.text
        return bool(json.loads(self.text) == other)

    __hash__ = None  # type: ignore[assignment]  # equal to values that have none


_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME
"""Times are written by Python: the library rounds an offset to minutes, and zones before 1927 have seconds."""


def encode(value: Any) -> Any:
    """A JSON-ready copy of a domain value."""
    if value is None or value.__class__ is Written:
        return value
    try:
        return orjson.loads(orjson.dumps(value, _plain, _OPTIONS))
    except orjson.JSONEncodeError:  # half a surrogate pair, a number of more than 64 bits: rare, and still to be kept
        return _copied(value)


def written(value: Any) -> Written:
    """A domain value as JSON text: what `encode` and `dumps` say of it, without the copy between."""
    try:
        return Written(orjson.dumps(value, _plain, _OPTIONS).decode())
    except orjson.JSONEncodeError:
        return Written(dumps(_copied(value)))


def dumps(value: Any) -> str:
    """JSON text of a JSON-ready value, as short as it can be."""
    if value.__class__ is Written:
        return str(value.text)
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What JSON has no word for, in words that it has."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value // MICROSECOND
    return dict(value) if isinstance(value, Mapping) else list(value)


def _copied(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if is_dataclass(value):
        return {field.name: _copied(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _copied(item) for key, item in value.items()}
    return _copied(_plain(value))


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
