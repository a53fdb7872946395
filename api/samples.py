"""What pages and JSON of inspections share: reading what to draw, finding a sample, giving a check, adding up."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy import Connection

from api.house import house_of
from api.identity.access import audited, scope, viewer_of
from api.problems import Refused
from domain.activity import ActivityKind
from domain.audit import Action
from domain.inspection import (
    COMMENT_LENGTH,
    Check,
    CheckVerdict,
    Choice,
    Results,
    Stratify,
    contradiction,
    next_round,
    results,
    shown_to,
)
from domain.period import Period, month_of, parse_period
from domain.sampling import Precision
from domain.wording import say
from storage.audit import append
from storage.queries.filters import storable
from storage.queries.populations import Wanted, self_check_frozen
from storage.sampling import (
    MOST_DRAWN,
    ChangedMeanwhile,
    Item,
    Plan,
    Sample,
    draw_sample,
    items_of,
    keep_check,
    sample_of,
)

V = TypeVar("V", bound=StrEnum)
LONGEST_NAME, LONGEST_SEED, LONGEST_CODE = 80, 80, 100
MARGIN, CONFIDENCE = (0.005, 0.5), (0.5, 0.999)
"""Least and most of what can be asked of a draw."""
Errors = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A draw as it was asked for."""

    period: Period
    wanted: Wanted
    plan: Plan


def new_seed() -> str:
    """A proposal that nobody could have chosen."""
    return secrets.token_hex(6)


def read_draw(request: Request, given: Mapping[str, str]) -> tuple[Asked | None, Errors]:
    """What a form or a body asks for, and what is wrong with it. Nothing of it reaches beyond the viewer's units."""
    house, errors = house_of(request), Errors()
    period = _period(given.get("period", "") or month_of(house.now(), house.zone), house.zone, errors)
    kind = _word("kind", given, ActivityKind.INCIDENT, errors)
    choice = _word("choice", given, Choice.ALL, errors)
    by = _word("by", given, Stratify.UNIT, errors)
    size = _count("size", given.get("size", ""), (1, MOST_DRAWN), errors)
    least = _count("least", given.get("least", ""), (0, 100), errors)
    usual = Precision()
    margin = _share("margin", given.get("margin", ""), MARGIN, errors)
    confidence = _share("confidence", given.get("confidence", ""), CONFIDENCE, errors)
    seed = _text("seed", given, LONGEST_SEED, errors) or new_seed()
    name, unit = _text("name", given, LONGEST_NAME, errors), _text("unit", given, LONGEST_CODE, errors)
    if errors or period is None:
        return None, errors
    wanted = Wanted(kind, period.span.start, period.span.end, unit or None, scope(request), choice, by)
    precision = Precision(margin or usual.margin, confidence or usual.confidence)
    return Asked(period, wanted, Plan(name or period.word, seed, size, least or 0, precision)), []


def _period(text: str, zone: ZoneInfo, errors: Errors) -> Period | None:
    try:
        return parse_period(text, zone)
    except ValueError as error:
        errors.append(("period", str(error)))
        return None


def _word(name: str, given: Mapping[str, str], usual: V, errors: Errors) -> V:
    words = type(usual)
    text = given.get(name, "") or usual
    if text not in list(words):
        errors.append((name, f"expected one of {', '.join(words)}; got {text[:40]!r}"))
        return usual
    return words(text)


def _count(name: str, text: str, bounds: tuple[int, int], errors: Errors) -> int | None:
    """A whole number within bounds; None for an empty text, which leaves it to us."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9 and bounds[0] <= int(text) <= bounds[1]):
        errors.append((name, f"expected a whole number from {bounds[0]} to {bounds[1]}, got {text[:20]!r}"))
        return None
    return int(text)


def _share(name: str, text: str, limits: tuple[float, float], errors: Errors) -> float | None:
    """A share within limits; None for an empty text, which leaves it to us."""
    text = text.strip()
    if not text:
        return None
    if not re.fullmatch(r"0?\.\d{1,6}", text, re.ASCII) or not limits[0] <= float(text) <= limits[1]:
        errors.append((name, f"expected a share from {limits[0]:g} to {limits[1]:g}, got {text[:20]!r}"))
        return None
    return float(text)


def _text(name: str, given: Mapping[str, str], longest: int, errors: Errors) -> str:
    text = given.get(name, "").strip()
    if len(text) > longest or not storable(text):
        errors.append((name, f"expected plain text of at most {longest} characters"))
    return text


def drawn(request: Request, connection: Connection, asked: Asked, expected: str | None = None) -> Sample:
    """Draw, with its entry in the audit log. Raises Refused: 409 the population changed, 422 nobody can be drawn."""
    house, viewer = house_of(request), viewer_of(request)
    sample = draw_sample(connection, asked.wanted, asked.plan, viewer.actor, house.now(), expected=expected)
    detail = {"name": sample.name, "seed": sample.seed, "size": sample.size, "population": sample.population}
    entry = audited(
        request,
        Action.SAMPLED,
        f"sample:{sample.id}",
        sample.unit,
        digest=sample.digest,
        conditions=dict(sample.conditions),
        **detail,
    )
    append(connection, house.now(), [entry])
    return sample


def known_sample(request: Request, connection: Connection, sample_id: int) -> Sample:
    """Raises Refused (404) for one that is not there, or that was drawn outside the viewer's units."""
    found = sample_of(connection, sample_id) if 0 < sample_id < 2**31 else None
    if found is None or not found.seen_by(viewer_of(request).units):
        raise Refused(404, say("没有这份抽样", f"expected the number of a sample, got {sample_id}"))
    return found


