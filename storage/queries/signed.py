"""Days and weeks that units had signed by a time."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from storage.queries.raws import read
from storage.schema.tables import SIGN_OFF
from storage.versions import chunks


def signed_by(
    connection: Connection, units: Sequence[str] | None, periods: Iterable[str], when: datetime
) -> dict[tuple[str, str], tuple[datetime, str]]:
    """(unit, period) → (at, actor); the unit "" stands for all together. `units` None: of every unit and of all."""
    found: dict[tuple[str, str], tuple[datetime, str]] = {}
    for part in chunks(periods):
        query = select(SIGN_OFF).where(SIGN_OFF.c.period.in_(part), SIGN_OFF.c.at <= when)
        query = query if units is None else query.where(SIGN_OFF.c.unit.in_(units))
        found |= {(row["unit"], row["period"]): (row["at"], row["actor"]) for row in read(connection, query)}
    return found
