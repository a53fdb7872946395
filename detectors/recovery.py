"""How long footage that is missing may still be found where it was made: until the camera writes over it, or retention
ends. An estimate that says what it rests on; where nothing is known it says so, and gives no number.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from detectors.limits import Limits
from detectors.retention import months_later
from detectors.rule import ClipFacts, DeviceFacts, Facts, IncidentFacts, SessionFacts, StoreFacts
from detectors.verdict import local
from domain.clip import Clip, IndexEntry, StoreKind
from domain.finding import Outcome, Result
from domain.keeping import Keeping
from domain.wording import say

GIGABYTE = 1_000_000_000
LEAST_DAYS = 3
"""Days with recordings from which a camera's daily amount can be told."""

FAR = timedelta(days=30)
RULES = frozenset(
    {
        "missing.no-recording",
        "missing.officer-not-recording",
        "missing.session-not-recorded",
        "missing.shift-without-clips",
        "missing.sequence-hole",
        "incomplete.unreadable",
    }
)
"""Rules whose findings ask for footage that may still lie elsewhere."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Until when one place is likely to hold the footage, and by what: `storage`, `observed` or `retention`.

    `device`: the camera or recorder, None where a station is to hold it.
    """

    until: datetime
    basis: str
    text: str
    device: str | None = None


def of_camera(
    device: str, keeping: Keeping | None, recorded_at: datetime, now: datetime, storage_gb: float
) -> Chance | None:
    """A camera overwrites its oldest files when its memory is full; it was seen to keep some at least so long.

    None where neither its capacity with its daily amount is known nor a file that old was ever seen.
    """
    known = keeping or Keeping()
    daily = known.bytes_per_day if known.days >= LEAST_DAYS else None
    cycle = timedelta(days=storage_gb * GIGABYTE / daily) if storage_gb and daily else None
    seen = known.oldest_kept
    if cycle is not None and daily and (seen is None or cycle >= seen):
        text = say(
            f"{device}：容量 {storage_gb:g} GB，近期每天约 {daily / GIGABYTE:.1f} GB，约 {_days(cycle)} 天后循环覆盖",
            f"{device}: {storage_gb:g} GB, about {daily / GIGABYTE:.1f} GB a day of late: overwritten after about "
            f"{_days(cycle)} days",
        )
        return Chance(recorded_at + cycle, "storage", text, device)
    if seen is not None and recorded_at + seen > now:
        text = say(
            f"{device}：曾有 {_days(seen)} 天前的文件仍能导入，至少保留这么久",
            f"{device}: files {_days(seen)} days old were still imported: kept at least that long",
        )
        return Chance(recorded_at + seen, "observed", text, device)
    return None


def _days(length: timedelta) -> str:
    return f"{length / timedelta(days=1):.1f}"


def of_listed(entry_time: datetime, limits: Limits) -> Chance:
    """What a station has listed it must keep for the retention time."""
    until = months_later(entry_time, limits.retention_months)
    text = say(
        f"采集站应保存至 {local(until, limits)}（{limits.retention_months} 个自然月）",
        f"the station has to keep it until {local(until, limits)} ({limits.retention_months} calendar months)",
    )
    return Chance(until, "retention", text)


def with_recovery(rule: str, facts: Facts, outcome: Outcome, limits: Limits) -> Outcome:
    """A failure with the time in which its footage may still be recovered; others unchanged."""
    if rule not in RULES or outcome.result is not Result.FAIL:
        return outcome
    places = _places(facts, outcome, limits)
    if places is None:
        return outcome
    chances = [chance for chance in places if chance is not None]
    if not chances:
        lack = say(
            "设备保留录像的时长未知，无法估计何时丢失",
            "how long the camera keeps footage is not known: no estimate until when it can be recovered",
        )
        return replace(outcome, evidence=(*outcome.evidence, lack))
    return _stated(outcome, min(chances, key=lambda chance: chance.until), facts.now, limits)


def _places(facts: Facts, outcome: Outcome, limits: Limits) -> list[Chance | None] | None:
    """What is known of each place that may hold the footage; None where no place is known to."""
    if isinstance(facts, StoreFacts):
        entries = [entry for entry in facts.listed_absent if entry.path == outcome.anchor]
        return [of_listed(time, limits) for one in entries for time in _times(one)[:1]] or None
    cameras, started = _cameras(facts, outcome)
    if not cameras:
        return None
    if started is None:
        return [None]
    room = isinstance(facts, SessionFacts) or _of_room(facts)
    size = limits.room_storage_gb if room else limits.camera_storage_gb
    return [of_camera(one, known, started, facts.now, size) for one, known in sorted(cameras.items())]


def _times(entry: IndexEntry) -> list[datetime]:
    """The times on a list's row, latest first."""
    return sorted((time for time in (entry.imported_at, entry.ended_at, entry.started_at) if time), reverse=True)


def _of_room(facts: Facts) -> bool:
    if isinstance(facts, ClipFacts):
        return facts.store_kind is StoreKind.INTERROGATION
    return isinstance(facts, DeviceFacts) and bool(facts.device and facts.device.kind is StoreKind.INTERROGATION)


def _cameras(facts: Facts, outcome: Outcome) -> tuple[dict[str, Keeping | None], datetime | None]:
    """The cameras that may hold the footage with what is known of each, and when it was recorded."""
    started = outcome.span.start if outcome.span else None
    match facts:
        case IncidentFacts():
            who = [outcome.officer] if outcome.officer else list(facts.issued)
            devices = {device for officer in who for device in facts.issued.get(officer, ())}
            return {device: facts.keeping.get(device) for device in devices}, started
        case SessionFacts():
            return dict(facts.keeping), started
        case DeviceFacts():
            return {facts.serial: facts.keeping}, started
        case ClipFacts(clip=Clip(device=str() as device, span=span)):
            return {device: facts.keeping}, span.start if span else None
    return {}, None


def _stated(outcome: Outcome, chance: Chance, now: datetime, limits: Limits) -> Outcome:
    left = max(chance.until - now, timedelta(0))
    # As exact as an estimate deserves, so that a question does not change its wording at every scan.
    step = timedelta(days=1) if left > FAR else timedelta(hours=1)
    hours = (left // step * step) / timedelta(hours=1)
    text = (
        say(
            f"估计可追回至 {local(chance.until, limits)}", f"may be recovered until about {local(chance.until, limits)}"
        )
        if left
        else say(
            f"估计已于 {local(chance.until, limits)} 被覆盖",
            f"probably overwritten since {local(chance.until, limits)}",
        )
    )
    return replace(
        outcome,
        measured={
            **outcome.measured,
            "recover_within_h": hours,
            "recover_until": chance.until.isoformat(),
            "recover_basis": chance.basis,
            "recover_from": chance.device,
        },
        evidence=(*outcome.evidence, text, chance.text),
    )
