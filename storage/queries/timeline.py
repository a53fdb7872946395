"""One activity as lanes in time: required window, clips, gaps with cause, whose footage covers them, findings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from domain.activity import ActivityKind
from domain.timespan import ZERO, Span, uncovered
from storage.queries.activities import TOGETHER, Judged, interruptions, judged
from storage.queries.explain_activity import activity_record
from storage.queries.judgements import link_rows
from storage.queries.linked import about
from storage.queries.raws import Raw, read
from storage.queries.shapes import FilePlace, file_places, gap_parts, instant, ratio
from storage.schema.tables import COVERAGE, FINDING, LINK, WINDOW
from storage.versions import current

INCIDENT_MARKS = ("received_at", "dispatched_at", "arrived_at", "finished_at", "feedback_at")
SESSION_MARKS = ("started_at", "signed_at")
NOT_ON_RECORD = "not-on-record"
"""Cause of a hole at the edge of a window: late start or early end, of which no gap was made."""


@dataclass(frozen=True, slots=True)
class TimelineWindow:
    """应记录时段: `start_known`, `end_known` are stated, estimated or upper-bound."""

    start: datetime
    end: datetime
    start_known: str
    end_known: str


@dataclass(frozen=True, slots=True)
class TimelineClip:
    """One clip in a lane; the truth lies within ± `clock_error`."""

    file_id: int
    store: str
    path: str
    state: str
    device: str | None
    start: datetime
    end: datetime
    clock_error: timedelta


@dataclass(frozen=True, slots=True)
class TimelineGap:
    """Time of the window that a lane does not have."""

    start: datetime
    end: datetime
    cause: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """One officer or channel. `gaps` lie between footage; `late` and `early` are the edges of the window."""

    key: str
    officer: str | None
    channel: str | None
    devices: tuple[str, ...]
    window: TimelineWindow
    ratio: float | None
    covered: timedelta
    late: timedelta
    early: timedelta
    clips: tuple[TimelineClip, ...]
    gaps: tuple[TimelineGap, ...]

    def holes(self) -> tuple[TimelineGap, ...]:
        """Everything of the window that the lane lacks: gaps, and the edges."""
        start, end = self.window.start, self.window.end
        if self.late >= end - start:
            return (TimelineGap(start, end, NOT_ON_RECORD),)
        edges = [
            TimelineGap(start, start + self.late, NOT_ON_RECORD),
            TimelineGap(end - self.early, end, NOT_ON_RECORD),
        ]
        return tuple(sorted((*self.gaps, *(e for e in edges if e.start < e.end)), key=lambda hole: hole.start))


@dataclass(frozen=True, slots=True)
class Substitute:
    """A stretch that one lane lacks and another's clip shows."""

    lane: str
    by: str
    clip: TimelineClip
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class TimelineFinding:
    """A finding on the activity or on one of its clips."""

    key: str
    rule: str
    flag: str
    severity: str
    status: str
    kind: str
    subject: str
    officer: str | None
    start: datetime | None
    end: datetime | None
    measured: Mapping[str, Any]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimelineLink:
    """A clip that was linked, proposed or rejected, with its score."""

    clip: TimelineClip | None
    file_id: int
    status: str
    officer: str | None
    basis: str
    overlap: timedelta
    score: float
    runner_up: tuple[str | None, float] | None
    method: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that one page draws. `window` is that of all together; None when no time is known to start from.

    `others` are linked or proposed clips that no lane holds; `substitutes` say who shows what another lane lacks.
    """

    kind: str
    number: str
    unit: str | None
    record: Mapping[str, Any]
    judged: Judged
    marks: tuple[tuple[str, datetime], ...]
    interruptions: tuple[tuple[datetime, datetime, str], ...]
    window: TimelineWindow | None
    lanes: tuple[Lane, ...]
    others: tuple[TimelineClip, ...]
    substitutes: tuple[Substitute, ...]
    links: tuple[TimelineLink, ...]
    findings: tuple[TimelineFinding, ...]


def incident_timeline(connection: Connection, number: str) -> Timeline | None:
    """The time line of an incident, or None when no feed knows it."""
    return timeline(connection, ActivityKind.INCIDENT, number)


def session_timeline(connection: Connection, number: str) -> Timeline | None:
    """The time line of a session, or None when no feed knows it."""
    return timeline(connection, ActivityKind.SESSION, number)


def timeline(connection: Connection, kind: ActivityKind, number: str) -> Timeline | None:
    """The time line of an activity of either kind."""
    record = activity_record(connection, kind, number)
    if record is None:
        return None
    coverages = _current(connection, COVERAGE, kind, number, COVERAGE.c.lane)
    windows = _current(connection, WINDOW, kind, number, WINDOW.c.party)
    links = link_rows(connection, (LINK.c.kind == kind) & (LINK.c.number == number))
    wanted = [*(link["file_id"] for link in links), *(one for row in coverages for one in row["clips"])]
    clips = {file_id: clip for file_id, place in file_places(connection, wanted).items() if (clip := _clip(place))}
    lanes = _lanes(coverages, windows, clips)
    held = {clip.file_id for lane in lanes for clip in lane.clips}
    near = {link["file_id"] for link in links if link["status"] != "rejected"} - held
    body = record["body"]
    names = INCIDENT_MARKS if kind is ActivityKind.INCIDENT else SESSION_MARKS
    return Timeline(
        kind=kind.value,
        number=number,
        unit=record["unit"],
        record=body,
        judged=judged(connection, kind, [number])[number],
        marks=tuple((name, at) for name in names if (at := instant(body.get(name)))),
        interruptions=tuple((one["from"], one["to"], one["reason"]) for one in interruptions(body)),
        window=_whole_window(coverages, windows),
        lanes=lanes,
        others=_in_order(clips[file_id] for file_id in near if file_id in clips),
        substitutes=tuple(_substitutes(lanes)),
        links=tuple(_link(link, clips) for link in links),
        findings=_findings(connection, number),
    )


def _current(connection: Connection, source: Any, kind: ActivityKind, number: str, order: Any) -> Sequence[Raw]:
    query = select(source).where(current(source), source.c.kind == kind, source.c.number == number).order_by(order)
    return read(connection, query)


def _clip(place: FilePlace) -> TimelineClip | None:
    if place.start is None or place.end is None:
        return None
    return TimelineClip(
        *(place.file_id, place.store, place.path, place.state, place.device, place.start, place.end),
        clock_error=place.clock_error or ZERO,
    )


def _window(row: Raw) -> TimelineWindow:
    return TimelineWindow(row["started_at"], row["ended_at"], row["start_known"], row["end_known"])


def _whole_window(coverages: Sequence[Raw], windows: Sequence[Raw]) -> TimelineWindow | None:
    """The window of all together as it was measured, else what spans the parties' windows."""
    together = next((row for row in coverages if row["lane"] == TOGETHER), None)
    rows = [together] if together is not None else list(windows)
    if not rows:
        return None
    first, last = min(rows, key=lambda row: row["started_at"]), max(rows, key=lambda row: row["ended_at"])
    return TimelineWindow(first["started_at"], last["ended_at"], first["start_known"], last["end_known"])


