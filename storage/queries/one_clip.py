"""What the page of one clip shows: where it lies, what was read and measured, whose it is, which scans saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from domain.finding import SubjectKind
from storage.queries.belonging import numbers_seen
from storage.queries.clips import time_sources
from storage.queries.explain_file import clock_sections, file_sections
from storage.queries.explanation import ExplainSection
from storage.queries.filmed import Filmed, filmed
from storage.queries.findings import finding_fields
from storage.queries.judgements import findings_of, link_rows
from storage.queries.paging import Row
from storage.queries.raws import Raw, every_version, read, read_first
from storage.schema.tables import CLIP, FILE, FINDING, LINK, OBSERVATION, PROBE, RECORD, SCAN, STORE, STORED
from storage.versions import current, ended_by

ELSEWHERE = frozenset(
    {
        "文件信息",
        "各次扫描所见",
        "读取结果",
        "轨道",
        "文件内中断",
        "文件问题",
        "时间来源",
        "定位",
        "设备时钟",
        "画面与声音",
    }
    | {"截图", "关联与候选(含未采纳)", "问题"}
)
"""Parts of the explanation that the page shows in a form of its own."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One version of the file as a scan saw it; `until_scan` None: it still holds."""

    scan: int
    scanned_at: datetime
    until_scan: int | None
    state: str
    place: str
    size: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Digests:
    """What the bytes gave when: `settled` at the first whole reading, `changed` what they give now where that differs.

    `listed` is by the algorithm of the station's list, `of_list` what the list says.
    """

    quick: str | None
    full: str | None
    settled: str | None
    changed: str | None
    listed: str | None
    of_list: str | None
    read_at: datetime | None
    settled_size: int | None


@dataclass(frozen=True, slots=True)
class ClipLink:
    """An activity that the clip was compared with. `runner_up`: number (None: of a unit not seen here) and score."""

    kind: str
    number: str
    status: str
    basis: str
    overlap: timedelta
    score: float
    runner_up: tuple[str | None, float] | None
    method: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneClip:
    """`placed` and `probe` are None before they were made; `sections` are the rest of the explanation."""

    filmed: Filmed
    placed: Raw | None
    probe: Raw | None
    sources: dict[str, Row]
    observations: Sequence[Raw]
    findings: Sequence[Row]
    links: tuple[ClipLink, ...]
    sightings: tuple[Sighting, ...]
    digests: Digests
    clock: tuple[ExplainSection, ...]
    sections: tuple[ExplainSection, ...]


def one_clip(connection: Connection, file_id: int, units: frozenset[str] | None = None) -> OneClip | None:
    """All about one file, None when no scan has seen it. `units`: activities of others are left out; None: none are."""
    found = filmed(connection, [file_id]).get(file_id)
    if found is None:
        return None
    placed, probe = _current(connection, CLIP, file_id), _current(connection, PROBE, file_id)
    measured = select(OBSERVATION).where(current(OBSERVATION), OBSERVATION.c.file_id == file_id)
    return OneClip(
        found,
        placed,
        probe,
        time_sources(placed["sources"]) if placed else {},
        read(connection, measured.order_by(OBSERVATION.c.start, OBSERVATION.c.id)),
        _findings(connection, found.file.anchor),
        _links(connection, file_id, units),
        tuple(_sightings(connection, file_id)),
        _digests(connection, found, probe),
        tuple(_clock(connection, placed)),
        tuple(one for one in file_sections(connection, file_id) if one.title_zh not in ELSEWHERE),
    )


def _current(connection: Connection, source: Any, file_id: int) -> Raw | None:
    return read_first(connection, select(source).where(current(source), source.c.file_id == file_id))


def _findings(connection: Connection, anchor: str) -> Sequence[Row]:
    about = findings_of(SubjectKind.CLIP.value, anchor)
    query = select(FINDING).where(current(FINDING), about).order_by(FINDING.c.rule, FINDING.c.key)
    return [finding_fields(raw) for raw in read(connection, query)]


def _links(connection: Connection, file_id: int, units: frozenset[str] | None) -> tuple[ClipLink, ...]:
    """Links and candidates, best first."""
    links = link_rows(connection, LINK.c.file_id == file_id)
    numbers = {link[name] for link in links for name in ("number", "runner_up_number")} - {None}
    seen = numbers_seen(connection, numbers, units)
    return tuple(_link(link, seen) for link in links if link["number"] in seen)


def _link(link: Raw, seen: set[str]) -> ClipLink:
    second = link["runner_up_number"]
    return ClipLink(
        *(link["kind"], link["number"], link["status"], link["basis"], link["overlap"], link["score"]),
        None if second is None else (second if second in seen else None, link["runner_up_score"]),
        link["method"],
        tuple(link["evidence"]),
    )


def _sightings(connection: Connection, file_id: int) -> list[Sighting]:
    query = (
        select(STORED, STORE.c.name.label("store"), SCAN.c.started_at.label("scanned_at"))
        .join(STORE, STORE.c.id == STORED.c.store_id)
        .join(SCAN, SCAN.c.id == STORED.c.since_scan)
    )
    rows = every_version(connection, query, STORED, STORED.c.file_id == file_id)
    return [
        Sighting(
            row["since_scan"],
            row["scanned_at"],
            ended_by(row),
            row["state"],
            f"{row['store']}:{row['path']}",
            row["size"],
            row["modified_at"],
        )
        for row in sorted(rows, key=lambda row: int(row["id"]))
    ]


def _digests(connection: Connection, found: Filmed, probe: Raw | None) -> Digests:
    identity = read(connection, select(FILE).where(FILE.c.id == found.file.file_id))[0]
    read_in = probe or {}
    return Digests(
        read_in.get("quick_digest"),
        read_in.get("full_digest"),
        identity["settled_digest"],
        read_in.get("changed_digest"),
        read_in.get("listed_digest"),
        _of_list(connection, found),
        read_in.get("fixity_at"),
        identity["settled_size"],
    )


def _of_list(connection: Connection, found: Filmed) -> str | None:
    """What a station's own list says of the file: only where exactly one digest can be meant."""
    name = found.file.path.rpartition("/")[2].casefold()
    query = select(RECORD.c.store, RECORD.c.body).where(
        current(RECORD), RECORD.c.kind == "clip_index", RECORD.c.group_key == name
    )
    rows = [row.body for row in connection.execute(query).all() if row.store in (None, found.file.store)]
    path = found.file.path.casefold()
    said = {body["digest"].lower() for body in rows if body.get("digest") and _ends(path, body["path"].casefold())}
    return said.pop() if len(said) == 1 else None


def _ends(path: str, listed: str) -> bool:
    """Whether one of two paths is the end of the other."""
    here, there = path.split("/"), listed.replace("\\", "/").strip("/").split("/")
    shared = min(len(here), len(there))
    return here[-shared:] == there[-shared:]


def _clock(connection: Connection, placed: Raw | None) -> list[ExplainSection]:
    if placed is None:
        return []
    by_camera = placed["started_at"] and placed["started_at"] - placed["clock_offset"]
    return clock_sections(connection, placed["device"], by_camera)
