"""Scans as rows: one at a time across processes and machines, taken over when the holder is dead."""

import os
import socket
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, union, update
from sqlalchemy.exc import IntegrityError

from domain.errors import StorageError
from domain.wording import say
from storage.among import among
from storage.schema.tables import FOLDER, SCAN, STORE, STORE_SCAN, STORED
from storage.versions import Row, chunks, current, happened, viewed

LIMIT = "limits."
"""How the names of limits begin in what a scan notes, beside those of exclusions."""
CLAIM = timedelta(minutes=30)
"""Longer than any one piece of work between two transactions; a dead process of this machine is seen at once."""


class ScanRunning(StorageError):
    """Another process holds the scan."""


class ScanLost(ScanRunning):
    """Another process took this scan for dead and took it over: a clock that jumped, a machine that slept."""


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the last scan of a store said; `scan` and `scanned_at` (its begin) are of the last *online* one."""

    store_id: int
    name: str
    kind: str
    unit: str | None
    state: str  # online | doubtful | unreachable | never-scanned
    detail: str
    scan: int | None
    scanned_at: datetime | None
    folders: int
    files: int
    refused: tuple[str, ...]


def process_alive(process: int) -> bool:
    """Whether a process of this machine still runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def begin_scan(connection: Connection, now: datetime) -> int:
    """Claim the scan and return its number. Raises ScanRunning while another live process holds it.

    A scan whose holder died (kill -9, power loss) is marked interrupted; its finished steps stay.
    """
    for row in refuse_running(connection, now):
        connection.execute(update(SCAN).where(SCAN.c.id == row.id).values(state="interrupted", finished_at=now))
    values = {
        "claimed_until": now + CLAIM,
        "state": "running",
        "started_at": now,
        "host": socket.gethostname(),
        "process": os.getpid(),
    }
    try:
        return int(connection.execute(insert(SCAN).values(**values).returning(SCAN.c.id)).scalar_one())
    except IntegrityError as error:  # the database lets one scan run; another began this moment
        raise ScanRunning("another scan began at the same moment") from error


def refuse_running(connection: Connection, now: datetime) -> Sequence[Any]:
    """Scans marked as running whose holder died. Raises ScanRunning while another live process holds one."""
    here = socket.gethostname()
    columns = (SCAN.c.id, SCAN.c.started_at, SCAN.c.host, SCAN.c.process, SCAN.c.claimed_until)
    found = connection.execute(select(*columns).where(SCAN.c.state == "running")).all()
    for row in found:
        ours = row.host == here and (row.process == os.getpid() or not process_alive(row.process))
        if not ours and row.claimed_until >= now:
            raise ScanRunning(
                f"scan {row.id} is running since {row.started_at.isoformat()} (process {row.process} on {row.host})"
            )
    return found


def interrupt_running(connection: Connection, now: datetime) -> None:
    """In a copied database no scan runs: those that did where it was copied from are ended as interrupted."""
    connection.execute(update(SCAN).where(SCAN.c.state == "running").values(state="interrupted", finished_at=now))


def refuse_lost(connection: Connection, scan: int) -> None:
    """Raises ScanLost where the scan was taken over; nobody can do so until this transaction is over."""
    query = select(SCAN.c.state).where(SCAN.c.id == scan).with_for_update(read=True)
    if connection.execute(query).scalar() == "interrupted":
        raise _lost(scan)


def _lost(scan: int) -> ScanLost:
    return ScanLost(
        say(
            f"第 {scan} 次扫描已被另一进程接管（本机时钟跳变或休眠）",
            f"scan {scan} was taken over by another process (this machine's clock jumped, or it slept)",
        )
    )


def last_scan_at(connection: Connection) -> datetime | None:
    """When the latest scan was, by the clock that it believed."""
    found: datetime | None = connection.execute(select(func.max(SCAN.c.started_at))).scalar()
    return found


