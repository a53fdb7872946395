"""Links as rows and as domain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, select

from domain.activity import ActivityKind
from domain.link import Link, LinkBasis, LinkMethod, LinkStatus, RunnerUp
from domain.timespan import Span
from storage.among import among
from storage.schema.tables import LINK, WINDOW
from storage.stretches import rows_by_stretch
from storage.versions import Change, Row, chunks, current, replace, settle

BY_HAND = "hand"
"""Party of links by hand: they are nobody's decision but a person's."""


def link_row(link: Link, party: str, at: datetime) -> Row:
    """The row of a link decided for one party."""
    return {
        "party": party,
        "at": at,
        "kind": link.kind.value,
        "number": link.number,
        "officer": link.officer,
        "file_id": link.file_id,
        "basis": link.basis.value,
        "overlap": link.overlap,
        "score": link.score,
        "status": link.status.value,
        "runner_up_number": link.runner_up and link.runner_up.number,
        "runner_up_score": link.runner_up and link.runner_up.score,
        "method": link.method.value,
        "evidence": list(link.evidence),
    }


def link_of(row: Row) -> Link:
    """The link of a row."""
    runner_up = RunnerUp(row["runner_up_number"], row["runner_up_score"]) if row["runner_up_number"] else None
    return Link(
        ActivityKind(row["kind"]),
        row["number"],
        row["officer"],
        row["file_id"],
        LinkBasis(row["basis"]),
        row["overlap"],
        row["score"],
        LinkStatus(row["status"]),
        runner_up,
        LinkMethod(row["method"]),
        tuple(row["evidence"]),
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """What was decided anew for one party: recordings of these files, and whatever once began inside `span`."""

    party: str
    span: Span
    files: tuple[int, ...]


def replace_links(connection: Connection, scopes: Sequence[Scope], rows: Sequence[Row], scan: int) -> list[Change]:
    """The automatic links inside some scopes; manual ones are never touched."""
    auto = LINK.c.method == LinkMethod.AUTO.value

    def query(stretch: CTE) -> Select[Any]:
        inside = (LINK.c.party == stretch.c.name) & LINK.c.at.between(stretch.c.from_at, stretch.c.to_at)
        return select(LINK).select_from(stretch.join(LINK, inside)).where(current(LINK), auto)

    old = rows_by_stretch(connection, [(scope.party, scope.span) for scope in scopes], query)
    before = {row["id"]: row for some in old for row in some}
    mine = {(scope.party, file_id) for scope in scopes for file_id in scope.files}
    for part in chunks(sorted({file_id for _, file_id in mine})):
        found = connection.execute(select(LINK).where(current(LINK), auto, among(LINK.c.file_id, part))).mappings()
        before |= {row["id"]: row for row in found if (row["party"], row["file_id"]) in mine}
    key = ("party", "file_id", "kind", "number")
    return settle(connection, LINK, before.values(), _with_units(connection, rows), key=key, scan=scan)


def _with_units(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """The rows with the unit of each one's activity."""
    units = _units(connection, {(row["kind"], row["number"]) for row in rows})
    return [{**row, "unit": units.get((row["kind"], row["number"]))} for row in rows]


def _units(connection: Connection, activities: set[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
    """Whose activities they are, as their required windows say."""
    found: dict[tuple[str, str], str | None] = {}
    for part in chunks(sorted({number for _, number in activities})):
        query = select(WINDOW.c.kind, WINDOW.c.number, WINDOW.c.unit).where(
            current(WINDOW),
            WINDOW.c.kind.in_([kind.value for kind in ActivityKind]),
            among(WINDOW.c.number, part),
        )
        found |= {(kind, number): unit for kind, number, unit in connection.execute(query.distinct()).all()}
    return found


def replace_manual_links(connection: Connection, rows: Sequence[Row], scan: int) -> list[Change]:
    """All links by hand."""
    # The party says the same as the method, and has an index: the question is asked of millions of links in each scan.
    manual = (LINK.c.party == BY_HAND) & (LINK.c.method == LinkMethod.MANUAL.value)
    told = _with_units(connection, rows)
    return replace(connection, LINK, manual, told, key=("party", "file_id", "kind", "number"), scan=scan)


def _links(connection: Connection, *where: ColumnElement[bool]) -> list[Link]:
    query = select(LINK).where(current(LINK), *where).order_by(LINK.c.file_id, LINK.c.number, LINK.c.party)
    return [link_of(row) for row in connection.execute(query).mappings()]


def links_of_activities(connection: Connection, kind: str, numbers: Iterable[str]) -> dict[str, list[Link]]:
    """Every link row, rejected ones too, by activity number."""
    found: dict[str, list[Link]] = {}
    for part in chunks(numbers):
        for link in _links(connection, LINK.c.kind == kind, among(LINK.c.number, part)):
            found.setdefault(link.number, []).append(link)
    return found


def links_of_files(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Link]]:
    """Every link row by file."""
    found: dict[int, list[Link]] = {}
    for part in chunks(file_ids):
        for link in _links(connection, among(LINK.c.file_id, part)):
            found.setdefault(link.file_id, []).append(link)
    return found
