"""Rows for other programs."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.output import MachineFormat, csv_cell, plain, utf8_stream, write_rows
from app.times import parse_when
from domain.finding import Flag

ZONE = ZoneInfo("Asia/Shanghai")
ROWS: list[dict[str, Any]] = [
    {"id": 1, "at": datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC), "gaps": [{"at_s": 1.5}], "officer": None},
    {"id": 2, "at": None, "gaps": [], "officer": "民警"},
]
COLUMNS = ["id", "at", "gaps", "officer"]


def written(form: MachineFormat, rows: list[dict[str, Any]]) -> bytes:
    binary = io.BytesIO()
    with utf8_stream(binary) as stream:
        write_rows(stream, form, COLUMNS, rows, ZONE)
    return binary.getvalue()


def test_json_lines_hold_one_object_each_with_local_offset_and_null() -> None:
    lines = written(MachineFormat.JSONL, ROWS).decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"id": 1, "at": "2026-11-20T08:01:02+08:00", "gaps": [{"at_s": 1.5}], "officer": None},
        {"id": 2, "at": None, "gaps": [], "officer": "民警"},
    ]
    assert "民警" in lines[1]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_json_is_one_array(count: int) -> None:
    assert [row["id"] for row in json.loads(written(MachineFormat.JSON, ROWS[:count]))] == [1, 2][:count]


def test_csv_begins_with_the_mark_that_excel_needs() -> None:
    content = written(MachineFormat.CSV, ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        COLUMNS,
        ["1", "2026-11-20T08:01:02+08:00", '[{"at_s": 1.5}]', ""],
        ["2", "", "[]", "民警"],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert csv_cell(text) == "'" + text


def test_numbers_are_numbers_even_when_negative() -> None:
    assert csv_cell(-28800) == "-28800"
    assert csv_cell(-1.5) == "-1.5"
    assert csv_cell(False) == "false"


@given(st.text(max_size=20))
def test_no_text_begins_a_formula(text: str) -> None:
    assert not csv_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_plain_values_are_of_json_kinds() -> None:
    value = {"a": timedelta(seconds=90), "b": timedelta(milliseconds=1500), "c": (Flag.MISSING,)}
    assert plain(value, ZONE) == {"a": 90, "b": 1.5, "c": ["missing"]}
    assert type(plain(Flag.MISSING, ZONE)) is str


def test_a_name_that_is_no_utf8_still_gives_valid_json() -> None:
    line = written(MachineFormat.JSONL, [{"path": "a\udcd6.mp4"}])
    assert json.loads(line) == {"path": "a\udcd6.mp4"}


def test_what_is_no_number_is_refused_rather_than_written_as_broken_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        written(MachineFormat.JSONL, [{"score": float("nan")}])


def test_a_date_begins_and_ends_at_local_midnight() -> None:
    assert parse_when("2026-11-20", ZONE) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert parse_when("2026-11-20", ZONE, end=True) == datetime(2026, 11, 20, 16, tzinfo=UTC)


def test_a_day_of_25_hours_ends_at_its_own_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    begin, end = parse_when("2026-10-25", berlin), parse_when("2026-10-25", berlin, end=True)
    assert end - begin == timedelta(hours=25)


def test_a_time_is_local_unless_it_has_an_offset() -> None:
    assert parse_when("2026-11-20T08:00", ZONE) == datetime(2026, 11, 20, tzinfo=UTC)
    assert parse_when("2026-11-20 08:00:00+00:00", ZONE) == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert parse_when("2026-11-20T08:00", ZONE, end=True) == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "9999-12-31"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a date"):
        parse_when(text, ZONE, end=True)
