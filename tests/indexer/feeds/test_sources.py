"""Opening feeds: headings and their many names, spreadsheets, queries, and what a wrong setting gets."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import openpyxl
import pytest

from domain.activity import Incident
from domain.errors import ConfigError, FeedUnreadable
from domain.timespan import utc
from indexer.feeds import FEED_KINDS, FeedKind, FeedRow, FeedSettings, open_feed
from indexer.feeds.base import Fate
from indexer.feeds.fields import LAYOUTS
from indexer.feeds.headings import match_columns, normalised

SETTINGS = FeedSettings("110", FeedKind.INCIDENTS, "calls.csv")


@pytest.mark.parametrize("kind", FeedKind)
def test_no_heading_means_two_fields_of_one_kind(kind: FeedKind) -> None:
    owners: dict[str, set[str]] = {}
    for field in LAYOUTS[kind].fields:
        for heading in (field.name, *field.headings):
            owners.setdefault(normalised(heading), set()).add(field.name)
    assert {heading: names for heading, names in owners.items() if len(names) > 1} == {}


@pytest.mark.parametrize("kind", FeedKind)
def test_every_listed_heading_is_recognised_alone(kind: FeedKind) -> None:
    layout = LAYOUTS[kind]
    lost = [
        heading
        for field in layout.fields
        for heading in (field.name, *field.headings)
        if match_columns(layout, (heading,), {}).places != {field.name: (0,)}
    ]
    assert lost == []


PROMISED = {
    FeedKind.INCIDENTS: "number received_at dispatched_at arrived_at finished_at feedback_at unit officers category "
    "status address longitude latitude case_number officer",
    FeedKind.SESSIONS: "number case_number kind room person_code officers started_at signed_at interruptions channels",
    FeedKind.UNITS: "code name parent",
    FeedKind.OFFICERS: "badge name unit",
    FeedKind.DEVICES: "serial model kind unit room channel",
    FeedKind.ASSIGNMENTS: "device officer from to",
    FeedKind.EXPLANATIONS: "activity officer from to reason note approved_by",
    FeedKind.CLIP_INDEX: "path device officer started_at ended_at imported_at digest sequence",
}


@pytest.mark.parametrize("kind", FeedKind)
def test_every_field_of_the_interface_is_there(kind: FeedKind) -> None:
    assert set(PROMISED[kind].split()) <= set(LAYOUTS[kind].names())


@pytest.mark.parametrize(
    "headings",
    [
        "警情编号 接警时间 派警时间 到达现场时间 处置完毕时间 反馈时间 处警单位 处警民警 警情类别 "
        "警情状态 案发地址 经度 纬度 案件编号",
        "接警单编号 报警时间 处警时间 到达时间 处理完毕时间 反馈时间 管辖单位 出警人员 报警类别 "
        "警情状态 案发地址 经度 纬度 案件编号",
        "JJDBH jjsj CJSJ ddxcsj clwbsj fksj gxdwdm cjrbh jqlbdm jqzt sfdz jd wd ajbh",
        "jjdbh bjsj cjsj ddxcsj clwbsj fksj cjdwdm cjr bjlb jqzt sfdz gis_x gis_y ajbh",
        "Number Received_At DISPATCHED_AT arrived-at finishedAt feedback.at unit officers category "
        "status address lng lat case",
        "警情编号（必填） 接警时间(北京时间) 派警时间* 到达现场时间: 处置完毕时间 反馈时间 处警单位 ＂处警民警＂ "
        "警情类别 警情状态 案发地址 经度[°] 纬度[°] 案件编号",
        "t.jjdbh t.jjsj t.cjsj t.ddxcsj t.clwbsj t.fksj t.gxdwdm t.cjrbh t.jqlbdm t.jqzt t.sfdz t.jd t.wd t.ajbh",
    ],
)
def test_headings_are_known_in_english_chinese_and_pinyin_however_decorated(headings: str) -> None:
    columns = match_columns(LAYOUTS[FeedKind.INCIDENTS], headings.split(), {})
    found = {field: places[0] for field, places in columns.places.items()}
    assert found == {field: index for index, field in enumerate(PROMISED[FeedKind.INCIDENTS].split()[:14])}


def test_a_units_code_is_preferred_to_its_name_and_never_mixed_with_it() -> None:
    columns = match_columns(LAYOUTS[FeedKind.INCIDENTS], ("处警单位", "处警单位代码"), {})
    assert columns.places == {"unit": (1,)}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (replace(SETTINGS, location="calls.pdf"), r"location must end in \.csv, \.tsv"),
        (replace(SETTINGS, location="postgresql://host/db"), "needs query"),
        (replace(SETTINGS, columns={"nummer": "x"}), "'nummer' is no field of incidents, closest is 'number'"),
        (replace(SETTINGS, timezone="Asia/Schanghai"), "timezone 'Asia/Schanghai' does not exist"),
    ],
)
def test_a_wrong_setting_is_told_before_anything_is_opened(settings: FeedSettings, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        open_feed(settings)


def test_every_kind_of_file_is_registered() -> None:
    assert {"csv", "tsv", "xlsx", "sql"} <= FEED_KINDS.keys()


def rows_of_workbook(folder: Path, book: openpyxl.Workbook, kind: FeedKind = FeedKind.INCIDENTS) -> list[FeedRow]:
    book.save(folder / "b.xlsx")
    return list(open_feed(FeedSettings("b", kind, "b.xlsx"), folder).read())


def workbook(*rows: list[object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def test_date_cells_number_cells_and_bare_time_cells_of_a_spreadsheet(tmp_path: Path) -> None:
    head = ["警情编号", "接警时间", "到达现场时间", "处置完毕时间", "处警民警"]
    row = [1234567, datetime(2026, 11, 20, 23, 50), 46346.999, time(0, 12, 30), 31021.0]
    (found,) = rows_of_workbook(tmp_path, workbook(head, row))
    assert isinstance(found.record, Incident)
    assert found.record == Incident(
        number="1234567",
        received_at=utc(2026, 11, 20, 15, 50),
        arrived_at=utc(2026, 11, 20, 15, 58, 34),  # 0.999 of a day is 23:58:33.6
        finished_at=utc(2026, 11, 20, 16, 12, 30),
        officers=("031021",),
    )


def test_a_spreadsheet_number_of_twenty_digits_is_rejected(tmp_path: Path) -> None:
    book = workbook(
        ["警情编号", "接警时间"], [3.1011420261120002e19, datetime(2026, 11, 20)], [2026112008010200000, "8:00"]
    )
    rows = rows_of_workbook(tmp_path, book)
    assert [row.fate for row in rows] == [Fate.REJECTED, Fate.REJECTED]


def test_the_sheet_with_the_headings_is_found_behind_a_cover(tmp_path: Path) -> None:
    book = workbook(["某分局"], ["2026年11月"])
    sheet = book.create_sheet("明细")
    sheet.append(["警情编号", "接警时间"])
    sheet.append(["J1", "2026-11-20 08:00:00"])
    (row,) = rows_of_workbook(tmp_path, book)
    assert row.fate is Fate.ACCEPTED


def test_short_rows_of_a_spreadsheet_are_whole(tmp_path: Path) -> None:
    book = workbook(["警情编号", "接警时间", "警情状态"], ["J1", "2026-11-20 08:00:00"])
    (row,) = rows_of_workbook(tmp_path, book)
    assert (row.fate, row.notes) == (Fate.ACCEPTED, ())


def test_a_workbook_cut_anywhere_is_unreadable_or_read_and_never_a_crash(tmp_path: Path) -> None:
    workbook(["警情编号", "接警时间"], ["J1", "2026-11-20 08:00:00"]).save(tmp_path / "b.xlsx")
    whole = (tmp_path / "b.xlsx").read_bytes()
    for size in range(4, len(whole), 97):
        (tmp_path / "b.xlsx").write_bytes(whole[:size])
        with pytest.raises(FeedUnreadable, match=r"b\.xlsx"):
            list(open_feed(FeedSettings("b", FeedKind.INCIDENTS, "b.xlsx"), tmp_path).read())


def test_a_workbook_with_damaged_bytes_is_unreadable_or_read_and_never_a_crash(tmp_path: Path) -> None:
    workbook(["警情编号", "接警时间"], ["J1", "2026-11-20 08:00:00"]).save(tmp_path / "b.xlsx")
    whole = (tmp_path / "b.xlsx").read_bytes()
    read = 0
    for place in range(4, len(whole), 61):
        (tmp_path / "b.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            read += len(list(open_feed(FeedSettings("b", FeedKind.INCIDENTS, "b.xlsx"), tmp_path).read()))
        except FeedUnreadable:
            continue
    assert read > 0


def test_a_text_table_with_the_suffix_of_a_spreadsheet_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "b.xls").write_bytes("警情编号\t接警时间\nJ1\t2026-11-20 08:00:00\n".encode("gbk"))
    (row,) = open_feed(FeedSettings("b", FeedKind.INCIDENTS, "b.xls"), tmp_path).read()
    assert row.fate is Fate.ACCEPTED


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """An SQLite database with one call."""
    with closing(sqlite3.connect(tmp_path / "calls.db")) as database, database:
        database.execute("create table calls (jjdbh text, jjsj integer, cjr integer)")
        database.execute("insert into calls values ('J1', 1795132862000, 31021)")
    return tmp_path


def sql(folder: Path, query: str, location: str = "sqlite:///calls.db") -> list[FeedRow]:
    return list(open_feed(FeedSettings("db", FeedKind.INCIDENTS, location, query=query), folder).read())


def test_numbers_of_a_database_are_epochs_and_badges(calls: Path) -> None:
    (row,) = sql(calls, "select * from calls;")
    assert isinstance(row.record, Incident)
    assert (row.record.received_at, row.record.officers) == (utc(2026, 11, 20, 0, 1, 2), ("031021",))


def test_a_colon_in_a_query_is_only_a_colon(calls: Path) -> None:
    assert len(sql(calls, "select jjdbh, jjsj, ':x 08:01:02;' as bz from calls where jjdbh <> ':y'")) == 1


@pytest.mark.parametrize(
    "query",
    [
        "delete from calls",
        "update calls set jjdbh='x'",
        "pragma user_version = 1",
        "; select 1",
        "select 1; drop table calls",
    ],
)
def test_a_query_that_is_no_select_is_refused(calls: Path, query: str) -> None:
    with pytest.raises(FeedUnreadable, match="expected query"):
        sql(calls, query)
    assert len(sql(calls, "select * from calls")) == 1


def test_a_select_that_writes_is_refused_by_the_connection(calls: Path) -> None:
    before = (calls / "calls.db").read_bytes()
    with pytest.raises(FeedUnreadable, match=r"readonly|read-only|read only|attempt to write"):
        sql(calls, "with x as (select 1) insert into calls select 'J2', 1, 2 from x")
    assert (calls / "calls.db").read_bytes() == before


def test_a_database_that_is_not_there_is_unreadable_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match="got no such file"):
        sql(tmp_path, "select 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "location", ["nosuch://host/db", "postgresql+psycopg://u:secret@127.0.0.1:1/db", "mysql+nosuch://u:secret@h/db"]
)
def test_a_server_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path, location: str) -> None:
    with pytest.raises(FeedUnreadable) as told:
        sql(tmp_path, "select 1", location)
    assert "secret" not in str(told.value)


def test_a_query_on_a_table_that_is_not_there_says_so(calls: Path) -> None:
    with pytest.raises(FeedUnreadable, match="no such table: absent"):
        sql(calls, "select * from absent")
