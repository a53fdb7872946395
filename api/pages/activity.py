"""The page of one incident or session: time line, findings, links with scores, and the proof of absence."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.deciding import cards
from api.house import house_of
from api.identity.access import needs, viewer_of
from api.pages.drawing import draw, text_width
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.pages.standing import standings
from api.pages.story_words import field_words, item_words, value_words
from api.pages.strips import NO_PICTURES, pictures
from api.pages.telling import told_by
from api.timeline_json import known_timeline, lane_name
from detectors import RULES
from detectors.basis import ORIGIN_WORDS
from domain.access import Right, Viewer
from domain.activity import ActivityKind
from domain.finding import Flag
from domain.hand_link import HandLink
from domain.link import LinkMethod, LinkStatus
from domain.review import Reason
from storage.hand_links import hand_links
from storage.queries.absence import proof_sections
from storage.queries.activity_story import scans_are_quick, story
from storage.queries.near_stores import near_stores
from storage.queries.shapes import file_places
from storage.queries.suggestions import suggestions
from storage.queries.timeline import Timeline

SUGGESTED = 12
RECORD = ("category", "officers", "room", "status", "address")
"""What the head of the page says besides the times."""

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])


@router.get("/incidents/{number:path}")
def incident(request: Request, number: str) -> Response:
    return _activity(request, ActivityKind.INCIDENT, number)


@router.get("/sessions/{number:path}")
def session(request: Request, number: str) -> Response:
    return _activity(request, ActivityKind.SESSION, number)


def _activity(request: Request, kind: ActivityKind, number: str) -> Response:
    """Raises Refused (404) when no feed delivered the number."""
    reader = Reader.of(request)
    with house_of(request).reading() as connection:
        line = known_timeline(connection, kind, number, viewer_of(request))
        ended_at = line.window.end if line.window else None
        near, others = near_stores(connection, line.kind, number, line.unit, _officers(line))
        proof = proof_sections(connection, ended_at, parties(line), near, viewer_of(request).units)
        units = unit_names(connection)
        places = file_places(connection, (link.file_id for link in line.links))
        scans = "scans" in request.query_params or scans_are_quick(connection)
        by_hand = _by_hand(connection, line, viewer_of(request), scans)
        shown = pictures(connection, house_of(request), line, reader)
        decided = cards(connection, (finding.key for finding in line.findings), viewer_of(request))
    if not viewer_of(request).may(Right.MEDIA):
        shown = NO_PICTURES
    links = {status.value: [link for link in line.links if link.status == status] for status in LinkStatus}
    content = {
        "line": line,
        "record": {name: line.record.get(name) for name in RECORD},
        "item_words": lambda item: item_words(item, reader),
        "value_words": lambda value: value_words(value, reader),
        "field_words": lambda field: field_words(field, reader),
        "standing": standings(line, reader),
        "drawing": draw(line, reader),
        "text_width": text_width,
        "links": links,
        "places": places,
        "pictures": shown,
        "lane_names": {lane.key: lane_name(lane) for lane in line.lanes},
        "proof": proof,
        "other_stores": others,
        "proof_open": any(finding.flag == Flag.MISSING for finding in line.findings),
        "unit": units.get(line.unit or "", line.unit),
        "cards": decided,
        "reasons": list(Reason),
        "told": told_by(request),
        "now": house_of(request).now(),
        "rule_of": {rule.id: rule for rule in RULES},
        "origins": ORIGIN_WORDS,
        **by_hand,
    }
    return page(request, reader, "activity.html", content)


def _by_hand(connection: Connection, line: Timeline, viewer: Viewer, scans: bool) -> dict[str, Any]:
    """What people linked and took apart, what they could link, and the history, of people alone or of `scans` too."""
    words = hand_links(connection, line.kind, line.number)
    last = {word.file_id: word for word in words}
    units = None if viewer.units is None else sorted(viewer.units)
    return {
        "words": words,
        "last_words": last,
        "waiting_words": [word for word in last.values() if not obeyed(word, line)],
        "word_places": file_places(connection, last),
        "suggestions": suggestions(connection, line, units, SUGGESTED) if viewer.may(Right.LINK) else (),
        "story": story(connection, line, scans=scans),
        "story_of_scans": scans,
    }


def obeyed(word: HandLink, line: Timeline) -> bool:
    """Whether a scan has made a person's last word true."""
    mine = [link for link in line.links if link.file_id == word.file_id]
    if word.made:
        return any(link.method == LinkMethod.MANUAL for link in mine)
    return all(link.status == LinkStatus.REJECTED for link in mine)


def parties(line: Timeline) -> Sequence[str]:
    """Whose footage could be that of the activity: its officers, its room, else its unit."""
    officers = _officers(line)
    if room := line.record.get("room"):
        return (f"room:{room}",)
    return tuple(f"badge:{officer}" for officer in officers) or ((f"unit:{line.unit}",) if line.unit else ())


def _officers(line: Timeline) -> Sequence[str]:
    named = (*line.record.get("officers", ()), *(lane.officer for lane in line.lanes if lane.officer))
    return tuple(dict.fromkeys(named))
