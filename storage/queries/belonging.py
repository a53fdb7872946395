"""Which units a clip belongs to: that of its camera or store, and those of the activities it is linked to."""

from sqlalchemy import Connection, and_, func, select

from domain.link import LinkStatus
from storage.queries.filters import FEED_KINDS
from storage.schema.tables import CLIP, LINK, RECORD, STORE, STORED
from storage.versions import current


def units_of_clip(connection: Connection, file_id: int) -> frozenset[str | None]:
    """Codes of the units whose people may see the clip; empty for a file that no scan has seen."""
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).outerjoin(
        CLIP, and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP))
    )
    own = select(func.coalesce(CLIP.c.unit, STORE.c.unit)).select_from(joined)
    found = set(connection.execute(own.where(current(STORED), STORED.c.file_id == file_id)).scalars())
    made = and_(current(LINK), LINK.c.file_id == file_id, LINK.c.status == LinkStatus.LINKED.value)
    for kind, record_kind in FEED_KINDS.items():
        of_activity = and_(RECORD.c.kind == record_kind, RECORD.c.key == LINK.c.number, current(RECORD))
        units = select(RECORD.c.unit).select_from(LINK.join(RECORD, of_activity)).where(made, LINK.c.kind == kind)
        found |= set(connection.execute(units).scalars())
    return frozenset(found)
