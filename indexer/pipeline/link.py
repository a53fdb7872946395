"""Decide which footage belongs to which activity, party by party, around the stretches of time that changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from domain.activity import ActivityKind, Bound
from domain.clip import Recording
from domain.gap import Gap
from domain.hand_link import HandLink, Pair
from domain.link import Link, LinkBasis
from domain.timespan import Span, merge
from indexer.linking import ActivityWindow, Footage, decide
from indexer.pipeline.drain import drain, portions
from indexer.pipeline.isolate import isolated
from indexer.pipeline.link_by_hand import obey_hand_links, refused_pairs, without_refused
from indexer.pipeline.plan import Scanning
from storage import activities, footage, hand_links, links, recordings, work
from storage.links import Scope
from storage.recordings import PlacedClip
from storage.stretches import Stretch
from storage.versions import Row
from storage.work import Mark

BATCH = 20_000
HELD = 5000
"""Clips in memory at a time."""

CONTEXT = timedelta(hours=24)
"""How much further than the candidates' reach neighbours are looked at, so that a part decides as the whole would."""

Parties = Mapping[str, tuple[Span, ...]]


@dataclass(slots=True)
class Decided:
    """What was decided about some parties, to be written together; of a file in two spans the later counts."""

    scopes: list[Scope]
    rows: dict[tuple[str, int], list[Row]]
    near: set[str]


def link(scan: Scanning) -> None:
    """Make true what people said, then empty the queue of parties."""
    with scan.transaction() as connection:
        obey_hand_links(connection, scan)
    drain(scan, "link", BATCH, lambda connection, batch: _link_batch(connection, scan, batch.marks), by_subject=True)


def _link_batch(connection: Connection, scan: Scanning, marks: Sequence[Mark]) -> None:
    parties = _by_party(scan, marks)
    counts = iter(footage.count_footage(connection, _stretches(parties)))
    weights = [sum(next(counts) for _ in spans) for spans in parties.values()]
    for portion in portions(parties.items(), weights, HELD):
        _link_parties(connection, scan, dict(portion))
    _recheck_unplaced(connection, marks)


def _reach(scan: Scanning) -> timedelta:
    return timedelta(hours=scan.plan.linking.candidate_hours)


def _by_party(scan: Scanning, marks: Sequence[Mark]) -> Parties:
    spans: dict[str, list[Span]] = {}
    for mark in marks:
        if mark.span is not None:
            spans.setdefault(mark.subject, []).append(mark.span.widened(_reach(scan), _reach(scan)))
    return {party: merge(some, CONTEXT) for party, some in sorted(spans.items())}


def _stretches(parties: Parties) -> list[Stretch]:
    """Where each party is looked at, with everything a day around."""
    return [(party, span.widened(CONTEXT, CONTEXT)) for party, spans in parties.items() for span in spans]


def _recheck_unplaced(connection: Connection, marks: Sequence[Mark]) -> None:
    """Footage without a time may belong to any activity of its party: all of them are judged again."""
    parties = sorted({mark.subject for mark in marks if mark.span is None})
    work.mark(connection, "evaluate", [Mark(f"party:{party}") for party in parties])


def _link_parties(connection: Connection, scan: Scanning, parties: Parties) -> None:
    """Load all, decide party by party, write all."""
    stretches = _stretches(parties)
    takes = _footage(connection, stretches)
    reaches = [
        (party, _reach_of(some, span).widened(_reach(scan), _reach(scan)))
        for (party, span), some in zip(stretches, takes, strict=True)
    ]
    windows = activities.windows_touching(connection, reaches)
    words = hand_links.last_words_of_files(
        connection, (clip.file_id for some in takes for one in some for clip in one.recording.clips)
    )
    around = iter(zip(takes, windows, strict=True))
    decided = Decided([], {}, set())
    for party, spans in parties.items():
        mine = [(span, *next(around)) for span in spans]
        with isolated(connection, scan, "link", [Mark(party, span) for span in spans], writes=False):
            found = [_decide(scan, party, *one, words=words) for one in mine]
            for scope, rows, near in found:
                decided.scopes.append(scope)
                decided.rows.update({(party, file_id): rows.get(file_id, []) for file_id in scope.files})
                decided.near |= near
    _write(connection, scan, decided)


