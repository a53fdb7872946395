"""The list of links: which clip belongs to which activity, with score and runner-up, in order of activity."""

from collections.abc import Container, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from domain.link import LinkStatus
from storage.queries.activity_ways import link_way
from storage.queries.belonging import numbers_seen
from storage.queries.filters import Filters, numbered, of_units, wanted_units
from storage.queries.paging import ListQuery, Row
from storage.queries.raws import Raw
from storage.queries.ways import unindexed
from storage.schema.tables import LINK, STORE, STORED
from storage.versions import current

COLUMNS = ("kind", "number", "officer", "store", "path", "basis", "overlap_s", "score", "runner_up", "method")


def _source(connection: Connection, filters: Filters) -> Select[Any]:
    joined = LINK.join(STORED, STORED.c.file_id == LINK.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
    query = select(LINK, STORE.c.name.label("store"), STORED.c.path).select_from(joined)
    return query.where(current(LINK), current(STORED), *_conditions(connection, filters))


def _conditions(connection: Connection, filters: Filters) -> list[ColumnElement[bool]]:
    units = wanted_units(connection, filters)
    leading = filters.officer is None and units is None and filters.since is None and filters.until is None
    status = LINK.c.status if leading else unindexed(LINK.c.status)
    wanted: list[ColumnElement[bool]] = [status == (filters.status or LinkStatus.LINKED)]
    if units is not None:
        wanted.append(of_units(LINK.c.kind, LINK.c.number, units))
    if filters.officer is not None:
        wanted.append(LINK.c.officer == filters.officer)
    if filters.incident is not None:
        wanted.append(numbered(LINK.c.kind, LINK.c.number, filters.incident))
    if filters.since is not None:
        wanted.append(LINK.c.at >= filters.since)
    if filters.until is not None:
        wanted.append(LINK.c.at < filters.until)
    return wanted


def _dress(connection: Connection, filters: Filters, raws: Sequence[Raw]) -> list[list[Row]]:
    """The next best activity is told by its number only to those who see its unit."""
    numbers = {raw["runner_up_number"] for raw in raws} - {None}
    seen = numbers_seen(connection, numbers, filters.scope)
    return [[_link(raw, seen)] for raw in raws]


def _link(raw: Raw, seen: Container[str]) -> Row:
    values = (
        *(raw["kind"], raw["number"], raw["officer"], raw["store"], raw["path"], raw["basis"]),
        *(raw["overlap"].total_seconds(), raw["score"], _runner_up(raw, seen), raw["method"]),
    )
    return dict(zip(COLUMNS, values, strict=True))


def runner_up(raw: Raw) -> Row | None:
    """The next best activity for the same clip."""
    number = raw["runner_up_number"]
    return None if number is None else {"number": number, "score": raw["runner_up_score"]}


def _runner_up(raw: Raw, seen: Container[str]) -> Row | None:
    found = runner_up(raw)
    return found if found is None or found["number"] in seen else {**found, "number": None}


LINKS = ListQuery(
    "links",
    COLUMNS,
    (LINK.c.kind, LINK.c.number, LINK.c.file_id, LINK.c.party),
    _source,
    _dress,
    ("unit", "officer", "since", "until", "status", "incident"),
    ways=link_way,
)
