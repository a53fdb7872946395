"""Versions of a fact one after another: what came, changed, went and came again, and in which scan."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select

from storage.queries.raws import Raw, every_version
from storage.versions import chunks, ended_by


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one fact: `before` None, it came (`again`: it had been there earlier); `after` None, it went."""

    scan: int
    before: Raw | None
    after: Raw | None
    again: bool = False

    @property
    def row(self) -> Raw:
        """The newest version that tells what the fact is about."""
        found = self.after if self.after is not None else self.before
        assert found is not None
        return found


Differences = list[tuple[str, Any, Any]]
"""(field, before, after)."""


def steps(versions: Iterable[Raw]) -> Iterator[Step]:
    """The changes of one fact, oldest first."""
    before: Raw | None = None
    for row in sorted(versions, key=lambda version: (version["since_scan"], version["id"])):
        if before is None:
            yield Step(row["since_scan"], None, row)
        elif (end := ended_by(before)) in (None, row["since_scan"]):
            yield Step(row["since_scan"], before, row)
        else:
            yield Step(end, before, None)
            yield Step(row["since_scan"], None, row, again=True)
        before = row
    if before is not None and (end := ended_by(before)) is not None:
        yield Step(end, before, None)


def successions(rows: Iterable[Raw], *key: str) -> Iterator[Step]:
    """The changes of many facts, fact by fact; `key` names what tells them apart."""
    facts: dict[tuple[Any, ...], list[Raw]] = {}
    for row in rows:
        facts.setdefault(tuple(row[name] for name in key), []).append(row)
    for identity in sorted(facts, key=repr):
        yield from steps(facts[identity])


def versions(connection: Connection, table: Table, *where: ColumnElement[bool]) -> Sequence[Raw]:
    """Every version known of the facts under a condition, in the order in which they were written."""
    return sorted(every_version(connection, select(table), table, *where), key=lambda row: int(row["id"]))


def versions_of(connection: Connection, table: Table, column: ColumnElement[Any], values: Iterable[Any]) -> list[Raw]:
    """Every version known of the facts whose column has one of many values."""
    return [row for part in chunks(values) for row in versions(connection, table, column.in_(part))]


def differences(before: Raw, after: Raw, names: Iterable[str]) -> Differences:
    """The fields among `names` whose values differ."""
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
