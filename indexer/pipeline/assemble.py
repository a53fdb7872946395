"""Join the clips of each lane to recordings, and say whose footage every clip is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from domain.clip import Recording
from domain.timespan import Span, merge
from indexer.identity import Register
from indexer.pipeline.drain import drain
from indexer.pipeline.isolate import isolated
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register, parties
from indexer.recordings import assemble as assemble_clips
from storage import recordings, work
from storage.recordings import PlacedClip
from storage.schema.tables import CLIP
from storage.versions import Row
from storage.work import Mark

BATCH = 5000
SLACK = timedelta(minutes=1)


def assemble(scan: Scanning) -> None:
    """Empty the queue of lanes: only the stretches of time that changed, widened to whole recordings."""
    drain(scan, "assemble", BATCH, lambda connection, batch: _assemble_batch(connection, scan, batch.marks))


def _assemble_batch(connection: Connection, scan: Scanning, marks: Sequence[Mark]) -> None:
    register = load_register(connection)
    for lane, mine in _by_lane(marks).items():
        with isolated(connection, scan, "assemble", mine):
            _assemble_lane(connection, scan, lane, mine, register)


def _by_lane(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    lanes: dict[str, list[Mark]] = {}
    for mark in marks:
        lanes.setdefault(mark.subject, []).append(mark)
    return dict(sorted(lanes.items()))


def _assemble_lane(
    connection: Connection, scan: Scanning, lane: str, marks: Sequence[Mark], register: Register
) -> None:
    spans = merge((mark.span.widened(SLACK, SLACK) for mark in marks if mark.span), SLACK)
    for span in spans:
        _assemble_span(connection, scan, lane, _whole(connection, lane, span), register)
        _queue_parties(connection, lane, span, register)
    if any(mark.span is None for mark in marks):
        unplaced = recordings.clips(connection, CLIP.c.lane == lane, CLIP.c.started_at.is_(None))
        _save_footage(connection, scan, unplaced, [], register)


def _queue_parties(connection: Connection, lane: str, span: Span, register: Register) -> None:
    """Link anew for whoever's footage lies here: a clock's error or a gap's cause may differ where no span does."""
    touching = (CLIP.c.lane == lane) & (CLIP.c.started_at <= span.end) & (CLIP.c.ended_at >= span.start)
    for one in recordings.clips(connection, touching):
        if (one.present or one.unplayable) and one.clip.span:
            work.mark(connection, "link", [Mark(party, one.clip.span) for party, _ in parties(one.clip, register)])


def _whole(connection: Connection, lane: str, span: Span) -> Span:
    """The span widened until it cuts no recording that exists."""
    touching = recordings.recordings_touching(connection, lane, span)
    starts = [span.start, *(row["started_at"] - SLACK for row in touching)]
    ends = [span.end, *(row["ended_at"] + SLACK for row in touching)]
    wider = Span(min(starts), max(ends))
    return span if wider == span else _whole(connection, lane, wider)


def _assemble_span(connection: Connection, scan: Scanning, lane: str, span: Span, register: Register) -> None:
    inside = (CLIP.c.started_at >= span.start) & (CLIP.c.started_at <= span.end)
    found = recordings.clips(connection, CLIP.c.lane == lane, inside)
    present = [one for one in found if one.present]
    whole = assemble_clips([one.clip for one in present], scan.plan.recordings)
    recordings.replace_recordings(connection, lane, span, whole, scan.number)
    _save_footage(connection, scan, found, whole, register)


def _save_footage(
    connection: Connection, scan: Scanning, found: Sequence[PlacedClip], whole: Sequence[Recording], register: Register
) -> None:
    begun = {clip.file_id: recording for recording in whole for clip in recording.clips}
    rows = [row for one in found for row in _footage(one, begun, register)]
    ids = [one.clip.file_id for one in found]
    changes = recordings.replace_footage(connection, ids, rows, scan.number)
    marks = []
    for change in changes:
        for row in (change.before, change.after):
            if row is not None:
                span = Span(row["started_at"], row["ended_at"]) if row["started_at"] is not None else None
                marks.append(Mark(row["party"], span))
    work.mark(connection, "link", marks)


def _footage(one: PlacedClip, begun: Mapping[int, Recording], register: Register) -> list[Row]:
    """A row a party; a file that is gone, or a still picture, is nobody's footage.

    A file that cannot be played shows nothing, but it says that a recording began then: it has a row of no length.
    """
    clip = one.clip
    if not one.unplayable and not (one.present and clip.duration):
        return []
    recording = begun.get(clip.file_id)
    return [
        {
            "party": party,
            "basis": basis.value,
            "file_id": clip.file_id,
            "lane": one.lane,
            "recording_file": recording and recording.clips[0].file_id,
            "recording_at": recording and recording.span.start,
            "started_at": clip.span and clip.span.start,
            "ended_at": clip.span and clip.span.end,
        }
        for party, basis in parties(clip, register)
    ]
