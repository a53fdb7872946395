"""The forms of the page of an activity that link a clip by hand or take it away."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.hand_linking import link_by_hand
from api.house import house_of
from api.identity.access import needs
from api.pages.rendering import subject_address
from api.pictures import LARGEST_ID
from api.problems import Refused
from domain.access import Right
from domain.activity import ActivityKind
from domain.hand_link import HandWish
from domain.wording import say

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.LINK)])


@router.post("/links")
async def link(request: Request) -> Response:
    """Then back to the page. Raises Refused: 400 for a form that is none of ours, else as `link_by_hand`."""
    wish = _wish(await read_form(request))
    await run_in_threadpool(_link, request, wish)
    return RedirectResponse(f"{subject_address(wish.kind, wish.number)}?linked=1#by-hand", 303)


def _link(request: Request, wish: HandWish) -> None:
    with house_of(request).writing() as connection:
        link_by_hand(request, connection, wish)


def _wish(form: dict[str, str]) -> HandWish:
    clip, expected = form.get("clip", ""), form.get("links", "")
    kinds = [kind.value for kind in ActivityKind]
    plain = all(text.isascii() and text.isdigit() and len(text) < 19 for text in (clip, expected))
    if not plain or not 1 <= int(clip) <= LARGEST_ID or form.get("kind") not in kinds or not form.get("number"):
        raise Refused(400, say("表单无法使用", "form: expected kind, number, clip and links"))
    return HandWish(
        *(form["kind"], form["number"], int(clip), form.get("made") == "yes", int(expected)),
        officer=form.get("officer", "").strip()[:40] or None,
        note=form.get("note", "").strip(),
    )
