"""Names of units by code, as the register tells them in the view looked at."""

from sqlalchemy import Connection, select

from storage.schema.tables import RECORD
from storage.versions import current


def unit_names(connection: Connection) -> dict[str, str]:
    """Code → name of every unit of the register that has a name."""
    query = select(RECORD.c.key, RECORD.c.body).where(current(RECORD), RECORD.c.kind == "units")
    return {code: name for code, body in connection.execute(query).all() if (name := body.get("name"))}
