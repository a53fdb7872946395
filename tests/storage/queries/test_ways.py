"""Whatever way a list is walked, it gives just the rows that its own order gives."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from domain.activity import Incident, InterrogationSession
from storage.queries import LISTS, Filters, UnusableQuery
from storage.queries.findings import FINDINGS_BY_DUE
from storage.queries.paging import ListQuery
from storage.schema import tables as t
from tests.storage.queries import rows

pytestmark = pytest.mark.slow

OTHER = "310114020000"
PARENT = "310114000000"


@pytest.fixture
def city(connection: Connection) -> Connection:
    """Two stations and one without a register; clips of all lengths, with and without a time, one not read yet."""
    for code, parent in ((PARENT, None), (rows.UNIT, PARENT), (OTHER, PARENT)):
        rows.unit(connection, code, parent)
    for number in range(12):
        unit, officer = (rows.UNIT, OTHER, None)[number % 3], ("031021", "031063")[number % 2]
        path = f"{number:02}.mp4"
        file_id = rows.file(connection, path, modified_at=rows.at(number * 60), state="present")
        incident = Incident(f"110-{number:02}", unit, rows.at(number * 60), officers=(officer,), status="已反馈")
        rows.incident(connection, incident)
        if number != 5:
            start = None if number == 7 else number * 60.0
            long = 60 * 30 if number == 2 else 10
            end = None if start is None else start + long
            rows.clip(connection, file_id, start, end, unit=unit, officer=officer, lane=f"l{number % 2}")
        at = rows.at(number * 60)
        rows.recording(connection, [file_id], number * 60, number * 60 + 10, officer=officer, lane=f"l{number % 2}")
        rows.footage(connection, file_id, f"badge:{officer}", number * 60, lane=f"l{number % 2}")
        status = ("linked", "proposed")[number == 9]
        rows.link(connection, f"110-{number:02}", file_id, officer=officer, at=at, status=status)
        rows.coverage(connection, f"110-{number:02}", f"officer:{officer}", number * 60, number * 60 + 30)
        rows.evaluation(connection, "incident", f"110-{number:02}", result=("compliant", "unknown")[number % 4 == 0])
        rows.observation(connection, file_id, 1, 4)
        if number % 4 == 0:
            rows.observation(connection, file_id, 6, 9, kind="frozen")
        findings(connection, number, f"110-{number:02}", f"dock-a:{path}", unit)
    shared(connection)
    return connection


def shared(connection: Connection) -> None:
    """Clips of several activities, an activity with findings of the same rule on itself and on clips, one that two
    feeds name, a session, a status in the feed's word for what is also a verdict.
    """
    first, sixth = (
        connection.execute(select(t.FILE.c.id).where(t.FILE.c.anchor == name)).scalar_one()
        for name in ("dock-a:00.mp4", "dock-a:06.mp4")
    )
    for number in ("110-03", "110-06", "110-08"):
        rows.link(connection, number, first, officer="031021", at=rows.at(0), status="linked", party="badge:031099")
    rows.link(connection, "XW-1", sixth, kind="session", officer="031021", at=rows.at(0), party="room:A")
    rows.link(connection, "110-06", sixth, officer="031063", at=rows.at(0), status="proposed", party="badge:031098")
    own = {"rule": "nonstandard.name", "flag": "nonstandard", "unit": rows.UNIT, "due_at": rows.at(1)}
    rows.finding(connection, f"{900:016x}", "incident", "110-06", **own)
    rows.session(connection, InterrogationSession("XW-1", rows.UNIT, started_at=rows.at(0), officers=("031021",)))
    twice = Incident("110-00", OTHER, rows.at(0), status="unknown")
    rows.record(connection, "incidents", twice.number, twice, unit=OTHER, at=rows.at(0), feed="another")


def findings(connection: Connection, number: int, incident: str, anchor: str, unit: str | None) -> None:
    severity = ("fail", "warn", "info")[number % 3]
    due = {"due_at": rows.at(1000 - number), "severity": severity, "unit": unit}
    if number % 2:
        rows.finding(connection, f"{number:016x}", "incident", incident, **due)
    if number % 3 == 0:
        given = {"rule": "nonstandard.name", "flag": "nonstandard", **due}
        rows.finding(connection, f"{number + 100:016x}", "clip", anchor, **given)


NARROWED = {
    "station": Filters(unit=rows.UNIT),
    "district": Filters(unit=PARENT),
    "scope": Filters(scope=(OTHER,)),
    "nothing may be seen": Filters(scope=()),
    "officer": Filters(officer="031063"),
    "range": Filters(since=rows.at(125), until=rows.at(500)),
    "since": Filters(since=rows.at(305)),
    "until": Filters(until=rows.at(305)),
    "station, range": Filters(unit=OTHER, since=rows.at(60), until=rows.at(500)),
    "rule": Filters(rule="nonstandard.name"),
    "flag": Filters(flag="missing"),
    "status": Filters(status="unknown"),
    "rule, station": Filters(rule="nonstandard.name", unit=OTHER),
    "flag of clips": Filters(flag="nonstandard"),
    "rule and flag": Filters(rule="nonstandard.name", flag="nonstandard"),
    "flag, range": Filters(flag="nonstandard", since=rows.at(60), until=rows.at(500)),
    "kind": Filters(kind="frozen"),
    "kind, range": Filters(kind="frozen", since=rows.at(125), until=rows.at(500)),
    "store": Filters(store="dock-a"),
    "another store": Filters(store="dock-b"),
    "open": Filters(status="open"),
    "linked": Filters(status="linked"),
    "officer, range": Filters(officer="031021", since=rows.at(100), until=rows.at(400)),
}


def suits(query: ListQuery, filters: Filters) -> bool:
    return all(name in query.offers for name in filters.given())


ASKED = [
    (name, narrowed)
    for name in ("clips", "recordings", "incidents", "sessions", "coverage", "links", "observations", "findings")
    for narrowed, filters in NARROWED.items()
    if suits(LISTS[name], filters)
]


@pytest.mark.parametrize(("name", "narrowed"), ASKED)
def test_a_narrowed_list_gives_the_rows_that_its_own_order_gives(city: Connection, name: str, narrowed: str) -> None:
    query, filters = LISTS[name], NARROWED[narrowed]
    plain = ListQuery(query.name, query.columns, query.key, query.source, query.dress, query.offers)
    wanted = list(plain.rows(city, filters, None))
    assert in_order(query.rows(city, filters, None)) == in_order(wanted)
    for limit in (1, 2, 5):
        assert in_order(paged(query, city, filters, limit)) == in_order(wanted)


def paged(query: ListQuery, connection: Connection, filters: Filters, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = query.page(connection, filters, limit, cursor)
        assert len(page.rows) == limit or page.next_cursor is None
        found += page.rows
        if (cursor := page.next_cursor) is None:
            return found


def in_order(found: Any) -> list[str]:
    return sorted(repr(row) for row in found)


def test_findings_by_due_come_gravest_first_then_by_deadline(city: Connection) -> None:
    found = paged(FINDINGS_BY_DUE, city, Filters(), 3)
    ranks = [(("fail", "warn", "info").index(row["severity"]), row["due_at"]) for row in found]
    assert ranks == sorted(ranks)
    assert in_order(found) == in_order(LISTS["findings"].rows(city, Filters(), None))
    station = paged(FINDINGS_BY_DUE, city, Filters(unit=OTHER), 2)
    assert {row["unit"] for row in station} == {OTHER}


def test_a_cursor_of_one_way_is_not_taken_for_another(city: Connection) -> None:
    cursor = LISTS["clips"].page(city, Filters(unit=PARENT), 2).next_cursor
    assert cursor is not None
    with pytest.raises(UnusableQuery):
        LISTS["clips"].page(city, Filters(officer="031063"), 2, cursor)


def test_a_clip_longer_than_usual_is_found_in_a_range_it_reaches_into(city: Connection) -> None:
    late = Filters(since=rows.at(120) + timedelta(hours=20), until=rows.at(120) + timedelta(hours=21))
    assert [row["path"] for row in LISTS["clips"].rows(city, late, None)] == ["02.mp4"]


def test_a_file_that_was_not_read_yet_is_found_by_its_store_and_its_modification(city: Connection) -> None:
    unread = city.execute(select(t.STORED.c.file_id).where(t.STORED.c.path == "05.mp4")).scalar_one()
    around = Filters(since=rows.at(299), until=rows.at(301))
    assert unread in [row["id"] for row in LISTS["clips"].rows(city, around, None)]
    assert unread in [row["id"] for row in LISTS["clips"].rows(city, Filters(unit=rows.UNIT), None)]
