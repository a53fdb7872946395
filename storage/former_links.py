"""Links that a file had when it was lost. Its footage is nobody's from then on and its links end; what it was evidence
of does not."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, select

from domain.clip import FileState
from domain.link import Link, LinkStatus
from storage.links import link_of
from storage.schema.tables import LINK, STORED
from storage.versions import chunks, current


def links_at_loss(connection: Connection, file_ids: Collection[int] | None = None) -> dict[int, list[Link]]:
    """By missing file the links that held when it was last seen; of all missing files where none are named."""
    if file_ids is None:
        return _at_loss(connection, [])
    found: dict[int, list[Link]] = {}
    for part in chunks(sorted(file_ids)):
        found |= _at_loss(connection, [LINK.c.file_id.in_(part)])
    return found


def _at_loss(connection: Connection, where: Collection[ColumnElement[bool]]) -> dict[int, list[Link]]:
    lost = current(STORED) & (STORED.c.state == FileState.MISSING.value)
    ended = LINK.c.until_scan >= STORED.c.since_scan  # with the loss, or by what it caused; none of them is made later
    query = (
        select(LINK)
        .select_from(STORED.join(LINK, LINK.c.file_id == STORED.c.file_id))
        .where(lost, ended, LINK.c.since_scan < STORED.c.since_scan, LINK.c.status == LinkStatus.LINKED.value, *where)
        .order_by(LINK.c.file_id, LINK.c.number, LINK.c.id)
    )
    found: dict[int, list[Link]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["file_id"], []).append(link_of(row))
    return found
