"""Officers' shifts: a camera issued, incidents attended, and whether anything at all was recorded."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from detectors.rule import Shift
from domain.activity import Incident
from domain.clip import Assignment
from domain.timespan import Span
from indexer.pipeline.facts_base import Gathering
from storage import activities, recordings

LONGEST = timedelta(hours=24)


def shift_span(assignment: Assignment) -> Span:
    """From issue to return; a camera that was not returned counts for a day."""
    longest = assignment.start + LONGEST
    return Span(assignment.start, max(assignment.start, min(assignment.end or longest, longest)))


def shifts_of(gathering: Gathering, assignments: Sequence[Assignment]) -> list[Shift]:
    """Shifts with at least one incident that needs a recording."""
    for assignment in assignments:
        if assignment not in gathering.shifts:
            gathering.shifts[assignment] = _shift(gathering, assignment)
    return [shift for assignment in assignments if (shift := gathering.shifts[assignment])]


def _shift(gathering: Gathering, assignment: Assignment) -> Shift | None:
    span = shift_span(assignment)
    numbers = _incidents(gathering, assignment.officer, span)
    if not numbers:
        return None
    day = span.start.astimezone(ZoneInfo(gathering.scan.plan.timezone)).date()
    due = (assignment.end or span.end) + timedelta(hours=gathering.scan.plan.limits.upload_grace_hours)
    return Shift(assignment.officer, day, span, numbers, _clips(gathering, assignment.officer, span), due)


def without_clips(gathering: Gathering, officer: str, window: Span) -> bool:
    """Whether every shift of the officer that touches the window shows no clip at all."""
    shifts = shifts_of(gathering, gathering.issued(officer, window))
    return bool(shifts) and all(shift.clips == 0 for shift in shifts)


def _incidents(gathering: Gathering, officer: str, span: Span) -> tuple[str, ...]:
    limits = gathering.scan.plan.limits
    rows = activities.windows_of(gathering.connection, f"badge:{officer}", span)
    shortest = timedelta(seconds=limits.min_on_scene_seconds)
    long_enough = [row["number"] for row in rows if row["ended_at"] - row["started_at"] >= shortest]
    records = activities.records_by_key(gathering.connection, "incidents", Incident, long_enough)
    exclude = gathering.scan.plan.exclusions
    return tuple(number for number in long_enough if number in records and not exclude.reason(records[number]))


def _clips(gathering: Gathering, officer: str, span: Span) -> int:
    """Clips of the shift; ones without a believable time may be of it and so count."""
    party = f"badge:{officer}"
    placed = recordings.footage_of(gathering.connection, party, span)
    return len(placed) + sum(map(len, gathering.unplaced([party], span).values()))