def _write(connection: Connection, scan: Scanning, decided: Decided) -> None:
    rows = [row for some in decided.rows.values() for row in some]
    changes = links.replace_links(connection, decided.scopes, rows, scan.number)
    touched = [row for change in changes for row in (change.before, change.after) if row]
    activities_touched = {f"{row['kind']}:{row['number']}" for row in touched}
    files = {f"clip:{row['file_id']}" for row in touched}
    subjects = [Mark(subject) for subject in sorted(decided.near | activities_touched | files)]
    officers = [
        Mark(f"officer:{scope.party.removeprefix('badge:')}", scope.span)
        for scope in decided.scopes
        if scope.party.startswith("badge:")
    ]
    work.mark(connection, "evaluate", [*subjects, *officers])
    work.mark(connection, "content", [Mark(str(file_id)) for file_id in sorted({row["file_id"] for row in touched})])


def _decide(
    scan: Scanning,
    party: str,
    span: Span,
    takes: Sequence[Footage],
    windows: Sequence[Row],
    *,
    words: Mapping[Pair, HandLink],
) -> tuple[Scope, dict[int, list[Row]], set[str]]:
    """Decide anew about every recording that touches the span: the scope, link rows by file, activities near.

    Shifts and neighbours look a day around, so whatever lies that near is judged again.
    """
    decided = decide(takes, [_window(row) for row in windows], scan.plan.linking, refused_pairs(words))
    mine = {clip.file_id: one.recording for one in takes if _touch(one, span) for clip in one.recording.clips}
    rows: dict[int, list[Row]] = {}
    for one in _best(without_refused(decided, words)):
        if one.file_id in mine:
            rows.setdefault(one.file_id, []).append(links.link_row(one, party, mine[one.file_id].span.start))
    near = {f"{row['kind']}:{row['number']}" for row in windows}
    return Scope(party, span, tuple(sorted(mine))), rows, near


def _touch(one: Footage, span: Span) -> bool:
    return one.recording.span.start <= span.end and one.recording.span.end >= span.start


def _reach_of(takes: Sequence[Footage], span: Span) -> Span:
    """The span widened to the whole of the recordings that reach beyond it."""
    starts = [span.start, *(one.recording.span.start for one in takes)]
    return Span(min(starts), max([span.end, *(one.recording.span.end for one in takes)]))


def _best(decided: Sequence[Link]) -> list[Link]:
    """One row for each clip and activity: the best, should two recordings of a clip be considered."""
    best: dict[tuple[int, str, str], Link] = {}
    for one in sorted(decided, key=lambda link: (-link.score, link.status.value)):
        best.setdefault((one.file_id, one.kind.value, one.number), one)
    return [best[key] for key in sorted(best)]


def _window(row: Row) -> ActivityWindow:
    return ActivityWindow(
        ActivityKind(row["kind"]),
        row["number"],
        row["officer"],
        Span(row["started_at"], row["ended_at"]),
        Bound(row["start_known"]),
        Bound(row["end_known"]),
        row["dispatched_at"],
        row["unit"],
        row["room"],
        tuple(row["channels"]),
    )


def _footage(connection: Connection, stretches: Sequence[Stretch]) -> list[list[Footage]]:
    """For each (party, stretch) the party's recordings that touch it, each one whole."""
    near = [
        sorted({row["recording_file"] for row in rows if row["recording_file"] is not None})
        for rows in footage.footage_touching(connection, stretches)
    ]
    wanted = {(party, key) for (party, _), keys in zip(stretches, near, strict=True) for key in keys}
    members: dict[tuple[str, int], list[Row]] = {}
    for row in footage.footage_of_recordings(connection, {key for _, key in wanted}):
        if (row["party"], row["recording_file"]) in wanted:
            members.setdefault((row["party"], row["recording_file"]), []).append(row)
    ids = sorted({row["file_id"] for rows in members.values() for row in rows})
    placed = recordings.clips_in_time(connection, ids)
    gaps = {
        key: recordings.gaps_of(row)
        for key, row in recordings.recording_rows(connection, {key for _, key in wanted}).items()
    }
    takes = {key: _take(key, rows, placed, gaps) for key, rows in members.items()}
    return [[takes[party, key] for key in keys] for (party, _), keys in zip(stretches, near, strict=True)]


def _take(
    key: tuple[str, int],
    members: Sequence[Row],
    placed: Mapping[int, PlacedClip],
    gaps: Mapping[int, tuple[Gap, ...]],
) -> Footage:
    """One recording as one party's footage."""
    party, first = key
    clips = sorted((placed[row["file_id"]].clip for row in members), key=lambda c: (c.span, c.file_id))
    spans = [clip.span for clip in clips if clip.span]
    span = Span(spans[0].start, max(s.end for s in spans))
    whole = Recording(clips[0].device, tuple(clips), span, gaps.get(first, ()))
    officer = party.removeprefix("badge:") if party.startswith("badge:") else None
    return Footage(whole, LinkBasis(members[0]["basis"]), officer)
