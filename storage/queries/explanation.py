"""The answer of `explain` as plain parts; times stay instants in tables, so that the reader's zone applies to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from storage.queries.words import label

Cells = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ExplainSection:
    """One part: statements, a table, or both. Neither means that there is nothing of this kind."""

    title_zh: str
    title_en: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Cells, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is explained, and the parts of the answer in reading order."""

    title: str
    sections: tuple[ExplainSection, ...]


def table(
    title: tuple[str, str], columns: Sequence[str], rows: Iterable[Sequence[Any]], lines: Iterable[str] = ()
) -> ExplainSection:
    """A section with a table; `title` is Chinese and English."""
    return ExplainSection(*title, tuple(lines), tuple(map(label, columns)), tuple(tuple(row) for row in rows))


def facts(title: tuple[str, str], pairs: Iterable[tuple[str, Any]], lines: Iterable[str] = ()) -> ExplainSection:
    """A section that names one fact a row; what is absent is left out."""
    known = [(label(name), value) for name, value in pairs if value not in (None, [], {}, (), "")]
    return table(title, ("item", "value"), known, lines)


def bounded(rows: Sequence[Cells], most: int) -> tuple[Sequence[Cells], tuple[str, ...]]:
    """At most so many rows, and a line that says how many are left out."""
    left = len(rows) - most
    note = (f"另有 {left} 行未列出 / {left} more rows are not shown",) if left > 0 else ()
    return rows[:most], note
