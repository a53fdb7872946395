"""The lists of devices, stores, scans and feed rows: what is registered, who looked where, what feeds delivered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    Subquery,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    union,
)

from storage.queries.device_ways import SerialWay, devices_of
from storage.queries.filters import Filters, wanted_units
from storage.queries.near_stores import FEW
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.queries.shapes import seconds
from storage.scans import registered_stores, store_states
from storage.schema.tables import CLIP, DEVICE_CLOCK, FEED_ROW, RECORD, SCAN, STORE, STORE_SCAN
from storage.versions import current, happened

REGISTER = ("serial", "model", "kind", "unit", "room", "channel")
DEVICE_COLUMNS = (*REGISTER, "clock_offset_s", "clock_error_s", "clock_kind", "evidence")
STORE_COLUMNS = (
    *("name", "kind", "location", "timezone", "unit", "state", "detail", "scan", "scanned_at", "folders", "files"),
    *("errors", "refused"),
)
SCAN_COLUMNS = ("id", "state", "started_at", "finished_at", "duration_s", "stores", "summary")
FEED_ROW_COLUMNS = ("feed", "row", "fate", "notes", "raw")

SERIAL: ColumnElement[str] = literal_column("serials.serial", String)


def _serials() -> Subquery:
    """Every camera and recorder that the register or any clip names."""
    return union(
        select(RECORD.c.key.label("serial")).where(current(RECORD), RECORD.c.kind == "devices"),
        select(CLIP.c.device).where(current(CLIP), CLIP.c.device.is_not(None)),
    ).subquery("serials")


def _devices(connection: Connection, filters: Filters) -> Select[Any]:
    serials, clock = _serials(), DEVICE_CLOCK.c
    registered = and_(RECORD.c.key == serials.c.serial, RECORD.c.kind == "devices", current(RECORD))
    clocked = and_(clock.device == serials.c.serial, current(DEVICE_CLOCK), latest_clock())
    query = select(
        *(serials.c.serial, RECORD.c.body.label("register"), clock.kind, clock.offset, clock.error, clock.body)
    ).select_from(serials.outerjoin(RECORD, registered).outerjoin(DEVICE_CLOCK, clocked))
    if (units := wanted_units(connection, filters)) is not None:
        seen = exists(select(CLIP.c.id).where(current(CLIP), CLIP.c.device == serials.c.serial, CLIP.c.unit.in_(units)))
        query = query.where(or_(RECORD.c.unit.in_(units), and_(RECORD.c.id.is_(None), seen)))
    return query


def latest_clock() -> ColumnElement[bool]:
    """Of a camera's clocks the one of its latest period: what is known of it now."""
    later = DEVICE_CLOCK.alias()
    beyond = and_(later.c.device == DEVICE_CLOCK.c.device, later.c.period > DEVICE_CLOCK.c.period)
    return ~exists(select(later.c.id).where(beyond, current(later)))


