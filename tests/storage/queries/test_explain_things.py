"""Explanations of what is neither a file nor an activity: cameras, stores, feeds."""

from sqlalchemy import Connection

from storage.schema import tables as t
from tests.storage.queries import rows
from tests.storage.queries.test_explain import explained, facts, known_file, section, table


def test_devices_stores_and_feeds_are_explained_too(connection: Connection) -> None:
    known_file(connection)
    feed = {"kind": "incidents", "location": "x.csv", "digest": None, "read_at": rows.at(0), "error": "no table"}
    rows.put(connection, t.FEED, name="110", active=True, **feed)
    rows.finding(connection, "b" * 16, "feed", "110")
    assert "not in the register" in section(explained(connection, "C1"), "Register").lines[0]
    assert facts(explained(connection, "110"), "Feed")["error"] == "no table"
    assert [row["id"] for row in table(explained(connection, "110"), "Findings")] == ["b" * 16]
    assert explained(connection, "dock-a").title == "存储 / Store dock-a"


def test_when_a_camera_was_issued_is_a_time_for_the_reader_to_put_in_his_zone(connection: Connection) -> None:
    known_file(connection)
    held = {"device": "C1", "officer": "031021", "start": rows.at(-60), "end": None}
    rows.record(connection, "assignments", "C1|x", held, group_key="C1")
    (line,) = table(explained(connection, "C1"), "Issued to")
    assert line == {"officer": "031021", "from": rows.at(-60), "to": None}
