"""Explains an incident or a session: record, required window, coverage, candidates, rules, proof of absence."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from domain.activity import RECORD_KINDS, ActivityKind
from storage.queries.absence import proof_sections
from storage.queries.activities import incident_fields, session_fields
from storage.queries.explanation import ExplainSection, bounded, facts, table
from storage.queries.filters import mentioning
from storage.queries.judgements import (
    candidates_section,
    findings_section,
    link_rows,
    made_links_section,
    rules_section,
)
from storage.queries.linked import about
from storage.queries.raws import Raw, every_version, read, read_first
from storage.queries.shapes import gap_parts, instant, ratio, seconds
from storage.schema.tables import COVERAGE, FEED_ROW, FINDING, LINK, RECORD, WINDOW
from storage.versions import current

MOST_FEED_ROWS = 20
TITLES = {ActivityKind.INCIDENT: "警情 / Incident", ActivityKind.SESSION: "讯问场次 / Session"}


def activity_record(connection: Connection, kind: ActivityKind, number: str) -> Raw | None:
    """The current feed record of an activity."""
    query = select(RECORD).where(current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key == number)
    return read_first(connection, query)


def activity_known(connection: Connection, kind: ActivityKind, number: str) -> bool:
    """Whether a feed names the activity, or once did."""
    named = (RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.key == number)
    return bool(every_version(connection, select(RECORD.c.id), RECORD, *named))


def activity_sections(connection: Connection, kind: ActivityKind, record: Raw) -> list[ExplainSection]:
    """Everything known about one activity, in reading order."""
    number = record["key"]
    windows = _rows(connection, WINDOW, WINDOW.c.kind == kind, WINDOW.c.number == number)
    coverages = _rows(connection, COVERAGE, COVERAGE.c.kind == kind, COVERAGE.c.number == number)
    links = link_rows(connection, (LINK.c.kind == kind) & (LINK.c.number == number))
    return [
        _record_section(kind, record),
        *_officer_times(record["body"]),
        _feed_rows(connection, record),
        _explanations(connection, number),
        _windows(windows),
        _coverages(coverages),
        _gaps(coverages),
        made_links_section(connection, links),
        candidates_section(connection, links),
        rules_section(connection, kind.value, number),
        findings_section(connection, FINDING.c.id.in_(about(connection, FINDING.c.id, number))),
        *proof_sections(connection, _latest_end(windows, coverages), [row["party"] for row in windows]),
    ]


def _rows(connection: Connection, source: Any, *where: Any) -> Sequence[Raw]:
    """Current rows in order of their lane or party."""
    order = source.c.lane if "lane" in source.c else source.c.party
    return read(connection, select(source).where(current(source), *where).order_by(order))


def _latest_end(windows: Sequence[Raw], coverages: Sequence[Raw]) -> datetime | None:
    return max((row["ended_at"] for row in (*coverages, *windows)), default=None)


def _record_section(kind: ActivityKind, record: Raw) -> ExplainSection:
    fields = incident_fields(record["body"]) if kind is ActivityKind.INCIDENT else session_fields(record["body"])
    return facts(("登记内容", "What the record says"), [*fields.items(), ("feed", record["feed"])])


def _officer_times(body: Mapping[str, Any]) -> list[ExplainSection]:
    """Officers' own times, where the feed has a row for each officer."""
    names = ("dispatched_at", "arrived_at", "finished_at")
    rows = [(one["officer"], *(instant(one.get(name)) for name in names)) for one in body.get("officer_times", ())]
    return [table(("各民警的时间", "Each officer's own times"), ("officer", *names), rows)] if rows else []


def _feed_rows(connection: Connection, record: Raw) -> ExplainSection:
    """The source rows that name the activity, with their fate."""
    number = record["key"]
    query = select(FEED_ROW).where(
        current(FEED_ROW), FEED_ROW.c.feed == record["feed"], mentioning(FEED_ROW.c.raw, number)
    )
    whole = re.compile(rf"(?<![\w-]){re.escape(number)}(?![\w-])")
    found = [
        (row["feed"], row["number"], row["fate"], row["notes"], row["raw"])
        for row in read(connection, query.order_by(FEED_ROW.c.number))
        if any(whole.search(str(value)) for value in row["raw"].values())
    ]
    rows, note = bounded(found, MOST_FEED_ROWS)
    return table(("来源数据行", "Feed rows"), ("feed", "row", "fate", "notes", "raw"), rows, note)


def _explanations(connection: Connection, number: str) -> ExplainSection:
    query = select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "explanations", RECORD.c.group_key == number)
    rows = []
    for body in connection.execute(query.order_by(RECORD.c.key)).scalars():
        span = body.get("span") or {}
        times = (instant(span.get("start")), instant(span.get("end")))
        rows.append((body.get("officer"), *times, body.get("reason"), body.get("note"), body.get("approved_by")))
    columns = ("officer", "from", "to", "reason", "notes", "approved_by")
    return table(("书面说明", "Written explanations"), columns, rows)


def _windows(windows: Sequence[Raw]) -> ExplainSection:
    columns = (
        *("party", "officer", "room", "channels", "dispatched_at", "from", "to", "required_s"),
        *("start_known", "end_known"),
    )
    rows = [
        (
            *(row["party"], row["officer"], row["room"], row["channels"], row["dispatched_at"], row["started_at"]),
            *(row["ended_at"], seconds(row["ended_at"] - row["started_at"]), row["start_known"], row["end_known"]),
        )
        for row in windows
    ]
    lines = () if rows else ("没有可用的时间,无法确定应记录时段 / no time to derive a required window from",)
    return table(("应记录时段", "Required window"), columns, rows, lines)


def _coverages(coverages: Sequence[Raw]) -> ExplainSection:
    columns = (
        *("lane", "from", "to", "required_s", "covered_s", "at_least_s", "at_most_s", "ratio"),
        *("late_s", "early_s", "clock_error_s", "clips"),
    )
    rows = [
        (
            *(row["lane"], row["started_at"], row["ended_at"], seconds(row["ended_at"] - row["started_at"])),
            *(seconds(row[name]) for name in ("covered", "covered_low", "covered_high")),
            ratio(row["covered"], row["started_at"], row["ended_at"]),
            *(*(seconds(row[name]) for name in ("late", "early", "clock_error")), len(row["clips"])),
        )
        for row in coverages
    ]
    return table(("记录情况", "Coverage"), columns, rows)


def _gaps(coverages: Sequence[Raw]) -> ExplainSection:
    rows = [
        (row["lane"], gap.start, gap.end, seconds(gap.end - gap.start), gap.cause, gap.evidence)
        for row in coverages
        for gap in gap_parts(row["gaps"])
    ]
    return table(("中断", "Gaps"), ("lane", "from", "to", "length_s", "cause", "evidence"), rows)
