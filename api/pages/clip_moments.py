"""From a stretch of the time line to the moment of a clip that a person wants to see first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.timespan import ZERO
from storage.queries.timeline import Lane, Substitute, TimelineClip, TimelineGap

BEFORE = timedelta(seconds=5)
"""So much before a hole one begins to look: how the recording ends says why."""


def moment_address(clip: TimelineClip, at: timedelta) -> str:
    """The page of a clip, opened at a moment inside it."""
    inside = min(max(at, ZERO), clip.end - clip.start)
    return f"/clips/{clip.file_id}?at={round(inside.total_seconds(), 1):g}"


def window_moment(clip: TimelineClip, wanted: datetime | None) -> timedelta:
    """Where the required window begins inside the clip, else the clip's own begin."""
    return wanted - clip.start if wanted is not None and clip.start < wanted < clip.end else ZERO


def hole_address(hole: TimelineGap, lane: Lane, substitutes: Iterable[Substitute]) -> str:
    """What to look at about a hole: another's footage of it, else the seconds before it, else the first after it.

    "" where the lane has nothing near it.
    """
    for one in substitutes:
        if one.lane == lane.key and one.start < hole.end and one.end > hole.start:
            return moment_address(one.clip, max(one.start, hole.start) - one.clip.start)
    before = [clip for clip in lane.clips if clip.start < hole.start]
    if before:
        last = max(before, key=lambda clip: (clip.end, clip.file_id))
        return moment_address(last, min(hole.start, last.end) - last.start - BEFORE)
    after = [clip for clip in lane.clips if clip.end > hole.end]
    return moment_address(after[0], hole.end - after[0].start) if after else ""
