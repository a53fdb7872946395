"""All that the database says about one activity, read at one moment, before any footage is copied."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from api.pages.drawing import draw, text_width
from api.pages.rendering import Reader, environment
from app.output import plain
from domain.activity import ActivityKind
from domain.audit import Head
from domain.errors import UsageError
from domain.wording import say
from storage.attachments import attachment_content
from storage.audit import audit_head
from storage.queries import LISTS, Explanation, Filters, explain
from storage.queries.evidence import ExtractedEntry, LinkedFile, entries_about, finding_keys, linked_clips
from storage.queries.explain_activity import activity_known, activity_record
from storage.queries.timeline import timeline
from storage.reviews import entries_of_findings

LISTED = {ActivityKind.INCIDENT: "incidents", ActivityKind.SESSION: "sessions"}


@dataclass(frozen=True, slots=True)
class Case:
    """One activity: its lists as JSON values, the explanation, and what goes with it."""

    kind: ActivityKind
    number: str
    unit: str | None
    verdict: dict[str, Any]
    findings: list[dict[str, Any]]
    explanation: Explanation
    drawing: str
    clips: tuple[LinkedFile, ...]
    attachments: tuple[tuple[str, str, bytes], ...]
    entries: tuple[ExtractedEntry, ...]
    head: Head

    @property
    def subject(self) -> str:
        return f"{self.kind.value}:{self.number}"


def case_of(connection: Connection, number: str, zone: ZoneInfo, now: datetime) -> Case:
    """Raises UsageError when no feed delivered an activity of this number."""
    kind = next((one for one in ActivityKind if activity_record(connection, one, number)), None)
    explanation = explain(connection, number) if kind is not None else None
    if kind is None or explanation is None:
        raise UsageError(_not_found(connection, number))
    record = activity_record(connection, kind, number) or {}
    clips = tuple(linked_clips(connection, kind, number))
    findings, keys = _findings(connection, number, zone)
    digests = [entry["attachment"] for one in findings for entry in one["reviews"] if entry["attachment"]]
    subjects = [
        f"{kind.value}:{number}",
        *(f"finding:{key}" for key in keys),
        *(f"clip:{one.file_id}" for one in clips),
    ]
    return Case(
        kind,
        number,
        record.get("unit"),
        _verdict(connection, kind, number, zone),
        findings,
        explanation,
        _drawing(connection, kind, number, Reader("zh", zone, now)),
        clips,
        tuple(_attachments(connection, findings)),
        tuple(entries_about(connection, [*subjects, *(f"attachment:{digest}" for digest in digests)])),
        audit_head(connection),
    )


def _not_found(connection: Connection, number: str) -> str:
    if any(activity_known(connection, kind, number) for kind in ActivityKind):
        return say(
            f"{number} 已不在数据接口中；bwc explain {number} --history 可见其历史",
            f"{number} is no longer delivered by any feed; bwc explain {number} --history tells what was known",
        )
    return say(f"没有警情或场次 {number}", f"expected the number of an incident or session, got {number}")


def _verdict(connection: Connection, kind: ActivityKind, number: str, zone: ZoneInfo) -> dict[str, Any]:
    names = {"activity": LISTED[kind], "coverage": "coverage", "links": "links"}
    lists = {key: _listed(connection, name, number, zone) for key, name in names.items()}
    return {"kind": kind.value, **lists, "activity": next(iter(lists["activity"]), None)}


def _listed(connection: Connection, name: str, number: str, zone: ZoneInfo) -> list[Any]:
    return [plain(dict(row), zone) for row in LISTS[name].rows(connection, Filters(incident=number), None)]


def _findings(connection: Connection, number: str, zone: ZoneInfo) -> tuple[list[dict[str, Any]], list[str]]:
    """Findings that stand, each with what people decided; keys of resolved ones too."""
    keys = finding_keys(connection, number)
    decided = entries_of_findings(connection, keys)
    found = _listed(connection, "findings", number, zone)
    names = ("number", "at", "actor", "role", "decision", "before", "after", "reason", "note", "bulk")
    shown = (*names, "attachment", "attachment_name")
    for one in found:
        entries = decided.get(one["id"], [])
        one["reviews"] = [plain({name: getattr(entry, name) for name in shown}, zone) for entry in entries]
    return found, keys


def _attachments(connection: Connection, findings: list[dict[str, Any]]) -> list[tuple[str, str, bytes]]:
    """Digest, name and content of every attached file once."""
    names: dict[str, str] = {}
    for entry in (entry for one in findings for entry in one["reviews"] if entry["attachment"]):
        names.setdefault(entry["attachment"], entry["attachment_name"] or entry["attachment"][:16])
    contents = ((digest, name, attachment_content(connection, digest)) for digest, name in names.items())
    return [(digest, name, content) for digest, name, content in contents if content is not None]


def _drawing(connection: Connection, kind: ActivityKind, number: str, reader: Reader) -> str:
    """The time line as the page draws it; empty when the activity has no times."""
    line = timeline(connection, kind, number)
    drawing = draw(line, reader) if line is not None else None
    if drawing is None:
        return ""
    template = environment().get_template("timeline.svg.html")
    return template.render(drawing=drawing, line=line, r=reader, t=reader.t, text_width=text_width)
