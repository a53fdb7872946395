"""The activities of a stretch of time as the overview counts them, with findings as they stood at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, select

from domain.activity import ActivityKind
from domain.timespan import Span
from storage.queries.decided import decided_by
from storage.schema.tables import RECORD, SCAN
from storage.tallies import Counted, counted
from storage.versions import viewed, viewing

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
    found = _latest(connection, mine, zone)
    found = _read(connection, mine, zone) if found is None else found
    decide(connection, found, when)
    return found


def _latest(connection: Connection, mine: ColumnElement[bool], zone: ZoneInfo) -> Activities | None:
    """Where the view is that of the newest scan: the same from the current rows, which indexes serve. None where it is
    not, or another scan began meanwhile.
    """
    if (scan := viewed()) is None or _newest(connection) != scan:
        return None
    with viewing(None):
        found = _read(connection, mine, zone)
        return found if _newest(connection) == scan else None


def _newest(connection: Connection) -> int | None:
    return connection.execute(select(func.max(SCAN.c.id))).scalar()


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
