"""The life of one finding: what people decided, and what the program found, changed and resolved, with its causes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from domain.history import ChangeCause, ChangeKind
from domain.review import ReviewEntry
from storage.queries.history import history
from storage.reviews import entries_of_findings

BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cause:
    """One fact that a change followed from: a file that arrived, a clock estimated anew."""

    what: ChangeCause
    item: str
    field: str | None = None
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Happening:
    """A decision (`entry`), or what the program did in scan `scan` (`change`, with the fields that changed)."""

    at: datetime | None
    entry: ReviewEntry | None = None
    change: ChangeKind | None = None
    scan: int | None = None
    fields: tuple[tuple[str, Any, Any], ...] = ()
    causes: tuple[Cause, ...] = ()


def history_of(connection: Connection, key: str) -> list[Happening]:
    """Everything that happened to a finding, newest last."""
    entries = entries_of_findings(connection, [key]).get(key, [])
    found = [*_of_program(connection, key), *(Happening(entry.at, entry) for entry in entries)]
    return sorted(found, key=lambda one: (one.at or BEGINNING, one.entry is not None, one.entry and one.entry.number))


def _of_program(connection: Connection, key: str) -> Iterator[Happening]:
    """One happening for each scan that changed the finding."""
    told = history(connection, key)
    if told is None:
        return
    changes, details = told.sections
    steps: dict[tuple[int, ChangeKind], list[tuple[Any, ...]]] = {}
    for row in changes.rows:
        steps.setdefault((row[0], row[3]), []).append(row)
    for (scan, kind), rows in steps.items():
        fields = tuple((row[4], row[5], row[6]) for row in rows if row[4] is not None)
        named = tuple(word for word in rows[0][7])
        yield Happening(rows[0][1], None, kind, scan, fields, tuple(_causes(named, scan, details.rows)))


def _causes(named: tuple[str, ...], scan: int, details: tuple[tuple[Any, ...], ...]) -> Iterator[Cause]:
    """The causes by name, each with the facts of the same scan that are of it."""
    for word in named:
        code = ChangeCause(word.rpartition(" ")[2])
        facts = [row for row in details if row[0] == scan and row[2] == code and row[3]]
        yield from (Cause(code, *row[3:]) for row in facts)
        if not facts:
            yield Cause(code, "")