def newest_scan(connection: Connection) -> Any:
    """The scan that began last: its number, state, `started_at` and `finished_at`; None before there was one."""
    columns = (SCAN.c.id, SCAN.c.state, SCAN.c.started_at, SCAN.c.finished_at)
    return connection.execute(select(*columns).order_by(SCAN.c.id.desc()).limit(1)).first()


def believe_clock(connection: Connection, scan: int, now: datetime) -> None:
    """The machine's clock, doubted when the scan began, turned out to be right."""
    connection.execute(update(SCAN).where(SCAN.c.id == scan).values(started_at=now))


def renew(connection: Connection, scan: int, until: datetime) -> None:
    """Keep the claim alive. Raises ScanLost when somebody took the scan over: a machine that slept for longer than
    its claim must not write beside whoever came after it."""
    mine = (SCAN.c.id == scan) & (SCAN.c.state == "running")
    if connection.execute(update(SCAN).where(mine).values(claimed_until=until)).rowcount != 1:
        raise _lost(scan)


def note_plan(connection: Connection, scan: int, plan: Mapping[str, Any]) -> None:
    """What this scan works by: digests of settings by part, the registered `stores`, the `limits` that were set."""
    connection.execute(update(SCAN).where(SCAN.c.id == scan).values(plan=dict(plan)))


def last_plan(connection: Connection) -> Mapping[str, Any]:
    """What the last complete scan worked by; empty when there was none."""
    query = select(SCAN.c.plan).where(SCAN.c.state == "complete").order_by(SCAN.c.id.desc()).limit(1)
    return connection.execute(query).scalar() or {}


def end_scan(connection: Connection, scan: int, finished_at: datetime, summary: Mapping[str, Any]) -> None:
    """Close the scan with its counts."""
    values = {"state": "complete", "finished_at": finished_at, "summary": dict(summary)}
    connection.execute(update(SCAN).where(SCAN.c.id == scan).values(**values))


def register_stores(connection: Connection, stores: Sequence[Row]) -> dict[str, int]:
    """Make the store table equal to the configuration; returns ids by name. Stores that left it become inactive."""
    known = {row.name: row for row in connection.execute(select(STORE)).all()}
    for given in stores:
        values = {**given, "active": True}
        old = known.get(given["name"])
        if old is None:
            connection.execute(insert(STORE).values(**values))
        elif any(getattr(old, name) != value for name, value in values.items()):
            connection.execute(update(STORE).where(STORE.c.id == old.id).values(**values))
    names = {given["name"] for given in stores}
    for name, old in known.items():
        if name not in names and old.active:
            connection.execute(update(STORE).where(STORE.c.id == old.id).values(active=False))
    return {row.name: row.id for row in connection.execute(select(STORE.c.name, STORE.c.id)).all()}


def registered_stores(connection: Connection) -> list[Row]:
    """The stores of the configuration with their settings, by name; of the past, as the scan looked at noted them.

    Scans of older programs noted none: then those that had been scanned, with the settings of today.
    """
    every = select(STORE).order_by(STORE.c.name)
    if viewed() is None:
        return [*connection.execute(every.where(STORE.c.active)).mappings()]
    plan = connection.execute(select(SCAN.c.plan).where(SCAN.c.id == viewed())).scalar() or {}
    if "stores" not in plan:
        scanned = select(STORE_SCAN.c.store_id).where(happened(STORE_SCAN.c.scan_id))
        return [*connection.execute(every.where(STORE.c.id.in_(scanned))).mappings()]
    noted = {given["name"]: given for given in plan["stores"]}
    rows = connection.execute(every.where(STORE.c.name.in_(list(noted)))).mappings()
    return [{**row, **noted[row["name"]], "active": True} for row in rows]


