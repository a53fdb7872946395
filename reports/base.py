"""What a report is: named columns, rows made of JSON values only, totals with denominators; and how one is made.

A report is a function of the database as it was known at a time, of a period and of units. Made again later with the
same three it gives the same rows and so the same digest: it reads versions, and decisions by the time they were taken.
A document is a report of several tables: its own, which comes first, and its parts.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from domain.errors import UsageError
from domain.period import Period
from domain.wording import say
from storage.queries import as_of
from storage.queries.decided import rule_set_known
from storage.queries.filters import Filters
from storage.queries.unit_register import unit_names
from storage.scans import scan_finished_by

Word = tuple[str, str]
Row = Mapping[str, Any]
MOST_ROWS = 100_000


class Form(StrEnum):
    """How values of a column are shown."""

    TEXT = "text"
    NUMBER = "number"
    SHARE = "share"  # 0 to 1
    TIME = "time"  # ISO 8601 in UTC
    LENGTH = "length"  # seconds
    LIST = "list"  # of texts or words
    STATEMENT = "statement"  # `中文 / English`
    PICTURE = "picture"  # a time line (`reports.moments`): drawn where a format can, else told
    STILL = "still"  # a moment of a clip (`reports.stills`): shown where the picture is at hand, else told


DRAWN = (Form.PICTURE, Form.STILL)
"""Shown as pictures under a row, not as cells of it."""


class Draw(StrEnum):
    """How a chart shows its columns."""

    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `words`: what its values are called. `compared` False: a change of it alone is no change."""

    key: str
    title: Word
    form: Form = Form.TEXT
    words: Mapping[str, Word] = field(default_factory=dict)
    compared: bool = True


@dataclass(frozen=True, slots=True)
class Total:
    """One figure over all rows; `of` is its denominator, where it has one."""

    key: str
    title: Word
    value: int | float | None
    of: int | float | None = None
    form: Form = Form.NUMBER


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of a table, drawn from its rows in their order: a point or bar for each row.

    `across`: the column that names them; `values`: the columns that are drawn, all of one form.
    """

    title: Word
    draw: Draw
    across: str
    values: tuple[str, ...]


def no_totals(_rows: Sequence[Row]) -> Sequence[Total]:
    """Of a table without figures over all its rows."""
    return ()


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a report. `key`: columns that name a row."""

    name: str
    title: Word
    about: Word
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    totals: Callable[[Sequence[Row]], Sequence[Total]] = no_totals
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A table with its rows."""

    part: Part
    rows: Sequence[Row]
    totals: Sequence[Total]


@dataclass(frozen=True, slots=True)
class Tables:
    """The rows of a document, read at once: of its own table, and of its parts by name."""

    own: Sequence[Row]
    parts: Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is wanted of. `scope`: codes of the units that may be shown at all, None for every unit."""

    period: Period
    as_of: datetime
    unit: str | None = None
    scope: tuple[str, ...] | None = None

    def filters(self) -> Filters:
        """For lists that go by time."""
        return Filters(unit=self.unit, scope=self.scope, since=self.period.span.start, until=self.period.span.end)


@dataclass(frozen=True, slots=True)
class Report:
    """A named report. `key`: columns that name a row; `parts`: further tables, whose rows `rows` gives as well.

    `heading`: what the report's own table is called among them.
    """

    name: str
    title: Word
    about: Word
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[Connection, Asked], Sequence[Row] | Tables]
    totals: Callable[[Sequence[Row]], Sequence[Total]]
    charts: tuple[Chart, ...] = ()
    parts: tuple[Part, ...] = ()
    heading: Word | None = None

    @property
    def own(self) -> Part:
        """The table that comes first, under the report's name."""
        return Part(self.name, self.heading or self.title, self.about, self.columns, self.key, self.totals, self.charts)

    @property
    def all_tables(self) -> tuple[Part, ...]:
        return (self.own, *self.parts)


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was made. `scan`: the last one that had finished then; `units`: names by code, known then."""

    report: Report
    asked: Asked
    scan: int
    rule_set: str | None
    filled: tuple[Filled, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """Of the report's own table."""
        return self.filled[0].rows

    @property
    def totals(self) -> Sequence[Total]:
        """Of the report's own table."""
        return self.filled[0].totals

    @property
    def tables(self) -> list[dict[str, Any]]:
        """The content, as it is filed and hashed: what was asked stands with the first table."""
        asked = {
            "period": self.asked.period.word,
            "unit": self.asked.unit,
            "scope": None if self.asked.scope is None else sorted(self.asked.scope),
        }
        first, *others = (_table(one) for one in self.filled)
        return [{**first, **asked}, *others]

    @property
    def digest(self) -> str:
        return digest_of(self.tables)


def _table(filled: Filled) -> dict[str, Any]:
    columns = filled.part.columns
    return {
        "name": filled.part.name,
        "columns": [column.key for column in columns],
        "rows": [[row.get(column.key) for column in columns] for row in filled.rows],
        "totals": {total.key: [total.value, total.of] for total in filled.totals},
    }


def digest_of(tables: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of the tables, piece by piece."""
    digest = hashlib.sha256()
    for at, table in enumerate(tables):
        digest.update(b",{" if at else b"[{")
        for number, key in enumerate(sorted(table)):
            digest.update(_canonical(key, "," if number else "") + b":")
            _digest_value(digest, table[key])
        digest.update(b"}")
    digest.update(b"]" if tables else b"[]")
    return digest.hexdigest()


def _digest_value(digest: "hashlib._Hash", value: Any) -> None:
    """A list row by row."""
    if not isinstance(value, list):
        digest.update(_canonical(value))
        return
    digest.update(b"[")
    for at, row in enumerate(value):
        digest.update(_canonical(row, "," if at else ""))
    digest.update(b"]")


def _canonical(value: Any, before: str = "") -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return (before + text).encode("utf-8", "surrogatepass")


def make(connection: Connection, report: Report, asked: Asked) -> Made:
    """Make a report as of its time. Raises NothingKnownYet before the first scan, UsageError for too many rows."""
    with as_of(connection, asked.as_of):
        scan = scan_finished_by(connection, asked.as_of)
        assert scan is not None
        filled = tuple(_filled(report, report.rows(connection, asked)))
        return Made(report, asked, scan, rule_set_known(connection), filled, unit_names(connection))


def _filled(report: Report, found: Sequence[Row] | Tables) -> Iterator[Filled]:
    tables = found if isinstance(found, Tables) else Tables(found, {})
    for part in report.all_tables:
        rows = tuple(tables.own if part.name == report.name else tables.parts[part.name])
        if len(rows) > MOST_ROWS:
            text = say(f"报表超过 {MOST_ROWS} 行，请缩小期间或单位", f"report: expected at most {MOST_ROWS} rows")
            raise UsageError(text)
        totals = tuple(part.totals(rows))  # they may rest on more than is shown
        keys = dict.fromkeys(column.key for column in part.columns)
        shown = tuple(row if row.keys() == keys.keys() else {key: row.get(key) for key in keys} for row in rows)
        yield Filled(part, shown, totals)


def share(part: float, whole: float) -> float | None:
    """A share, None where there is nothing to have a share of."""
    return part / whole if whole else None


def iso(moment: datetime | None) -> str | None:
    """A time as a report keeps it."""
    return None if moment is None else moment.isoformat()
