"""Which files a change elsewhere concerns: a register's entry, a station list's row, a camera's calls."""

from collections.abc import Collection, Set

from sqlalchemy import Connection, or_, select

from domain.clip import FileState
from indexer.clock_periods import AROUND, PERIOD
from indexer.pipeline.listing import base_name
from storage import sightings, work
from storage.queueing import queue_every_file
from storage.schema.tables import CLIP, STORED
from storage.versions import current
from storage.work import Mark

CLOCK_WINDOW = PERIOD + AROUND
"""How far a clip may lie from what tells the clock of its period."""


def queue_concerned(connection: Connection, step: str, marks: Collection[Mark]) -> None:
    """Queue for a step the files that marks name: `all`, `device:SERIAL` (near its span), `base:NAME`, `token:TEXT`."""
    if any(mark.subject == "all" for mark in marks):
        queue_every_file(connection, step, work.newest(connection, step))
    else:
        work.mark(connection, step, [Mark(str(file_id)) for file_id in sorted(_concerned(connection, marks))])


def _concerned(connection: Connection, marks: Collection[Mark]) -> set[int]:
    found = listed_files(connection, {value for kind, value, _ in map(_parts, marks) if kind == "base"})
    for kind, value, mark in map(_parts, marks):
        if kind == "device":
            found |= _of_device(connection, value, mark)
        elif kind == "token":
            found |= _naming(connection, value)
    return found


def listed_files(connection: Connection, bases: Set[str]) -> set[int]:
    """Files with one of these base names: one pass over all paths, however many names."""
    return {file_id for file_id, path in sightings.paths(connection) if base_name(path) in bases} if bases else set()


def _parts(mark: Mark) -> tuple[str, str, Mark]:
    kind, _, value = mark.subject.partition(":")
    return kind, value, mark


def _naming(connection: Connection, text: str) -> set[int]:
    """Files whose path holds a text, or whose clip was given to that device or officer."""
    paths = select(STORED.c.file_id).where(current(STORED), STORED.c.state != FileState.MOVED)
    holding = paths.where(STORED.c.path.icontains(text, autoescape=True))
    clips = select(CLIP.c.file_id).where(current(CLIP), or_(CLIP.c.device == text, CLIP.c.officer == text))
    return set(connection.execute(holding).scalars()) | set(connection.execute(clips).scalars())


def _of_device(connection: Connection, serial: str, mark: Mark) -> set[int]:
    clips = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.device == serial)
    if mark.span is not None:
        near = CLIP.c.started_at.between(mark.span.start - CLOCK_WINDOW, mark.span.end + CLOCK_WINDOW)
        clips = clips.where(or_(near, CLIP.c.started_at.is_(None)))
    return set(connection.execute(clips).scalars())
