"""试算: how far a trial is, what came out, and the form that saves exactly what was tried."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.forms import read_form
from api.house import house_of
from api.identity.access import audited, needs, refuse_partial, viewer_of
from api.pages.administration.frame import missing, shown
from api.pages.administration.settings import EXCLUSIONS, LIMITS, TRIALS, desk_of, state_of
from api.pages.rendering import subject_address
from api.trials import Trial
from detectors import RULES
from detectors.changed_settings import Judging, differing
from detectors.limits import describe_limits
from domain.access import Right
from domain.audit import Action
from storage.audit import append, audit_head
from storage.setting_changes import add_changes

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
ROWS = 200
LONGEST_NOTE = 2000


@router.get(TRIALS + "/{name}")
def trial(request: Request, name: str) -> Response:
    return told(request, found(request, name))


@router.post(TRIALS + "/{name}/save")
async def save(request: Request, name: str) -> Response:
    """Keep what was tried, with a note why; the next scan goes by it."""
    given = await read_form(request)
    return await run_in_threadpool(_save, request, found(request, name), given.get("note", "").strip())


def _save(request: Request, trial: Trial, note: str) -> Response:
    if trial.running or trial.saved:
        return RedirectResponse(f"{TRIALS}/{trial.id}", 303)
    if not note or len(note) > LONGEST_NOTE:
        return told(request, trial, wrong="admin.trial.note.wrong", note=note, status=400)
    house, viewer = house_of(request), viewer_of(request)
    with house.writing() as connection:
        audit_head(connection, lock=True)  # whoever saves at the same moment waits, and then finds what was saved
        if state_of(connection, desk_of(house)).judging != trial.before:
            return told(request, trial, wrong="admin.trial.changed", note=note, status=409)
        values = changes_of(trial)
        now = house.now()
        add_changes(connection, now, viewer.actor, note, values)
        entries = [
            audited(request, Action.CONFIGURED, f"{section}.{key}", None, **_detail(trial, (section, key), note))
            for section, key in sorted(values)
        ]
        append(connection, now, entries)
    trial.saved = True
    return RedirectResponse(f"{home_of(trial)}?saved", 303)


def home_of(trial: Trial) -> str:
    """The page whose form asked for the trial."""
    keys = changes_of(trial)
    return EXCLUSIONS if all(section == "exclude" for section, _ in keys) else LIMITS


def changes_of(trial: Trial) -> dict[tuple[str, str], Any]:
    """What is kept: new values, and None for what goes back to config.toml."""
    kept: dict[tuple[str, str], Any] = dict.fromkeys(trial.resets)
    for key, (_, after) in differing(trial.before, trial.after).items():
        if key not in trial.resets:
            kept[key] = list(after) if isinstance(after, tuple) else after
    return kept


def _detail(trial: Trial, key: tuple[str, str], note: str) -> dict[str, object]:
    """What the audit log says of one change, with what the trial had shown."""
    out = trial.outcome
    shown_counts = None if out is None else {rule: dict(counts) for rule, counts in out.rules.items()}
    values = {"before": trial.before.value(*key), "after": trial.after.value(*key), "reset": key in trial.resets}
    return {**values, "note": note, "tried": out is not None, "days": trial.days, "differences": shown_counts}


def found(request: Request, name: str) -> Trial:
    """Raises Refused: 403 for who sees some units only, 404 for a trial that is none (any more)."""
    refuse_partial(viewer_of(request))
    trial = desk_of(house_of(request)).trials.find(name)
    if trial is None:
        raise missing()
    return trial


def told(request: Request, trial: Trial, *, wrong: str | None = None, note: str = "", status: int = 200) -> Response:
    """How far it is, or what came out."""
    infos = {info.name: info for info in describe_limits()}
    out = trial.outcome
    rows = [] if out is None else out.rows[:ROWS]
    content: dict[str, Any] = {
        "trial": trial,
        "wrong": wrong,
        "tab_here": home_of(trial),
        "note": note,
        "changes": changes(trial.before, trial.after),
        "infos": infos,
        "rule_of": {rule.id: rule for rule in RULES},
        "rows": [(row, _address(row)) for row in rows],
        "links": out.rules.get("link") if out else None,
        "findings": findings(out.rules) if out else None,
        "rest": max(0, len(out.rows) - ROWS) if out else 0,
    }
    return shown(request, "administration_trial.html", content, status)


def changes(before: Judging, after: Judging) -> list[tuple[str, str, Any, Any]]:
    """(section, key, before, after) of what is tried."""
    return [(section, key, *values) for (section, key), values in differing(before, after).items()]


def findings(rules: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """All rules together: how many findings appear, vanish, change."""
    counted = {"appears": 0, "vanishes": 0, "changes": 0}
    for rule, counts in rules.items():
        for effect in counted if rule != "link" else ():
            counted[effect] += counts.get(effect, 0)
    return counted


def _address(row: Mapping[str, Any]) -> str | None:
    return subject_address(str(row["kind"]), str(row["subject"]))
