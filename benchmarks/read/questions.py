"""What is asked: every list at its head, deep inside and under each filter; details, time lines, pages.

A question is a name, its budget in milliseconds, and addresses that differ from one another in what they ask for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, func, select

from api.shapes.lists import PAGES
from benchmarks.read.world import ALL_STATIONS, DAYS, DISTRICTS, START, Size, district_code, station_code
from storage.queries import LISTS, Filters, ListQuery
from storage.queries.paging import Position
from storage.queries.raws import read_first
from storage.schema import tables as t

BUDGET_MS, OVERVIEW_MS = 50.0, 300.0
TABLES = {
    "clips": t.STORED,
    "recordings": t.RECORDING,
    "gaps": t.RECORDING,
    "incidents": t.RECORD,
    "sessions": t.RECORD,
    "coverage": t.COVERAGE,
    "links": t.LINK,
    "observations": t.OBSERVATION,
    "findings": t.FINDING,
    "feed-rows": t.FEED_ROW,
}
STATUSES = {
    "clips": ("present", "missing", "unreadable"),
    "incidents": ("noncompliant", "compliant", "unknown", "撤销"),
    "sessions": ("compliant", "noncompliant"),
    "links": ("linked", "proposed", "rejected"),
    "findings": ("open", "explained", "resolved"),
    "feed-rows": ("accepted", "corrected", "rejected"),
    "stores": ("online",),
    "scans": ("complete",),
}
RULES = ("missing.no-recording", "incomplete.gap", "nonstandard.clock", "nonstandard.name")
Ask = Callable[[Random], str]


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the table."""

    name: str
    ask: Ask
    budget_ms: float = BUDGET_MS


def questions(connection: Connection, size: Size) -> Iterator[Question]:
    """Everything that is measured, in the order of the table."""
    for name, query in ((name, LISTS[name]) for name in PAGES):
        yield Question(f"{name} · first page", lambda _random, name=name: f"/api/v1/{name}")
        if cursors := _cursors(connection, name, query):
            yield Question(f"{name} · deep page", _among([f"/api/v1/{name}?cursor={one}" for one in cursors]))
        for label, given in _filters(name, query, size):
            yield Question(f"{name} · {label}", _asking(name, given))
    yield from _details(size)
    yield from _pages(size)
    yield from _overviews()


def _cursors(connection: Connection, name: str, query: ListQuery) -> list[str]:
    """Cursors of places spread over the list, in the order in which it is walked when nothing is asked for."""
    table = TABLES.get(name)
    if table is None or query.source is None:
        return []
    way = query._way(connection, Filters())
    columns = query.key if way is None else way.key
    last = connection.execute(select(func.max(table.c.id))).scalar() or 0
    found = []
    for part in range(1, 20):
        labelled = query.source(connection, Filters()).add_columns(
            *(column.label(f"key_{index}") for index, column in enumerate(columns))
        )
        first = last * part // 20
        raw = read_first(connection, labelled.where(table.c.id.between(first, first + 20_000)).limit(1))
        if raw is not None:
            key = tuple(raw[f"key_{index}"] for index in range(len(columns)))
            found.append(query._cursor(Position(key, 1), way))
    return found


def _among(addresses: list[str]) -> Ask:
    return lambda random: random.choice(addresses)


def _asking(name: str, given: Callable[[Random], dict[str, str]]) -> Ask:
    return lambda random: f"/api/v1/{name}?{urlencode(given(random))}"


def _station(random: Random) -> str:
    return station_code(random.randrange(ALL_STATIONS))


def _day(random: Random) -> dict[str, str]:
    day = f"{START + timedelta(days=random.randrange(2, DAYS - 2)):%Y-%m-%d}"
    return {"from": day, "to": day}


def _month(random: Random) -> dict[str, str]:
    month = random.randrange(5, 10)
    return {"from": f"2026-{month:02d}-01", "to": f"2026-{month:02d}-30"}


