"""The time line of an activity as a report keeps it: JSON values only, so that a filed run can be drawn again.

`{"from", "to": what the picture spans, "window": [from, to] or null, "lanes": [{"name", "clips": [[from, to]],
"holes": [[from, to, cause]]}]}`, times ISO 8601 in UTC. `name` is a badge or channel, null for all together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from domain.gap import GapCause
from domain.timespan import Span, uncovered
from domain.vocabulary import CAUSES, Word
from storage.queries.timeline import NOT_ON_RECORD, Lane, Timeline, TimelineWindow

TOGETHER: Word = ("合计", "all")
NOT_RECORDED: Word = ("无记录", "not on record")
MOST_PIECES = 200
"""Of one lane: a picture of more shows nothing."""


def moments_of(line: Timeline) -> dict[str, Any] | None:
    """The time line of an activity; None where no required window is known."""
    if line.window is None:
        return None
    start, end = line.window.start, line.window.end
    margin = max((end - start) * 0.15, timedelta(seconds=30))
    return {
        "from": (start - margin).isoformat(),
        "to": (end + margin).isoformat(),
        "window": [start.isoformat(), end.isoformat()],
        "lanes": [*_together(line.window, line.lanes), *(_lane(lane) for lane in line.lanes)],
    }


def _together(window: TimelineWindow, lanes: Sequence[Lane]) -> list[dict[str, Any]]:
    """All lanes as one, where one alone does not tell it: several, or one whose own window is another."""
    whole = Span(window.start, window.end)
    if len(lanes) == 1 and (lanes[0].window.start, lanes[0].window.end) == (whole.start, whole.end):
        return []
    recorded = [
        piece
        for lane in lanes
        for clip in lane.clips
        for piece in uncovered(Span(clip.start, clip.end), [Span(gap.start, gap.end) for gap in lane.gaps])
    ]
    clips = [[piece.start.isoformat(), piece.end.isoformat()] for piece in recorded[:MOST_PIECES]]
    holes = [[hole.start.isoformat(), hole.end.isoformat(), NOT_ON_RECORD] for hole in uncovered(whole, recorded)]
    return [{"name": None, "clips": clips, "holes": holes[:MOST_PIECES]}]


def _lane(lane: Lane) -> dict[str, Any]:
    return {
        "name": lane.officer or lane.channel,
        "clips": [[one.start.isoformat(), one.end.isoformat()] for one in lane.clips[:MOST_PIECES]],
        "holes": [[one.start.isoformat(), one.end.isoformat(), one.cause] for one in lane.holes()[:MOST_PIECES]],
    }


def cause_word(cause: str) -> Word:
    """What a hole is called."""
    return NOT_RECORDED if cause == NOT_ON_RECORD else CAUSES[GapCause(cause)]


def told(found: Mapping[str, Any], zone: ZoneInfo) -> Word:
    """The picture in words, for formats that draw none and readers that see none."""
    lanes = [_told(lane, zone) for lane in found["lanes"]]
    return "；".join(zh for zh, _ in lanes), "; ".join(en for _, en in lanes)


def _told(lane: Mapping[str, Any], zone: ZoneInfo) -> Word:
    holes = [(between(hole, zone), cause_word(hole[2])) for hole in lane["holes"]]
    clips = "、".join(between(clip, zone) for clip in lane["clips"])
    name = lane["name"]
    zh = f"{name or TOGETHER[0]}：片段 {clips or '无'}" + "".join(f"，{word[0]} {span}" for span, word in holes)
    en = f"{name or TOGETHER[1]}: clips {clips.replace('、', ', ') or 'none'}"
    return zh, en + "".join(f", {word[1]} {span}" for span, word in holes)


def between(span: Sequence[str], zone: ZoneInfo) -> str:
    """`20:05:12–20:07:00` in the zone."""
    first, last = (datetime.fromisoformat(text).astimezone(zone) for text in span[:2])
    return f"{first:%H:%M:%S}–{last:%H:%M:%S}"
