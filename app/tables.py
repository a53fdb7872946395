"""Tables for people: Chinese headings first, fitted to a terminal, one line a row everywhere else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from app.headings import heading
from app.output import Row, json_line, plain
from app.visible import visible

WIDE = 100_000  # columns of a stream that is no terminal: nothing is wrapped or cut


def console_for(stream: TextIO) -> Console:
    """A console that wraps on a terminal only, and never reads markup in data."""
    width = None if stream.isatty() else WIDE
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False, soft_wrap=False)


def print_rows(console: Console, columns: Sequence[str], rows: Iterable[Row], zone: ZoneInfo) -> None:
    """Print rows as one table."""
    table = new_table([heading(column) for column in columns])
    for row in rows:
        table.add_row(*[cell(row.get(column), zone) for column in columns])
    console.print(table)


def new_table(headings: Sequence[str], numbers: Iterable[int] = ()) -> Table:
    """An empty table in the house style; columns at `numbers` are aligned right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    right = set(numbers)
    for position, text in enumerate(headings):
        table.add_column(Text(text), overflow="fold", justify="right" if position in right else "left")
    return table


def cell(value: object, zone: ZoneInfo) -> Text:
    """A value in words: absent is a dash, lists joined, mappings `key=value`; control characters made visible."""
    return Text(visible(_words(plain(value, zone))))


def _words(value: object) -> str:
    if value is None or value in ([], {}, ""):
        return "-"
    if isinstance(value, bool):
        return "是 yes" if value else "否 no"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    if isinstance(value, list):
        return "; ".join(_words(item) for item in value)
    if isinstance(value, Mapping):
        return " ".join(f"{key}={_words(item)}" for key, item in value.items())
    return value if isinstance(value, str) else json_line(value)
