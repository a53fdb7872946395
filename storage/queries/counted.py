"""The activities of a stretch of time as the overview counts them, with findings as they stood at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection

from domain.activity import ActivityKind
from domain.timespan import Span
from storage.queries.as_of import from_current
from storage.queries.decided import decided_by
from storage.schema.tables import RECORD
from storage.tallies import Counted, counted

Activities = dict[tuple[str, str], Counted]
"""By kind and number."""


def counted_activities(
    connection: Connection, units: Sequence[str] | None, span: Span, zone: ZoneInfo, when: datetime
) -> Activities:
    """Activities whose time lies in the stretch, in the order of kind and number; `units` None: of every unit.

    Facts are those of the view, decisions those until `when`.
    """
    mine = (RECORD.c.at >= span.start) & (RECORD.c.at < span.end)
    mine = mine if units is None else mine & RECORD.c.unit.in_(units)
    found = from_current(connection, lambda: _read(connection, mine, zone))
    decide(connection, found, when)
    return found


def _read(connection: Connection, mine: ColumnElement[bool], zone: ZoneInfo) -> Activities:
    found: Activities = {}
    for kind in ActivityKind:
        some = counted(connection, kind.value, mine, zone)
        found |= {(kind.value, number): some[number] for number in sorted(some)}
    return found


def decide(connection: Connection, activities: Activities, when: datetime) -> None:
    """Give each finding the state that it had at a time: decisions change the standing version in place."""
    keys = sorted({key for one in activities.values() for key in one.findings})
    then = decided_by(connection, keys, when)
    for one in activities.values():
        for key, found in one.findings.items():
            if key in then:
                one.findings[key] = replace(found, status=then[key].status, decided_at=then[key].at)
