"""Fingerprints by key: what is near is found, common keys say nothing; copies are kept once, seen from both sides."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from domain.prints import packed
from domain.timespan import utc
from storage import prints, scans
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import FILE, PRINT, STORE
from storage.versions import Row
from tests.databases import migrate

NOW = utc(2026, 11, 27)
SECOND = timedelta(seconds=1)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Three files, 1 to 3, and a scan."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        assert scans.begin_scan(connection, NOW) == 1
        connection.execute(insert(STORE).values(STORE_ROW))
        rows = [{"anchor": f"dock:{n}.mp4", "store_id": 1, "first_seen_at": NOW} for n in (1, 2, 3)]
        connection.execute(insert(FILE), rows)
        yield connection
    engine.dispose()


STORE_ROW = {"id": 1, "name": "dock", "kind": "recorder", "location": "/", "timezone": "Asia/Shanghai", "active": True}


def put(connection: Connection, file_id: int, *values: int, sound: bool = True) -> None:
    rows = [{"file_id": file_id, "at": n * SECOND, "value": value, "sound": sound} for n, value in enumerate(values)]
    connection.execute(insert(PRINT), rows)


def stretch(file_id: int, other_id: int, here: int, there: int) -> Row:
    return {
        "file_id": file_id,
        "other_id": other_id,
        "here_from": here * SECOND,
        "here_to": (here + 60) * SECOND,
        "there_from": there * SECOND,
        "there_to": (there + 60) * SECOND,
        "agreeing": 20,
        "sound": True,
        "picture": False,
    }


@pytest.mark.parametrize("key", [0, 5, 2**19 - 1, 2**19, 2**20 - 1])
def test_what_has_the_key_and_is_near_is_found(connection: Connection, key: int) -> None:
    """Also where the value is negative, and at the ends of its key's range."""
    near, far = packed(key, (31, 31), 2**34 - 1), packed(key, (0, 0), 0)
    put(connection, 1, near, far, packed(key ^ 1, (0, 0), 2**34 - 1))
    (hit,) = prints.hits(connection, {key: [packed(key, (3, 4), 2**34 - 2)]})
    assert (hit.key, hit.file_id, hit.at, hit.value, hit.sound) == (key, 1, 0 * SECOND, near, True)


def test_more_keys_than_one_statement_takes_are_all_looked_up(connection: Connection) -> None:
    values = [packed(key, (0, 1), 0) for key in range(3 * prints.RANGES + 1)]
    put(connection, 1, *values)
    found = {hit.value for hit in prints.hits(connection, {n: [value] for n, value in enumerate(values)})}
    assert found == set(values)


def test_a_key_that_comes_too_often_says_nothing(connection: Connection) -> None:
    common, rare = packed(7, (0, 1), 0), packed(8, (0, 1), 0)
    put(connection, 1, *[common] * prints.COMMON, rare)
    assert len(list(prints.hits(connection, {7: [common], 8: [rare]}))) == prints.COMMON + 1
    put(connection, 2, common)
    assert [hit.value for hit in prints.hits(connection, {7: [common], 8: [rare]})] == [rare]


def test_a_copy_is_kept_once_and_seen_from_both_sides(connection: Connection) -> None:
    prints.replace_copies(connection, 2, [stretch(1, 2, 10, 70)], 1)
    (from_one,) = prints.copies(connection, [1])[1]
    (from_two,) = prints.copies(connection, [2])[2]
    assert (from_one["other_id"], from_one["here"], from_one["there"]) == (
        2,
        (10 * SECOND, 70 * SECOND),
        (70 * SECOND, 130 * SECOND),
    )
    assert (from_two["other_id"], from_two["here"]) == (1, from_one["there"])
    assert prints.copies(connection, [3]) == {}


def test_the_same_found_again_is_no_change_and_other_bytes_end_it(connection: Connection) -> None:
    assert len(prints.replace_copies(connection, 2, [stretch(1, 2, 10, 70), stretch(2, 3, 0, 0)], 1)) == 2
    assert prints.replace_copies(connection, 2, [stretch(1, 2, 10, 70), stretch(2, 3, 0, 0)], 1) == []
    assert prints.end_copies(connection, [1], 1) == {2}
    assert set(prints.copies(connection, [1, 2, 3])) == {2, 3}


def test_moments_of_files_come_in_order_of_media_time(connection: Connection) -> None:
    put(connection, 1, 5, 6)
    put(connection, 2, 7, sound=False)
    assert prints.prints_of(connection, [1, 2, 3]) == {
        1: [(0 * SECOND, 5, True), (1 * SECOND, 6, True)],
        2: [(0 * SECOND, 7, False)],
    }
