"""A time line of the read side as the JSON of `shapes.timeline`."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from api.pictures import strip_address
from api.problems import Refused
from domain.access import Viewer
from domain.activity import ActivityKind
from domain.wording import say
from storage.queries.belonging import numbers_seen
from storage.queries.filters import storable
from storage.queries.shapes import FilePlace
from storage.queries.timeline import (
    Lane,
    Substitute,
    Timeline,
    TimelineClip,
    TimelineFinding,
    TimelineGap,
    TimelineLink,
    TimelineWindow,
    timeline,
)

Json = dict[str, Any]


def timeline_json(line: Timeline, places: Mapping[int, FilePlace]) -> Json:
    """Keys in the order of the schema; times and durations are made plain by the answer.

    `places` name the clips of links, those without a believable time included.
    """
    names = {lane.key: lane_name(lane) for lane in line.lanes}
    return {
        "kind": line.kind,
        "number": line.number,
        "unit": line.unit,
        "result": line.judged.result,
        "coverage_ratio": line.judged.coverage_ratio,
        "flags": line.judged.flags,
        "marks": dict(line.marks),
        "interruptions": [{"from": start, "to": end, "reason": why} for start, end, why in line.interruptions],
        "window": None if line.window is None else _window(line.window),
        "lanes": [_lane(lane) for lane in line.lanes],
        "others": _clips(line.others),
        "substitutes": [_substitute(one, names) for one in line.substitutes],
        "links": [_link(link, places.get(link.file_id)) for link in line.links],
        "findings": [_finding(finding) for finding in line.findings],
    }


def known_timeline(connection: Connection, kind: ActivityKind, number: str, viewer: Viewer) -> Timeline:
    """The time line of an activity. Raises Refused (404) when no feed delivered its number, or for another's unit."""
    line = timeline(connection, kind, number) if storable(number) else None
    if line is None or not viewer.sees(line.unit):
        english = f"{kind}: expected the number of one that a feed delivered, got {number[:80]!r}"
        raise Refused(404, say("数据接口中没有此编号", english))
    return _as_seen(connection, line, viewer)


def _as_seen(connection: Connection, line: Timeline, viewer: Viewer) -> Timeline:
    """Without the numbers of activities that belong to units which the viewer does not see."""
    if viewer.units is None:
        return line
    numbers = {link.runner_up[0] for link in line.links if link.runner_up} - {None}
    seen = numbers_seen(connection, (one for one in numbers if one), viewer.units)
    return replace(line, links=tuple(_link_as_seen(link, seen) for link in line.links))


def _link_as_seen(link: TimelineLink, seen: Container[str]) -> TimelineLink:
    if link.runner_up is None or link.runner_up[0] in seen:
        return link
    return replace(link, runner_up=(None, link.runner_up[1]))


def lane_name(lane: Lane) -> str:
    """What people call the lane: the badge, the channel, else its key."""
    return lane.officer or lane.channel or lane.key


def _window(window: TimelineWindow) -> Json:
    known = {"start_known": window.start_known, "end_known": window.end_known}
    return {"from": window.start, "to": window.end, **known}


def _lane(lane: Lane) -> Json:
    return {
        "officer": lane.officer,
        "channel": lane.channel,
        "devices": lane.devices,
        "window": _window(lane.window),
        "ratio": lane.ratio,
        "covered_s": lane.covered,
        "late_s": lane.late,
        "early_s": lane.early,
        "clips": _clips(lane.clips),
        "gaps": [_gap(gap) for gap in lane.gaps],
    }


def _gap(gap: TimelineGap) -> Json:
    return {"from": gap.start, "to": gap.end, "cause": gap.cause, "evidence": gap.evidence}


def _clips(clips: Sequence[TimelineClip]) -> list[Json]:
    return [
        {
            "id": clip.file_id,
            "store": clip.store,
            "path": clip.path,
            "state": clip.state,
            "device": clip.device,
            "started_at": clip.start,
            "ended_at": clip.end,
            "clock_error_s": clip.clock_error,
            "strip": strip_address(clip.file_id),
        }
        for clip in clips
    ]


def _substitute(one: Substitute, names: dict[str, str]) -> Json:
    who = {"lane": names.get(one.lane, one.lane), "by": names.get(one.by, one.by)}
    return {**who, "store": one.clip.store, "path": one.clip.path, "from": one.start, "to": one.end}


def _link(link: TimelineLink, place: FilePlace | None) -> Json:
    second = link.runner_up
    return {
        "id": link.file_id,
        "store": place and place.store,
        "path": place and place.path,
        "status": link.status,
        "officer": link.officer,
        "basis": link.basis,
        "overlap_s": link.overlap,
        "score": link.score,
        "runner_up": None if second is None else {"number": second[0], "score": second[1]},
        "method": link.method,
        "evidence": link.evidence,
    }


def _finding(finding: TimelineFinding) -> Json:
    return {
        "id": finding.key,
        "rule": finding.rule,
        "flag": finding.flag,
        "severity": finding.severity,
        "status": finding.status,
        "kind": finding.kind,
        "subject": finding.subject,
        "officer": finding.officer,
        "from": finding.start,
        "to": finding.end,
        "measured": finding.measured,
        "evidence": finding.evidence,
    }
