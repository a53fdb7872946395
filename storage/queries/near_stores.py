"""Which stores could hold the footage of an activity: those of its unit and its officers' units, and of no unit."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from domain.activity import RECORD_KINDS
from storage.schema.tables import LINK, RECORD, STORE, STORED
from storage.versions import current

FEW = 12
"""So many stores are all told of, whosever they are."""


def near_stores(
    connection: Connection, kind: str, number: str, unit: str | None, officers: Iterable[str]
) -> tuple[frozenset[str] | None, int]:
    """Names of the stores that matter to an activity, and how many others there are; (None, 0): all matter.

    A store matters when its unit is the activity's, one of its officers' or above these, when it has none, or when a
    clip linked to the activity lies there.
    """
    stores = connection.execute(select(STORE.c.id, STORE.c.name, STORE.c.unit).where(STORE.c.active)).all()
    if len(stores) <= FEW or kind not in RECORD_KINDS:
        return None, 0
    units = _with_those_above(connection, {*_units_of(connection, officers), *([unit] if unit else [])})
    joined = LINK.join(STORED, STORED.c.file_id == LINK.c.file_id)
    mine = (current(LINK), current(STORED), LINK.c.kind == kind, LINK.c.number == number)
    holding = set(connection.execute(select(STORED.c.store_id).select_from(joined).where(*mine).distinct()).scalars())
    names = frozenset(row.name for row in stores if row.unit is None or row.unit in units or row.id in holding)
    return names, len(stores) - len(names)


def _units_of(connection: Connection, officers: Iterable[str]) -> set[str]:
    mine = (current(RECORD), RECORD.c.kind == "officers", RECORD.c.key.in_(list(officers)), RECORD.c.unit.is_not(None))
    return set(connection.execute(select(RECORD.c.unit).where(*mine)).scalars())


def _with_those_above(connection: Connection, units: set[str]) -> set[str]:
    """The units and all above them; a circle in the register ends where it began."""
    found, waiting = set(units), set(units)
    while waiting:
        mine = (current(RECORD), RECORD.c.kind == "units", RECORD.c.key.in_(list(waiting)))
        above = select(RECORD.c.group_key).where(*mine)
        waiting = {code for code in connection.execute(above).scalars() if code} - found
        found |= waiting
    return found
