"""Sessions, registers and lists: what a row of each kind becomes, and when it is refused."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.activity import Explanation, InterrogationSession, Interruption
from domain.clip import Assignment, Device, IndexEntry, StoreKind
from domain.people import Officer, Unit
from domain.timespan import Span, utc
from indexer.feeds.base import Fate, FeedKind
from tests.indexer.feeds.reading import read_row, read_text
from tests.statements import english

SESSION_HEAD = "讯问编号,案件编号,类型,讯问室,人员编号,讯问人,开始时间,签字时间,中断,通道,单位代码\n"


def session(folder: Path, interruptions: str, channels: str = "全景、特写") -> InterrogationSession:
    text = (
        f"X1,A1,讯问,1号,R1,031021 031063,2026-11-20 10:00:00,2026-11-20 12:00:00,{interruptions},{channels},310114\n"
    )
    record = read_row(folder, SESSION_HEAD + text, FeedKind.SESSIONS).record
    assert isinstance(record, InterrogationSession)
    return record


def test_a_session_with_everything(tmp_path: Path) -> None:
    assert session(tmp_path, "10:30/10:40/上厕所|11:00/11:05/饮水") == InterrogationSession(
        number="X1",
        case_number="A1",
        category="讯问",
        unit="310114",
        room="1号",
        person_code="R1",
        officers=("031021", "031063"),
        started_at=utc(2026, 11, 20, 2),
        signed_at=utc(2026, 11, 20, 4),
        interruptions=(
            Interruption(Span(utc(2026, 11, 20, 2, 30), utc(2026, 11, 20, 2, 40)), "上厕所"),
            Interruption(Span(utc(2026, 11, 20, 3, 0), utc(2026, 11, 20, 3, 5)), "饮水"),
        ),
        channels=("全景", "特写"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "10:30/10:40/用餐",
        "2026-11-20 10:30:00/2026-11-20 10:40:00/用餐",
        "2026/11/20 10:30/2026/11/20 10:40/用餐",
        "10:30-10:40 用餐",
        "10:30至10:40（用餐）",
        "20261120103000/20261120104000/用餐",
        "2026-11-20T02:30:00Z/2026-11-20T02:40:00Z/用餐",
    ],
)
def test_a_break_in_every_form(tmp_path: Path, text: str) -> None:
    (interruption,) = session(tmp_path, text).interruptions
    assert interruption == Interruption(Span(utc(2026, 11, 20, 2, 30), utc(2026, 11, 20, 2, 40)), "用餐")


def test_a_break_after_midnight_belongs_to_the_next_day(tmp_path: Path) -> None:
    head = "number,started_at,signed_at,interruptions\n"
    row = read_row(tmp_path, head + "X1,2026-11-20 23:00,2026-11-21 02:00,00:10/00:20/饮水\n", FeedKind.SESSIONS)
    assert isinstance(row.record, InterrogationSession)
    assert row.record.interruptions[0].span == Span(utc(2026, 11, 20, 16, 10), utc(2026, 11, 20, 16, 20))
    assert row.fate is Fate.ACCEPTED


@pytest.mark.parametrize("text", ["上厕所", "10:30//上厕所", "10:40/10:30/上厕所", "10:30"])
def test_a_break_that_makes_no_sense_is_left_out_with_a_note(tmp_path: Path, text: str) -> None:
    head = "number,started_at,interruptions\n"
    row = read_row(tmp_path, f"{head}X1,2026-11-20 10:00,{text}|11:00/11:10/饮水\n", FeedKind.SESSIONS)
    assert isinstance(row.record, InterrogationSession)
    assert [i.reason for i in row.record.interruptions] == ["饮水"]
    assert row.fate is Fate.CORRECTED
    assert repr(text) in english(row.notes[0])


def test_channels_divided_by_blanks_only_where_nothing_else_divides(tmp_path: Path) -> None:
    assert session(tmp_path, "", "CH1 CH2").channels == ("CH1", "CH2")
    assert session(tmp_path, "", "CH 1;CH 2").channels == ("CH 1", "CH 2")


def test_a_session_signed_before_it_started_loses_the_signing(tmp_path: Path) -> None:
    head = "number,started_at,signed_at\n"
    row = read_row(tmp_path, head + "X1,2026-11-20 10:00,2026-11-20 09:00\n", FeedKind.SESSIONS)
    assert isinstance(row.record, InterrogationSession)
    assert row.record.signed_at is None
    assert row.fate is Fate.CORRECTED


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (FeedKind.UNITS, "单位代码,单位名称,上级单位代码\n0110,甲所,0100\n", Unit("0110", "甲所", "0100")),
        (FeedKind.UNITS, "dwdm,dwmc,sjdwdm\n1,甲所,1\n", Unit("1", "甲所", None)),
        (FeedKind.OFFICERS, "警号,姓名,单位代码\n031021,张某,0110\n", Officer("031021", "张某", "0110")),
        (FeedKind.OFFICERS, "jh,xm,dwdm\n031021,张某,1\n", Officer("031021", "张某", "1")),
        (FeedKind.DEVICES, "设备编号,型号,类型,单位代码\nA1,DSJ,执法记录仪,1\n", Device("A1", "DSJ", unit="1")),
        (
            FeedKind.DEVICES,
            "serial,kind,room,channel\nR1,讯问室录像,1号,全景\n",
            Device("R1", kind=StoreKind.INTERROGATION, room="1号", channel="全景"),
        ),
        (FeedKind.DEVICES, "serial,kind\nR1,interrogation\n", Device("R1", kind=StoreKind.INTERROGATION)),
        (FeedKind.DEVICES, "serial,room\nR1,1号\n", Device("R1", kind=StoreKind.INTERROGATION, room="1号")),
        (
            FeedKind.ASSIGNMENTS,
            "device,officer,from,to\nA1,031021,2026-11-20 08:00,2026-11-20 20:00\n",
            Assignment("A1", "031021", utc(2026, 11, 20, 0), utc(2026, 11, 20, 12)),
        ),
        (
            FeedKind.ASSIGNMENTS,
            "设备编号,领用人,领用时间,归还时间\nA1,张某(031021),2026-11-20,\n",
            Assignment("A1", "031021", utc(2026, 11, 19, 16), None),
        ),
        (
            FeedKind.EXPLANATIONS,
            "activity,officer,from,to,reason,note,approved_by\n"
            "J1,031021,2026-11-20 08:00,2026-11-20 08:05,设备故障,死机,031001\n",
            Explanation("J1", "031021", Span.of(utc(2026, 11, 20), timedelta(minutes=5)), "设备故障", "死机", "031001"),
        ),
        (FeedKind.EXPLANATIONS, "警情编号,原因\nJ1,设备故障\n", Explanation("J1", None, None, "设备故障")),
        (
            FeedKind.CLIP_INDEX,
            "path,device,officer,started_at,ended_at,imported_at,digest,sequence\n"
            ".\\2026\\11\\A1.mp4,A1,031021,2026-11-20 08:00:00,2026-11-20 08:10:00,2026-11-20 20:00:00,"
            "MD5:" + "AB" * 16 + ",0007\n",
            IndexEntry(
                "2026/11/A1.mp4",
                "A1",
                "031021",
                utc(2026, 11, 20, 0),
                utc(2026, 11, 20, 0, 10),
                utc(2026, 11, 20, 12),
                "ab" * 16,
                7,
            ),
        ),
        (FeedKind.CLIP_INDEX, "文件名,拍摄开始时间\n./a/b.mp4,\n", IndexEntry("a/b.mp4")),
    ],
)  # fmt: skip
def test_a_row_of_each_kind_becomes_its_record(tmp_path: Path, kind: FeedKind, text: str, expected: object) -> None:
    assert read_row(tmp_path, text, kind).record == expected


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (FeedKind.UNITS, "code,name\n,甲所\n", "code: expected a value, got ''"),
        (FeedKind.OFFICERS, "badge,name\n张某,张某\n", "badge: expected a badge number, got '张某'"),
        (FeedKind.DEVICES, "serial,model\nNULL,x\n", "serial: expected a value, got 'NULL'"),
        (FeedKind.ASSIGNMENTS, "device,officer,from\nA1,031021,\n", "from: expected a time, got ''"),
        (FeedKind.ASSIGNMENTS, "device,officer,from\nA1,,2026-11-20\n", "officer: expected a badge number, got ''"),
        (
            FeedKind.ASSIGNMENTS,
            "device,officer,from,to\nA1,031021,2026-11-20 08:00,2026-11-19 08:00\n",
            "to: expected a time after 2026-11-20 08:00, got '2026-11-19 08:00'",
        ),
        (FeedKind.EXPLANATIONS, "activity,reason\nJ1,-\n", "reason: expected words, got '-'"),
        (FeedKind.CLIP_INDEX, "path\n./\n", "path: expected a file's path, got './'"),
    ],
)
def test_a_row_that_means_nothing_is_rejected_with_the_reason(
    tmp_path: Path, kind: FeedKind, text: str, reason: str
) -> None:
    row = read_row(tmp_path, text, kind)
    assert row.fate is Fate.REJECTED
    assert english(row.notes[0]).endswith(reason)
    assert english(row.notes[0]).startswith("row 1, column ")


@pytest.mark.parametrize(
    ("cell", "badges", "fate"),
    [
        ("031021", ("031021",), Fate.ACCEPTED),
        ("031021、031063", ("031021", "031063"), Fate.ACCEPTED),
        ("031021/031063；031021 ; P031099", ("031021", "031063", "P031099"), Fate.ACCEPTED),
        ("０３１０２１", ("031021",), Fate.ACCEPTED),
        ("31021.0", ("031021",), Fate.CORRECTED),
        ("张某(031021)、031063", ("031021", "031063"), Fate.CORRECTED),
        ("张某031021李某0310634", ("031021", "0310634"), Fate.CORRECTED),
        ("张某、李某", (), Fate.CORRECTED),
        ("值班电话02112345678", (), Fate.CORRECTED),
        ("无", (), Fate.ACCEPTED),
    ],
)
def test_officers_in_every_form(tmp_path: Path, cell: str, badges: tuple[str, ...], fate: Fate) -> None:
    row = read_row(tmp_path, f"number,received_at,officers\nJ1,2026-11-20 08:00,{cell}\n")
    assert row.record is not None
    assert (row.record.officers, row.fate) == (badges, fate)  # type: ignore[union-attr]


def test_a_person_without_a_badge_is_named_in_the_note(tmp_path: Path) -> None:
    row = read_row(tmp_path, "number,received_at,officers\nJ1,2026-11-20 08:00,张某(031021)、李某\n")
    assert english(row.notes[0]).endswith("read as 031021, without a badge and left out: '李某'")


def test_values_that_are_no_numbers_are_left_empty_with_notes(tmp_path: Path) -> None:
    text = "path,digest,sequence\na.mp4,xyz,seven\nb.mp4,,99999999999999999999999999\n"
    rows = read_text(tmp_path, text, FeedKind.CLIP_INDEX)
    assert [row.record for row in rows] == [IndexEntry("a.mp4"), IndexEntry("b.mp4")]
    assert [row.fate for row in rows] == [Fate.CORRECTED, Fate.CORRECTED]


def test_an_unknown_kind_of_device_is_guessed_and_noted(tmp_path: Path) -> None:
    row = read_row(tmp_path, "serial,kind\nA1,无人机\n", FeedKind.DEVICES)
    assert row.record == Device("A1", kind=StoreKind.RECORDER)
    assert row.fate is Fate.CORRECTED


def test_half_a_stretch_explains_the_whole_activity_and_is_noted(tmp_path: Path) -> None:
    row = read_row(tmp_path, "activity,from,to,reason\nJ1,2026-11-20 08:00,,设备故障\n", FeedKind.EXPLANATIONS)
    assert row.record == Explanation("J1", None, None, "设备故障")
    assert row.fate is Fate.CORRECTED