def _lanes(coverages: Sequence[Raw], windows: Sequence[Raw], clips: Mapping[int, TimelineClip]) -> tuple[Lane, ...]:
    """A lane for each officer or channel measured; before the first evaluation, empty ones from the windows.

    Where nobody is named, the lane of all together is the only one.
    """
    single = [row for row in coverages if row["lane"] != TOGETHER] or list(coverages)
    if single:
        return tuple(_lane(row, clips) for row in single)
    named = [row for row in windows if row["officer"] or row["room"]] or list(windows)
    return tuple(_empty_lane(row) for row in named)


def _lane(row: Raw, clips: Mapping[int, TimelineClip]) -> Lane:
    mine = _in_order(clips[file_id] for file_id in row["clips"] if file_id in clips)
    return Lane(
        key=row["lane"],
        officer=row["officer"],
        channel=row["channel"],
        devices=tuple(sorted({clip.device for clip in mine if clip.device})),
        window=_window(row),
        ratio=ratio(row["covered"], row["started_at"], row["ended_at"]),
        covered=row["covered"],
        late=row["late"],
        early=row["early"],
        clips=mine,
        gaps=tuple(TimelineGap(gap.start, gap.end, gap.cause, gap.evidence) for gap in gap_parts(row["gaps"])),
    )


def _empty_lane(row: Raw) -> Lane:
    length = row["ended_at"] - row["started_at"]
    return Lane(row["party"], row["officer"], None, (), _window(row), None, ZERO, length, length, (), ())


def _in_order(clips: Iterable[TimelineClip]) -> tuple[TimelineClip, ...]:
    return tuple(sorted(clips, key=lambda clip: (clip.start, clip.end, clip.file_id)))


def _substitutes(lanes: Sequence[Lane]) -> Iterable[Substitute]:
    for lane in lanes:
        holes = [Span(hole.start, hole.end) for hole in lane.holes()]
        own = {clip.file_id for clip in lane.clips}
        for other in lanes:
            if other is not lane:
                yield from _shown(lane, other, holes, own)


def _shown(lane: Lane, other: Lane, holes: Sequence[Span], own: set[int]) -> Iterable[Substitute]:
    """The parts of one lane's holes that another lane's clips show."""
    missing = [Span(gap.start, gap.end) for gap in other.gaps]
    for clip in other.clips:
        if clip.file_id in own:
            continue
        for hole in holes:
            part = hole.intersection(Span(clip.start, clip.end))
            shown = uncovered(part, missing) if part else ()
            yield from (Substitute(lane.key, other.key, clip, span.start, span.end) for span in shown)


def _link(link: Raw, clips: Mapping[int, TimelineClip]) -> TimelineLink:
    number = link["runner_up_number"]
    return TimelineLink(
        clip=clips.get(link["file_id"]),
        file_id=link["file_id"],
        status=link["status"],
        officer=link["officer"],
        basis=link["basis"],
        overlap=link["overlap"],
        score=link["score"],
        runner_up=None if number is None else (number, link["runner_up_score"]),
        method=link["method"],
        evidence=tuple(link["evidence"]),
    )


def _findings(connection: Connection, number: str) -> tuple[TimelineFinding, ...]:
    same = ("key", "rule", "flag", "severity", "status", "kind", "subject", "officer")
    names = {**{name: name for name in same}, "start": "started_at", "end": "ended_at"}
    mine = FINDING.c.id.in_(about(connection, FINDING.c.id, number))
    query = select(FINDING).where(mine).order_by(FINDING.c.flag, FINDING.c.key)
    return tuple(
        TimelineFinding(
            **{field: row[name] for field, name in names.items()},
            measured=row["measured"],
            evidence=tuple(row["evidence"]),
        )
        for row in read(connection, query)
    )
