"""规则限值、排除范围: what they are and where each comes from, and the forms that try others before they are saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from api.forms import many_values, read_form
from api.house import House, house_of
from api.identity.access import needs, refuse_partial, viewer_of, whole_view
from api.pages.administration.frame import ROOT, shown
from api.pages.administration.tokens import whole_number
from api.problems import Refused
from api.trials import Desk, Trial
from detectors.basis import ORIGIN_WORDS
from detectors.changed_settings import Judging, changed, differing
from detectors.limits import describe_limits
from domain.access import Right
from domain.errors import ConfigError, UsageError
from domain.wording import say
from storage.setting_changes import SettingChange, current_changes, past_changes, values_by_section

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
LIMITS, EXCLUSIONS, TRIALS = f"{ROOT}/limits", f"{ROOT}/exclusions", f"{ROOT}/trials"
DAYS, MOST_DAYS = 30, 90
WORD_LISTS = ("categories", "statuses")
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """What counts now: values, and the changes above config.toml that they come from."""

    judging: Judging
    changes: dict[Key, SettingChange]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form asks for: the values as they would be, and the keys that go back to config.toml."""

    after: Judging
    resets: frozenset[Key]


def desk_of(house: House) -> Desk:
    """Raises Refused (503) on a server that was not told the configuration."""
    if house.desk is None:
        raise Refused(503, say("本服务未提供配置", "this server was not told the configuration"))
    return house.desk


def state_of(connection: Connection, desk: Desk) -> State:
    """What counts now; a change that does not go with config.toml any more is left out here, and told by scans."""
    changes = current_changes(connection)
    values = values_by_section(changes)
    try:
        judging = changed(desk.configured, values["limits"], values["exclude"])
    except ConfigError as error:
        text = say(f"已保存的修改与配置文件不相容：{error}", f"what was saved does not go with config.toml: {error}")
        raise Refused(409, text) from None
    return State(judging, {(one.section, one.key): one for one in changes})


@router.get(LIMITS)
def limits(request: Request) -> Response:
    return shown_form(request, "limits")


@router.get(EXCLUSIONS)
def exclusions(request: Request) -> Response:
    return shown_form(request, "exclude")


@router.post(TRIALS)
async def try_out(request: Request) -> Response:
    """Begin the trial of what the form asks for."""
    given = await read_form(request)
    resets = await many_values(request, "reset")
    return await run_in_threadpool(_try_out, request, given, resets)


def _try_out(request: Request, given: dict[str, str], resets: list[str]) -> Response:
    house, viewer = house_of(request), viewer_of(request)
    refuse_partial(viewer)
    desk, section = desk_of(house), "exclude" if given.get("section") == "exclude" else "limits"
    with house.reading() as connection:
        state = state_of(connection, desk)
    try:
        wish = wished(desk, state, given, resets)
        days = whole_number(given, "days")
        if not 1 <= days <= MOST_DAYS:
            raise UsageError(say(f"天数：应为 1 至 {MOST_DAYS}", f"days: expected 1 to {MOST_DAYS}, got {days}"))
    except (ConfigError, UsageError) as error:
        return shown_form(request, section, wrong=str(error), given=given, status=400)
    trial = begun(desk, request, state.judging, wish, days)
    if trial is None:
        busy = say("另一次试算正在进行，请稍后", "another trial is running: wait until it is over")
        return shown_form(request, section, wrong=busy, given=given, status=409)
    return RedirectResponse(f"{TRIALS}/{trial.id}", 303)


def begun(desk: Desk, request: Request, before: Judging, wish: Wish, days: int) -> Trial | None:
    return desk.trials.begin(
        desk.backtest,
        actor=viewer_of(request).actor,
        now=house_of(request).now(),
        before=before,
        after=wish.after,
        resets=wish.resets,
        days=days,
    )


def wished(desk: Desk, state: State, given: Mapping[str, str], resets: list[str]) -> Wish:
    """What a form asks for. Raises ConfigError or UsageError for what cannot be used, or when nothing differs."""
    back = frozenset(key for key in state.changes if ".".join(key) in resets)
    values: dict[str, dict[str, Any]] = {"limits": {}, "exclude": {}}
    for section, key in sorted(back):
        values[section][key] = desk.configured.value(section, key)
    for name, text in given.items():
        section, dot, key = name.partition(".")
        if dot and section in values and key not in values[section]:
            values[section][key] = read_value(state.judging, section, key, text)
    after = changed(state.judging, values["limits"], values["exclude"])
    if not differing(state.judging, after) and not back:
        raise UsageError(say("没有改动任何值", "no value was changed"))
    return Wish(after, back)


def read_value(judging: Judging, section: str, key: str, text: str) -> Any:
    """The value that a field holds; whether it can be used is told by the section's own reader."""
    kept = getattr(judging.limits if section == "limits" else judging.exclusions, key, None)
    if isinstance(kept, tuple):
        return [line.strip() for line in text.splitlines() if line.strip()]
    text = text.strip().replace("−", "-")
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def shown_form(
    request: Request,
    section: str,
    *,
    wrong: str | None = None,
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The values of a section with a field each."""
    house, viewer = house_of(request), viewer_of(request)
    desk = desk_of(house)
    with house.reading() as connection:
        state = state_of(connection, desk)
        past = [one for one in past_changes(connection) if one.section == section]
    content = {
        "rows": rows_of(desk, state, section, given or {}),
        "past": past,
        "wrong": wrong,
        "given": given or {},
        "whole": whole_view(viewer),
        "days": (given or {}).get("days", DAYS),
        "most_days": MOST_DAYS,
        "origins": ORIGIN_WORDS,
        "saved": "saved" in request.query_params,
        "section": section,
    }
    name = "administration_limits.html" if section == "limits" else "administration_exclusions.html"
    return shown(request, name, content, status)


def rows_of(desk: Desk, state: State, section: str, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """One row a value: what it means, what it is, where it comes from, what its field holds."""
    infos = {info.name: info for info in describe_limits()} if section == "limits" else {}
    rows = []
    for key in infos or WORD_LISTS:
        value = state.judging.value(section, key)
        field = f"{section}.{key}"
        rows.append(
            {
                "key": key,
                "field": field,
                "info": infos.get(key),
                "value": value,
                "many": isinstance(value, tuple),
                "shown": given.get(field, field_text(value)),
                "configured": desk.configured.value(section, key),
                "change": state.changes.get((section, key)),
                "origin": desk.origins.get((section, key), "default"),
            }
        )
    return rows


def field_text(value: Any) -> str:
    """A value as its field holds it."""
    if isinstance(value, tuple):
        return "\n".join(value)
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
