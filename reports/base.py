"""What a report is: named columns, rows made of JSON values only, totals with denominators; and how one is made.

A report is a function of the database as it was known at a time, of a period and of units. Made again later with the
same three it gives the same rows and so the same digest: it reads versions, and decisions by the time they were taken.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
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
    """A named report. `key`: columns that name a row; `link`: (kind, subject) of what a row is about."""

    name: str
    title: Word
    about: Word
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[Connection, Asked], Sequence[Row]]
    totals: Callable[[Sequence[Row]], Sequence[Total]]


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was made. `scan`: the last one that had finished then."""

    report: Report
    asked: Asked
    scan: int
    rule_set: str | None
    rows: tuple[Row, ...]
    totals: tuple[Total, ...]

    @property
    def tables(self) -> list[dict[str, Any]]:
        """The content, as it is filed and hashed."""
        return [
            {
                "name": self.report.name,
                "period": self.asked.period.word,
                "unit": self.asked.unit,
                "scope": None if self.asked.scope is None else sorted(self.asked.scope),
                "columns": [column.key for column in self.report.columns],
                "rows": [[row.get(column.key) for column in self.report.columns] for row in self.rows],
                "totals": {total.key: [total.value, total.of] for total in self.totals},
            }
        ]

    @property
    def digest(self) -> str:
        return digest_of(self.tables)


def digest_of(tables: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of the canonical JSON (sorted keys, no blanks, UTF-8) of a report's tables."""
    text = json.dumps(tables, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make(connection: Connection, report: Report, asked: Asked) -> Made:
    """Make a report as of its time. Raises NothingKnownYet before the first scan, UsageError for too many rows."""
    with as_of(connection, asked.as_of):
        scan = scan_finished_by(connection, asked.as_of)
        assert scan is not None
        rows = tuple(report.rows(connection, asked))
        if len(rows) > MOST_ROWS:
            text = say(f"报表超过 {MOST_ROWS} 行，请缩小期间或单位", f"report: expected at most {MOST_ROWS} rows")
            raise UsageError(text)
        return Made(report, asked, scan, rule_set_known(connection), rows, tuple(report.totals(rows)))


def share(part: float, whole: float) -> float | None:
    """A share, None where there is nothing to have a share of."""
    return part / whole if whole else None


def iso(moment: datetime | None) -> str | None:
    """A time as a report keeps it."""
    return None if moment is None else moment.isoformat()
