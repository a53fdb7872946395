"""What is to be looked at of each clip: marks of files and activities become rows of the queue of content checks.

Wanted are the parts inside required windows of the activities that a clip is linked or proposed to; of clips outside
all windows a share, whole. What was looked at before, of the same bytes and by the same detectors, is not wanted again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from sqlalchemy import Connection

from detectors.content.base import Part
from domain.link import Link, LinkStatus
from domain.timespan import Span
from indexer.content import SLIVER, UNKNOWN, ZERO, ContentSettings, chosen, in_windows, length, without
from indexer.pipeline.copies import forget_copies
from indexer.pipeline.drain import drain
from indexer.pipeline.plan import Scanning, ScanPlan, fingerprint
from storage import activities, content_queue, links, observations, work
from storage.codec import encode
from storage.content_queue import NAMES, ContentState, Playable, parts_of
from storage.versions import Row, chunks
from storage.work import Mark

STEP = "content"
BATCH = 2000
KINDS = ("incident", "session")
OVERLAY = "overlay"
"""The detector that reads on-screen text: the checker announces it only where its extra is installed."""

INSIDE, OUTSIDE = content_queue.PRIORITIES


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parts of one clip that are worth looking at, none or some, and how urgently."""

    parts: tuple[Part, ...]
    priority: int


def queue_content(scan: Scanning) -> None:
    """Empty the queue of clips whose place, links or windows changed. Nothing is queued while checks are off."""
    with scan.transaction() as connection:
        if not scan.plan.content.enabled:
            work.clear_upto(connection, STEP, work.newest(connection, STEP))
            return
        asked = asked_now(scan.plan)
        _expand(connection, asked)
    drain(scan, STEP, BATCH, lambda connection, batch: _queue(connection, scan, _files(batch.marks), asked))


def versions_now(checker: str) -> Mapping[str, int]:
    """The detectors that the checker would run now, by its own account: `versions()` in the same module."""
    versions = getattr(import_module(checker.partition(":")[0]), "versions", dict)
    return dict(versions())


def asked_now(plan: ScanPlan) -> tuple[str, ...]:
    """Digests of what the checker would look for now, and of more that will do too, the first one first.

    The on-screen clock is looked for only where that is switched on; clips in which it was, before it was switched
    off, need not be looked at again.
    """
    versions = versions_now(plan.checker)
    without = {name: version for name, version in versions.items() if name != OVERLAY}
    asked = [versions] if plan.content.overlay else [without, versions]
    return tuple(dict.fromkeys(fingerprint(dict(sorted(some.items()))) for some in asked))


def _files(marks: Iterable[Mark]) -> list[int]:
    return sorted({int(mark.subject) for mark in marks if mark.subject.isdigit()})


def _expand(connection: Connection, asked: Sequence[str]) -> None:
    """Marks that name activities, or everything, become marks of files; so does what other detectors looked at."""
    found = set(content_queue.asked_of_others(connection, asked))
    for kind in KINDS:
        numbers = work.named(connection, STEP, f"{kind}:")
        found |= content_queue.files_of_activities(connection, kind, numbers)
    work.mark(connection, STEP, [Mark(str(file_id)) for file_id in sorted(found)])
    if work.named(connection, STEP, "all"):
        for some in content_queue.clip_files(connection, BATCH):
            work.mark(connection, STEP, [Mark(str(file_id)) for file_id in some])


def _queue(connection: Connection, scan: Scanning, file_ids: Sequence[int], asked: Sequence[str]) -> None:
    """Write what is wanted of some files, and have those judged again of which something else waits now."""
    clips = content_queue.playable(connection, file_ids)
    before = content_queue.queued(connection, file_ids)
    spans = windows_of(connection, clips)
    rows, gone = [], []
    for file_id in sorted({*clips, *before}):
        clip, old = clips.get(file_id), before.get(file_id)
        wanted = _wanted(clip, spans.get(file_id, ()), scan.plan.content) if clip else Wanted((), OUTSIDE)
        row = _row(clip, wanted, old, asked, scan.now) if clip else _away(old)
        if row is None and old is not None:
            gone.append(file_id)
        elif row is not None and (old is None or any(row[name] != old[name] for name in NAMES)):
            rows.append(row)
    content_queue.write(connection, rows, before)
    content_queue.forget(connection, gone)
    observations.end_observations(connection, [one for one in gone if one in clips], scan.number)
    forget_copies(connection, [one for one in gone if one in clips], scan.number)
    other = [row for row in rows if (before.get(row["file_id"]) or {}).get("state") != row["state"]]
    work.mark(connection, "evaluate", [Mark(f"clip:{one}") for one in [*(row["file_id"] for row in other), *gone]])


