"""What must be known of clips to show pictures of them: the file as last seen, how long it is, what was checked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from domain.measured_parts import Part
from storage.content_queue import parts_of
from storage.files import KnownFile, known_files
from storage.schema.tables import CLIP, CONTENT
from storage.versions import chunks, current

Clip = tuple[datetime | None, timedelta | None, bool | None]


@dataclass(frozen=True, slots=True)
class Filmed:
    """One clip. `checked`: parts of media time that were looked at; `has_picture` None: not read yet."""

    file: KnownFile
    started_at: datetime | None = None
    duration: timedelta | None = None
    has_picture: bool | None = None
    checked: tuple[Part, ...] = ()


def filmed(connection: Connection, file_ids: Iterable[int]) -> dict[int, Filmed]:
    """The clips by file; files that no scan has seen are left out."""
    ids = list(dict.fromkeys(file_ids))
    clips: dict[int, Clip] = {}
    checked: dict[int, tuple[Part, ...]] = {}
    for part in chunks(ids):
        columns = (CLIP.c.file_id, CLIP.c.started_at, CLIP.c.duration, CLIP.c.has_picture)
        query = select(*columns).where(current(CLIP), CLIP.c.file_id.in_(part))
        clips |= {row[0]: (row[1], row[2], row[3]) for row in connection.execute(query).all()}
        looked = select(CONTENT.c.file_id, CONTENT.c.checked).where(CONTENT.c.file_id.in_(part))
        checked |= {file_id: parts_of(parts) for file_id, parts in connection.execute(looked).all()}
    return {
        one.file_id: Filmed(one, *clips.get(one.file_id, (None, None, None)), checked.get(one.file_id, ()))
        for one in known_files(connection, ids)
    }
