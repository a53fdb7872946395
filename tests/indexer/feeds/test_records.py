"""Rows to records: incidents merge, of everything else the last row holds, and every row keeps its fate."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.activity import Explanation, Incident, OfficerTimes
from domain.people import Unit
from domain.timespan import utc
from indexer.feeds import FeedKind, FeedRow, FeedSettings, Records, merge_incidents, open_feed, read_records
from indexer.feeds.base import Fate, Record
from tests.indexer.feeds.reading import read_row, read_text
from tests.statements import english, in_english

HEAD = "警情编号,接警时间,到达现场时间,处警民警,经度,纬度\n"


def row(number: int, record: Record) -> FeedRow:
    return FeedRow(number, {}, Fate.ACCEPTED, (), record)


def per_officer(officer: str, arrived: datetime | None, finished: datetime | None = None) -> Incident:
    """What a row of one officer of J1 gives."""
    times = OfficerTimes(officer, None, arrived, finished)
    return Incident("J1", arrived_at=arrived, finished_at=finished, officers=(officer,), officer_times=(times,))


def test_an_incident_begins_with_its_first_officer_and_ends_with_its_last() -> None:
    rows = [
        row(1, per_officer("a", utc(2026, 11, 20, 1), utc(2026, 11, 20, 2))),
        row(2, per_officer("b", utc(2026, 11, 20, 0, 50), utc(2026, 11, 20, 1, 30))),
    ]
    (incident,) = merge_incidents(rows)
    assert (incident.arrived_at, incident.finished_at) == (utc(2026, 11, 20, 0, 50), utc(2026, 11, 20, 2))


def test_an_officers_later_row_corrects_that_officers_times_alone() -> None:
    records = Records()
    records.add(row(1, per_officer("a", utc(2026, 11, 20, 1))))
    records.add(row(2, per_officer("b", utc(2026, 11, 20, 1, 5))))
    later = records.add(row(3, per_officer("a", utc(2026, 11, 20, 1, 10))))
    assert in_english(later.notes) == ("duplicate of row 1, changed: arrived_at",)
    (incident,) = records.records()
    assert isinstance(incident, Incident)
    assert incident.times_of("a").arrived_at == utc(2026, 11, 20, 1, 10)
    assert incident.times_of("b").arrived_at == utc(2026, 11, 20, 1, 5)
    assert incident.arrived_at == utc(2026, 11, 20, 1, 5)


def test_another_officers_row_that_changes_the_status_says_so() -> None:
    records = Records()
    records.add(row(1, replace(per_officer("a", None), status="处置")))
    assert in_english(records.add(row(2, replace(per_officer("b", None), status="办结"))).notes) == (
        "duplicate of row 1, changed: status",
    )


def test_an_officer_without_own_row_counts_with_the_incidents_times() -> None:
    whole = Incident("J1", arrived_at=utc(2026, 11, 20, 1), officers=("a", "b"))
    (incident,) = merge_incidents([row(1, whole), row(2, per_officer("b", utc(2026, 11, 20, 1, 20)))])
    assert incident.arrived_at == utc(2026, 11, 20, 1)
    assert incident.times_of("a").arrived_at == utc(2026, 11, 20, 1)
    assert incident.times_of("b").arrived_at == utc(2026, 11, 20, 1, 20)


def test_rejected_rows_take_no_part() -> None:
    assert merge_incidents([FeedRow(1, {}, Fate.REJECTED, ("why",))]) == []


MOMENT = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3)).map(
    lambda moment: utc(moment.year, moment.month, moment.day, moment.hour)
)
ROW_OF_OFFICER = st.builds(per_officer, st.sampled_from("abcd"), MOMENT, MOMENT)


@pytest.mark.slow
@given(st.lists(ROW_OF_OFFICER, min_size=1, max_size=8, unique_by=lambda incident: incident.officers))
def test_the_order_of_officers_rows_does_not_matter_to_the_times(incidents: list[Incident]) -> None:
    forwards, backwards = (
        merge_incidents(row(n, i) for n, i in enumerate(some)) for some in (incidents, incidents[::-1])
    )
    (one,), (other,) = forwards, backwards
    assert set(one.officers) == set(other.officers) == {incident.officers[0] for incident in incidents}
    assert (one.arrived_at, one.finished_at) == (other.arrived_at, other.finished_at)


@given(
    st.lists(
        st.builds(Incident, st.sampled_from(["J1", "J2", "J3"]), status=st.sampled_from([None, "a", "b"])), max_size=9
    )
)
def test_reading_the_same_rows_again_changes_no_record(incidents: list[Incident]) -> None:
    rows = [row(number, incident) for number, incident in enumerate(incidents, 1)]
    once = merge_incidents(rows)
    assert merge_incidents([row(n, i) for n, i in enumerate(once, 1)]) == once
    last = {i.number: i.status for i in incidents if i.status is not None}
    assert {i.number: i.status for i in once if i.status is not None} == last


def test_of_a_register_the_last_row_holds_and_says_what_it_changed(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text(
        "单位代码,单位名称,上级单位代码\n1,甲所,9\n2,乙所,9\n1,甲派出所,9\n", encoding="utf-8"
    )
    reading = read_records(open_feed(FeedSettings("u", FeedKind.UNITS, "u.csv"), tmp_path))
    assert reading.records == (Unit("1", "甲派出所", "9"), Unit("2", "乙所", "9"))
    assert [in_english(r.notes) for r in reading.rows] == [(), (), ("duplicate of row 1, changed: name",)]


def test_a_device_may_be_issued_many_times(tmp_path: Path) -> None:
    text = "设备编号,警号,领用时间,归还时间\nA,031021,2026-11-20 08:00,2026-11-20 20:00\nA,031063,2026-11-20 20:00,\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    assert len(read_records(open_feed(FeedSettings("a", FeedKind.ASSIGNMENTS, "a.csv"), tmp_path)).records) == 2


def test_explanations_are_told_apart_by_who_when_and_why(tmp_path: Path) -> None:
    said = ("设备故障,", "电量不足,", "设备故障,", "设备故障,已送修")
    text = "activity,officer,reason,note\n" + "".join(f"J1,031021,{one}\n" for one in said)
    (tmp_path / "e.csv").write_text(text, encoding="utf-8")
    reading = read_records(open_feed(FeedSettings("e", FeedKind.EXPLANATIONS, "e.csv"), tmp_path))
    told = [(one.reason, one.note) for one in reading.records if isinstance(one, Explanation)]
    assert told == [("设备故障", "已送修"), ("电量不足", None)]
    assert in_english(reading.rows[2].notes) == ("duplicate of row 1, unchanged",)
    assert in_english(reading.rows[3].notes) == ("duplicate of row 1, changed: note",)


def test_rows_that_go_into_one_incident_do_not_keep_a_record_each(tmp_path: Path) -> None:
    text = HEAD + "J1,2026-11-20 08:00,,,\nJ1,2026-11-20 08:00,,,\nJ2,2026-11-20 09:00,,,\n"
    (tmp_path / "i.csv").write_text(text, encoding="utf-8")
    reading = read_records(open_feed(FeedSettings("i", FeedKind.INCIDENTS, "i.csv"), tmp_path))
    assert [row.record is None for row in reading.rows] == [False, True, False]
    assert [one.number for one in reading.records if isinstance(one, Incident)] == ["J1", "J2"]


def test_coordinates_the_wrong_way_round_are_swapped_and_impossible_ones_left_out(tmp_path: Path) -> None:
    given_places = ("31.3,121.2", "0,0", "x,31.3", "181,91")
    rows = read_text(tmp_path, HEAD + "".join(f"J{n},2026-11-20 08:00,,,{p}\n" for n, p in enumerate(given_places)))
    places = [(r.record.longitude, r.record.latitude) for r in rows if isinstance(r.record, Incident)]
    assert places == [(121.2, 31.3), (None, None), (None, None), (None, None)]
    assert [r.fate for r in rows] == [Fate.CORRECTED] * 4


def test_a_first_feedback_before_the_finish_is_not_out_of_order(tmp_path: Path) -> None:
    text = "number,arrived_at,finished_at,feedback_at\nJ1,2026-11-20 08:00,2026-11-20 09:00,2026-11-20 08:10\n"
    assert read_row(tmp_path, text).fate is Fate.ACCEPTED


def test_the_other_heading_of_an_event_fills_an_empty_time(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "jjdbh,jjsj,bjsj\nJ1,,2026-11-20 08:00:00\nJ2,2026-11-20 08:01:00,2026-11-20 08:00:00\n")
    received = [r.record.received_at for r in rows if isinstance(r.record, Incident)]
    assert received == [utc(2026, 11, 20, 0, 0), utc(2026, 11, 20, 0, 1)]


def test_a_row_of_totals_is_no_incident(tmp_path: Path) -> None:
    rows = read_text(tmp_path, "警情编号,接警时间\nJ1,2026-11-20 08:00:00\n合计,1\n")
    assert rows[1].fate is Fate.REJECTED
    assert "a row of totals '合计'" in english(rows[1].notes[0])


def test_an_unclear_hour_of_autumn_is_noted_on_the_row(tmp_path: Path) -> None:
    found = read_row(tmp_path, "number,received_at\nJ1,2026-11-01 01:30:00\n", timezone="America/New_York")
    assert found.fate is Fate.CORRECTED
    assert "happens twice in America/New_York" in english(found.notes[0])
