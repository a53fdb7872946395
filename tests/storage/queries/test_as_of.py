"""What was known at an earlier time, on rows put straight into the tables."""

import pytest
from sqlalchemy import Connection, event, select, update

from domain.activity import Incident
from storage.queries import LISTS, Filters, UnusableQuery, as_of, explain
from storage.scans import registered_stores, store_states
from storage.schema.tables import FILE, FINDING, LINK, SCAN, STORE
from storage.versions import current, ended_by, known, replace, viewing
from tests.storage.queries import rows
from tests.storage.queries.rows import at

pytestmark = pytest.mark.slow

KEY = "00aa00aa00aa00aa"


def listed(connection: Connection, name: str, **filters: str) -> list[dict[str, object]]:
    return list(LISTS[name].rows(connection, Filters(**filters), None))


def three_lives(connection: Connection) -> None:
    """A finding of scan 1, changed by scan 2, closed by scan 3, opened again by scan 4."""
    for number in (2, 3, 4):
        rows.scan(connection, started=number * 100)
    rows.finding(connection, KEY, "incident", "A1", severity="warn", until_scan=2)
    rows.finding(connection, KEY, "incident", "A1", severity="fail", since_scan=2, until_scan=3)
    rows.finding(connection, KEY, "incident", "A1", severity="info", since_scan=4)


@pytest.mark.parametrize(
    ("minutes", "open_ones", "closed_ones"),
    [(50, ["warn"], []), (250, ["fail"], []), (350, [], ["fail"]), (450, ["info"], [])],
)
def test_a_finding_is_what_it_was_at_each_time(
    connection: Connection, minutes: float, open_ones: list[str], closed_ones: list[str]
) -> None:
    three_lives(connection)
    with as_of(connection, at(minutes)):
        assert [row["severity"] for row in listed(connection, "findings")] == open_ones
        resolved = listed(connection, "findings", status="resolved")
        assert [(row["severity"], row["status"]) for row in resolved] == [(one, "resolved") for one in closed_ones]


def test_versions_that_ended_later_had_no_end_yet_and_later_ones_were_unknown(connection: Connection) -> None:
    three_lives(connection)
    with as_of(connection, at(250)):
        found = explain(connection, KEY)
    assert found is not None
    versions = next(section for section in found.sections if section.title_en == "Versions")
    assert [(row[0], row[2], row[5]) for row in versions.rows] == [(2, None, "fail"), (1, 2, "warn")]


def test_a_finding_is_unknown_before_its_first_scan(connection: Connection) -> None:
    rows.scan(connection, started=100)
    rows.finding(connection, KEY, "incident", "A1", since_scan=2)
    with as_of(connection, at(50)):
        assert explain(connection, KEY) is None


def test_a_file_is_unknown_before_it_was_seen_whatever_it_was_called(connection: Connection) -> None:
    rows.scan(connection, started=100)
    rows.file(connection, "a/b.mp4", since_scan=2)
    with as_of(connection, at(50)):
        assert explain(connection, "dock-a:a/b.mp4") is None
        assert listed(connection, "clips") == []
    assert explain(connection, "dock-a:a/b.mp4") is not None


def test_the_size_at_the_first_reading_is_unknown_before_it(connection: Connection) -> None:
    rows.scan(connection, started=100)
    file_id = rows.file(connection, "a/b.mp4")
    connection.execute(update(FILE).values(settled_size=77))
    rows.probe(connection, file_id, since_scan=2)
    with as_of(connection, at(50)):
        before = explain(connection, "dock-a:a/b.mp4")
    after = explain(connection, "dock-a:a/b.mp4")
    assert before is not None
    assert after is not None
    assert 77 not in [row[1] for row in before.sections[0].rows]
    assert 77 in [row[1] for row in after.sections[0].rows]


def test_what_a_scan_that_did_not_finish_wrote_is_not_what_was_known(connection: Connection) -> None:
    rows.scan(connection, started=100, state="interrupted")
    rows.link(connection, "A1", rows.file(connection, "a.mp4"), until_scan=2)
    with as_of(connection, at(150)):
        assert [row["number"] for row in listed(connection, "links")] == ["A1"]
    assert listed(connection, "links") == []