def windows_of(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Span]]:
    """Required windows of the activities that files are linked or proposed to."""
    linked = links.links_of_files(connection, file_ids)
    numbers: dict[str, set[str]] = {}
    for link in (one for some in linked.values() for one in some if one.status is not LinkStatus.REJECTED):
        numbers.setdefault(link.kind.value, set()).add(link.number)
    rows = {
        (kind, number): some
        for kind, wanted in numbers.items()
        for number, some in activities.window_parties(connection, kind, sorted(wanted)).items()
    }
    return {file_id: _spans(some, rows) for file_id, some in linked.items()}


def _spans(linked: Iterable[Link], windows: Mapping[tuple[str, str], Sequence[Row]]) -> list[Span]:
    """The window of each link: that of its officer, else the first of the activity."""
    found = []
    for link in linked:
        rows = windows.get((link.kind.value, link.number), ())
        if link.status is not LinkStatus.REJECTED and rows:
            mine = next((row for row in rows if row["officer"] == link.officer), rows[0])
            found.append(Span(mine["started_at"], mine["ended_at"]))
    return found


def _wanted(clip: Playable, windows: Sequence[Span], settings: ContentSettings) -> Wanted:
    """Inside the windows; else the whole of a clip that belongs to the share."""
    if clip.started_at is not None and clip.ended_at is not None:
        span = Span(clip.started_at, clip.ended_at)
        if parts := in_windows(span, windows, settings.margin + clip.clock_error):
            return Wanted(parts, INSIDE)
    if not chosen(clip.anchor, settings.share_ratio):
        return Wanted((), OUTSIDE)
    return Wanted(((ZERO, clip.length or UNKNOWN),), OUTSIDE)


def _row(clip: Playable, wanted: Wanted, old: Row | None, asked: Sequence[str], now: datetime) -> Row | None:
    """The file's row as it has to be; None: nothing is wanted of it, and nothing of what was measured holds.

    Of the same bytes and detectors the past counts; of others the file begins anew.
    """
    same = old is not None and (old["size"], old["modified_at"]) == (clip.size, clip.modified_at)
    past = old if old and same and old["asked"] in asked else None
    checked = parts_of(past["checked"]) if past else ()
    waiting = without(wanted.parts, checked, SLIVER if checked else ZERO)
    if not waiting and not checked:
        return None
    state = ContentState.WAITING if waiting else ContentState.DONE
    if past and waiting and past["state"] == ContentState.ENDED:
        state = ContentState.ENDED
    kept = past or NOTHING
    return {
        **{name: kept[name] for name in NOTHING},
        "file_id": clip.file_id,
        "state": state.value,
        "priority": wanted.priority if wanted.parts or past is None else past["priority"],
        "started_at": clip.started_at or clip.modified_at,
        "wanted": encode(wanted.parts),
        "waiting": length(waiting),
        "asked": past["asked"] if past else asked[0],
        "size": clip.size,
        "modified_at": clip.modified_at,
        "queued_at": past["queued_at"] if past and (past["state"] == state or not waiting) else now,
    }


def _away(old: Row | None) -> Row | None:
    """Of a file that is not there nothing is wanted; what was looked at is remembered, for it may come back."""
    return {**old, "state": ContentState.DONE.value, "waiting": ZERO} if old and old["checked"] else None


NOTHING: Row = {
    **dict.fromkeys(("next_at", "why", "checked_at")),
    **dict.fromkeys(("attempts", "cpu_ms"), 0),
    "checked": [],
    "versions": {},
    "problems": [],
}
"""What is remembered of a file that was never looked at."""


def forget_other_bytes(connection: Connection, versions: Mapping[int, tuple[int, datetime]], scan: int) -> None:
    """Of files whose bytes are not those that were looked at, nothing is known any more; places them anew."""
    for part in chunks(sorted(versions)):
        other = content_queue.other_bytes(connection, {file_id: versions[file_id] for file_id in part})
        observations.end_observations(connection, other, scan)
        forget_copies(connection, other, scan)
        content_queue.forget(connection, other)
        work.mark(connection, STEP, [Mark(str(file_id)) for file_id in other])
