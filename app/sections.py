"""One TOML table → one frozen dataclass: unknown keys, missing keys and wrong types are refused with words.

A key's type is the field's type, so a new field in a settings dataclass is a new key with no line written here.
"""

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from app.document import Document, KeyPath
from domain.errors import ConfigError

Section = typing.TypeVar("Section")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the file: its path there, how messages call it, and what it holds."""

    document: Document
    path: KeyPath
    label: str
    values: Mapping[str, object]

    def error(self, key: str | None, text: str) -> ConfigError:
        """What is wrong at a key (or in the whole section), ready to raise."""
        path = self.path if key is None else (*self.path, key)
        subject = self.label if key is None else f"{self.label} {key}"
        return ConfigError(f"{self.document.place(path)}: {subject}: {text}")

    def origin(self, key: str) -> str:
        """Where a value of this section comes from: `config.toml:12` or `default`."""
        return self.document.place((*self.path, key)) if key in self.values else "default"


def read_section(kind: type[Section], table: Table, extra: Iterable[str] = ()) -> Section:
    """Make a settings dataclass from a table; `extra` keys are allowed but left to the caller. Raises ConfigError."""
    hints = typing.get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    refuse_unknown(table, [*fields, *extra])
    absent = [name for name, field in fields.items() if name not in table.values and _required(field)]
    if absent:
        raise table.error(None, f"expected the key {' and '.join(absent)}, got none")
    given = {name: convert(table, name, hints[name]) for name in fields if name in table.values}
    try:
        return kind(**given)
    except (ValueError, TypeError) as error:
        raise table.error(None, str(error)) from None


def refuse_unknown(table: Table, known: Iterable[str]) -> None:
    """Raise ConfigError for the first key that nobody reads, naming the closest one that exists."""
    known = tuple(known)
    for key in table.values:
        if key not in known:
            raise table.error(key, f"unknown key; {closest(key, known)}")


def closest(word: str, known: Iterable[str]) -> str:
    """A hint: the closest known word, or all of them when none is near."""
    known = tuple(known)
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"expected one of {', '.join(known)}"


def convert(table: Table, key: str, hint: typing.Any) -> object:
    """The value of a key as its field's type. Raises ConfigError with expected and got."""
    value = table.values[key]
    hint = _without_none(hint)
    origin = typing.get_origin(hint)
    if origin is tuple:
        return _strings(table, key, value)
    if origin is not None and issubclass(origin, Mapping):
        return _string_table(table, key, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return _member(table, key, hint)
    return _scalar(table, key, hint)


def _scalar(table: Table, key: str, hint: type) -> object:
    value = table.values[key]
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        advice = "; put it in quotes" if hint is str and isinstance(value, int | float) else ""
        raise table.error(key, f"expected {TOML_WORDS.get(hint, hint.__name__)}, got {described(value)}{advice}")
    if isinstance(value, float) and not math.isfinite(value):
        raise table.error(key, f"expected a finite number, got {value}")
    if isinstance(value, str) and not value.strip():
        raise table.error(key, "expected some text, got an empty string")
    if isinstance(value, int | float) and value < 0:  # no setting means anything below zero
        raise table.error(key, f"expected zero or more, got {value:g}")
    if isinstance(value, int | float) and value > 1 and key.endswith(("_share", "_ratio", "_score")):
        raise table.error(key, f"expected a part from 0 to 1, got {value:g}")
    return value


def _member(table: Table, key: str, kind: type[StrEnum]) -> StrEnum:
    value = table.values[key]
    try:
        return kind(str(value))
    except ValueError:
        words = ", ".join(member.value for member in kind)
        raise table.error(key, f"expected one of {words}, got {described(value)}") from None


def _strings(table: Table, key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise table.error(key, f"expected an array of strings, got {described(value)}")
    wrong = next((item for item in value if not isinstance(item, str)), None)
    if wrong is not None:
        raise table.error(key, f"expected an array of strings, got one with {described(wrong)}")
    return tuple(value)


def _string_table(table: Table, key: str, value: object) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise table.error(key, f"expected a table of strings, got {described(value)}")
    for name, item in value.items():
        if not isinstance(item, str) or not item.strip():
            raise table.error(key, f"{name}: expected a string, got {described(item)}")
    return types.MappingProxyType(dict(value))


def _required(field: "dataclasses.Field[typing.Any]") -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _without_none(hint: typing.Any) -> typing.Any:
    """`str | None` → `str`; TOML has no null, so None only ever means that the key is absent."""
    if typing.get_origin(hint) not in (types.UnionType, typing.Union):
        return hint
    return next(part for part in typing.get_args(hint) if part is not type(None))


TOML_WORDS: Mapping[type, str] = types.MappingProxyType(
    {
        str: "a string",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        list: "an array",
        dict: "a table",
        datetime: "a date-time",
        date: "a date",
        time: "a time",
    }
)


def described(value: object) -> str:
    """A TOML value in words: `the string "120"`, `a table`."""
    word = TOML_WORDS.get(type(value), type(value).__name__)
    if isinstance(value, dict | list):
        return word
    shown = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{word} {shown}"
