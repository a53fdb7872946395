"""Files that support a decision: kept once for each content, seen only through the findings they belong to."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.audit import Action
from storage.schema.tables import ATTACHMENT, AUDIT_ENTRY, FINDING, REVIEW_ENTRY


@dataclass(frozen=True, slots=True)
class Attachment:
    """What is known of a file without its content. `digest`: SHA-256 of the content."""

    digest: str
    media_type: str
    size: int


def keep_attachment(connection: Connection, content: bytes, media_type: str, actor: str, now: datetime) -> Attachment:
    """Store a file unless its content is there already."""
    made = Attachment(hashlib.sha256(content).hexdigest(), media_type, len(content))
    known = attachment_of(connection, made.digest)
    if known is not None:
        return known
    row = {"digest": made.digest, "media_type": media_type, "size": made.size, "content": content, "actor": actor}
    try:
        with connection.begin_nested():
            connection.execute(insert(ATTACHMENT), {**row, "at": now})
    except IntegrityError:  # somebody else stored the same content at this moment
        return attachment_of(connection, made.digest) or made
    return made


def attachment_of(connection: Connection, digest: str) -> Attachment | None:
    columns = (ATTACHMENT.c.digest, ATTACHMENT.c.media_type, ATTACHMENT.c.size)
    row = connection.execute(select(*columns).where(ATTACHMENT.c.digest == digest)).one_or_none()
    return None if row is None else Attachment(*row)


def sent_by(connection: Connection, digest: str, actor: str) -> bool:
    """Whether this actor sent the file once: to know its digest is not to have it."""
    mine = select(ATTACHMENT.c.digest).where(ATTACHMENT.c.digest == digest, ATTACHMENT.c.actor == actor)
    if connection.execute(mine).first() is not None:
        return True
    told = select(AUDIT_ENTRY.c.sequence).where(
        AUDIT_ENTRY.c.subject == f"attachment:{digest}",
        AUDIT_ENTRY.c.action == Action.ATTACHED.value,
        AUDIT_ENTRY.c.actor == actor,
    )
    return connection.execute(told.limit(1)).first() is not None


def attachment_content(connection: Connection, digest: str) -> bytes | None:
    content = connection.execute(select(ATTACHMENT.c.content).where(ATTACHMENT.c.digest == digest)).scalar()
    return None if content is None else bytes(content)


@dataclass(frozen=True, slots=True)
class Use:
    """A finding that a file is attached to, the unit whose people see it, and what the file is called there."""

    finding: str
    unit: str | None
    name: str


def uses_of(connection: Connection, digest: str) -> list[Use]:
    """Where a file is attached; the unit is that of the newest version of each finding."""
    version = FINDING.alias()
    newest = select(func.max(version.c.id)).where(version.c.key == REVIEW_ENTRY.c.finding_key).scalar_subquery()
    query = (
        select(REVIEW_ENTRY.c.finding_key, FINDING.c.unit, REVIEW_ENTRY.c.attachment_name)
        .select_from(REVIEW_ENTRY.join(FINDING, FINDING.c.id == newest))
        .where(REVIEW_ENTRY.c.attachment == digest)
        .order_by(REVIEW_ENTRY.c.id)
    )
    return [Use(key, unit, name or digest[:16]) for key, unit, name in connection.execute(query).all()]
