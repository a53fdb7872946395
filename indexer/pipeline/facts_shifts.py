"""Officers' shifts: a camera issued, incidents attended, and whether anything at all was recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from detectors.rule import Shift
from domain.activity import Incident
from domain.clip import Assignment
from domain.timespan import Span
from indexer.clip_bounds import Bounds
from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.facts_footage import load_unplaced
from storage import activities, footage, recordings

LONGEST = timedelta(hours=24)
Shifts = Mapping[Assignment, Shift]
"""The shifts with at least one incident that needs a recording."""


def shift_span(assignment: Assignment) -> Span:
    """From issue to return; a camera that was not returned counts for a day."""
    longest = assignment.start + LONGEST
    return Span(assignment.start, max(assignment.start, min(assignment.end or longest, longest)))


def load_shifts(connection: Connection, gathering: Gathering, assignments: Iterable[Assignment]) -> Shifts:
    """What was to be recorded in some assignments' shifts, and how many clips there are.

    Clips without a believable time may be of a shift and so count.
    """
    spans = {assignment: shift_span(assignment) for assignment in assignments}
    attended = _attended(connection, gathering, spans)
    busy = [assignment for assignment in spans if attended[assignment]]
    stretches = [(f"badge:{one.officer}", spans[one]) for one in busy]
    placed = footage.count_footage(connection, stretches)
    unplaced = load_unplaced(connection, [party for party, _ in stretches])
    timeless = [sum(map(len, unplaced.within([party], span).values())) for party, span in stretches]
    clips = [sum(counts) for counts in zip(placed, timeless, strict=True)]
    lost = recordings.unplaced_bounds(connection, {one.device for one in busy})
    return {
        one: replace(
            _shift(gathering, one, attended[one], count), lost_clips=_may_lie(lost.get(one.device, ()), spans[one])
        )
        for one, count in zip(busy, clips, strict=True)
    }


def _may_lie(bounds: Iterable[Bounds], span: Span) -> int:
    """How many clips without a time may be of a stretch of time, by their bounds."""
    return sum(
        (earliest is None or earliest < span.end) and (latest is None or latest > span.start)
        for earliest, latest in bounds
    )


def _shift(gathering: Gathering, assignment: Assignment, incidents: tuple[str, ...], clips: int) -> Shift:
    span = shift_span(assignment)
    day = span.start.astimezone(ZoneInfo(gathering.plan.timezone)).date()
    due = (assignment.end or span.end) + timedelta(hours=gathering.plan.limits.upload_grace_hours)
    return Shift(assignment.officer, day, span, incidents, clips, due)


def _attended(
    connection: Connection, gathering: Gathering, spans: Mapping[Assignment, Span]
) -> dict[Assignment, tuple[str, ...]]:
    """Numbers of the incidents in each shift that need a recording."""
    limits, exclude = gathering.plan.limits, gathering.plan.exclusions
    shortest = timedelta(seconds=limits.min_on_scene_seconds)
    stretches = [(f"badge:{assignment.officer}", span) for assignment, span in spans.items()]
    windows = activities.windows_touching(connection, stretches)
    long = [[row["number"] for row in rows if row["ended_at"] - row["started_at"] >= shortest] for rows in windows]
    numbers = sorted({number for some in long for number in some})
    records = activities.records_by_key(connection, "incidents", Incident, numbers)
    needed = {number for number, record in records.items() if not exclude.reason(record)}
    return {one: tuple(n for n in some if n in needed) for one, some in zip(spans, long, strict=True)}


def without_clips(gathering: Gathering, shifts: Shifts, officer: str, window: Span) -> bool:
    """Whether every shift of the officer that touches the window is asked about as a whole.

    As the rule on shifts has it: no clip at all, enough incidents, and no clip of the camera that may be of that day.
    """
    touching = [shifts[one] for one in gathering.issued(officer, window) if one in shifts]
    enough = gathering.plan.limits.shift_incidents
    return bool(touching) and all(
        shift.clips == 0 and len(shift.incidents) >= enough and not shift.lost_clips for shift in touching
    )
