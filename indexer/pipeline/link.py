"""Decide which footage belongs to which activity, party by party, around the stretches of time that changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.activity import ActivityKind, Bound
from domain.clip import Recording
from domain.link import Link, LinkBasis
from domain.timespan import Span, merge
from indexer.linking import ActivityWindow, Footage, decide
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
    with scan.transaction() as connection:
        upto = work.newest(connection, "link")
        scan.progress.step("link", work.waiting(connection, "link"))
    while True:
        with scan.transaction() as connection:
            batch = work.take(connection, "link", BATCH, upto)
            if not batch.ids:
                return
            _link_batch(connection, scan, batch.marks)
            work.clear(connection, batch.ids)
        scan.progress.advance(len(batch.ids))


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
    wide = span.widened(CONTEXT, CONTEXT)
    windows = activities.windows_of(connection, party, wide)
    footage, begun = _footage(connection, party, wide)
    decided = decide(footage, [_window(row) for row in windows], scan.plan.linking)
    rows = [links.link_row(one, party, begun[one.file_id]) for one in _best(decided)]
    inside = [row for row in rows if span.start <= row["at"] <= span.end]
    changes = links.replace_links(connection, party, span, inside, scan.number)
    touched = [row for change in changes for row in (change.before, change.after) if row]
    near = {f"{row['kind']}:{row['number']}" for row in windows}  # shifts and neighbours look a day around
    near |= {f"{row['kind']}:{row['number']}" for row in touched}
    files = {f"clip:{row['file_id']}" for row in touched}
    work.mark(connection, "evaluate", [Mark(subject) for subject in sorted(near | files)])
    officer = party.removeprefix("badge:")
    if officer != party:
        work.mark(connection, "evaluate", [Mark(f"officer:{officer}")])


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


def _footage(connection: Connection, party: str, span: Span) -> tuple[list[Footage], dict[int, datetime]]:
    """The party's recordings near a stretch of time, and when the recording of each file begins."""
    rows = recordings.footage_of(connection, party, span)
    placed = recordings.clips_of_files(connection, [row["file_id"] for row in rows])
    groups: dict[tuple[str, datetime], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["lane"], row["recording_at"] or row["started_at"]), []).append(row)
    known = recordings.recording_rows(connection, groups)
    officer = party.removeprefix("badge:") if party.startswith("badge:") else None
    found, begun = [], {}
    for key, members in sorted(groups.items()):
        clips = sorted((placed[row["file_id"]].clip for row in members), key=lambda c: (c.span, c.file_id))
        spans = [clip.span for clip in clips if clip.span]
        gaps = recordings.gaps_of(known[key]) if key in known else ()
        whole = Recording(clips[0].device, tuple(clips), Span(spans[0].start, max(s.end for s in spans)), gaps)
        found.append(Footage(whole, LinkBasis(members[0]["basis"]), officer))
        begun.update({clip.file_id: key[1] for clip in clips})
    return found, begun
