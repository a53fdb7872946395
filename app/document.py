"""A TOML file with the line of every key, so that messages and `bwc check` can say where a value stands (TOML 1.0)."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigError

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What a TOML file says. `lines`: key path, such as `("stores", 0, "name")`, to its line, from 1."""

    file: Path
    values: Mapping[str, object]
    lines: Mapping[KeyPath, int]

    def place(self, path: KeyPath) -> str:
        """`config.toml:12`, or the nearest section's line when the key itself is not in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return f"{self.file.name}:{self.lines[path[:length]]}"
        return self.file.name


def read_document(file: Path) -> Document:
    """Read and parse. Raises ConfigError when the file is absent, unreadable, not UTF-8 or not TOML."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{file}: expected a configuration file, got nothing; name one with --config FILE or BWC_CONFIG"
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{file}: expected UTF-8 text, got byte {error.object[error.start]:#04x} at {error.start}"
        ) from None
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: expected TOML, got a mistake: {error}") from None
    return Document(file, values, key_lines(text))


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line of every section and key of a valid TOML text; of a key given twice in arrays, each its own."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    section: KeyPath = ()
    for number, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            section = _section(parsed, counts)
            lines.setdefault(section, number)
            continue
        for path in _leaves(parsed):
            lines.setdefault((*section, *path), number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Headers and key/value pairs with the line they begin on: a pair that is cut off does not parse."""
    begun, parts = 0, ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        begun, parts = (begun, f"{parts}\n{line}") if parts else (number, line)
        if _parses(parts):
            yield begun, parts
            parts = ""


def _parses(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _section(parsed: Mapping[str, object], counts: dict[KeyPath, int]) -> KeyPath:
    """The path a header opens; `[[stores]]` counts up, `[feeds.columns]` belongs to the last `[[feeds]]`."""
    path: KeyPath = ()
    inner: object = parsed
    while isinstance(inner, dict) and inner:
        name, inner = next(iter(inner.items()))
        path = (*path, name)
        if isinstance(inner, list):  # double brackets
            counts[path] = counts.get(path, -1) + 1
            return (*path, counts[path])
        path = (*path, counts[path]) if path in counts else path
    return path


def _leaves(table: Mapping[str, object]) -> Iterator[KeyPath]:
    """The key itself, and what inline tables and dotted keys hold."""
    for key, value in table.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *rest) for rest in _leaves(value))
        elif isinstance(value, list):
            yield from _items(key, value)


def _items(key: str, values: list[object]) -> Iterator[KeyPath]:
    for position, item in enumerate(values):
        if isinstance(item, dict):
            yield from ((key, position, *rest) for rest in _leaves(item))
