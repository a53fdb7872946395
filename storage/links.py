"""Links as rows and as domain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from domain.activity import ActivityKind
from domain.link import Link, LinkBasis, LinkMethod, LinkStatus, RunnerUp
from domain.timespan import Span
from storage.schema.tables import LINK
from storage.versions import Change, Row, chunks, current, replace


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
    """What was decided anew: recordings of these files, and whatever once began inside `span`."""

    span: Span
    files: tuple[int, ...]


def replace_links(connection: Connection, party: str, scope: Scope, rows: Sequence[Row], scan: int) -> list[Change]:
    """The automatic links of one party inside a scope; manual ones are never touched."""
    mine = (LINK.c.party == party) & (LINK.c.method == LinkMethod.AUTO.value)
    inside = (LINK.c.at >= scope.span.start) & (LINK.c.at <= scope.span.end)
    anywhere = mine & (inside | LINK.c.file_id.in_(scope.files))
    return replace(connection, LINK, anywhere, rows, key=("file_id", "kind", "number"), scan=scan)


def _links(connection: Connection, *where: ColumnElement[bool]) -> list[Link]:
    query = select(LINK).where(current(LINK), *where).order_by(LINK.c.file_id, LINK.c.number, LINK.c.party)
    return [link_of(row) for row in connection.execute(query).mappings()]


def links_of_activities(connection: Connection, kind: str, numbers: Iterable[str]) -> dict[str, list[Link]]:
    """Every link row, rejected ones too, by activity number."""
    found: dict[str, list[Link]] = {}
    for part in chunks(numbers):
        for link in _links(connection, LINK.c.kind == kind, LINK.c.number.in_(part)):
            found.setdefault(link.number, []).append(link)
    return found


def links_of_files(connection: Connection, file_ids: Iterable[int]) -> dict[int, list[Link]]:
    """Every link row by file."""
    found: dict[int, list[Link]] = {}
    for part in chunks(file_ids):
        for link in _links(connection, LINK.c.file_id.in_(part)):
            found.setdefault(link.file_id, []).append(link)
    return found
