"""The audit log as a list, newest first: by who did it, what, to which subject, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from domain.audit import EPOCH
from storage.queries.filters import Filters
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.schema.tables import AUDIT_ENTRY
from storage.types import MICROSECOND

COLUMNS = ("sequence", "at", "at_us", "actor", "origin", "action", "subject", "unit", "detail", "digest")
ANYTHING = "*"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is sought in the log. `actor` and `subject` may end in `*`: everything that begins like that."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None


def audit_list(sought: Sought) -> ListQuery:
    """The log narrowed to what is sought; `from`, `to` and the scope come as filters."""

    def source(_connection: Connection, filters: Filters) -> Select[Any]:
        return select(AUDIT_ENTRY).where(*_conditions(sought), *_limits(filters))

    return ListQuery("audit", COLUMNS, (AUDIT_ENTRY.c.sequence,), source, _dress, ("since", "until"), newest_first=True)


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    wanted = []
    for column, value in ((AUDIT_ENTRY.c.actor, sought.actor), (AUDIT_ENTRY.c.subject, sought.subject)):
        if value is not None and value.endswith(ANYTHING):
            wanted.append(column.startswith(value.removesuffix(ANYTHING), autoescape=True))
        elif value is not None:
            wanted.append(column == value)
    if sought.action is not None:
        wanted.append(AUDIT_ENTRY.c.action == sought.action)
    return wanted


def _limits(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.since is not None:
        wanted.append(AUDIT_ENTRY.c.at >= filters.since)
    if filters.until is not None:
        wanted.append(AUDIT_ENTRY.c.at < filters.until)
    if filters.scope is not None:  # what belongs to no unit is shown to those who see every unit
        wanted.append(AUDIT_ENTRY.c.unit.in_(filters.scope))
    return wanted


def _dress(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [
        [{**{name: raw.get(name) for name in COLUMNS}, "at_us": (raw["at"] - EPOCH) // MICROSECOND}] for raw in raws
    ]