def _dress_devices(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    return [[_device(raw)] for raw in raws]


def _device(raw: Raw) -> Row:
    register = raw["register"] or {}
    clock = (seconds(raw["offset"]), seconds(raw["error"]), raw["kind"], list((raw["body"] or {}).get("evidence", ())))
    return {
        **{name: register.get(name) for name in REGISTER},
        "serial": raw["serial"],
        **dict(zip(DEVICE_COLUMNS[len(REGISTER) :], clock, strict=True)),
    }


def _stores(connection: Connection, filters: Filters) -> Select[Any]:
    units = wanted_units(connection, filters)
    shown = [row["id"] for row in registered_stores(connection) if units is None or row["unit"] in units]
    return select(STORE.c.name).where(STORE.c.id.in_(shown))


def _dress_stores(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    states = store_states(connection, {raw["name"] for raw in raws})
    settings = {row["name"]: row for row in registered_stores(connection)}
    rows = []
    for raw in (settings[raw["name"]] for raw in raws):
        state = states[raw["name"]]
        shown = filters.status is None or filters.status == state.state
        values = (
            *(raw["name"], raw["kind"], raw["location"], raw["timezone"], raw["unit"], state.state, state.detail),
            *(state.scan, state.scanned_at, state.folders, state.files, len(state.refused), list(state.refused)),
        )
        rows.append([dict(zip(STORE_COLUMNS, values, strict=True))] if shown else [])
    return rows


def _scans(_connection: Connection, filters: Filters) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [happened(SCAN.c.id)]
    if filters.status is not None:
        wanted.append(SCAN.c.state == filters.status)
    if filters.since is not None:
        wanted.append(SCAN.c.started_at >= filters.since)
    if filters.until is not None:
        wanted.append(SCAN.c.started_at < filters.until)
    return select(SCAN).where(*wanted)


def _dress_scans(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    seen = (STORE_SCAN.c.folders, STORE_SCAN.c.files, STORE_SCAN.c.refused, STORE_SCAN.c.skipped)
    query = (
        select(STORE_SCAN.c.scan_id, STORE.c.name.label("store"), STORE_SCAN.c.state, *seen)
        .join(STORE, STORE.c.id == STORE_SCAN.c.store_id)
        .where(STORE_SCAN.c.scan_id.in_([raw["id"] for raw in raws]))
        .order_by(STORE.c.name)
    )
    if filters.scope is not None:
        query = query.where(STORE.c.unit.in_(filters.scope))
    if connection.execute(select(func.count()).select_from(STORE).where(*_seen(filters))).scalar_one() > FEW:
        trouble = (STORE_SCAN.c.state != "online", STORE_SCAN.c.refused > 0, STORE_SCAN.c.skipped > 0)
        query = query.where(or_(*trouble))
    stores: dict[int, list[Row]] = {}
    names = ("store", "state", *(column.name for column in seen))
    for scan, *values in connection.execute(query).all():  # every store of every scan: no more than a dictionary each
        stores.setdefault(scan, []).append(dict(zip(names, values, strict=True)))
    whole = filters.scope is None  # the summary counts rows of every unit
    return [[_scan(raw if whole else {**raw, "summary": None}, stores.get(raw["id"], []))] for raw in raws]


def _seen(filters: Filters) -> list[ColumnElement[bool]]:
    """Stores of the reader's units."""
    return [STORE.c.active, *([] if filters.scope is None else [STORE.c.unit.in_(filters.scope)])]


def _scan(raw: Raw, stores: list[Row]) -> Row:
    lasted = raw["finished_at"] - raw["started_at"] if raw["finished_at"] is not None else None
    times = (raw["started_at"], raw["finished_at"], seconds(lasted))
    return dict(zip(SCAN_COLUMNS, (raw["id"], raw["state"], *times, stores, raw["summary"]), strict=True))


def _feed_rows(_connection: Connection, filters: Filters) -> Select[Any]:
    query = select(FEED_ROW).where(current(FEED_ROW))
    if filters.scope is not None:
        query = query.where(false())  # a row as it was delivered belongs to no unit yet
    return query if filters.status is None else query.where(FEED_ROW.c.fate == filters.status)


def _dress_feed_rows(_connection: Connection, _filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    names = ("feed", "number", "fate", "notes", "raw")
    return [[dict(zip(FEED_ROW_COLUMNS, (raw[name] for name in names), strict=True))] for raw in raws]


DEVICES = ListQuery(
    name="devices",
    columns=DEVICE_COLUMNS,
    key=(SERIAL,),
    source=_devices,
    dress=_dress_devices,
    offers=("unit",),
    ways=lambda connection, filters: SerialWay(SERIAL, wanted_units(connection, filters)),
    gather=devices_of,
)
STORES = ListQuery("stores", STORE_COLUMNS, (STORE.c.name,), _stores, _dress_stores, ("unit", "status"))
SCANS = ListQuery(
    name="scans",
    columns=SCAN_COLUMNS,
    key=(SCAN.c.id,),
    source=_scans,
    dress=_dress_scans,
    offers=("since", "until", "status"),
    newest_first=True,
)
FEED_ROWS = ListQuery(
    "feed-rows", FEED_ROW_COLUMNS, (FEED_ROW.c.feed, FEED_ROW.c.number), _feed_rows, _dress_feed_rows, ("status",)
)
