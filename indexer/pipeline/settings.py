"""What changed in the configuration since the last scan, and what has to be looked at again because of it."""

from dataclasses import fields

from sqlalchemy import Connection, func, select

from detectors.limits import Exclusions, Limits
from domain.timespan import Span
from indexer.name_patterns import VERSION as NAMES
from indexer.pipeline.plan import ScanPlan, fingerprint
from storage import scans, work
from storage.codec import encode
from storage.schema.tables import RECORDING, WINDOW
from storage.versions import current
from storage.work import Mark


def queue_changed_settings(connection: Connection, plan: ScanPlan, number: int) -> None:
    """Register the stores, and queue what other patterns, zones or limits would place, join or link otherwise.

    Compared with the last complete scan: one that was killed has queued too, and doubles do no harm.
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
    scans.note_plan(connection, number, {**now, "stores": stores, "limits": _set_limits(plan)})


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
