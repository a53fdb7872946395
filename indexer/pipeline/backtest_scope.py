"""What a back-test looks at: the activities of the last days, the clips of those days, and the cameras they are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select

from domain.clip import FileState
from domain.finding import SubjectKind
from domain.timespan import Span
from indexer.pipeline.subjects import stable_keys
from storage.among import among
from storage.schema.tables import CLIP, FILE, LINK, RECORD, STORED, WINDOW
from storage.versions import chunks, current

RECORD_KINDS = {SubjectKind.INCIDENT: "incidents", SubjectKind.SESSION: "sessions"}


@dataclass(frozen=True, slots=True)
class Scope:
    """`activities`: keys by kind of feed; `subjects`: their names in the queue; `stable`: their stable keys by kind;
    `parties`: whose footage is to be linked anew, and where, should linking itself be changed. `span` ends now.
    """

    span: Span
    activities: Mapping[str, Sequence[str]]
    subjects: tuple[str, ...]
    stable: Mapping[SubjectKind, Sequence[str]]
    parties: tuple[tuple[str, Span], ...]


def scope_of(connection: Connection, now: datetime, days: int) -> Scope:
    """The last `days` times 24 hours before `now`."""
    span = Span(now - timedelta(days=days), now)
    numbers = {kind: _activities(connection, kind, span) for kind in RECORD_KINDS}
    files = _files(connection, span, numbers)
    devices: set[str] = set()
    for part in chunks(sorted(files)):
        query = select(CLIP.c.device).where(current(CLIP), among(CLIP.c.file_id, part), CLIP.c.device.is_not(None))
        devices |= set(connection.execute(query).scalars())
    clips = stable_keys(connection, SubjectKind.CLIP, [str(file_id) for file_id in sorted(files)])
    names = [f"{kind.value}:{key}" for kind, keys in numbers.items() for key in keys]
    names += [f"{SubjectKind.CLIP.value}:{file_id}" for file_id in clips]
    names += [f"{SubjectKind.DEVICE.value}:{device}" for device in sorted(devices)]
    stable = {**numbers, SubjectKind.CLIP: sorted(clips.values()), SubjectKind.DEVICE: sorted(devices)}
    activities = {RECORD_KINDS[kind]: keys for kind, keys in numbers.items()}
    return Scope(span, activities, tuple(names), stable, _parties(connection, span))


def _activities(connection: Connection, kind: SubjectKind, span: Span) -> list[str]:
    """Activities whose window or own time lies in the span: one without usable times has no window."""
    touching = (WINDOW.c.started_at <= span.end) & (WINDOW.c.ended_at >= span.start)
    windows = select(WINDOW.c.number).where(current(WINDOW), WINDOW.c.kind == kind.value, touching)
    dated = select(RECORD.c.key).where(
        current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.at.between(span.start, span.end)
    )
    return sorted({*connection.execute(windows).scalars(), *connection.execute(dated).scalars()})


def _files(connection: Connection, span: Span, numbers: Mapping[SubjectKind, Sequence[str]]) -> set[int]:
    """Files placed in the span, unplaced ones written or first seen in it, and what is linked to its activities."""
    placed = and_(CLIP.c.started_at <= span.end, CLIP.c.ended_at >= span.start)
    # The camera that wrote an unplaced file may have lost its clock: then only when it was first seen tells its days.
    told = (STORED.c.modified_at, FILE.c.first_seen_at)
    written = and_(CLIP.c.started_at.is_(None), or_(*(time.between(span.start, span.end) for time in told)))
    joined = STORED.join(FILE, FILE.c.id == STORED.c.file_id).outerjoin(
        CLIP, (CLIP.c.file_id == STORED.c.file_id) & current(CLIP)
    )
    query = select(STORED.c.file_id).select_from(joined).where(current(STORED), STORED.c.state != FileState.MOVED)
    found = set(connection.execute(query.where(or_(placed, written))).scalars())
    for kind, keys in numbers.items():
        for part in chunks(keys):
            linked = (LINK.c.kind == kind.value) & among(LINK.c.number, part) & (LINK.c.status == "linked")
            found |= set(connection.execute(select(LINK.c.file_id).where(current(LINK), linked)).scalars())
    return found


def _parties(connection: Connection, span: Span) -> tuple[tuple[str, Span], ...]:
    """Everybody with a window in the span, with the time from the first to the last of them."""
    touching = (WINDOW.c.started_at <= span.end) & (WINDOW.c.ended_at >= span.start)
    columns = (WINDOW.c.party, func.min(WINDOW.c.started_at), func.max(WINDOW.c.ended_at))
    rows = connection.execute(select(*columns).where(current(WINDOW), touching).group_by(WINDOW.c.party)).all()
    return tuple((party, Span(start, end)) for party, start, end in sorted(rows))
