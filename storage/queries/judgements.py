"""Parts of an explanation that activities, files and other subjects share: rules, findings, links."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, select

from domain.link import LinkStatus
from domain.wording import say
from storage.queries.explanation import ExplainSection, bounded, table
from storage.queries.findings import finding_fields
from storage.queries.links import runner_up
from storage.queries.raws import Raw, read, read_first
from storage.queries.shapes import FilePlace, file_places, instant, seconds
from storage.queries.words import VALUES
from storage.schema.tables import EVALUATION, FINDING, LINK
from storage.versions import current

MOST_LINKS = 200
FINDING_COLUMNS = ("id", "rule", "flag", "severity", "result", "status", "subject", "officer", "from", "to", "due_at")
RULE_COLUMNS = ("rule", "version", "result", "severity", "officer", "from", "to", "measured", "evidence")
LINK_COLUMNS = ("status", "officer", "basis", "overlap_s", "score", "runner_up", "method", "evidence")


def evaluation(connection: Connection, kind: str, subject_key: str) -> Raw | None:
    """The current evaluation row of a subject, or None."""
    query = select(EVALUATION).where(
        current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.subject_key == subject_key
    )
    return read_first(connection, query)


def rules_section(connection: Connection, kind: str, subject_key: str) -> ExplainSection:
    """Every rule's result on the subject, those that do not apply included."""
    found = evaluation(connection, kind, subject_key)
    title = ("规则判定", "Rules")
    if found is None:
        return table(title, (), (), ["尚未评定 / not evaluated yet"])
    lines = [_verdict(found["result"])] if found["result"] else []
    return table(title, RULE_COLUMNS, [_outcome(outcome) for outcome in found["outcomes"]], lines)


def _verdict(result: str) -> str:
    return say(f"总体判定：{VALUES['result'].get(result, result)}", f"verdict: {result}")


def _outcome(outcome: dict[str, Any]) -> tuple[Any, ...]:
    span = outcome.get("span") or {}
    return (
        *(outcome.get("rule"), outcome.get("version"), outcome.get("result"), outcome.get("severity")),
        *(outcome.get("officer"), instant(span.get("start")), instant(span.get("end"))),
        *(outcome.get("measured") or {}, outcome.get("evidence") or []),
    )


def findings_section(connection: Connection, condition: ColumnElement[bool]) -> ExplainSection:
    """The current findings under a condition."""
    query = (
        select(FINDING).where(current(FINDING), condition).order_by(FINDING.c.kind, FINDING.c.subject, FINDING.c.key)
    )
    rows = [finding_fields(raw) for raw in read(connection, query)]
    return table(("问题", "Findings"), FINDING_COLUMNS, [[row[name] for name in FINDING_COLUMNS] for row in rows])


def findings_of(kind: str, subject_key: str) -> ColumnElement[bool]:
    """The subject's own findings."""
    return and_(FINDING.c.kind == kind, FINDING.c.subject_key == subject_key)


def link_rows(connection: Connection, condition: ColumnElement[bool]) -> Sequence[Raw]:
    """Current links under a condition: made, then proposed, then rejected, best score first."""
    order = case((LINK.c.status == LinkStatus.LINKED, 0), (LINK.c.status == LinkStatus.PROPOSED, 1), else_=2)
    query = select(LINK).where(current(LINK), condition)
    return read(connection, query.order_by(order, LINK.c.score.desc(), LINK.c.number, LINK.c.file_id))


def made_links_section(connection: Connection, links: Sequence[Raw]) -> ExplainSection:
    """The clips linked to an activity."""
    made = [link for link in links if link["status"] == LinkStatus.LINKED]
    return _clips_table(connection, ("关联片段", "Linked clips"), made)


def candidates_section(connection: Connection, links: Sequence[Raw]) -> ExplainSection:
    """What else was considered: proposed to a person, or rejected, each with its score and why."""
    losers = [link for link in links if link["status"] != LinkStatus.LINKED]
    return _clips_table(connection, ("待确认与未采纳的候选", "Proposed and rejected candidates"), losers)


def _clips_table(connection: Connection, title: tuple[str, str], links: Sequence[Raw]) -> ExplainSection:
    shown = links[:MOST_LINKS]
    places = file_places(connection, (link["file_id"] for link in shown))
    columns = ("store", "path", "started_at", "ended_at", *LINK_COLUMNS)
    rows = [(*_place(places.get(link["file_id"])), *_link(link)) for link in shown]
    return table(title, columns, rows, bounded([()] * len(links), MOST_LINKS)[1])


def activities_section(links: Sequence[Raw]) -> ExplainSection:
    """The activities that one clip was compared with."""
    rows, note = bounded([(link["kind"], link["number"], *_link(link)) for link in links], MOST_LINKS)
    title = ("关联与候选(含未采纳)", "Links and candidates, rejected ones included")
    return table(title, ("kind", "number", *LINK_COLUMNS), rows, note)


def _place(place: FilePlace | None) -> tuple[Any, ...]:
    return (place.store, place.path, place.start, place.end) if place else (None, None, None, None)


def _link(link: Raw) -> tuple[Any, ...]:
    return (
        *(link["status"], link["officer"], link["basis"], seconds(link["overlap"]), link["score"]),
        *(runner_up(link), link["method"], link["evidence"]),
    )
