"""From stored values to the values of a list: durations as seconds, gaps as {from, to, cause}, times as aware UTC."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, overload

from sqlalchemy import Connection, and_, select

from storage.schema.tables import CLIP, STORE, STORED
from storage.types import MICROSECOND
from storage.versions import chunks, current

T = TypeVar("T")


@overload
def seconds(length: timedelta) -> float: ...
@overload
def seconds(length: None) -> None: ...
def seconds(length: timedelta | None) -> float | None:
    """A duration as float seconds."""
    return None if length is None else length.total_seconds()


def micros(value: int | None) -> float | None:
    """Whole microseconds as float seconds."""
    return None if value is None else seconds(value * MICROSECOND)


def instant(text: str | None) -> datetime | None:
    """Stored ISO 8601 text as aware UTC."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def ratio(covered: timedelta, started_at: datetime, ended_at: datetime) -> float:
    """Covered share of a required window; an empty window counts as covered."""
    required = ended_at - started_at
    return covered / required if required else 1.0


@dataclass(frozen=True, slots=True)
class GapPart:
    """One stored gap."""

    start: datetime
    end: datetime
    cause: str
    evidence: tuple[str, ...]

    def listed(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end, "cause": self.cause}


def gap_parts(stored: Iterable[Mapping[str, Any]]) -> list[GapPart]:
    """Gaps as stored: `{from, to, cause, evidence}`, or an encoded `domain.gap.Gap`."""
    parts = []
    for gap in stored:
        span = gap.get("span") or {"start": gap.get("from"), "end": gap.get("to")}
        start, end = instant(span["start"]), instant(span["end"])
        if start is not None and end is not None:
            parts.append(GapPart(start, end, gap["cause"], tuple(gap.get("evidence", ()))))
    return parts


@dataclass(frozen=True, slots=True)
class FilePlace:
    """Where a file lies now, and when on the wall clock its clip was recorded."""

    file_id: int
    store: str
    path: str
    state: str
    start: datetime | None
    end: datetime | None
    device: str | None
    officer: str | None
    clock_error: timedelta | None

    @property
    def name(self) -> str:
        return f"{self.store}:{self.path}"


def file_places(connection: Connection, file_ids: Iterable[int]) -> dict[int, FilePlace]:
    """Places of many files, a chunk at a time."""
    joined = STORED.join(STORE, STORE.c.id == STORED.c.store_id).outerjoin(
        CLIP, and_(CLIP.c.file_id == STORED.c.file_id, current(CLIP))
    )
    query = select(
        *(STORED.c.file_id, STORE.c.name, STORED.c.path, STORED.c.state, CLIP.c.started_at, CLIP.c.ended_at),
        *(CLIP.c.device, CLIP.c.officer, CLIP.c.clock_error),
    ).select_from(joined)
    found = {}
    for part in chunks(dict.fromkeys(file_ids)):
        rows = connection.execute(query.where(current(STORED), STORED.c.file_id.in_(part))).all()
        found.update({row[0]: FilePlace(*row) for row in rows})
    return found


def place_names(places: Mapping[int, FilePlace], file_ids: Iterable[int]) -> list[str]:
    """`store:path` of each file, in the order given."""
    return [places[file_id].name if file_id in places else f"#{file_id}" for file_id in file_ids]
