"""The page of one finding, whatever it is about: evidence, measurements, rule, history, and the decision on it."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.deciding import SentFile, card_of, decider, known_finding, refuse_step, sent_file
from api.forms import closing_form, read_form
from api.house import house_of
from api.identity.access import needs, viewer_of
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page, subject_address
from api.pages.sign_in import next_address
from api.pages.telling import telling, told_by
from api.problems import Refused
from api.refusals import status_of, text_of
from detectors import RULES
from detectors.basis import ORIGIN_WORDS
from domain.access import Right
from domain.finding import SubjectKind
from domain.review import NOTE_LENGTH, STEPS, Decision, Reason
from domain.wording import say
from storage.attachments import keep_attachment
from storage.queries.explain_file import file_of_anchor
from storage.queries.findings import finding_fields
from storage.queries.raws import Raw
from storage.queries.words import label
from storage.review_history import history_of
from storage.review_refusals import ReviewRefused
from storage.reviews import Wish, decide
from storage.versions import ended_by

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])
"""A decision asks for a right of its own besides."""


@router.get("/findings/{key}")
def finding(request: Request, key: str) -> Response:
    return shown(request, key, request.query_params)


@router.post("/findings/{key}/reviews", dependencies=[Depends(closing_form)])
async def review(request: Request, key: str) -> Response:
    """A decision by form, with its file; then back to where one came from, at the row that follows."""
    given = await read_form(request)
    decision = wanted_decision(given.get("decision"))
    refuse_step(viewer_of(request), decision)
    try:
        file = await sent_file(request)
    except Refused as refused:
        return await run_in_threadpool(shown, request, key, given, refused.detail, refused.status)
    return await run_in_threadpool(_review, request, key, given, file)


def _review(request: Request, key: str, given: dict[str, str], file: SentFile | None) -> Response:
    house, decision = house_of(request), wanted_decision(given.get("decision"))
    with house.reading() as connection:
        known_finding(connection, key, viewer_of(request))
    try:
        with house.writing() as connection:
            wish = Wish(key, decision, expected(given), wanted_reason(given.get("reason")), wanted_note(given))
            decide(connection, decider(request), _with_file(request, connection, wish, file), house.now())
    except ReviewRefused as refusal:
        return shown(request, key, given, text_of(refusal, house.zone), status_of(refusal))
    return RedirectResponse(telling(given.get("next"), decision.value, then=given.get("then", "")), 303)


def _with_file(request: Request, connection: Connection, wish: Wish, file: SentFile | None) -> Wish:
    """The wish with the file that came along, which is kept in the same transaction."""
    if file is None:
        return wish
    house, actor = house_of(request), viewer_of(request).actor
    kept = keep_attachment(connection, file.content, file.kind.media_type, actor, house.now())
    said = (wish.key, wish.decision, wish.expected, wish.reason, wish.note)
    return Wish(*said, attachment=kept.digest, attachment_name=file.name, sent=True)


def wanted_decision(text: str | None) -> Decision:
    """Raises Refused (400)."""
    if text not in tuple(Decision):
        raise Refused(400, say("没有这种处理", f"decision: expected one of {', '.join(Decision)}"))
    return Decision(text)


def wanted_reason(text: str | None) -> Reason | None:
    """Raises Refused (400) for a code that is none."""
    if not text:
        return None
    if text not in tuple(Reason):
        raise Refused(400, say("没有这种理由", f"reason: expected one of {', '.join(Reason)}"))
    return Reason(text)


def wanted_note(given: dict[str, str]) -> str:
    """Raises Refused (400) for a note that is too long."""
    note = given.get("note", "").replace("\r\n", "\n").strip()
    if len(note) > NOTE_LENGTH:
        raise Refused(400, say(f"说明文字最多 {NOTE_LENGTH} 字", f"note: expected at most {NOTE_LENGTH} characters"))
    return note


def expected(given: dict[str, str]) -> int:
    """The number of decisions that the form was made for. Raises Refused (400)."""
    text = given.get("reviews", "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused(400, say("页面已过期，请重新打开", "reviews: expected the number that the page was made for"))
    return int(text)


def shown(request: Request, key: str, given: Any, wrong: str | None = None, status: int = 200) -> Response:
    """The page; after a refusal with what was typed, and the state as it is now. Raises Refused (404)."""
    house, viewer, reader = house_of(request), viewer_of(request), Reader.of(request)
    with house.reading() as connection:
        row = known_finding(connection, key, viewer)
        history = history_of(connection, key)
        units = unit_names(connection)
        address = about(connection, row)
    entries = [one.entry for one in history if one.entry is not None]
    content = {
        "row": finding_fields(row),
        "card": card_of(row, viewer, entries),
        "history": history,
        "resolved_by": ended_by(row),
        "rule": next((rule for rule in RULES if rule.id == row["rule"]), None),
        "origins": ORIGIN_WORDS,
        "unit": units.get(row["unit"] or "", row["unit"]),
        "about": address,
        "measured": [(label(name), value) for name, value in row["measured"].items()],
        "reasons": list(Reason),
        "steps": STEPS,
        "back": next_address(given.get("next") or "/findings"),
        "then": given.get("then", ""),
        "typed": {name: given.get(name, "") for name in ("reason", "note")},
        "wrong": wrong,
        "told": told_by(request) if wrong is None else None,
        "now": house.now(),
    }
    return page(request, reader, "finding.html", content, status)


def about(connection: Connection, row: Raw) -> str | None:
    """The page of what a finding is about; None when there is none."""
    if row["kind"] == SubjectKind.CLIP:
        file_id = file_of_anchor(connection, row["subject_key"])
        return None if file_id is None else f"/clips/{file_id}"
    if row["kind"] == SubjectKind.STORE:
        return f"/stores/{quote(row['subject'], safe='')}"
    return subject_address(row["kind"], row["subject"])
