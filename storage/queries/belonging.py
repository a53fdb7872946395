"""Which units a clip belongs to: that of its camera or store, and those of the activities it is linked to; and which
numbers of activities somebody may read.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, and_, func, select

from domain.activity import RECORD_KINDS
from domain.link import LinkStatus
from storage.schema.tables import CLIP, LINK, RECORD, STORE, STORED
from storage.versions import chunks, current


def units_of_clip(connection: Connection, file_id: int) -> frozenset[str | None]:
    """Codes of the units whose people may see the clip; empty for a file that no scan has seen."""
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).outerjoin(
        CLIP, and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP))
    )
    own = select(func.coalesce(CLIP.c.unit, STORE.c.unit)).select_from(joined)
    found = set(connection.execute(own.where(current(STORED), STORED.c.file_id == file_id)).scalars())
    made = and_(current(LINK), LINK.c.file_id == file_id, LINK.c.status == LinkStatus.LINKED.value)
    for kind, record_kind in RECORD_KINDS.items():
        of_activity = and_(RECORD.c.kind == record_kind, RECORD.c.key == LINK.c.number, current(RECORD))
        units = select(RECORD.c.unit).select_from(LINK.join(RECORD, of_activity)).where(made, LINK.c.kind == kind)
        found |= set(connection.execute(units).scalars())
    return frozenset(found)


def numbers_seen(connection: Connection, numbers: Iterable[str], units: Collection[str] | None) -> set[str]:
    """Those of the numbers whose activities belong to these units; None: all of them."""
    wanted = set(numbers)
    if units is None:
        return wanted
    found: set[str] = set()
    for part in chunks(sorted(wanted)):
        kinds = RECORD.c.kind.in_(RECORD_KINDS.values())
        query = select(RECORD.c.key).where(current(RECORD), kinds, RECORD.c.key.in_(part), RECORD.c.unit.in_(units))
        found |= set(connection.execute(query).scalars())
    return found
