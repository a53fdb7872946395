"""Ways through the list of measurements: a measurement has no unit or time of its own, so its files lead to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, Subquery, and_, select, type_coerce

from storage.queries.clip_ways import time_way
from storage.queries.filters import Filters, footage_files, wanted_units
from storage.queries.ways import Key, Path, Way, first_of_all, unindexed
from storage.schema.tables import CLIP, OBSERVATION, STORE, STORED
from storage.versions import current

START = type_coerce(OBSERVATION.c.start, BigInteger)
MOST, FASTER = 2000, 4
"""Files of which the measurements are looked up at once, and how many more than rows to begin with: most have none."""


@dataclass(frozen=True, slots=True)
class FileWay:
    """Measurements file by file, in the order in which `files` gives these."""

    files: Way
    kind: str | None
    answered: tuple[str, ...] = ("kind",)

    @property
    def name(self) -> str:
        return self.files.name

    @property
    def row(self) -> ColumnElement[Any]:
        return OBSERVATION.c.id

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return *self.files.key, START, OBSERVATION.c.id

    def keys(self, connection: Connection, after: Key | None, inclusive: bool, size: int) -> list[Key]:
        """The next keys in order; fewer than `size` at the end."""
        walked = self._walk(connection, None if after is None else after[:-2], min(FASTER * size, MOST))
        return list(islice((key for key in walked if _beyond(key, after, inclusive)), size))

    def _walk(self, connection: Connection, begin: Key | None, step: int) -> Iterator[Key]:
        """Keys from a file on, that file included."""
        inclusive = True
        while True:
            part = self.files.query(begin, inclusive, step).subquery()
            yield from self._measured(connection, part)
            last = select(*part.c).order_by(*part.c).offset(step - 1).limit(1)
            if (found := connection.execute(last).first()) is None:
                return
            begin, inclusive, step = tuple(found), False, min(FASTER * step, MOST)

    def _measured(self, connection: Connection, files: Subquery) -> Iterator[Key]:
        order = tuple(files.c)
        mine = and_(OBSERVATION.c.file_id == order[-1], current(OBSERVATION))
        query = select(*order, START, OBSERVATION.c.id).select_from(files.join(OBSERVATION, mine))
        if self.kind is not None:
            query = query.where(unindexed(OBSERVATION.c.kind) == self.kind)
        for row in connection.execute(query.order_by(*order, START, OBSERVATION.c.id)).all():
            yield tuple(row)


def _beyond(key: Key, after: Key | None, inclusive: bool) -> bool:
    """Whether a key of a walk that began at the file of `after` lies after it."""
    if after is None or key[:-2] != after[:-2]:
        return True
    return key[-2:] >= after[-2:] if inclusive else key[-2:] > after[-2:]


def observation_way(connection: Connection, filters: Filters) -> Path | None:
    """The way that leads to the fewest other measurements."""
    if filters.incident is not None or filters.file is not None:
        return None
    if filters.officer is not None:
        return _of_officer(filters.officer)
    units = wanted_units(connection, filters)
    if units is not None or filters.since is not None or filters.until is not None:
        return FileWay(time_way(filters, units), filters.kind)
    if filters.store is not None:
        return FileWay(Way("store", STORED.c.file_id, (_of_store(filters.store),)), filters.kind)
    # In the list's own order, measurements first: joined at once, a database may merge whole tables for one page.
    kind = [] if filters.kind is None else [OBSERVATION.c.kind == filters.kind]
    query = select(OBSERVATION.c.file_id, START, OBSERVATION.c.id).where(current(OBSERVATION), *kind)
    return Way("", OBSERVATION.c.id, (query,), ("kind",))


def _of_officer(officer: str) -> Way:
    """An officer's footage first, then what was measured in it."""
    own = select(CLIP.c.file_id).where(current(CLIP), CLIP.c.officer == officer)
    branches = []
    for files in (first_of_all(own), first_of_all(footage_files(officer))):
        joined = files.join(OBSERVATION, and_(OBSERVATION.c.file_id == files.c.file_id, current(OBSERVATION)))
        branches.append(select(OBSERVATION.c.file_id, START, OBSERVATION.c.id).select_from(joined))
    return Way("officer", OBSERVATION.c.id, tuple(branches))


def _of_store(name: str) -> Select[Any]:
    number = select(STORE.c.id).where(STORE.c.name == name).scalar_subquery()
    query = select(STORED.c.folder, STORED.c.path, STORED.c.file_id)
    return query.where(current(STORED), STORED.c.store_id == number)
