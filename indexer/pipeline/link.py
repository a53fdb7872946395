"""Decide which footage belongs to which activity, party by party, around the stretches of time that changed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from domain.activity import ActivityKind, Bound
from domain.clip import Recording
from domain.link import Link, LinkBasis
from domain.timespan import Span, merge
from indexer.linking import ActivityWindow, Footage, decide
from indexer.pipeline.drain import drain
from indexer.pipeline.isolate import isolated
from indexer.pipeline.plan import Scanning
from storage import activities, links, recordings, work
from storage.versions import Row
from storage.work import Mark

BATCH = 20_000
CONTEXT = timedelta(hours=24)
"""How much further than the candidates' reach neighbours are looked at, so that a part decides as the whole would."""


def link(scan: Scanning) -> None:
    """Empty the queue of parties."""
    drain(scan, "link", BATCH, lambda connection, batch: _link_batch(connection, scan, batch.marks))


def _link_batch(connection: Connection, scan: Scanning, marks: Sequence[Mark]) -> None:
    for party, spans in _by_party(scan, marks).items():
        with isolated(connection, scan, "link", [Mark(party, span) for span in spans]):
            _link_spans(connection, scan, party, spans)
    _recheck_unplaced(connection, marks)


def _link_spans(connection: Connection, scan: Scanning, party: str, spans: Sequence[Span]) -> None:
    for span in spans:
        _link_party(connection, scan, party, span)


def _reach(scan: Scanning) -> timedelta:
    return timedelta(hours=scan.plan.linking.candidate_hours)


def _by_party(scan: Scanning, marks: Sequence[Mark]) -> dict[str, tuple[Span, ...]]:
    spans: dict[str, list[Span]] = {}
    for mark in marks:
        if mark.span is not None:
            spans.setdefault(mark.subject, []).append(mark.span.widened(_reach(scan), _reach(scan)))
    return {party: merge(some, CONTEXT) for party, some in sorted(spans.items())}


def _recheck_unplaced(connection: Connection, marks: Sequence[Mark]) -> None:
    """Footage without a time may belong to any activity of its party: all of them are judged again."""
    parties = sorted({mark.subject for mark in marks if mark.span is None})
    work.mark(connection, "evaluate", [Mark(f"party:{party}") for party in parties])


def _link_party(connection: Connection, scan: Scanning, party: str, span: Span) -> None:
    """Decide anew about every recording that touches the span, seeing everything a day around."""
    wide = span.widened(CONTEXT, CONTEXT)
    footage = _footage(connection, party, wide)
    reach = _reach_of(footage, wide)
    windows = activities.windows_of(connection, party, reach.widened(_reach(scan), _reach(scan)))
    decided = decide(footage, [_window(row) for row in windows], scan.plan.linking)
    mine = {clip.file_id: one.recording for one in footage if _touch(one, span) for clip in one.recording.clips}
    rows = [links.link_row(one, party, mine[one.file_id].span.start) for one in _best(decided) if one.file_id in mine]
    changes = links.replace_links(connection, party, links.Scope(span, tuple(sorted(mine))), rows, scan.number)
    touched = [row for change in changes for row in (change.before, change.after) if row]
    # Shifts and neighbours look a day around, so whatever lies that near is judged again.
    near = {f"{row['kind']}:{row['number']}" for row in windows}
    near |= {f"{row['kind']}:{row['number']}" for row in touched}
    files = {f"clip:{row['file_id']}" for row in touched}
    work.mark(connection, "evaluate", [Mark(subject) for subject in sorted(near | files)])
    officer = party.removeprefix("badge:")
    if officer != party:
        work.mark(connection, "evaluate", [Mark(f"officer:{officer}")])


def _touch(one: Footage, span: Span) -> bool:
    return one.recording.span.start <= span.end and one.recording.span.end >= span.start


def _reach_of(footage: Sequence[Footage], span: Span) -> Span:
    """The span widened to the whole of the recordings that reach beyond it."""
    starts = [span.start, *(one.recording.span.start for one in footage)]
    return Span(min(starts), max([span.end, *(one.recording.span.end for one in footage)]))


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


def _footage(connection: Connection, party: str, span: Span) -> list[Footage]:
    """The party's recordings that touch a stretch of time, each one whole."""
    near = recordings.footage_of(connection, party, span)
    keys = {row["recording_file"] for row in near if row["recording_file"] is not None}
    rows = recordings.footage_of_recordings(connection, party, keys)
    placed = recordings.clips_of_files(connection, [row["file_id"] for row in rows])
    known = recordings.recording_rows(connection, keys)
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["recording_file"], []).append(row)
    officer = party.removeprefix("badge:") if party.startswith("badge:") else None
    found = []
    for key, members in sorted(groups.items()):
        clips = sorted((placed[row["file_id"]].clip for row in members), key=lambda c: (c.span, c.file_id))
        spans = [clip.span for clip in clips if clip.span]
        gaps = recordings.gaps_of(known[key]) if key in known else ()
        whole = Recording(clips[0].device, tuple(clips), Span(spans[0].start, max(s.end for s in spans)), gaps)
        found.append(Footage(whole, LinkBasis(members[0]["basis"]), officer))
    return found
