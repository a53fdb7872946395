"""`bwc explain`: draws what the database can prove about one thing. It decides nothing and adds nothing."""

from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from app.headings import heading
from app.tables import cell, new_table
from app.visible import visible
from storage.queries.words import label, worded

FACTS = (label("item"), label("value"))
"""Columns of a section that names one fact a row."""


class ExplainSection(Protocol):
    """One part: statements, or a table of `columns` and `rows`, or both."""

    @property
    def title_zh(self) -> str: ...

    @property
    def title_en(self) -> str: ...

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def rows(self) -> Sequence[Sequence[object]]: ...


class Explanation(Protocol):
    """What is explained, and the parts of the answer in reading order."""

    @property
    def title(self) -> str: ...

    @property
    def sections(self) -> Sequence[ExplainSection]: ...


def print_explanation(console: Console, explanation: Explanation, zone: ZoneInfo) -> None:
    """Title, then every section under its heading; an empty section says so."""
    console.print(Text(visible(explanation.title), style="bold"))
    for section in explanation.sections:
        print_section(console, section, zone)


def print_section(console: Console, section: ExplainSection, zone: ZoneInfo) -> None:
    console.print()
    console.print(Text(visible(f"{section.title_zh} / {section.title_en}"), style="bold cyan"))
    for line in section.lines:
        console.print(Text.assemble("  ", visible(line)))
    if section.rows:
        table = new_table([heading(column) for column in section.columns])
        for row in section.rows:
            table.add_row(*[cell(value, zone) for value in worded_cells(section.columns, row)])
        console.print(table)
    if not section.lines and not section.rows:
        console.print("  (无 / none)")


def worded_cells(columns: Sequence[str], row: Sequence[object]) -> list[object]:
    """The row with Chinese words before values of vocabularies; a row of facts names its key in its first cell."""
    if tuple(columns) == FACTS:
        return [row[0], *(worded(str(row[0]), value) for value in row[1:])]
    return [worded(column, value) for column, value in zip(columns, row, strict=True)]
