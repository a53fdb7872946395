"""The still of a typical case: which clip, which moment of it and why, kept as JSON in the row.

`{"clip": file id, "at_ms": media time, "at": ISO 8601 in UTC, "why": a word of WHY}`. A report's digest holds this
reference. The picture lies beside the rows of a filed run, so that it can be opened when the footage is gone.
"""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from domain.timespan import Span, uncovered
from domain.vocabulary import Word
from reports.base import Filled, Form
from storage.queries.timeline import Timeline, TimelineClip, TimelineFinding

FOUND, BEFORE, AFTER, FIRST = "found", "before", "after", "first"
WHY: Mapping[str, Word] = MappingProxyType(
    {
        FOUND: ("所述问题处", "where it was found"),
        BEFORE: ("记录中断前的画面", "before the recording stops"),
        AFTER: ("记录恢复后的画面", "where the recording goes on"),
        FIRST: ("首个片段的画面", "from the first clip"),
    }
)
STILLS = "stills"
"""Name under which pictures lie beside the tables of a filed run; no table is called so."""
EDGE = timedelta(seconds=1)
"""So far inside a clip: its very first and last pictures are seldom whole."""
MILLISECOND = timedelta(milliseconds=1)


def still_of(line: Timeline, told: Collection[str]) -> dict[str, Any] | None:
    """The moment that shows an activity best; None where no footage is known. `told`: keys of its findings, gravest
    first.
    """
    clips = sorted(
        [*(clip for lane in line.lanes for clip in lane.clips), *line.others], key=lambda one: (one.start, one.file_id)
    )
    found = {finding.key: finding for finding in line.findings}
    for key in told:
        shown = found.get(key) and _in_the_middle(found[key], clips)
        if shown:
            return shown
    for hole in _holes(line, clips):
        before = max((clip for clip in clips if clip.end <= hole.start + EDGE), key=_end, default=None)
        after = next((clip for clip in clips if clip.start >= hole.end - EDGE), None)
        if before is not None:
            return _reference(before, before.end - EDGE, BEFORE)
        if after is not None:
            return _reference(after, after.start + EDGE, AFTER)
    return _reference(clips[0], clips[0].start + EDGE, FIRST) if clips else None


def _holes(line: Timeline, clips: Sequence[TimelineClip]) -> list[Span]:
    """What is not on record, the longest first: of each lane, and of the whole window."""
    found = [Span(hole.start, hole.end) for lane in line.lanes for hole in lane.holes()]
    if line.window is not None:
        found += uncovered(Span(line.window.start, line.window.end), [Span(one.start, one.end) for one in clips])
    return sorted(found, key=lambda one: (-one.duration, one.start))


def _end(clip: TimelineClip) -> tuple[datetime, int]:
    return clip.end, clip.file_id


def _in_the_middle(finding: TimelineFinding, clips: Sequence[TimelineClip]) -> dict[str, Any] | None:
    """The middle of what was found, where a clip shows it."""
    if finding.start is None or finding.end is None:
        return None
    at = finding.start + (finding.end - finding.start) / 2
    clip = next((one for one in clips if Span(one.start, one.end).contains(at)), None)
    return None if clip is None else _reference(clip, at, FOUND)


def _reference(clip: TimelineClip, at: datetime, why: str) -> dict[str, Any]:
    at = min(max(at, clip.start), clip.end)
    whole = (at - clip.start) // MILLISECOND
    return {"clip": clip.file_id, "at_ms": whole, "at": (clip.start + whole * MILLISECOND).isoformat(), "why": why}


def key_of(reference: Mapping[str, Any]) -> str:
    """Under which a picture is kept: `17-42500`."""
    return f"{reference['clip']}-{reference['at_ms']}"


def wanted(filled: Iterable[Filled]) -> list[Mapping[str, Any]]:
    """The references in these tables."""
    return [
        row[column.key]
        for one in filled
        for column in one.part.columns
        if column.form is Form.STILL
        for row in one.rows
        if row.get(column.key)
    ]


def kept(stills: Mapping[str, bytes]) -> dict[str, Any]:
    """Pictures as they lie beside the tables of a filed run."""
    return {"name": STILLS, STILLS: {key: base64.b64encode(jpeg).decode() for key, jpeg in sorted(stills.items())}}


def kept_in(tables: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The pictures of a filed run; none of one that was filed without."""
    found: Mapping[str, str] = next((table[STILLS] for table in tables if table["name"] == STILLS), {})
    return {key: base64.b64decode(text) for key, text in found.items()}


def place_of(reference: Mapping[str, Any]) -> Word:
    """Which clip, and how far into it."""
    seconds = f"{reference['at_ms'] / 1000:g}"
    return f"片段 {reference['clip']} 第 {seconds} 秒", f"clip {reference['clip']} at {seconds} s"


def told_still(reference: Mapping[str, Any], zone: ZoneInfo) -> Word:
    """A reference in words: what it shows and where it is from."""
    zh, en = WHY[reference["why"]]
    at = datetime.fromisoformat(reference["at"]).astimezone(zone)
    place_zh, place_en = place_of(reference)
    return f"{zh}：{at:%H:%M:%S}（{place_zh}）", f"{en}: {at:%H:%M:%S} ({place_en})"