def limits_in_view(connection: Connection) -> dict[str, Any]:
    """Limits that were set (not left at their default) for the last scan that had finished, by name.

    Empty where a scan of an older program noted none.
    """
    last = select(func.max(SCAN.c.id)).where(happened(SCAN.c.id), SCAN.c.state == "complete").scalar_subquery()
    noted = (connection.execute(select(SCAN.c.plan).where(SCAN.c.id == last)).scalar() or {}).get("limits") or {}
    return {name.removeprefix(LIMIT): value for name, value in noted.items() if name.startswith(LIMIT)}


def limits_around(connection: Connection, scan: int) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Limits that were set (not left at their default) for the last complete scan before one, and for that one.

    None where a scan of an older program noted none.
    """
    earlier = select(func.max(SCAN.c.id)).where(SCAN.c.id < scan, SCAN.c.state == "complete").scalar_subquery()
    before, after = (
        connection.execute(select(SCAN.c.plan).where(SCAN.c.id == number)).scalar() or {} for number in (earlier, scan)
    )
    return (before["limits"], after["limits"]) if "limits" in before and "limits" in after else None


def scan_finished_by(connection: Connection, when: datetime) -> int | None:
    """The last scan that had finished at a time, None when none had."""
    over = (SCAN.c.state == "complete") & (SCAN.c.finished_at <= when)
    found: int | None = connection.execute(select(func.max(SCAN.c.id)).where(over)).scalar()
    return found


def last_finished(connection: Connection) -> int | None:
    """The last scan that finished, None before there was one."""
    found: int | None = connection.execute(select(func.max(SCAN.c.id)).where(SCAN.c.state == "complete")).scalar()
    return found


def first_finish(connection: Connection) -> datetime | None:
    """When the first scan finished."""
    query = select(func.min(SCAN.c.finished_at)).where(SCAN.c.state == "complete")
    found: datetime | None = connection.execute(query).scalar()
    return found


def last_finish(connection: Connection) -> datetime | None:
    """When the last scan that is complete finished."""
    query = select(func.max(SCAN.c.finished_at)).where(SCAN.c.state == "complete")
    found: datetime | None = connection.execute(query).scalar()
    return found


def record_store_scan(connection: Connection, row: Row) -> None:
    """What this scan could say about one store."""
    earlier = select(func.max(STORE_SCAN.c.whole)).where(STORE_SCAN.c.store_id == row["store_id"])
    whole = (connection.execute(earlier).scalar() or 0) + 1 if row["state"] == "online" else None
    connection.execute(insert(STORE_SCAN).values(**row, whole=whole))


def count_files(connection: Connection, scan: int, unchanged: Collection[int] = ()) -> None:
    """Write down, with the newest look at each store that a scan changed, how many files the store has now.

    `unchanged`: numbers of stores of which it wrote no file; they keep what was counted before, unless files left them
    for another store. Counting takes an index alone, yet a second for ten million files, and most scans find nothing.
    """
    looked = select(STORE_SCAN.c.store_id).where(STORE_SCAN.c.scan_id == scan)
    moved = select(STORED.c.store_id).where(STORED.c.until_scan == scan)  # to another store, it may be
    stores = connection.execute(union(looked, moved)).scalars().all()
    looks = newest_looks(connection)
    left = set(connection.execute(moved).scalars())
    for store in (one for one in stores if one in looks):
        same = _counted_before(connection, store, scan) if store in unchanged and store not in left else None
        mine = select(func.count()).where(STORED.c.store_id == store, STORED.c.until_scan.is_(None))
        known = connection.execute(mine).scalar_one() if same is None else same
        connection.execute(update(STORE_SCAN).where(STORE_SCAN.c.id == looks[store].id).values(known=known))


def _counted_before(connection: Connection, store: int, scan: int) -> int | None:
    """What the look before this scan's counted; None where a scan since then was broken off: it may have seen files."""
    mine = (STORE_SCAN.c.store_id == store) & (STORE_SCAN.c.scan_id < scan)
    query = select(STORE_SCAN.c.known, STORE_SCAN.c.scan_id).where(mine)
    before = connection.execute(query.order_by(STORE_SCAN.c.scan_id.desc(), STORE_SCAN.c.id.desc()).limit(1)).first()
    if before is None:
        return None
    since = (SCAN.c.id >= before.scan_id) & (SCAN.c.id < scan)
    broken = connection.execute(select(SCAN.c.id).where(since, SCAN.c.state != "complete").limit(1)).first()
    return None if broken else before.known


