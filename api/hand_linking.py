"""Linking and unlinking by hand, from a page or by the API: who may, about what, and what becomes of it."""

from collections.abc import Sequence

from fastapi import Request
from sqlalchemy import Connection, select

from api.house import house_of
from api.identity.access import audited, not_found, viewer_of
from api.problems import Refused
from domain.activity import RECORD_KINDS
from domain.audit import Action
from domain.hand_link import NOTE_LENGTH, HandLink, HandWish
from domain.wording import say
from storage.audit import append
from storage.hand_links import LinkedMeanwhile, add_hand_link
from storage.queries.belonging import units_of_clip
from storage.queries.filters import storable
from storage.scan_requests import NO_STORE, ask_scan
from storage.schema.tables import RECORD
from storage.versions import current


def link_by_hand(request: Request, connection: Connection, wish: HandWish) -> HandLink:
    """Keep the word, ask for a scan that obeys it, and write the audit log, last. Raises Refused: 404, 409, 422."""
    viewer, now = viewer_of(request), house_of(request).now()
    refuse_lacking(wish)
    unit = _unit_of_activity(connection, wish)
    if unit is None or not_found(unit, viewer):
        raise Refused(404, say("没有此活动", f"number: expected one that a feed delivered, got {wish.number[:80]!r}"))
    if not_found(tuple(units_of_clip(connection, wish.file_id)), viewer):
        raise Refused(404, say("没有此片段", f"clip: expected the id of one, got {wish.file_id}"))
    try:
        made = add_hand_link(connection, wish, viewer.actor, now)
    except LinkedMeanwhile as error:
        raise Refused(409, _meanwhile(error)) from error
    ask_scan(connection, now, viewer.actor, [NO_STORE])
    subject, detail = f"{wish.kind}:{wish.number}", {"clip": wish.file_id, "made": wish.made}
    said = {**detail, "officer": wish.officer, "note": wish.note}
    append(connection, now, [audited(request, Action.LINKED, subject, unit[0], **said)])
    return made


def refuse_lacking(wish: HandWish) -> None:
    """Raises Refused (422) for a word that does not say enough, or too much."""
    if not wish.made and not wish.note.strip():
        raise Refused(422, say("取消关联须写明理由", "note: expected why the two do not belong together"), [])
    if len(wish.note) > NOTE_LENGTH or not storable(wish.note):
        raise Refused(422, say(f"说明最多 {NOTE_LENGTH} 字", f"note: expected plain text of at most {NOTE_LENGTH}"), [])


def _unit_of_activity(connection: Connection, wish: HandWish) -> Sequence[str | None] | None:
    """The unit of a known activity, in a list of one; None where no feed knows it."""
    if not storable(wish.number):
        return None
    mine = (RECORD.c.kind == RECORD_KINDS[wish.kind], RECORD.c.key == wish.number)
    rows = connection.execute(select(RECORD.c.unit).where(current(RECORD), *mine).limit(1)).all()
    return [rows[0].unit] if rows else None


def _meanwhile(error: LinkedMeanwhile) -> str:
    if error.last is None:
        return say("页面已过期，请刷新后重试", "links: the count does not fit: look at the activity again")
    who, what = error.last.actor.partition(":")[2] or error.last.actor, error.last
    zh = f"{who} 刚刚{'关联' if what.made else '取消'}了一个片段，请刷新后再看"
    en = f"{who} {'linked' if what.made else 'unlinked'} a clip meanwhile: look at the activity again"
    return say(zh, en)
