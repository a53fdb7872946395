"""What was measured in a clip that is looked at part by part: the same in the end as when looked at at once."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert

from domain.measured_parts import Part, inside, outside
from domain.observation import Observation, ObservationKind, stretches
from domain.timespan import utc
from storage import observations, scans
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import FILE, OBSERVATION, STORE
from tests.databases import migrate

pytestmark = pytest.mark.slow

LENGTH = 600
REACH = 5
"""Seconds that a stretch may reach beyond the part in which it was found."""
FAULTS = (ObservationKind.BLACK, ObservationKind.FROZEN, ObservationKind.SILENT)
CHECKED = (ObservationKind.PICTURE_CHECKED, ObservationKind.SOUND_CHECKED)
STORE_ROW = {"id": 1, "name": "dock", "kind": "recorder", "location": "/", "timezone": "Asia/Shanghai", "active": True}


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """One file, and a scan."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        scans.begin_scan(connection, utc(2026, 11, 27))
        connection.execute(insert(STORE).values(STORE_ROW))
        connection.execute(insert(FILE).values(anchor="dock:1.mp4", store_id=1, first_seen_at=utc(2026, 11, 27)))
        yield connection
    engine.dispose()


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def measured(
    kind: ObservationKind, start: float, end: float, value: float = 0.5, detail: str | None = None
) -> Observation:
    return Observation("fake", 1, kind, s(start), s(end), value, "grey", detail)


def found(fault: tuple[int, int], part: tuple[int, int]) -> list[Observation]:
    """What a look at one part finds of a fault, some of it beyond the part's ends."""
    (a, b), (start, end) = part, fault
    seen = [measured(kind, a, b) for kind in CHECKED]
    if start < b and end > a:
        seen += [measured(kind, max(start, a - REACH), min(end, b + REACH)) for kind in FAULTS]
    return seen


def keep(connection: Connection, seen: Sequence[Observation], *parts: tuple[float, float], anew: bool = False) -> None:
    looked = [(s(a), s(b)) for a, b in parts]
    observations.replace_observations(connection, 1, seen, looked, 1, anew=anew)


def known(connection: Connection) -> list[Observation]:
    return observations.observations(connection, [1]).get(1, [])


def placed(connection: Connection, kind: ObservationKind) -> list[tuple[float, float, float | None]]:
    rows = [one for one in known(connection) if one.kind is kind]
    return [(one.start.total_seconds(), one.end.total_seconds(), one.value) for one in rows]


borders = st.lists(st.integers(1, LENGTH - 1), unique=True, max_size=6).map(sorted)
span = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).filter(lambda pair: pair[0] < pair[1])


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(borders=borders, fault=span, data=st.data())
def test_a_fault_is_as_long_in_parts_as_at_once(
    connection: Connection, borders: list[int], fault: tuple[int, int], data: st.DataObject
) -> None:
    """Whatever the parts, in whatever order, one or several in a go."""
    connection.execute(delete(OBSERVATION))
    ends = [0, *borders, LENGTH]
    order = data.draw(st.permutations(list(pairwise(ends))))
    first = True
    while order:
        count = data.draw(st.integers(1, len(order)))
        parts, order = sorted(order[:count]), order[count:]
        keep(connection, [one for part in parts for one in found(fault, part)], *parts, anew=first)
        first = False
    for kind in FAULTS:
        assert stretches(known(connection), kind, 1) == [(s(fault[0]), s(fault[1]))]
    for kind in CHECKED:
        assert stretches(known(connection), kind, 1) == [(s(0), s(LENGTH))]


def test_a_fault_that_is_gone_on_a_second_look_is_gone_only_where_it_was_looked_for(connection: Connection) -> None:
    keep(connection, found((50, 250), (0, 300)), (0, 300), anew=True)
    keep(connection, [measured(kind, 100, 200) for kind in CHECKED], (100, 200))
    assert placed(connection, ObservationKind.BLACK) == [(50, 100, 0.5), (200, 250, 0.5)]
    keep(connection, [measured(kind, 40, 110) for kind in CHECKED], (40, 110))
    assert placed(connection, ObservationKind.BLACK) == [(200, 250, 0.5)]


def test_what_a_new_look_found_takes_nothing_from_what_was_not_looked_at(connection: Connection) -> None:
    """Black reaches 5 s into a part that an earlier look saw to be good."""
    keep(connection, [measured(kind, 0, 100) for kind in CHECKED], (0, 100), anew=True)
    keep(connection, [measured(ObservationKind.BLACK, 95, 130)], (100, 200))
    assert placed(connection, ObservationKind.BLACK) == [(100, 130, 0.5)]


def test_the_whole_of_a_clip_that_is_longer_than_it_says_is_kept(connection: Connection) -> None:
    observations.replace_observations(connection, 1, [measured(ObservationKind.BLACK, 0, 900)], None, 1)
    assert placed(connection, ObservationKind.BLACK) == [(0, 900, 0.5)]


PIECES: tuple[tuple[ObservationKind, float, list[tuple[float, float, float]]], ...] = (
    (ObservationKind.CLOCK, 1.7e9, [(100, 200, 1.7e9), (300, 400, 1.7e9)]),  # of media time zero: holds everywhere
    (ObservationKind.BLACK, 12, [(100, 200, 12), (300, 400, 12)]),
    (ObservationKind.OVERLAY_CHECKED, 9, [(100, 200, 3), (300, 400, 3)]),  # 9 pictures in 300 s, a third in each
    (ObservationKind.CLOCK_MISSING, 9, [(100, 200, 3), (300, 400, 3)]),
    (ObservationKind.NUMBERS, 9, [(100, 200, 3), (300, 400, 3)]),
    (ObservationKind.CLOCK_JUMP, 30, [(100, 400, 30)]),  # between the two pictures, nobody knows where
    (ObservationKind.CLOCK_STOPPED, 300, [(100, 400, 300)]),
)


@pytest.mark.parametrize(("kind", "value", "left"), PIECES, ids=[kind.value for kind, _, _ in PIECES])
def test_a_row_across_a_part_looked_at_again_keeps_what_it_says_of_both_sides(
    connection: Connection, kind: ObservationKind, value: float, left: list[tuple[float, float, float]]
) -> None:
    keep(connection, [measured(kind, 100, 400, value)], (0, 600), anew=True)
    keep(connection, [], (200, 300))
    assert placed(connection, kind) == left
    keep(connection, [], (0, 600))
    assert placed(connection, kind) == []


def test_of_pictures_counted_over_two_parts_each_has_its_share_and_none_is_lost() -> None:
    parts: list[Part] = [(s(0), s(100)), (s(500), s(600))]
    row = measured(ObservationKind.CLOCK_MISSING, 50, 600, 12)
    assert [(one.start, one.end, one.value) for one in inside(row, parts)] == [(s(50), s(100), 4), (s(500), s(600), 8)]
    assert inside(measured(ObservationKind.CLOCK_MISSING, 200, 300, 2), parts) == ()


def test_a_moment_of_damage_is_kept_until_its_moment_is_looked_at_again() -> None:
    """The container's complaints stand at its end, outside the part that was asked for."""
    row = measured(ObservationKind.UNDECODABLE, 590, 590, 1)
    assert inside(row, [(s(0), s(100))]) == (row,)
    assert outside(row, [(s(0), s(100))]) == (row,)
    assert outside(row, [(s(500), s(600))]) == ()
