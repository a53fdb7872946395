"""Which units a clip belongs to: that of its camera or store, and those of the activities it is linked to; and which
numbers of activities somebody may read.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, and_, func, select

from domain.activity import RECORD_KINDS
from domain.link import LinkStatus
from storage.queries.ways import unindexed
from storage.schema.tables import CLIP, LINK, RECORD, STORE, STORED
from storage.versions import chunks, current


def units_of_clip(connection: Connection, file_id: int) -> frozenset[str | None]:
    """Codes of the units whose people may see the clip; empty for a file that no scan has seen."""
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).outerjoin(
        CLIP, and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP))
    )
    own = select(func.coalesce(CLIP.c.unit, STORE.c.unit)).select_from(joined)
    found = set(connection.execute(own.where(current(STORED), STORED.c.file_id == file_id)).scalars())
    # Links first, then their records: joined, a database may begin with the records of the whole city.
    linked = and_(current(LINK), LINK.c.file_id == file_id, unindexed(LINK.c.status) == LinkStatus.LINKED.value)
    for kind, number in connection.execute(select(LINK.c.kind, LINK.c.number).where(linked)).all():
        mine = (current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key == number)
        found |= set(connection.execute(select(RECORD.c.unit).where(*mine)).scalars())
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
