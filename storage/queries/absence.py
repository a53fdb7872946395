"""Proof of absence: who looked where and when, what was refused, and what could still hold the footage."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Subquery, and_, func, literal, or_, select, union, union_all

from domain.clip import FileState
from domain.vocabulary import STORE_STATES
from domain.wording import say
from storage.queries.explanation import ExplainSection, table
from storage.queries.filters import mentioning
from storage.queries.ways import stated
from storage.scans import StoreState, looks, newest_looks, of_stores, store_states
from storage.schema.files import UNSETTLED
from storage.schema.recordings import TIMELESS
from storage.schema.tables import CLIP, FOLDER, FOOTAGE, PROBE, RECORD, STORE, STORE_SCAN, STORED
from storage.types import EPOCH, Instant
from storage.versions import current, happened, viewed

MOST_FOLDERS = 30
MOST_FILES = 50
MOST_STORES = 5
"""Of so many stores the folders are named; of others only how many they are."""
UNSETTLED_STATES = (FileState.ARRIVING, FileState.UNREADABLE, FileState.MISSING)
Only = Collection[str] | None
"""Names of the stores that are told of; None: of all."""


def proof_sections(
    connection: Connection,
    ended_at: datetime | None,
    parties: Sequence[str],
    stores: Iterable[str] | None = None,
    units: Collection[str] | None = None,
) -> list[ExplainSection]:
    """Stores as last seen, scans after `ended_at`, folders listed, and files of the parties without a time.

    `units`: of the stores of others only is told how many were looked at, and how many of these whole.
    """
    wanted = None if stores is None else set(stores)
    every = list(store_states(connection, wanted).values())
    states = [state for state in every if units is None or state.unit in units]
    others = [state for state in every if state not in states]
    sections = [_stores(connection, states, others, wanted), _refused(connection, states)]
    if ended_at is not None:
        sections.append(_scans_after(connection, states, ended_at, wanted))
    sections.append(_folders(connection, states))
    if parties:
        sections.append(_unplaced(connection, parties))
    return sections


def _stores(
    connection: Connection, states: Sequence[StoreState], others: Sequence[StoreState], only: Only
) -> ExplainSection:
    counts, skipped = _file_states(connection, states), _skipped(connection, only)
    rows = [
        (
            *(state.name, state.state, state.detail, state.scan, state.scanned_at, state.folders, state.files),
            *(len(state.refused), skipped.get(state.store_id, 0)),
            *(counts.get((state.store_id, kind.value), 0) for kind in UNSETTLED_STATES),
        )
        for state in states
    ]
    columns = (
        *("store", "state", "detail", "scan", "scanned_at", "folders", "files", "refused", "skipped"),
        *("arriving", "unreadable", "missing"),
    )
    title = ("不存在的证明:各存储最近一次完整扫描", "Proof of absence: last complete scan of each store")
    return table(title, columns, rows, [*_verdict(states, others)])


def _verdict(states: Sequence[StoreState], others: Sequence[StoreState]) -> Iterable[str]:
    if not states and not others:
        yield "没有配置存储:无法证明 / no store is configured: nothing is proved"
    for state in states:
        if state.scan is None:
            yield f"{state.name}: 从未完整扫描,无法证明 / never scanned whole, proves nothing"
        elif state.state != "online":
            zh, en = STORE_STATES[state.state]
            yield f"{state.name}: {say(f'现{zh},仅证明到上次完整扫描', f'{en}, proves only up to its last whole scan')}"
        elif state.refused:
            count = len(state.refused)
            yield f"{state.name}: {count} 个文件夹无法列出 / {count} folders could not be listed"
        else:
            yield f"{state.name}: 已完整列出 / listed whole"
    if others:
        whole = sum(state.state == "online" and not state.refused for state in others)
        yield say(
            f"其他单位的存储 {len(others)} 个，其中 {whole} 个已完整列出",
            f"{len(others)} stores of other units, {whole} of them listed whole",
        )


def _file_states(connection: Connection, states: Sequence[StoreState]) -> dict[tuple[int, str], int]:
    theirs = STORED.c.store_id.in_([state.store_id for state in states])
    query = (
        select(STORED.c.store_id, STORED.c.state, func.count())
        .where(current(STORED), stated(UNSETTLED), theirs)
        .group_by(STORED.c.store_id, STORED.c.state)
    )
    return {(row[0], row[1]): row[2] for row in connection.execute(query).all()}


def _skipped(connection: Connection, only: Only) -> dict[int, int]:
    """Entries skipped at the last whole scan, by store."""
    return {store: row.skipped for store, row in newest_looks(connection, "online", only).items()}


def _refused(connection: Connection, states: Sequence[StoreState]) -> ExplainSection:
    names = {state.store_id: state.name for state in states}
    query = select(FOLDER).where(current(FOLDER), FOLDER.c.refused.is_not(None), FOLDER.c.store_id.in_(list(names)))
    found = connection.execute(query.order_by(FOLDER.c.store_id, FOLDER.c.path)).all()
    rows = [(names[row.store_id], row.path or "/", row.refused) for row in found]
    return table(("无法列出的文件夹", "Folders that could not be listed"), ("store", "path", "reason"), rows)


def _scans_after(
    connection: Connection, states: Sequence[StoreState], ended_at: datetime, only: Only
) -> ExplainSection:
    """Whole scans of each store that began after the activity's end: only these can have seen its footage."""
    last, first = newest_looks(connection, "online", only), _first_after(connection, ended_at, only)
    rows: list[tuple[Any, ...]] = []
    for state in states:
        begin, end = first.get(state.store_id), last.get(state.store_id)
        if begin is None or end is None:
            rows.append((state.name, 0, None, None, None, None))
            continue
        count = end.whole - begin.whole + 1
        rows.append((state.name, count, begin.scan_id, begin.started_at, end.scan_id, end.started_at))
    title = ("应记录时段结束后的完整扫描", "Whole scans after the end of the required window")
    columns = (
        "store",
        "scans",
        "first_scan",
        "first_at",
        "last_scan",
        "last_at",
    )
    return table(title, columns, rows)


