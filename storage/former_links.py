"""Links that a file had when it was lost. Its footage is nobody's from then on and its links end; what it was evidence
of does not."""

from collections.abc import Iterable, Set
from typing import Any

from sqlalchemy import Connection, Select, select, true

from domain.clip import FileState
from domain.link import Link, LinkStatus
from storage.among import among
from storage.links import link_of
from storage.schema.tables import LINK, STORED
from storage.versions import chunks, current

MANY = 2000


def links_at_loss(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Link]]:
    """By missing file the links that held when it was last seen."""
    found: dict[int, list[Link]] = {}
    for part in chunks(sorted(file_ids)):
        query = _at_loss(LINK).where(among(LINK.c.file_id, part))
        for row in connection.execute(query.order_by(LINK.c.file_id, LINK.c.number, LINK.c.id)).mappings():
            found.setdefault(row["file_id"], []).append(link_of(row))
    return found


def lost_files(connection: Connection, activities: Set[tuple[str, str]]) -> set[int]:
    """Missing files that were linked to some activities, given as (kind, number), when they were last seen.

    Links that ended have no index, so each statement reads all of them: of many activities all lost links are read.
    """
    numbers = sorted({number for _, number in activities})
    parts = [among(LINK.c.number, part) for part in chunks(numbers)] if len(numbers) <= MANY else [true()]
    columns = (LINK.c.file_id, LINK.c.kind, LINK.c.number)
    rows = (row for part in parts for row in connection.execute(_at_loss(*columns).where(part)).all())
    return {file_id for file_id, kind, number in rows if (kind, number) in activities}


def _at_loss(*columns: Any) -> Select[Any]:
    lost = current(STORED) & (STORED.c.state == FileState.MISSING.value)
    ended = LINK.c.until_scan >= STORED.c.since_scan  # with the loss, or by what it caused; none of them is made later
    joined = STORED.join(LINK, LINK.c.file_id == STORED.c.file_id)
    held = (LINK.c.since_scan < STORED.c.since_scan) & (LINK.c.status == LinkStatus.LINKED.value)
    return select(*columns).select_from(joined).where(lost, ended, held)
