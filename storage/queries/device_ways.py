"""The way through the list of devices: millions of clips name some thousand cameras, so from one serial the index is
asked for the next one, and what lies between is never read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, exists, func, select, union

from storage.queries.raws import Raw, read
from storage.queries.ways import MOST_UNITS, Key
from storage.schema.tables import CLIP, DEVICE_CLOCK, RECORD
from storage.versions import chunks, current

Units = Sequence[str] | None
CLOCK = ("kind", "offset", "error", "body")


def _in_register() -> tuple[ColumnElement[bool], ...]:
    return RECORD.c.kind == "devices", current(RECORD)


@dataclass(frozen=True, slots=True)
class SerialWay:
    """Serials in order, of the register and of clips together: those of some units, None for all.

    `serial` is the column of the list's own source.
    """

    serial: ColumnElement[str]
    units: Units
    name: str = ""
    answered: tuple[str, ...] = ()

    @property
    def row(self) -> ColumnElement[Any]:
        return self.serial

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return (self.serial,)

    def keys(self, connection: Connection, after: Key | None, inclusive: bool, size: int) -> list[Key]:
        """The next keys in order; fewer than `size` at the end."""
        begin = None if after is None else str(after[0])
        parts = [self._registered(begin, inclusive)]
        if self.units is None or len(self.units) > MOST_UNITS:
            parts.append(self._shown(_named((), begin, inclusive)))
        else:
            parts += [self._shown(_named((CLIP.c.unit == unit,), begin, inclusive)) for unit in self.units]
        both = union(*(select(part.limit(size).subquery()) for part in parts)).subquery()
        return [tuple(row) for row in connection.execute(select(both).order_by(*both.c).limit(size)).all()]

    def _registered(self, begin: str | None, inclusive: bool) -> Select[Any]:
        query = select(RECORD.c.key.label("serial")).where(*_in_register(), *_from(RECORD.c.key, begin, inclusive))
        mine = query if self.units is None else query.where(RECORD.c.unit.in_(self.units))
        return mine.order_by(RECORD.c.key)

    def _shown(self, seen: CTE) -> Select[Any]:
        """Of serials that clips name, those to be shown: of some units those that no register knows."""
        query = select(seen.c.serial).where(seen.c.serial.is_not(None))
        if self.units is None:
            return query
        known = exists(select(RECORD.c.id).where(*_in_register(), RECORD.c.key == seen.c.serial))
        theirs = (current(CLIP), CLIP.c.device == seen.c.serial, CLIP.c.unit.in_(self.units))
        return query.where(~known, exists(select(CLIP.c.id).where(*theirs)))


def _named(of: tuple[ColumnElement[bool], ...], begin: str | None, inclusive: bool) -> CTE:
    """Serials that clips name, one look into the index each."""
    least = func.min(CLIP.c.device)
    first = select(least.label("serial")).where(current(CLIP), *of, *_from(CLIP.c.device, begin, inclusive))
    seen = first.cte(recursive=True)
    later = select(least).where(current(CLIP), *of, CLIP.c.device > seen.c.serial).correlate(seen).scalar_subquery()
    return seen.union_all(select(later).where(seen.c.serial.is_not(None)))


def _from(column: ColumnElement[Any], begin: str | None, inclusive: bool) -> list[ColumnElement[bool]]:
    if begin is None:
        return []
    return [column >= begin if inclusive else column > begin]


def devices_of(connection: Connection, serials: Sequence[str]) -> dict[Any, Raw]:
    """Rows of the list's source by serial: what the register says, and of the clocks the one of the latest period."""
    found: dict[Any, Raw] = {}
    for part in chunks(serials):
        registered = select(RECORD.c.key, RECORD.c.body).where(*_in_register(), RECORD.c.key.in_(part))
        register = {row["key"]: row["body"] for row in read(connection, registered.order_by(RECORD.c.id))}
        columns = (DEVICE_CLOCK.c.device, DEVICE_CLOCK.c.kind, DEVICE_CLOCK.c.offset, DEVICE_CLOCK.c.error)
        timed = select(*columns, DEVICE_CLOCK.c.body).where(current(DEVICE_CLOCK), DEVICE_CLOCK.c.device.in_(part))
        clock = {row["device"]: row for row in read(connection, timed.order_by(DEVICE_CLOCK.c.period))}
        for serial in part:
            told = clock.get(serial, {})
            values = {name: told[name] if told else None for name in CLOCK}
            found[serial] = {**values, "serial": serial, "register": register.get(serial)}
    return found
