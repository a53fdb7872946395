"""Clips that may belong to an activity and are not linked to it, likeliest first, with what speaks for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, literal, or_, select, union

from domain.clip import FileState
from domain.link import LinkStatus
from domain.timespan import ZERO, Span
from storage.queries.belonging import numbers_seen
from storage.queries.clip_ways import USUAL
from storage.queries.raws import read
from storage.queries.timeline import Timeline
from storage.queries.ways import long_before, unindexed
from storage.schema.recordings import LONG_CLIP_US
from storage.schema.tables import CLIP, LINK, STORE, STORED
from storage.types import EPOCH, Instant
from storage.versions import current

AROUND = timedelta(hours=2)
MOST = 200
THERE = (FileState.PRESENT.value, FileState.ARRIVING.value)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One clip. `score` and `status` are the program's, None where it never weighed the two; the rest are facts.

    `apart`: time between the clip and the window; `elsewhere`: activities that it is linked to, None those of other
    units than the viewer's.
    """

    file_id: int
    name: str
    device: str | None
    officer: str | None
    span: Span | None
    status: str | None
    score: float | None
    overlap: timedelta
    apart: timedelta | None
    same_officer: bool
    same_unit: bool
    elsewhere: tuple[str | None, ...]
    evidence: tuple[str, ...]

    @property
    def likely(self) -> bool:
        """Whether anything but nearness speaks for it."""
        return self.status == LinkStatus.PROPOSED or self.overlap > ZERO


@dataclass(frozen=True, slots=True)
class _Clip:
    """What is known of one clip."""

    file_id: int
    name: str
    device: str | None
    officer: str | None
    unit: str | None
    start: datetime | None
    end: datetime | None


def suggestions(
    connection: Connection, line: Timeline, units: Sequence[str] | None, limit: int
) -> tuple[Suggestion, ...]:
    """Proposed and rejected links, and clips of the same unit or officers around the window.

    Only clips of the units that the viewer sees, and only those whose file is there.
    """
    linked = {link.file_id for link in line.links if link.status == LinkStatus.LINKED}
    weighed = {link.file_id: link for link in line.links if link.file_id not in linked}
    clips = [one for one in _clips(connection, line, sorted(weighed), units) if one.file_id not in linked]
    elsewhere = _elsewhere(connection, line, [one.file_id for one in clips], units)
    found = [_suggestion(one, line, elsewhere.get(one.file_id, ())) for one in clips]
    return tuple(sorted(found, key=_rank)[:limit])


def _clips(connection: Connection, line: Timeline, weighed: list[int], units: Sequence[str] | None) -> list[_Clip]:
    near = [select(CLIP.c.file_id).where(current(CLIP), CLIP.c.file_id.in_(weighed))]
    if line.window is not None:
        near += _around(line, line.window.start - AROUND, line.window.end + AROUND)
    joined = CLIP.join(STORED, and_(STORED.c.file_id == CLIP.c.file_id, current(STORED)))
    joined = joined.join(STORE, STORE.c.id == STORED.c.store_id)
    columns = (CLIP, STORED.c.path, STORE.c.name.label("store"), STORE.c.unit.label("store_unit"))
    # Found by the number of the file: most files of a city are in one state.
    there = (current(CLIP), unindexed(STORED.c.state).in_(THERE), CLIP.c.file_id.in_(union(*near)))
    query = select(*columns).select_from(joined).where(*there)
    if units is not None:
        query = query.where(func.coalesce(CLIP.c.unit, STORE.c.unit).in_(list(units)))
    rows = read(connection, query.order_by(CLIP.c.started_at, CLIP.c.file_id).limit(MOST))
    return [
        _Clip(
            *(row["file_id"], f"{row['store']}:{row['path']}", row["device"], row["officer"]),
            *(row["unit"] or row["store_unit"], row["started_at"], row["ended_at"]),
        )
        for row in rows
    ]


def _around(line: Timeline, since: datetime, until: datetime) -> list[Select[Any]]:
    """Clips of the officers and of the unit that overlap a stretch of time; each way by its own index."""
    clips = select(CLIP.c.file_id).where(current(CLIP))
    begun = func.coalesce(CLIP.c.started_at, literal(EPOCH, Instant())) < literal(until, Instant())
    placed = (CLIP.c.started_at.is_not(None), begun, CLIP.c.ended_at > since)
    ways = [clips.where(CLIP.c.officer.in_(line.record.get("officers", ()) or ("",)), *placed)]
    if line.unit is not None:
        listed = (CLIP.c.listed_at > since - USUAL, CLIP.c.listed_at < until)
        ways.append(clips.where(CLIP.c.unit == line.unit, *listed, *placed))
        lasting = long_before(CLIP, since, f"clip.duration_us > {LONG_CLIP_US}")
        ways.append(clips.where(unindexed(CLIP.c.unit) == line.unit, *lasting))
    return ways


def _elsewhere(
    connection: Connection, line: Timeline, file_ids: Sequence[int], units: Sequence[str] | None
) -> dict[int, tuple[str | None, ...]]:
    query = (
        select(LINK.c.file_id, LINK.c.number)
        .where(current(LINK), unindexed(LINK.c.status) == LinkStatus.LINKED.value, LINK.c.file_id.in_(list(file_ids)))
        .where(or_(LINK.c.number != line.number, LINK.c.kind != line.kind))
        .order_by(LINK.c.number)
    )
    rows = connection.execute(query.distinct()).all()
    seen = numbers_seen(connection, (row.number for row in rows), units)
    found: dict[int, tuple[str | None, ...]] = {}
    for file_id, number in rows:
        found[file_id] = (*found.get(file_id, ()), number if number in seen else None)
    return found


def _suggestion(clip: _Clip, line: Timeline, elsewhere: tuple[str | None, ...]) -> Suggestion:
    link = next((one for one in line.links if one.file_id == clip.file_id), None)
    span = Span(clip.start, clip.end) if clip.start is not None and clip.end is not None else None
    window = Span(line.window.start, line.window.end) if line.window is not None else None
    shared = span.intersection(window) if span and window else None
    apart = max(ZERO, window.start - span.end, span.start - window.end) if span and window else None
    return Suggestion(
        *(clip.file_id, clip.name, clip.device, clip.officer, span),
        status=link.status if link else None,
        score=link.score if link else None,
        overlap=shared.duration if shared else ZERO,
        apart=apart,
        same_officer=clip.officer in line.record.get("officers", ()),
        same_unit=clip.unit is not None and clip.unit == line.unit,
        elsewhere=elsewhere,
        evidence=link.evidence if link else (),
    )


def _rank(one: Suggestion) -> tuple[object, ...]:
    """Proposed before the rest; then by overlap, officer, closeness and whether another activity has it."""
    proposed = one.status == LinkStatus.PROPOSED
    return (
        not proposed,
        -(one.score or 0.0) if proposed else 0.0,
        bool(one.elsewhere),
        -one.overlap,
        not one.same_officer,
        one.apart if one.apart is not None else timedelta.max,
        one.file_id,
    )
