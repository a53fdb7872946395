"""What changed in the configuration since the last scan, and what has to be looked at again because of it."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, func, select

from detectors.limits import Exclusions, Limits
from domain.audit import Action, Entry, detail_text
from domain.timespan import Span
from indexer.name_patterns import VERSION as NAMES
from indexer.pipeline.plan import ScanPlan, fingerprint
from storage import scans, work
from storage.codec import encode
from storage.schema.tables import RECORDING, WINDOW
from storage.verdict_audit import actor
from storage.versions import current
from storage.work import Mark


def queue_changed_settings(connection: Connection, plan: ScanPlan, number: int) -> list[Entry]:
    """Register the stores, and queue what other patterns, zones or limits would place, join or link otherwise.

    Compared with the last complete scan: one that was killed has queued too, and doubles do no harm. Returns what the
    audit log shall say of the change.
    """
    stores = [
        {"name": s.name, "kind": s.kind.value, "location": s.location, "timezone": s.timezone, "unit": s.unit}
        for s in plan.stores
    ]
    before = {name for name, state in scans.store_states(connection).items() if state.state != "online"}
    scans.register_stores(connection, stores)
    left = sorted(before - {store.name for store in plan.stores})
    marks = [Mark(f"{kind}:{name}") for name in left for kind in ("store", "dependents")]
    work.mark(connection, "evaluate", marks)
    last, now = scans.last_plan(connection), _digests(plan)
    if last:
        _queue(connection, {part for part in now if now[part] != last.get(part)})
    told = {**now, "stores": stores, "limits": _set_limits(plan), "feeds": fingerprint(plan.feeds)}
    scans.note_plan(connection, number, told)
    return _change_entries(last, told, number)


def _change_entries(last: Mapping[str, Any], now: Mapping[str, Any], number: int) -> list[Entry]:
    """One link of the audit log that says which sections differ from the last scan's, and limits by their values."""
    changed = [section for section in sorted(now) if section in last and encode(now[section]) != last[section]]
    if not changed:
        return []
    limits: dict[str, dict[str, Any]] = {}
    if "limits" in changed:
        before, after = last["limits"], encode(now["limits"])
        keys = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        limits = {key: {"before": before.get(key), "after": after.get(key)} for key in keys}
    stores = []
    if "stores" in changed:
        known, given = ({one["name"]: one for one in some} for some in (last["stores"], now["stores"]))
        stores = sorted(name for name in {*known, *given} if known.get(name) != given.get(name))
    detail = detail_text(sections=changed, limits=limits, stores=stores)
    return [Entry(actor(number), Action.CONFIGURED, "plan", None, detail)]


def _digests(plan: ScanPlan) -> dict[str, str]:
    zones = [(store.name, store.timezone, store.unit, store.kind.value) for store in plan.stores]
    return {
        "place": fingerprint(NAMES, plan.patterns, zones, plan.clock, plan.timezone),
        "assemble": fingerprint(plan.recordings),
        "link": fingerprint(plan.linking),
        "content": fingerprint(plan.content.enabled, plan.content.share_ratio, plan.content.margin_seconds),
    }


def _set_limits(plan: ScanPlan) -> dict[str, object]:
    """The limits and exclusions that differ from their defaults, by key: what a history can name when they change."""
    usual = {"limits": Limits(), "exclude": Exclusions()}
    chosen = {"limits": plan.limits, "exclude": plan.exclusions}
    return {
        f"{section}.{field.name}": encode(getattr(chosen[section], field.name))
        for section in usual
        for field in fields(chosen[section])  # type: ignore[arg-type]
        if getattr(chosen[section], field.name) != getattr(usual[section], field.name)
    }


def _queue(connection: Connection, changed: set[str]) -> None:
    if "content" in changed:
        work.mark(connection, "content", [Mark("all")])
    if "place" in changed:
        work.mark(connection, "place", [Mark("all")])
    if "assemble" in changed:
        query = select(RECORDING.c.lane, func.min(RECORDING.c.started_at), func.max(RECORDING.c.ended_at))
        rows = connection.execute(query.where(current(RECORDING)).group_by(RECORDING.c.lane)).all()
        work.mark(connection, "assemble", [Mark(lane, Span(start, end)) for lane, start, end in rows])
    if "link" in changed:
        query = select(WINDOW.c.party, func.min(WINDOW.c.started_at), func.max(WINDOW.c.ended_at))
        rows = connection.execute(query.where(current(WINDOW)).group_by(WINDOW.c.party)).all()
        work.mark(connection, "link", [Mark(party, Span(start, end)) for party, start, end in rows])