def known_item(connection: Connection, sample: Sample, position: int) -> Item:
    """Raises Refused (404) for a position that the sample does not have."""
    found = items_of(connection, sample.id, position) if 0 < position < 2**31 else []
    if not found:
        raise Refused(404, say("该抽样没有这一项", f"expected a position from 1 to {sample.size}, got {position}"))
    return found[0]


@dataclass(frozen=True, slots=True)
class Given:
    """A check as an inspector gave it."""

    verdict: CheckVerdict
    missed: bool
    comment: str


CONTRADICTIONS: Mapping[str, tuple[str, str]] = {
    "agreed-missed": (
        "自查结论为无问题：若有遗漏，请选“不属实”。",
        "The self-check called it fine: if something was passed over, that is not so (disagreed).",
    ),
    "disagreed-nothing": (
        "自查结论为无问题：若不属实，即有遗漏，请勾选。",
        "The self-check called it fine: if that is not so, something was passed over: say so.",
    ),
    "undecided-missed": (
        "既已发现遗漏，请作出“属实”或“不属实”的结论。",
        "Something was found, so it can be decided: choose agreed or disagreed.",
    ),
}


def read_check(given: Mapping[str, Any], item: Item) -> Given:
    """The check of a form or a body. Raises Refused (422) naming what is missing or contradicts itself."""
    verdict, comment = str(given.get("verdict", "")), str(given.get("comment", "")).strip()
    missed = given.get("missed") in (True, "on", "yes", "true")
    if verdict not in list(CheckVerdict):
        raise _wrong("verdict", "请选择核查结论", f"verdict: expected one of {', '.join(CheckVerdict)}")
    if not comment or len(comment) > COMMENT_LENGTH or not storable(comment):
        asked = f"comment: expected 1 to {COMMENT_LENGTH} characters of plain text"
        raise _wrong("comment", "请写明核查情况", asked)
    if why := contradiction(self_check_frozen(item.frozen), CheckVerdict(verdict), missed):
        raise _wrong("missed", *CONTRADICTIONS[why])
    return Given(CheckVerdict(verdict), missed, comment)


def _wrong(name: str, zh: str, en: str) -> Refused:
    return Refused(422, say(zh, en), [(name, en)])


def check_item(request: Request, connection: Connection, sample: Sample, item: Item, given: Given) -> Check:
    """Keep the viewer's check of an item and its entry in the audit log.

    Raises Refused (409): the sample is closed, the viewer has checked it before, or two others have.
    """
    house, viewer = house_of(request), viewer_of(request)
    turn = next_round(item.checks, viewer.actor)
    if sample.closed_at is not None:
        raise Refused(409, say("该抽样已结束", "the sample is closed: no check can follow"))
    if turn is None:
        text = say(
            "同一人不能核查两次，每项最多两次核查", "nobody checks an item twice, and two checks are all it gets"
        )
        raise Refused(409, text)
    check = Check(turn, house.now(), viewer.actor, given.verdict, given.missed, given.comment)
    try:
        keep_check(connection, item, check)
    except ChangedMeanwhile as error:
        raise Refused(409, str(error)) from error
    entry = audited(
        request,
        Action.SAMPLE_CHECKED,
        f"sample:{sample.id}",
        item.frozen.get("unit"),
        position=item.position,
        activity=f"{sample.kind}:{item.subject}",
        round=turn,
        verdict=check.verdict.value,
        missed=check.missed,
    )
    append(connection, house.now(), [entry])
    return check


def visible(request: Request, sample: Sample, item: Item) -> tuple[Check, ...]:
    """The checks of an item that the viewer may see: a second check is blind."""
    return shown_to(item.checks, viewer_of(request).actor, closed=sample.closed_at is not None)


def turn_of(request: Request, sample: Sample, item: Item) -> int | None:
    """Which check of the item the viewer may give now, None for none."""
    return None if sample.closed_at else next_round(item.checks, viewer_of(request).actor)


def added_up(request: Request, sample: Sample, items: list[Item]) -> tuple[Results, int]:
    """The results as far as the viewer may see the verdicts, and how many checked items are not counted for that."""
    seen = [item.checked(visible(request, sample, item)) for item in items]
    hidden = sum(bool(item.checks) and not one.checks for item, one in zip(items, seen, strict=True))
    members = {stratum.name: stratum.population for stratum in sample.strata}
    return results(seen, members, sample.confidence), hidden


def period_of(sample: Sample) -> tuple[datetime, datetime]:
    """First and last moment of the period that the population comes from, so that its last day is shown as one."""
    first, after = (datetime.fromisoformat(sample.conditions[name]) for name in ("from", "to"))
    return first, after - timedelta(microseconds=1)