def newest_looks(
    connection: Connection, state: str | None = None, only: Collection[str] | None = None
) -> dict[int, Any]:
    """What the last scan of each store said of it; `state`: the last one that said this. By number of the store.
    `only`: of the stores of these names.

    Asked store by store: the number of scans grows for ever, that of stores does not.
    """
    mine = (STORE_SCAN.c.store_id == STORE.c.id) & happened(STORE_SCAN.c.scan_id)
    query = select(STORE_SCAN.c.id).where(mine if state is None else mine & (STORE_SCAN.c.state == state))
    newest = query.order_by(STORE_SCAN.c.scan_id.desc()).limit(1).correlate(STORE).scalar_subquery()
    return looks(connection, connection.execute(of_stores(select(newest).select_from(STORE), only)).scalars().all())


def of_stores(query: Select[Any], only: Collection[str] | None) -> Select[Any]:
    """A query over the stores, those of some names only; None: over all."""
    return query if only is None else query.where(STORE.c.name.in_(sorted(only)))


def looks(connection: Connection, ids: Iterable[int | None]) -> dict[int, Any]:
    """What some scans said of one store each, by number of the store."""
    found: dict[int, Any] = {}
    for part in chunks(number for number in ids if number is not None):
        rows = connection.execute(select(STORE_SCAN).where(among(STORE_SCAN.c.id, part))).all()
        found |= {row.store_id: row for row in rows}
    return found


def store_states(connection: Connection, only: Collection[str] | None = None) -> dict[str, StoreState]:
    """Latest state of every active store, by name; `only`: of the stores of these names."""
    return states_of(
        connection, [row for row in registered_stores(connection) if only is None or row["name"] in only], only
    )


def stores_in(connection: Connection, units: Collection[str] | None) -> list[StoreState]:
    """Latest state of the active stores of some units, by name; None: of every unit."""
    registered = [row for row in registered_stores(connection) if units is None or row["unit"] in units]
    return [*states_of(connection, registered, None if units is None else [row["name"] for row in registered]).values()]


def states_of(
    connection: Connection, registered: Sequence[Mapping[str, Any]], only: Collection[str] | None
) -> dict[str, StoreState]:
    """Latest state of some registered stores; `only` names them where they are not all."""
    last = newest_looks(connection, None, only)
    sound = {number: look for number, look in last.items() if look.state == "online"}
    others = [row["name"] for row in registered if row["id"] not in sound]
    good = sound | (newest_looks(connection, "online", others) if others else {})
    refused: dict[int, list[str]] = {}
    query = select(FOLDER.c.store_id, FOLDER.c.path).where(current(FOLDER), FOLDER.c.refused.is_not(None))
    if only is not None:
        query = query.where(FOLDER.c.store_id.in_([row["id"] for row in registered]))
    for row in connection.execute(query.order_by(FOLDER.c.path)).all():
        refused.setdefault(row.store_id, []).append(row.path)
    states = {}
    for store in registered:
        now, ok = last.get(store["id"]), good.get(store["id"])
        states[store["name"]] = StoreState(
            store["id"],
            store["name"],
            store["kind"],
            store["unit"],
            now.state if now else "never-scanned",
            now.detail if now else "",
            ok.scan_id if ok else None,
            ok.started_at if ok else None,
            ok.folders if ok else 0,
            ok.files if ok else 0,
            tuple(refused.get(store["id"], ())),
        )
    return states
