"""Of a city's stores an activity's page tells of those that could hold its footage."""

from sqlalchemy import Connection

from storage.queries.absence import proof_sections
from storage.queries.near_stores import FEW, near_stores
from tests.storage.queries import rows

DISTRICT, STATION, OFFICERS, ELSEWHERE = "310114000000", rows.UNIT, "310114020000", "310115010000"
"""The fixture's own store, dock-a, is the station's."""


def city(connection: Connection) -> None:
    for code, parent in ((DISTRICT, None), (STATION, DISTRICT), (OFFICERS, DISTRICT), (ELSEWHERE, None)):
        rows.unit(connection, code, parent)
    rows.record(connection, "officers", "031063", {"badge": "031063"}, unit=OFFICERS)
    for name, unit in (("district", DISTRICT), ("officers", OFFICERS), ("shared", None)):
        rows.store(connection, name, unit)
    for number in range(FEW):
        rows.store(connection, f"far-{number:02}", ELSEWHERE)


def test_stores_of_the_unit_the_officers_and_those_above_and_of_nobody_matter(connection: Connection) -> None:
    city(connection)
    names, others = near_stores(connection, "incident", "110-1", STATION, ["031063"])
    assert names == {"dock-a", "district", "officers", "shared"}
    assert others == FEW


def test_a_store_that_holds_a_linked_clip_matters_wherever_it_is(connection: Connection) -> None:
    city(connection)
    far = rows.store(connection, "holds-it", ELSEWHERE)
    file_id = rows.file(connection, "a.mp4", store_id=far, store_name="holds-it")
    rows.link(connection, "110-1", file_id)
    names, others = near_stores(connection, "incident", "110-1", STATION, [])
    assert names == {"dock-a", "district", "shared", "holds-it"}
    assert others == FEW + 1


def test_a_few_stores_all_matter(connection: Connection) -> None:
    rows.store(connection, "far", ELSEWHERE)
    assert near_stores(connection, "incident", "110-1", STATION, []) == (None, 0)


def test_the_proof_tells_of_the_stores_that_matter_only(connection: Connection) -> None:
    city(connection)
    sections = proof_sections(connection, rows.at(0), [], {"dock-a", "shared"})
    assert {row[0] for section in sections for row in section.rows} == {"dock-a", "shared"}