def _first_after(connection: Connection, ended_at: datetime, only: Only) -> dict[int, Any]:
    """The first whole scan of each store that began at a time or after it, by number of the store."""
    mine = (STORE_SCAN.c.store_id == STORE.c.id) & (STORE_SCAN.c.state == "online")
    query = select(STORE_SCAN.c.id).where(mine, happened(STORE_SCAN.c.scan_id), STORE_SCAN.c.started_at >= ended_at)
    first = query.order_by(STORE_SCAN.c.started_at, STORE_SCAN.c.scan_id).limit(1).correlate(STORE).scalar_subquery()
    return looks(connection, connection.execute(of_stores(select(first).select_from(STORE), only)).scalars().all())


def _folders(connection: Connection, states: Sequence[StoreState]) -> ExplainSection:
    rows: list[tuple[Any, ...]] = []
    lines = [f"{one.name}: {one.folders} 个文件夹 / {one.folders} folders" for one in states[MOST_STORES:]]
    for state in states[:MOST_STORES]:
        if state.scan is None:
            continue
        listed = _listed(state.store_id, state.scan)
        found = connection.execute(select(listed).order_by(listed.c.path).limit(MOST_FOLDERS)).all()
        total = connection.execute(select(func.count(), func.sum(listed.c.files))).one()
        rows += [(state.name, row.path or "/", row.files, state.scan) for row in found]
        left, files = total[0] - len(found), (total[1] or 0) - sum(row.files for row in found)
        if left > 0:
            lines.append(
                f"{state.name}: 另有 {left} 个文件夹(共 {files} 个文件) / {left} more folders with {files} files"
            )
    title = ("已列出的文件夹", "Folders that were listed")
    return table(title, ("store", "path", "files", "scan"), rows, lines)


def _listed(store: int, scan: int) -> Subquery:
    """Path and files of the folders of a store as a scan listed them: those that still are so, and those that ended."""
    mine = select(FOLDER.c.path, FOLDER.c.files).where(FOLDER.c.store_id == store, FOLDER.c.since_scan <= scan)
    standing, ended = FOLDER.c.until_scan.is_(None), FOLDER.c.until_scan > scan
    return union_all(mine.where(standing), mine.where(ended)).subquery()


def _unplaced(connection: Connection, parties: Sequence[str]) -> ExplainSection:
    """Files of the parties, or of cameras issued to them, that have no believable time and so may be the footage."""
    officers = [party.removeprefix("badge:") for party in parties if party.startswith("badge:")]
    # Found by officer, camera or file: a city has a hundred thousand clips without a time.
    placed = func.coalesce(CLIP.c.started_at, literal(EPOCH, Instant()))
    timeless = select(CLIP.c.file_id).where(current(CLIP), stated(TIMELESS))
    footage = (current(FOOTAGE), FOOTAGE.c.party.in_(parties), FOOTAGE.c.started_at.is_(None))
    theirs = [select(FOOTAGE.c.file_id).where(*footage), timeless.where(CLIP.c.officer.in_(officers))]
    if devices := issued_devices(connection, officers):
        theirs.append(timeless.where(CLIP.c.device.in_(devices)))
    query = (
        select(STORE.c.name, STORED.c.path, STORED.c.state, STORED.c.modified_at, CLIP.c.device, PROBE.c.problems)
        .select_from(
            CLIP.join(STORED, STORED.c.file_id == CLIP.c.file_id)
            .join(STORE, STORE.c.id == STORED.c.store_id)
            .outerjoin(PROBE, and_(PROBE.c.file_id == CLIP.c.file_id, current(PROBE)))
        )
        .where(
            *(current(CLIP), current(STORED), placed == literal(EPOCH, Instant()), STORED.c.state != FileState.MOVED),
            CLIP.c.file_id.in_(union(*theirs)),
        )
        .order_by(STORE.c.name, STORED.c.path)
        .limit(MOST_FILES)
    )
    rows = [(*row[:5], [problem["code"] for problem in row.problems or ()]) for row in connection.execute(query).all()]
    columns = ("store", "path", "state", "modified_at", "device", "problems")
    title = ("时间不明、可能属于该时段的文件", "Files without a believable time that may belong here")
    return table(title, columns, rows)


def issued_devices(connection: Connection, officers: Sequence[str]) -> list[str]:
    """Cameras that were ever issued to the officers."""
    if not officers:
        return []
    if viewed() is None:
        issued = (current(RECORD), RECORD.c.kind == "assignments", RECORD.c.officer.in_(officers))
        return sorted(set(connection.execute(select(RECORD.c.group_key).where(*issued)).scalars()))
    named = or_(*(mentioning(RECORD.c.body, officer) for officer in officers))
    query = select(RECORD.c.body).where(current(RECORD), RECORD.c.kind == "assignments", named)
    bodies = connection.execute(query).scalars()
    return sorted({body["device"] for body in bodies if body["officer"] in officers})
