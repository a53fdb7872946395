"""What belongs to a subject over all its time: the files, cameras, officers and feed records that could change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from domain.finding import SubjectKind
from domain.timespan import Span
from storage.queries.explain_file import file_of_anchor
from storage.queries.near_stores import near_stores
from storage.queries.raws import Raw, every_version
from storage.queries.successions import versions, versions_of
from storage.schema.tables import CLIP, COVERAGE, FOOTAGE, LINK, STORE, STORED, WINDOW

AROUND = timedelta(hours=26)
"""How far from a window footage may have been placed and still have had a say: a clock may be off by a day."""

ACTIVITIES = (SubjectKind.INCIDENT, SubjectKind.SESSION)


@dataclass(frozen=True, slots=True)
class Subject:
    """`key` is the stable key. `files` by id; `bases` are their base names; `stores`: ids of those that matter."""

    kind: SubjectKind
    key: str
    files: tuple[int, ...] = ()
    bases: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    officers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    stores: tuple[int, ...] = ()


def subject_of(connection: Connection, kind: SubjectKind, key: str) -> Subject:
    """Everything that a subject has ever been concluded from."""
    if kind in ACTIVITIES:
        return _activity(connection, kind, key)
    if kind is SubjectKind.CLIP:
        file_id = file_of_anchor(connection, key)
        return _with_files(connection, Subject(kind, key), [] if file_id is None else [file_id])
    if kind is SubjectKind.DEVICE:
        clips = every_version(connection, select(CLIP.c.file_id), CLIP, CLIP.c.device == key)
        return _with_files(connection, Subject(kind, key, devices=(key,)), {row["file_id"] for row in clips})
    if kind is SubjectKind.STORE:
        ids = connection.execute(select(STORE.c.id).where(STORE.c.name == key)).scalars()
        return Subject(kind, key, stores=tuple(ids))
    return Subject(kind, key)


def _activity(connection: Connection, kind: SubjectKind, number: str) -> Subject:
    windows = versions(connection, WINDOW, WINDOW.c.kind == kind, WINDOW.c.number == number)
    links = versions(connection, LINK, LINK.c.kind == kind, LINK.c.number == number, LINK.c.status != "rejected")
    coverages = versions(connection, COVERAGE, COVERAGE.c.kind == kind, COVERAGE.c.number == number)
    files = {link["file_id"] for link in links} | {one for row in coverages for one in row["clips"]}
    files |= _near(connection, windows)
    officers = sorted({row["officer"] for row in windows if row["officer"]})
    spans = tuple(Span(row["started_at"], row["ended_at"]).widened(AROUND, AROUND) for row in windows)
    store_kind = "recorder" if kind is SubjectKind.INCIDENT else "interrogation"
    unit = next((row["unit"] for row in windows if row["unit"]), None)
    near, _ = near_stores(connection, kind.value, number, unit, officers)
    of_kind = connection.execute(select(STORE.c.id, STORE.c.name).where(STORE.c.kind == store_kind)).all()
    stores = tuple(row.id for row in of_kind if near is None or row.name in near)
    bare = Subject(kind, number, officers=tuple(officers), spans=spans, stores=stores)
    return _with_files(connection, bare, files)


def _near(connection: Connection, windows: Sequence[Raw]) -> set[int]:
    """Footage of the officers or the room that was ever placed near a window; a unit's is only what was linked."""
    ways: list[ColumnElement[bool]] = [
        and_(
            FOOTAGE.c.party == row["party"],
            FOOTAGE.c.started_at <= row["ended_at"] + AROUND,
            FOOTAGE.c.ended_at >= row["started_at"] - AROUND,
        )
        for row in windows
        if not row["party"].startswith("unit:")
    ]
    if not ways:
        return set()
    return {row["file_id"] for row in every_version(connection, select(FOOTAGE.c.file_id), FOOTAGE, or_(*ways))}


def _with_files(connection: Connection, bare: Subject, file_ids: Iterable[int]) -> Subject:
    """The subject with its files, their names, cameras and stores."""
    files = tuple(sorted(set(file_ids)))
    stored = versions_of(connection, STORED, STORED.c.file_id, files)
    clips = versions_of(connection, CLIP, CLIP.c.file_id, files)
    devices = {*bare.devices, *(row["device"] for row in clips if row["device"])}
    return Subject(
        bare.kind,
        bare.key,
        files,
        tuple(sorted({PurePosixPath(row["path"]).name.casefold() for row in stored})),
        tuple(sorted(devices)),
        bare.officers,
        bare.spans,
        tuple(sorted({*bare.stores, *(row["store_id"] for row in stored)})),
    )