def test_stores_are_those_of_the_configuration_then(connection: Connection) -> None:
    noted = {"name": "dock-a", "kind": "recorder", "location": "/old", "timezone": "Asia/Shanghai", "unit": None}
    connection.execute(update(SCAN).values(plan={"stores": [noted]}))
    rows.scan(connection, started=100)
    rows.store(connection, "dock-b")
    connection.execute(update(STORE).where(STORE.c.name == "dock-a").values(active=False))
    with as_of(connection, at(50)):
        then = [(row["name"], row["location"], row["unit"], row["state"]) for row in listed(connection, "stores")]
        assert explain(connection, "dock-b") is None
        assert list(store_states(connection)) == ["dock-a"]
    assert then == [("dock-a", "/old", None, "never-scanned")]
    assert [row["name"] for row in listed(connection, "stores")] == ["dock-b"]


def test_a_scan_that_noted_no_stores_knew_those_that_had_been_scanned(connection: Connection) -> None:
    rows.store_scan(connection, 1, 1)
    rows.scan(connection, started=100)
    rows.store_scan(connection, 2, rows.store(connection, "dock-b"))
    with as_of(connection, at(50)):
        assert [row["name"] for row in registered_stores(connection)] == ["dock-a"]
        assert store_states(connection)["dock-a"].scan == 1


def test_scans_that_began_later_are_unknown(connection: Connection) -> None:
    rows.scan(connection, started=100)
    with as_of(connection, at(50)):
        assert [row["id"] for row in listed(connection, "scans")] == [1]


def test_a_camera_is_unknown_before_any_clip_or_register_named_it(connection: Connection) -> None:
    rows.scan(connection, started=100)
    rows.clip(connection, rows.file(connection, "a.mp4"), device="C1")
    rows.clip(connection, rows.file(connection, "b.mp4", since_scan=2), device="C2", since_scan=2)
    with as_of(connection, at(50)):
        assert [row["serial"] for row in listed(connection, "devices")] == ["C1"]
    assert [row["serial"] for row in listed(connection, "devices")] == ["C1", "C2"]


def test_a_page_of_the_past_goes_on_by_its_cursor(connection: Connection) -> None:
    for number in ("A1", "A2", "A3"):
        rows.incident(connection, Incident(number))
    rows.scan(connection, started=100)
    rows.supersede(connection, rows.t.RECORD, rows.t.RECORD.c.key == "A3", 2)
    with as_of(connection, at(50)):
        first = LISTS["incidents"].page(connection, Filters(), 2)
        second = LISTS["incidents"].page(connection, Filters(), 2, first.next_cursor)
    assert [row["number"] for row in (*first.rows, *second.rows)] == ["A1", "A2", "A3"]


def test_before_the_first_finished_scan_nothing_is_answered(connection: Connection) -> None:
    with pytest.raises(UnusableQuery, match="no scan had finished"), as_of(connection, at(0)):
        pass
    connection.execute(update(SCAN).values(state="interrupted"))
    with pytest.raises(UnusableQuery, match="no scan has finished yet"), as_of(connection, at(50)):
        pass


def test_the_past_can_only_be_read(connection: Connection) -> None:
    rows.link(connection, "A1", rows.file(connection, "a.mp4"))
    with viewing(1), pytest.raises(RuntimeError, match="present view"):
        replace(connection, LINK, LINK.c.number == "A1", [], key=("party", "file_id"), scan=1)
    assert len(listed(connection, "links")) == 1


def test_views_can_be_nested_and_end(connection: Connection) -> None:
    three_lives(connection)
    count = select(FINDING.c.id)
    with viewing(1):
        with viewing(None):
            assert len(connection.execute(count.where(known(FINDING))).all()) == 3
        assert len(connection.execute(count.where(known(FINDING))).all()) == 1
        assert ended_by({"until_scan": 2}) is None
    assert ended_by({"until_scan": 2}) == 2
    assert len(connection.execute(count.where(current(FINDING))).all()) == 1


def test_the_past_is_asked_in_fewer_and_larger_pieces(connection: Connection) -> None:
    for number in range(1100):
        rows.incident(connection, Incident(f"A{number:04}"))
    said: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    now = listed(connection, "incidents")
    asked = len(said)
    with as_of(connection, at(50)):
        assert listed(connection, "incidents") == now
    assert len(now) == 1100
    assert len(said) - asked < asked / 2
