"""Join the clips of each lane to recordings, and say whose footage every clip is."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from domain.clip import Clip, Recording
from domain.link import LinkBasis
from domain.timespan import Span, merge
from indexer.clip_bounds import between
from indexer.identity import Register
from indexer.pipeline.drain import drain, portions
from indexer.pipeline.isolate import isolated
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register, parties
from indexer.recordings import assemble as assemble_clips
from storage import footage, recordings, work
from storage.among import among
from storage.recordings import PlacedClip
from storage.schema.tables import CLIP
from storage.stretches import Stretch
from storage.versions import Change, Row, chunks
from storage.work import Mark

BATCH = 5000
HELD = 5000
"""Clips in memory at a time."""

SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane with its marks, the stretches that changed, and the same widened to whole recordings."""

    name: str
    marks: Sequence[Mark]
    changed: Sequence[Span]
    wide: Sequence[Span]

    @property
    def has_unplaced(self) -> bool:
        """Whether its clips without a time are to be looked at."""
        return any(mark.span is None for mark in self.marks)

    def touched(self, span: Span) -> bool:
        """Whether a clip lies where something changed."""
        at = bisect_right(self.changed, span.end, key=lambda changed: changed.start)
        return at > 0 and self.changed[at - 1].end >= span.start


@dataclass(slots=True)
class Assembled:
    """What was made of some lanes, to be written together."""

    whole: list[tuple[Stretch, Sequence[Recording]]]
    file_ids: list[int]
    footage: list[Row]
    marks: list[Mark]
    bounds: dict[int, Span | None]


def assemble(scan: Scanning) -> None:
    """Empty the queue of lanes: only the stretches of time that changed, widened to whole recordings."""
    with scan.transaction() as connection:
        register = load_register(connection)
    drain(
        scan,
        "assemble",
        BATCH,
        lambda connection, batch: _assemble_batch(connection, scan, batch.marks, register),
        by_subject=True,
    )


def _assemble_batch(connection: Connection, scan: Scanning, marks: Sequence[Mark], register: Register) -> None:
    lanes = _lanes(connection, marks)
    counts = iter(recordings.count_begun(connection, [(lane.name, span) for lane in lanes for span in lane.wide]))
    weights = [sum(next(counts) for _ in lane.wide) for lane in lanes]
    for portion in portions(lanes, weights, HELD):
        _assemble_lanes(connection, scan, portion, register)


def _lanes(connection: Connection, marks: Iterable[Mark]) -> list[Lane]:
    by_lane: dict[str, list[Mark]] = {}
    for mark in marks:
        by_lane.setdefault(mark.subject, []).append(mark)
    changed = {
        lane: merge((mark.span.widened(SLACK, SLACK) for mark in mine if mark.span), SLACK)
        for lane, mine in sorted(by_lane.items())
    }
    wide = _whole(connection, changed)
    return [Lane(lane, by_lane[lane], spans, wide[lane]) for lane, spans in changed.items()]


def _whole(connection: Connection, spans: Mapping[str, Sequence[Span]]) -> Mapping[str, Sequence[Span]]:
    """The spans of each lane, widened until they cut no recording that exists."""
    stretches = [(lane, span) for lane, some in spans.items() for span in some]
    wider: dict[str, list[Span]] = {lane: [] for lane in spans}
    for (lane, span), rows in zip(stretches, recordings.recordings_touching(connection, stretches), strict=True):
        starts = [span.start, *(row["started_at"] - SLACK for row in rows)]
        ends = [span.end, *(row["ended_at"] + SLACK for row in rows)]
        wider[lane].append(Span(min(starts), max(ends)))
    merged = {lane: merge(some, SLACK) for lane, some in wider.items()}
    grown = {lane: some for lane, some in merged.items() if some != tuple(spans[lane])}
    return {**merged, **_whole(connection, grown)} if grown else merged


