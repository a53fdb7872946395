"""What every kind of feed must do with the same rows, whatever they come in: derive a class and say how to make one."""

from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from domain.activity import Incident
from domain.errors import FeedUnreadable
from domain.timespan import utc
from indexer.feeds import Feed, FeedKind, FeedSettings, open_feed, read_records
from indexer.feeds.base import Fate
from tests.statements import english, in_english

Rows = list[list[str | None]]

CALLS: Rows = [
    ["警情编号", "接警时间", "派警时间", "到达现场时间", "处置完毕时间", "反馈时间", "处警民警", "警情状态", "备注"],
    ["J1", *(f"2026-11-20 08:{minute}:00" for minute in ("00", "01", "09", "30")), None, "031021", "处置", "x"],
]


def call(
    number: str | None, dispatched: str, arrived: str, finished: str, officers: str = "031021"
) -> list[str | None]:
    """A row under the headings of CALLS, received at 08:00 local on 20 November."""
    return [number, "2026-11-20 08:00:00", dispatched, arrived, finished, None, officers, "处置", None]


class FeedContract(ABC):
    """The suite. `make` puts the rows (headings first) into a source and gives its settings' location and query."""

    @abstractmethod
    def make(self, folder: Path, rows: Rows) -> tuple[str, str | None]: ...

    def feed(self, folder: Path, rows: Rows, kind: FeedKind = FeedKind.INCIDENTS, **columns: str) -> Feed:
        location, query = self.make(folder, rows)
        return open_feed(FeedSettings("110", kind, location, "Asia/Shanghai", columns, query), folder)

    def incidents(self, folder: Path, *rows: list[str | None]) -> list[Incident]:
        records = read_records(self.feed(folder, [CALLS[0], *rows])).records
        return [record for record in records if isinstance(record, Incident)]

    def test_a_clean_row_is_accepted_and_its_local_times_become_utc(self, tmp_path: Path) -> None:
        reading = read_records(self.feed(tmp_path, CALLS))
        assert [(row.number, row.fate, row.notes) for row in reading.rows] == [(1, Fate.ACCEPTED, ())]
        assert reading.records == (
            Incident(
                number="J1",
                received_at=utc(2026, 11, 20, 0, 0),
                dispatched_at=utc(2026, 11, 20, 0, 1),
                arrived_at=utc(2026, 11, 20, 0, 9),
                finished_at=utc(2026, 11, 20, 0, 30),
                officers=("031021",),
                status="处置",
            ),
        )

    def test_columns_nobody_asked_for_stay_in_the_raw_row(self, tmp_path: Path) -> None:
        (row,) = self.feed(tmp_path, CALLS).read()
        assert row.raw["备注"] == "x"
        assert row.raw["警情编号"] == "J1"

    def test_the_same_call_twice_is_one_incident_and_the_later_row_wins(self, tmp_path: Path) -> None:
        changed = [*CALLS[1][:7], "办结", None]
        reading = read_records(self.feed(tmp_path, [*CALLS, changed]))
        assert [row.fate for row in reading.rows] == [Fate.ACCEPTED, Fate.ACCEPTED]
        assert in_english(reading.rows[1].notes) == ("duplicate of row 1, changed: status",)
        assert [record.status for record in reading.records if isinstance(record, Incident)] == ["办结"]

    def test_a_call_repeated_without_change_says_so(self, tmp_path: Path) -> None:
        reading = read_records(self.feed(tmp_path, [*CALLS, CALLS[1]]))
        assert in_english(reading.rows[1].notes) == ("duplicate of row 1, unchanged",)
        assert len(reading.records) == 1

    def test_a_blank_in_a_later_row_erases_nothing(self, tmp_path: Path) -> None:
        (incident,) = self.incidents(tmp_path, CALLS[1], ["J1", "2026-11-20 08:00:00", *[None] * 7])
        assert incident.finished_at == utc(2026, 11, 20, 0, 30)
        assert incident.officers == ("031021",)

    def test_changed_officers_are_united_in_order(self, tmp_path: Path) -> None:
        rows = [[*CALLS[1][:6], officers, *CALLS[1][7:]] for officers in ("031021、031063", "031099，031021")]
        (incident,) = self.incidents(tmp_path, *rows)
        assert incident.officers == ("031021", "031063", "031099")

    def test_finished_before_dispatched_loses_the_finish_and_is_corrected(self, tmp_path: Path) -> None:
        wrong = call("J1", "2026-11-20 08:05:00", "2026-11-20 08:15:00", "2026-11-20 08:02:00")
        (row,) = self.feed(tmp_path, [CALLS[0], wrong]).read()
        assert row.fate is Fate.CORRECTED
        assert isinstance(row.record, Incident)
        assert row.record.finished_at is None
        assert row.record.arrived_at == utc(2026, 11, 20, 0, 15)
        assert len(row.notes) == 1
        assert english(row.notes[0]).startswith("finished_at: 2026-11-20 00:02:00Z is out of order")

    def test_arrival_and_finish_in_each_others_field_are_both_kept_and_said(self, tmp_path: Path) -> None:
        wrong = call("J1", "2026-11-20 08:05:00", "2026-11-20 08:35:00", "2026-11-20 08:15:00")
        (row,) = self.feed(tmp_path, [CALLS[0], wrong]).read()
        assert row.fate is Fate.CORRECTED
        assert isinstance(row.record, Incident)
        assert row.record.arrived_at == utc(2026, 11, 20, 0, 35)
        assert row.record.finished_at == utc(2026, 11, 20, 0, 15)
        assert english(row.notes[0]).startswith("arrived_at: later than finished_at")

    def test_a_time_without_a_date_after_midnight_belongs_to_the_next_day(self, tmp_path: Path) -> None:
        (row,) = self.feed(tmp_path, [CALLS[0], call("J1", "23:50:00", "23:58:00", "00:12:30")]).read()
        assert isinstance(row.record, Incident)
        assert row.record.finished_at == utc(2026, 11, 20, 16, 12, 30)
        assert "finished_at: 00:12:30 taken as the next day, 2026-11-21" in in_english(row.notes)

    @pytest.mark.parametrize(
        "dirt", ["**:**:**", "1900-01-01", "NULL", "0000-00-00 00:00:00", "-", "9999-12-31 23:59:59"]
    )
    def test_a_placeholder_is_no_time_and_is_noted(self, tmp_path: Path, dirt: str) -> None:
        (row,) = self.feed(tmp_path, [CALLS[0], call("J1", "2026-11-20 08:05:00", dirt, "2026-11-20 08:30:00")]).read()
        assert isinstance(row.record, Incident)
        assert row.record.arrived_at is None
        assert row.fate is Fate.CORRECTED
        assert in_english(row.notes) == (f"arrived_at: {dirt!r} stands for no time; left empty",)

    def test_three_forms_of_time_in_one_column_are_one_instant(self, tmp_path: Path) -> None:
        forms = ["2026/11/20 8:09", "20261120080900", "1795133340000"]  # date -u -d @1795133340 → 00:09:00
        rows = [call(f"J{n}", "2026-11-20 08:05:00", form, "2026-11-20 08:30:00") for n, form in enumerate(forms)]
        assert {incident.arrived_at for incident in self.incidents(tmp_path, *rows)} == {utc(2026, 11, 20, 0, 9)}

    def test_a_job_longer_than_a_day_is_kept(self, tmp_path: Path) -> None:
        long = call("J1", "2026-11-20 08:05:00", "2026-11-20 08:15:00", "2026-11-22 10:00:00")
        (row,) = self.feed(tmp_path, [CALLS[0], long]).read()
        assert row.fate is Fate.ACCEPTED
        assert isinstance(row.record, Incident)
        assert row.record.finished_at == utc(2026, 11, 22, 2, 0)

    def test_a_row_without_a_number_is_rejected_and_the_rest_is_read(self, tmp_path: Path) -> None:
        bad = call(None, "2026-11-20 08:05:00", "2026-11-20 08:15:00", "2026-11-20 08:30:00")
        reading = read_records(self.feed(tmp_path, [CALLS[0], bad, CALLS[1]]))
        assert [(row.number, row.fate) for row in reading.rows] == [(1, Fate.REJECTED), (2, Fate.ACCEPTED)]
        assert in_english(reading.rows[0].notes) == ("row 1, column '警情编号': number: expected a value, got ''",)
        assert reading.rows[0].record is None
        assert len(reading.records) == 1

    def test_a_row_without_any_time_is_kept_and_says_so(self, tmp_path: Path) -> None:
        (row,) = self.feed(tmp_path, [CALLS[0], ["J9", *[None] * 8]]).read()
        assert row.fate is Fate.ACCEPTED
        assert in_english(row.notes) == ("no time at all: the incident cannot be placed",)

    def test_officers_as_free_text_give_their_badges(self, tmp_path: Path) -> None:
        text = "张某(031021)、031063 电话13800000000"
        rows = [call("J1", "2026-11-20 08:05:00", "2026-11-20 08:15:00", "2026-11-20 08:30:00", text)]
        (incident,) = self.incidents(tmp_path, *rows)
        assert incident.officers == ("031021", "031063")

    def test_one_row_per_officer_keeps_each_officers_own_times(self, tmp_path: Path) -> None:
        headings = ["number", "officer", "received_at", "dispatched_at", "arrived_at", "finished_at"]
        first = ["J1", "031021", *(f"2026-11-20 08:{m}:00" for m in ("00", "01", "09", "30"))]
        second = ["J1", "031063", *(f"2026-11-20 08:{m}:00" for m in ("00", "03", "07", "45"))]
        reading = read_records(self.feed(tmp_path, [headings, first, second]))
        assert [row.notes for row in reading.rows] == [(), ()]
        (incident,) = reading.records
        assert isinstance(incident, Incident)
        assert incident.officers == ("031021", "031063")
        assert incident.times_of("031021").arrived_at == utc(2026, 11, 20, 0, 9)
        assert incident.times_of("031063").finished_at == utc(2026, 11, 20, 0, 45)
        assert (incident.dispatched_at, incident.arrived_at) == (utc(2026, 11, 20, 0, 1), utc(2026, 11, 20, 0, 7))
        assert incident.finished_at == utc(2026, 11, 20, 0, 45)

    def test_missing_headings_name_the_source_what_is_lacking_and_what_was_found(self, tmp_path: Path) -> None:
        with pytest.raises(FeedUnreadable) as told:
            list(self.feed(tmp_path, [["警情编号", "颜色"], ["J1", "蓝"]]).read())
        message = str(told.value)
        assert self.make(tmp_path, CALLS)[0].rpartition("/")[2] in message
        assert "one of received_at (接警时间" in message
        assert "'警情编号', '颜色'" in message

    def test_a_configured_column_overrides_every_other_heading(self, tmp_path: Path) -> None:
        rows: Rows = [["编码", "警情编号", "接警时间"], ["A1", "J1", "2026-11-20 08:00:00"]]
        (row,) = self.feed(tmp_path, rows, number="编码").read()
        assert isinstance(row.record, Incident)
        assert row.record.number == "A1"

    def test_a_configured_column_that_is_not_there_makes_the_feed_unreadable(self, tmp_path: Path) -> None:
        with pytest.raises(FeedUnreadable, match=r"status \(heading '状态码' of \[feeds.columns\]\)"):
            list(self.feed(tmp_path, CALLS, status="状态码").read())

    def test_the_digest_changes_with_the_content_and_with_how_it_is_read(self, tmp_path: Path) -> None:
        digest = self.feed(tmp_path, CALLS).digest()
        assert self.feed(tmp_path, CALLS, unit="备注").digest() != digest
        changed: Rows = [CALLS[0], [*CALLS[1][:6], "031063", *CALLS[1][7:]]]
        assert self.feed(tmp_path, changed).digest() != digest

    def test_the_digest_stays_while_nothing_changes(self, tmp_path: Path) -> None:
        feed = self.feed(tmp_path, CALLS)
        assert feed.digest() == feed.digest()

    def test_reading_twice_gives_the_same_rows(self, tmp_path: Path) -> None:
        feed = self.feed(tmp_path, CALLS)
        assert list(feed.read()) == list(feed.read())

    def test_a_table_with_headings_only_has_no_rows(self, tmp_path: Path) -> None:
        assert list(self.feed(tmp_path, CALLS[:1]).read()) == []
