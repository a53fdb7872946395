"""What the administration pages share: their tabs, the doer of a change, and refusals of what is not the viewer's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from api.house import house_of
from api.identity.access import origin_of, viewer_of
from api.identity.account_changes import Doer
from api.pages.rendering import Reader, page
from api.problems import Refused
from domain.access import Right, Viewer
from domain.errors import UsageError
from domain.wording import say


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of the administration. `word` is the key of its name."""

    address: str
    word: str
    right: Right


ROOT = "/administration"
TABS = (
    Tab(f"{ROOT}/users", "admin.users", Right.ADMINISTER),
    Tab(f"{ROOT}/tokens", "admin.tokens", Right.ADMINISTER),
    Tab(f"{ROOT}/limits", "admin.limits", Right.ADMINISTER),
    Tab(f"{ROOT}/exclusions", "admin.exclusions", Right.ADMINISTER),
    Tab(f"{ROOT}/feeds", "admin.feeds", Right.ADMINISTER),
    Tab(f"{ROOT}/schedule", "admin.schedule", Right.ADMINISTER),
    Tab(f"{ROOT}/audit", "admin.audit", Right.AUDIT),
)
ANYWHERE = "*"
"""What the field of a unit holds for every unit."""


def tabs_of(viewer: Viewer) -> list[Tab]:
    return [tab for tab in TABS if viewer.may(tab.right)]


def shown(
    request: Request, template: str, content: Mapping[str, Any], status: int = 200, *, secret: bool = False
) -> Response:
    """A page of the administration; one with a `secret` is kept by no cache."""
    path = request.scope["path"]
    tabs = tabs_of(viewer_of(request))
    here = next((tab.address for tab in tabs if path.startswith(tab.address)), "")
    answer = page(request, Reader.of(request), template, {"tabs": tabs, "tab_here": here, **content}, status)
    if secret:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def doer_of(request: Request) -> Doer:
    """Whoever sent this request, as one who changes something."""
    return Doer(viewer_of(request).actor, house_of(request).now(), origin_of(request))


def missing() -> Refused:
    """Nothing of this name among what the viewer may see."""
    return Refused(404, say("没有此项", "there is nothing of this name"))


def unit_given(text: str, viewer: Viewer) -> str | None:
    """The unit of a form, None for every unit. Raises UsageError for none, Refused (403) for one not the viewer's."""
    if not text.strip():
        raise UsageError(say("请选择单位", "unit: expected a choice, got none"))
    unit = None if text.strip() == ANYWHERE else text.strip()
    if not viewer.sees(unit):
        raise Refused(403, say("只能选择您的单位", "unit: expected one of your own units"))
    return unit