def _assemble_lanes(connection: Connection, scan: Scanning, lanes: Sequence[Lane], register: Register) -> None:
    """Load all, join lane by lane, write all."""
    stretches = [(lane.name, span) for lane in lanes for span in lane.wide]
    begun = dict(zip(stretches, recordings.clips_begun(connection, stretches), strict=True))
    unplaced = _unplaced(connection, [lane.name for lane in lanes if lane.has_unplaced])
    made = Assembled([], [], [], [], {})
    for lane in lanes:
        with isolated(connection, scan, "assemble", lane.marks, writes=False):
            clips = [one for span in lane.wide for one in begun[lane.name, span]]
            whole = [
                ((lane.name, span), assemble_clips(_present(begun[lane.name, span]), scan.plan.recordings))
                for span in lane.wide
            ]
            rows, marks = _footage([*clips, *unplaced.get(lane.name, ())], whole, lane, register)
            made.whole += whole
            made.file_ids += [one.clip.file_id for one in (*clips, *unplaced.get(lane.name, ()))]
            made.footage += rows
            made.marks += marks
            made.bounds |= {
                one.clip.file_id: between(one.clip.earliest, one.clip.latest) for one in unplaced.get(lane.name, ())
            }
    recordings.replace_recordings(connection, made.whole, scan.number)
    changes = footage.replace_footage(connection, made.file_ids, made.footage, scan.number)
    stretches_of = {lane.name: lane.changed for lane in lanes}
    work.mark(connection, "link", [*made.marks, *_changed(changes, made.bounds, stretches_of)])


def _present(clips: Sequence[PlacedClip]) -> list[Clip]:
    return [one.clip for one in clips if one.present]


def _unplaced(connection: Connection, lanes: Sequence[str]) -> dict[str, list[PlacedClip]]:
    """Clips without a time, by lane."""
    found: dict[str, list[PlacedClip]] = {}
    for part in chunks(lanes):
        for one in recordings.clips(connection, among(CLIP.c.lane, part), CLIP.c.started_at.is_(None)):
            found.setdefault(one.lane, []).append(one)
    return found


def _footage(
    clips: Sequence[PlacedClip],
    whole: Sequence[tuple[Stretch, Sequence[Recording]]],
    lane: Lane,
    register: Register,
) -> tuple[list[Row], list[Mark]]:
    """A row a party for each clip, and who is to be linked anew.

    That is whoever's footage lies where something changed: a clock's error or a gap's cause may differ where no span
    does; and whoever's clip without a time may lie there.
    """
    begun = {clip.file_id: recording for _, some in whole for recording in some for clip in recording.clips}
    rows: list[Row] = []
    marks: list[Mark] = []
    for one in clips:
        mine = list(parties(one.clip, register)) if one.present or one.unplayable else []
        if one.clip.duration or one.unplayable:
            rows += [_row(one, begun.get(one.clip.file_id), party, basis) for party, basis in mine]
        if one.clip.span and lane.touched(one.clip.span):
            marks += [Mark(party, one.clip.span) for party, _ in mine]
        elif one.clip.span is None:
            marks += [Mark(party, span) for party, _ in mine for span in lane.changed]
    return rows, marks


def _row(one: PlacedClip, recording: Recording | None, party: str, basis: LinkBasis) -> Row:
    """A file that is gone, or a still picture, is nobody's footage.

    A file that cannot be played shows nothing, but it says that a recording began then: it has a row of no length.
    """
    clip = one.clip
    return {
        "party": party,
        "basis": basis.value,
        "file_id": clip.file_id,
        "lane": one.lane,
        "recording_file": recording and recording.clips[0].file_id,
        "recording_at": recording and recording.span.start,
        "started_at": clip.span and clip.span.start,
        "ended_at": clip.span and clip.span.end,
    }


def _changed(
    changes: Sequence[Change], bounds: Mapping[int, Span | None], stretches: Mapping[str, Sequence[Span]]
) -> Iterator[Mark]:
    """The parties whose footage is another one than before, and where: of a clip without a time, where it may lie.

    Of one that has a time now, or is gone, where it may have lain: what placing has marked of its lane.
    """
    for row in (row for change in changes for row in (change.before, change.after) if row is not None):
        if row["started_at"] is not None:
            yield Mark(row["party"], Span(row["started_at"], row["ended_at"]))
        elif row["file_id"] in bounds:
            yield Mark(row["party"], bounds[row["file_id"]])
        else:
            yield from (Mark(row["party"], span) for span in stretches.get(row["lane"]) or (None,))
