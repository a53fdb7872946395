"""Who looked at a clip, as the audit log has it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.audit import Action
from storage.schema.tables import AUDIT_ENTRY

MOST = 50


@dataclass(frozen=True, slots=True)
class Viewed:
    """One person's looking: so many times (within ten minutes it is one), first and last."""

    actor: str
    times: int
    first_at: datetime
    last_at: datetime


def viewers_of(connection: Connection, file_id: int) -> list[Viewed]:
    """Those who looked at pictures, sound or bytes of a file, the last ones first."""
    entry = AUDIT_ENTRY.c
    last = func.max(entry.at)
    query = select(entry.actor, func.count(), func.min(entry.at), last).where(
        entry.subject == f"clip:{file_id}", entry.action == Action.MEDIA_VIEWED.value
    )
    rows = connection.execute(query.group_by(entry.actor).order_by(last.desc(), entry.actor).limit(MOST)).all()
    return [Viewed(*row) for row in rows]
