"""What is known of each camera's clock in a period, and how many of its clips of that period were placed by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, or_, select, true

from domain.clip import ClockKind, DeviceClock
from domain.finding import SubjectKind
from domain.timespan import ZERO
from storage.codec import decode
from storage.queries.filters import Filters, wanted_units
from storage.schema.tables import CLIP, DEVICE_CLOCK, EVALUATION, RECORD
from storage.types import EPOCH
from storage.versions import current

STRETCH = timedelta(days=14)
"""Clocks are told fortnight by fortnight."""
RULE = "nonstandard.clock"


@dataclass(frozen=True, slots=True)
class ClockInPeriod:
    """One camera or recorder. `clock` None: nothing tells it in the period.

    `since`: start of the first fortnight from which on its clock was of this kind without a break. `clips`: of the
    period; `corrected`: of these whose start was moved by the clock, `unplaced`: whose clock had lost its time.
    `result`: of the rule about clocks. `scan`: the one that established the clock.
    """

    serial: str
    model: str | None
    unit: str | None
    clock: DeviceClock | None
    since: datetime | None
    clips: int
    corrected: int
    unplaced: int
    result: str | None
    scan: int | None


@dataclass(frozen=True, slots=True)
class _Counts:
    clips: int = 0
    corrected: int = 0
    unplaced: int = 0
    unit: str | None = None


def clocks_in_period(connection: Connection, filters: Filters) -> list[ClockInPeriod]:
    """Every camera of the register, and those with a clip or a clock of the period, in order of serial."""
    units = wanted_units(connection, filters)
    register, counts, told = _register(connection), _counts(connection, filters), _told(connection, filters)
    results = _results(connection)
    found = []
    for serial in sorted({*register, *counts, *told}):
        registered, count = register.get(serial), counts.get(serial, _Counts())
        history = told.get(serial, [])
        unit = registered["unit"] if registered else count.unit or next((row["unit"] for row in history[-1:]), None)
        if units is not None and unit not in units:
            continue
        last = _last(history, filters)
        model = registered["model"] if registered else None
        found.append(
            ClockInPeriod(
                *(serial, model, unit, None if last is None else decode(DeviceClock, last["body"])),
                since=None if last is None else _since(history, last),
                clips=count.clips,
                corrected=count.corrected,
                unplaced=count.unplaced,
                result=results.get(serial),
                scan=None if last is None else last["since_scan"],
            )
        )
    return found


def _register(connection: Connection) -> dict[str, Mapping[str, Any]]:
    query = select(RECORD.c.key, RECORD.c.unit, RECORD.c.body).where(current(RECORD), RECORD.c.kind == "devices")
    rows = connection.execute(query.order_by(RECORD.c.feed.desc())).all()
    return {key: {"unit": unit, "model": body.get("model")} for key, unit, body in rows}


def _counts(connection: Connection, filters: Filters) -> dict[str, _Counts]:
    """By serial the clips of the period: those without a start by what bounds it, else by their file's last writing."""
    at = func.coalesce(CLIP.c.started_at, CLIP.c.earliest, CLIP.c.latest, CLIP.c.listed_at)
    moved, lost = case((CLIP.c.clock_offset != ZERO, 1)), case((CLIP.c.started_at.is_(None), 1))
    query = (
        select(CLIP.c.device, func.count(), func.count(moved), func.count(lost), func.min(CLIP.c.unit))
        .where(current(CLIP), CLIP.c.device.is_not(None), _seen(connection, filters))
        .where(at >= filters.since, at < filters.until)
    )
    return {row[0]: _Counts(*row[1:]) for row in connection.execute(query.group_by(CLIP.c.device)).all()}


def _seen(connection: Connection, filters: Filters) -> ColumnElement[bool]:
    units = wanted_units(connection, filters)
    return true() if units is None else CLIP.c.unit.in_(units)


def _told(connection: Connection, filters: Filters) -> dict[str, list[Mapping[str, Any]]]:
    """By serial its clocks until the end of the period, in order of time."""
    until = or_(DEVICE_CLOCK.c.period.is_(None), DEVICE_CLOCK.c.period < filters.until)
    query = select(DEVICE_CLOCK).where(current(DEVICE_CLOCK), until)
    found: dict[str, list[Mapping[str, Any]]] = {}
    rows = connection.execute(query.order_by(DEVICE_CLOCK.c.device)).mappings()
    for row in sorted(rows, key=lambda row: (row["device"], row["period"] or EPOCH)):
        found.setdefault(row["device"], []).append(dict(row))
    return found


def _last(history: Iterable[Mapping[str, Any]], filters: Filters) -> Mapping[str, Any] | None:
    """The latest whose fortnight reaches into the period; one told before clocks had periods holds for all."""
    assert filters.since is not None
    since = filters.since - STRETCH
    mine = [row for row in history if row["period"] is None or row["period"] > since]
    return mine[-1] if mine else None


def _since(history: Sequence[Mapping[str, Any]], last: Mapping[str, Any]) -> datetime | None:
    """Where the unbroken run of fortnights of the same kind begins."""
    begun, after = last["period"], last["period"]
    for row in reversed(history[: history.index(last)]):
        if row["kind"] != last["kind"] or row["period"] is None or after is None or after - row["period"] > STRETCH:
            break
        begun = after = row["period"]
    return None if last["kind"] == ClockKind.NONE else begun


def _results(connection: Connection) -> dict[str, str]:
    """What the rule about clocks says of each camera now."""
    query = select(EVALUATION.c.subject_key, EVALUATION.c.outcomes).where(
        current(EVALUATION), EVALUATION.c.kind == SubjectKind.DEVICE
    )
    return {
        serial: outcome["result"]
        for serial, outcomes in connection.execute(query).all()
        for outcome in outcomes
        if outcome.get("rule") == RULE
    }