def _filters(name: str, query: ListQuery, size: Size) -> Iterator[tuple[str, Callable[[Random], dict[str, str]]]]:
    offers = query.offers
    if "unit" in offers:
        yield "station", lambda random: {"unit": _station(random)}
        yield "district", lambda random: {"unit": district_code(random.randrange(DISTRICTS))}
    if "officer" in offers:
        yield "officer", lambda random: {"officer": size.badge(random.randrange(size.incidents), random.randrange(2))}
    if "since" in offers:
        yield "day", _day
        yield "month", _month
    if "unit" in offers and "since" in offers:
        yield "station, day", lambda random: {"unit": _station(random), **_day(random)}
        yield "district, month", lambda random: {"unit": district_code(random.randrange(DISTRICTS)), **_month(random)}
    if "rule" in offers:
        yield "rule", lambda random: {"rule": random.choice(RULES)}
        yield "flag", lambda random: {"flag": random.choice(("missing", "incomplete", "nonstandard"))}
    if name in STATUSES:
        yield "status", lambda random: {"status": random.choice(STATUSES[name])}
    if "incident" in offers:
        yield "incident", lambda random: {"incident": size.number(random.randrange(size.incidents))}
    if "kind" in offers:
        yield "kind", lambda _random: {"kind": "black"}
        yield "store", lambda random: {"store": f"dock-{random.randrange(ALL_STATIONS):03d}"}


def _details(size: Size) -> Iterator[Question]:
    def number(random: Random) -> str:
        return quote(size.number(random.randrange(size.incidents)))

    yield Question("incident · time line, JSON", lambda random: f"/api/v1/incidents/{number(random)}/timeline")
    yield Question("incident · page", lambda random: f"/incidents/{number(random)}")
    yield Question("find an incident", lambda random: f"/find?q={number(random)}")


def _pages(size: Size) -> Iterator[Question]:
    def district(random: Random) -> str:
        return district_code(random.randrange(DISTRICTS))

    yield Question("today page · station", lambda random: f"/?unit={_station(random)}")
    yield Question("today page · district", lambda random: f"/?unit={district(random)}")
    yield Question("today page · city", lambda _random: "/?unit=")
    yield Question("findings page", lambda _random: "/findings")
    yield Question("findings page · station", lambda random: f"/findings?unit={_station(random)}")
    yield Question("findings page · district, flag", lambda random: f"/findings?flag=missing&unit={district(random)}")
    yield Question(
        "findings page · officer", lambda random: f"/findings?officer={size.badge(random.randrange(size.incidents))}"
    )
    yield Question("findings page · day", lambda random: f"/findings?{urlencode(_day(random))}")
    yield Question("incidents page", lambda _random: "/incidents")
    yield Question("incidents page · station, day", _station_day("/incidents"))
    yield Question("clip page", lambda random: f"/clips/{random.randrange(size.made) + 1}")
    yield Question("stores page", lambda _random: "/stores")
    yield Question("store page", lambda random: f"/stores/dock-{random.randrange(ALL_STATIONS):03d}")
    yield Question("files of a store, page", lambda random: f"/stores/dock-{random.randrange(ALL_STATIONS):03d}/files")


def _station_day(address: str) -> Ask:
    return lambda random: f"{address}?{urlencode({'unit': _station(random), **_day(random)})}"


def _overviews() -> Iterator[Question]:
    def asked(random: Random, **given: str) -> str:
        return f"/api/v1/overview?{urlencode({**given, **_month(random)})}"

    whole = {"from": "2026-05-01", "to": "2026-10-31"}
    yield Question("overview · city, month", lambda random: asked(random, by="day"), OVERVIEW_MS)
    yield Question(
        "overview · district, month",
        lambda random: asked(random, unit=district_code(random.randrange(16))),
        OVERVIEW_MS,
    )
    yield Question(
        "overview page · district", lambda random: f"/overview?unit={district_code(random.randrange(16))}", OVERVIEW_MS
    )
    yield Question(
        "overview · city, half a year", lambda _random: f"/api/v1/overview?{urlencode(whole)}&by=week", OVERVIEW_MS
    )
