"""Answers kept for repeated writes: a program that did not hear the answer asks again and causes nothing twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import UsageError
from storage.among import among
from storage.schema.tables import KEPT_ANSWER

KEPT = timedelta(hours=24)
PRUNED_AT_ONCE = 500
UNANSWERED = 0


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was asked (its digest) and answered; the body is JSON text."""

    request: str
    status: int
    body: str


class AnsweredAtOnce(UsageError):
    """The same key is being answered by somebody else at this moment."""


def kept_answer(connection: Connection, actor: str, key: str, now: datetime) -> KeptAnswer | None:
    """The answer that this actor got under the key, None when there is none or it is too old."""
    mine = (KEPT_ANSWER.c.actor == actor, KEPT_ANSWER.c.key == key, KEPT_ANSWER.c.at > now - KEPT)
    query = select(KEPT_ANSWER.c.request, KEPT_ANSWER.c.status, KEPT_ANSWER.c.body).where(*mine)
    row = connection.execute(query).one_or_none()
    return None if row is None else KeptAnswer(row.request, row.status, row.body)


def claim_key(connection: Connection, actor: str, key: str, request: str, now: datetime) -> None:
    """Take the key in this transaction, before its effect: whoever comes at the same moment waits here.

    Raises AnsweredAtOnce when the other one was first; the transaction is over then.
    """
    _forget(connection, actor, key, now)
    row = {"actor": actor, "key": key, "request": request, "status": UNANSWERED, "body": "", "at": now}
    try:
        connection.execute(insert(KEPT_ANSWER), row)
    except IntegrityError as error:
        raise AnsweredAtOnce(f"已在处理 / is being answered already: {key}") from error


def keep_answer(connection: Connection, actor: str, key: str, status: int, body: str) -> None:
    """Write the answer under a key that was claimed."""
    mine = (KEPT_ANSWER.c.actor == actor, KEPT_ANSWER.c.key == key)
    connection.execute(update(KEPT_ANSWER).where(*mine).values(status=status, body=body))


def _forget(connection: Connection, actor: str, key: str, now: datetime) -> None:
    """This key's own answer when it is too old, and some of the others: nobody waits for whoever else prunes."""
    old = KEPT_ANSWER.c.at <= now - KEPT
    connection.execute(delete(KEPT_ANSWER).where(old, KEPT_ANSWER.c.actor == actor, KEPT_ANSWER.c.key == key))
    query = select(KEPT_ANSWER.c.id).where(old).order_by(KEPT_ANSWER.c.at).limit(PRUNED_AT_ONCE)
    ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
    if ids:
        connection.execute(delete(KEPT_ANSWER).where(among(KEPT_ANSWER.c.id, ids)))
