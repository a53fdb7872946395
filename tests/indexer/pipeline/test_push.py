"""Pushed incidents and sessions: in any order, piece by piece, beside a file feed; they are judged like all others."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.timespan import utc
from indexer.feeds.base import FeedKind
from indexer.feeds.pushed import NotUnderstood, understood
from storage.pushed import add_pushed
from storage.schema.tables import FEED_ROW, RECORD
from tests.builders import UNIT, House, incident, local, one_call, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def push(house: House, *rows: dict[str, Any], at: datetime = MORNING, kind: str = "incidents") -> None:
    with house.engine.begin() as connection:
        add_pushed(connection, kind, [(str(row["number"]), row) for row in rows], at, "token:1")


def records(house: House, kind: str = "incidents") -> dict[str, dict[str, Any]]:
    """Current records by number; a number that comes twice fails."""
    rows = [row for row in house.rows(RECORD) if row["kind"] == kind]
    assert len({row["key"] for row in rows}) == len(rows)
    return {row["key"]: {**row["body"], "feed": row["feed"]} for row in rows}


def test_messages_about_one_number_fill_each_other_in_and_null_clears(house: House) -> None:
    push(house, {"number": "P1", "unit": UNIT, "officers": ["031021"], "arrived_at": "2026-11-20 08:12:00"})
    house.scan(MORNING)
    push(house, {"警情编号": "P1", "number": "P1", "处置完毕时间": "2026-11-20 08:15:00", "status": "已反馈"})
    push(house, {"number": "P1", "status": None, "category": ""})
    house.scan(MORNING + HOUR)
    found = records(house)["P1"]
    assert (found["officers"], found["status"], found["unit"]) == (["031021"], None, UNIT)
    assert datetime.fromisoformat(found["arrived_at"]) == local("08:12:00")
    assert datetime.fromisoformat(found["finished_at"]) == local("08:15:00")
    assert found["feed"] == "push"
    assert [(row["feed"], row["fate"]) for row in house.rows(FEED_ROW)] == [("push", "accepted")] * 3


def test_rows_of_several_officers_become_one_incident_with_each_ones_own_times(house: House) -> None:
    times = {"arrived_at": "2026-11-20 08:12:00", "finished_at": "2026-11-20 08:20:00"}
    push(house, {"number": "P1", "officer": "031021", **times})
    push(house, {"number": "P1", "officer": "031063", **times, "finished_at": "2026-11-20 08:30:00"})
    house.scan(MORNING)
    found = records(house)["P1"]
    assert found["officers"] == ["031021", "031063"]
    assert datetime.fromisoformat(found["finished_at"]) == local("08:30:00")


def test_a_pushed_incident_is_linked_and_judged_by_the_same_scan(house: House) -> None:
    one_call(house)
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ9", "031099", "20:00:00", "20:05:00")])
    house.scan(MORNING)
    pushed = incident("JQ1", "031021", "08:12:00", "08:14:00")
    push(house, {name: value for name, value in pushed.items() if value})
    house.scan(MORNING + HOUR, brief=True)
    assert results(house)["JQ1"] == "compliant"


def test_of_a_number_in_a_file_too_there_is_one_record_and_the_later_statement_holds_field_by_field(
    house: House,
) -> None:
    push(house, {"number": "JQ1", "status": "已派警", "category": "求助"}, at=MORNING - HOUR)
    one_call(house)
    house.scan(MORNING)
    first = records(house)["JQ1"]
    assert (first["feed"], first["category"] or "") != ("push", "")
    push(house, {"number": "JQ1", "status": "已反馈", "category": "求助"}, at=MORNING + HOUR)
    house.scan(MORNING + HOUR)
    found = records(house)["JQ1"]
    assert (found["feed"], found["status"], found["category"]) == ("110", "已反馈", "求助")
    assert found["officers"] == first["officers"]
    house.scan(MORNING + 2 * HOUR)
    assert records(house)["JQ1"] == found
    row = incident("JQ1", "031021", "08:12:00", "08:16:00")
    house.feed("110", FeedKind.INCIDENTS, [{**row, "category": "纠纷"}])
    house.scan(MORNING + 3 * HOUR)
    assert records(house)["JQ1"]["category"] == "纠纷", "the file said something else after the push"


def test_what_a_file_delivers_no_more_is_again_what_was_pushed(house: House) -> None:
    one_call(house)
    push(house, {"number": "JQ1", "category": "求助", "arrived_at": "2026-11-20 08:12:00"})
    house.scan(MORNING)
    assert records(house)["JQ1"]["feed"] == "110"
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ2", "031021", "18:12:00", "18:16:00")])
    house.scan(MORNING + HOUR)
    assert {number: one["feed"] for number, one in records(house).items()} == {"JQ1": "push", "JQ2": "110"}
    assert records(house)["JQ1"]["category"] == "求助"


def test_a_session_may_come_with_lists_and_objects(house: House) -> None:
    pause = {"start": "2026-11-20 10:20:00", "end": "2026-11-20 10:25:00", "reason": "就餐"}
    row = {"number": "S1", "kind": "讯问", "room": "XW-01", "channels": ["CH1", "CH2"], "interruptions": [pause]}
    push(house, {**row, "started_at": "2026-11-20 10:00:00", "signed_at": "2026-11-20 11:00:00"}, kind="sessions")
    house.scan(MORNING)
    found = records(house, "sessions")["S1"]
    assert (found["category"], found["channels"]) == ("讯问", ["CH1", "CH2"])
    assert [one["reason"] for one in found["interruptions"]] == ["就餐"]
    assert datetime.fromisoformat(found["interruptions"][0]["span"]["start"]) == utc(2026, 11, 20, 2, 20)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"arrived_at": "2026-11-20 08:00:00"}, "number"),
        ({"number": "P1"}, "one more field"),
        ({"number": "P1", "colour": "red"}, "one more field"),
        ({"number": "P1", "arrived_at": "soon"}, "arrived_at: expected a time, got 'soon'"),
        ({"number": "P1", "status": {"a": 1}}, "status: expected text, a number or a list"),
        ({"number": "P1", "status": True}, "status: expected text"),
        ({"number": "P1", "address": "x" * 5000}, "address: expected text"),
        ({"number": 1.2345678901234567e19, "status": "x"}, "all digits"),
    ],
)
def test_a_row_that_cannot_be_taken_says_which_field_and_why(row: dict[str, Any], said: str) -> None:
    with pytest.raises(NotUnderstood) as error:
        understood(FeedKind.INCIDENTS, json.loads(json.dumps(row)))
    assert said in str(error.value)
