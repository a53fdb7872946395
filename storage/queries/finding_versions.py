"""Since which scan findings have stood as they do in the view looked at."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from storage.schema.tables import FINDING
from storage.versions import chunks, current


def standing_since(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    """Scan that established the standing version, by key."""
    found: dict[str, int] = {}
    for part in chunks(keys):
        query = select(FINDING.c.key, FINDING.c.since_scan).where(current(FINDING), FINDING.c.key.in_(part))
        found |= {row[0]: row[1] for row in connection.execute(query).all()}
    return found
