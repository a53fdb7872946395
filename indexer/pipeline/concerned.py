"""Which files a change elsewhere concerns: a register's entry, a station list's row, a camera's calls."""

from datetime import timedelta

from sqlalchemy import Connection, or_, select

from domain.clip import FileState
from indexer.pipeline.listing import base_name
from storage.schema.tables import CLIP, STORED
from storage.versions import current
from storage.work import Mark

CLOCK_WINDOW = timedelta(days=14)


def concerned(connection: Connection, mark: Mark) -> set[int]:
    """Files that a mark names: `all`, `device:SERIAL` (near its span), `base:NAME`, `token:TEXT` or a file's number."""
    kind, _, value = mark.subject.partition(":")
    if kind.isdigit():
        return {int(kind)}
    files = select(STORED.c.file_id).where(current(STORED), STORED.c.state != FileState.MOVED)
    if kind == "all":
        return set(connection.execute(files).scalars())
    if kind == "device":
        return _of_device(connection, value, mark)
    holding = files.add_columns(STORED.c.path).where(STORED.c.path.icontains(value, autoescape=True))
    found = connection.execute(holding).all()
    if kind == "base":
        return {file_id for file_id, path in found if base_name(path) == value}
    clips = select(CLIP.c.file_id).where(current(CLIP), or_(CLIP.c.device == value, CLIP.c.officer == value))
    return {file_id for file_id, _ in found} | set(connection.execute(clips).scalars())


def _of_device(connection: Connection, serial: str, mark: Mark) -> set[int]:
    clips = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.device == serial)
    if mark.span is not None:
        near = CLIP.c.started_at.between(mark.span.start - CLOCK_WINDOW, mark.span.end + CLOCK_WINDOW)
        clips = clips.where(or_(near, CLIP.c.started_at.is_(None)))
    return set(connection.execute(clips).scalars())
