"""CSV and TSV as they really come: encodings, delimiters, quotes, line ends, rows of the wrong length."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activity import Incident
from domain.errors import FeedUnreadable
from indexer.feeds.base import Fate, FeedKind
from indexer.feeds.text_table import read_text_table
from tests.indexer.feeds.reading import read_row, read_text
from tests.statements import english, in_english

HEAD = "警情编号,接警时间,到达现场时间,处警民警,案发地址\n"
ROW = "J1,2026-11-20 08:00:00,2026-11-20 08:09:00,031021,某某路1号\n"


def incident(row_text: str, folder: Path) -> Incident:
    record = read_row(folder, HEAD + row_text).record
    assert isinstance(record, Incident)
    return record


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_encoding_and_delimiter_gives_the_same_incident(tmp_path: Path, encoding: str, delimiter: str) -> None:
    row = read_row(tmp_path, (HEAD + ROW).replace(",", delimiter).encode(encoding))
    assert row.fate is Fate.ACCEPTED
    assert isinstance(row.record, Incident)
    assert (row.record.number, row.record.address) == ("J1", "某某路1号")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_divides_rows(tmp_path: Path, end: str) -> None:
    assert len(read_text(tmp_path, (HEAD + ROW + ROW.replace("J1", "J2")).replace("\n", end))) == 2


def test_a_spreadsheets_sep_line_names_the_delimiter(tmp_path: Path) -> None:
    assert read_row(tmp_path, "sep=;\n" + (HEAD + ROW).replace(",", ";")).fate is Fate.ACCEPTED


def test_line_breaks_inside_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    address = incident('J1,2026-11-20 08:00:00,,031021,"某某路\r1号\r\n二楼\n左"\r\n', tmp_path).address
    assert address == "某某路\r1号\r\n二楼\n左"


def test_a_carriage_return_without_quotes_does_not_break_the_row(tmp_path: Path) -> None:
    assert incident("J1,2026-11-20 08:00:00,,031021,某某路\r1号\n", tmp_path).address == "某某路\r1号"


def test_doubled_quotes_are_one(tmp_path: Path) -> None:
    assert incident('J1,2026-11-20 08:00:00,,031021,"""老地方""酒家"\n', tmp_path).address == '"老地方"酒家'


def test_a_quote_that_is_never_closed_swallows_no_rows(tmp_path: Path) -> None:
    rows = read_text(tmp_path, HEAD + 'J1,2026-11-20 08:00:00,,031021,"某某路\n' + ROW.replace("J1", "J2") * 5)
    assert [row.fate for row in rows] == [Fate.CORRECTED, *[Fate.ACCEPTED] * 5]
    assert in_english(rows[0].notes) == ("a quotation mark is out of place, taken as text",)


def test_two_open_quotes_in_different_rows_do_not_join_the_rows_between(tmp_path: Path) -> None:
    bad = 'J{},2026-11-20 08:00:00,,031021,"某某路\n'
    rows = read_text(tmp_path, HEAD + bad.format(1) + ROW.replace("J1", "J2") + bad.format(3) + ROW.replace("J1", "J4"))
    assert [row.record.number for row in rows if isinstance(row.record, Incident)] == ["J1", "J2", "J3", "J4"]


def test_an_inch_mark_in_the_middle_of_a_cell_is_text(tmp_path: Path) -> None:
    assert incident('J1,2026-11-20 08:00:00,,031021,5"管道旁\n', tmp_path).address == '5"管道旁'


def test_blank_lines_are_no_rows_but_keep_the_numbering(tmp_path: Path) -> None:
    rows = read_text(tmp_path, HEAD + ROW + "\n,,,,\n   \n" + ROW.replace("J1", "J2") + "\n\n")
    assert [row.number for row in rows] == [1, 5]


def test_titles_above_the_headings_are_passed_over(tmp_path: Path) -> None:
    assert read_row(tmp_path, "某分局警情统计表,,,,\n导出时间：2026-11-21,,,,\n\n" + HEAD + ROW).fate is Fate.ACCEPTED


def test_headings_repeated_among_the_rows_are_rejected(tmp_path: Path) -> None:
    rows = read_text(tmp_path, HEAD + ROW + HEAD + ROW)
    assert [row.fate for row in rows] == [Fate.ACCEPTED, Fate.REJECTED, Fate.ACCEPTED]
    assert in_english(rows[1].notes) == ("row 2: expected data, got the headings again",)


def test_a_short_row_is_filled_up_and_noted(tmp_path: Path) -> None:
    row = read_row(tmp_path, HEAD + "J1,2026-11-20 08:00:00,2026-11-20 08:09:00\n")
    assert row.fate is Fate.CORRECTED
    assert in_english(row.notes) == ("row has 3 cells for 5 headings, the rest taken as empty",)


def test_a_fragment_of_a_broken_row_does_not_become_an_incident(tmp_path: Path) -> None:
    rows = read_text(tmp_path, HEAD + "J1,2026-11-20 08:00:00,,031021,某某路\n1号二楼\n")
    assert [row.fate for row in rows] == [Fate.ACCEPTED, Fate.REJECTED]


def test_empty_cells_beyond_the_headings_do_not_matter(tmp_path: Path) -> None:
    row = read_row(tmp_path, HEAD + ROW.rstrip() + ",,,\n")
    assert (row.fate, row.notes) == (Fate.ACCEPTED, ())


def test_badges_divided_by_the_delimiter_are_joined_again(tmp_path: Path) -> None:
    row = read_row(tmp_path, HEAD + "J1,2026-11-20 08:00:00,2026-11-20 08:09:00,031021,031063,某某路1号\n")
    assert row.fate is Fate.CORRECTED
    assert isinstance(row.record, Incident)
    assert row.record.officers == ("031021", "031063")
    assert row.record.address == "某某路1号"


def test_a_free_text_divided_by_the_delimiter_is_joined_where_times_fit(tmp_path: Path) -> None:
    head = "警情编号,案发地址,接警时间,到达现场时间\n"
    row = read_row(tmp_path, head + "J1,某某路1号,二楼,2026-11-20 08:00:00,2026-11-20 08:09:00\n")
    assert isinstance(row.record, Incident)
    assert row.record.address == "某某路1号,二楼"


def test_a_long_row_that_could_be_read_in_two_ways_is_rejected(tmp_path: Path) -> None:
    head = "警情编号,接警时间,案发地址,警情类别,备注\n"
    row = read_row(tmp_path, head + "J1,2026-11-20 08:00:00,甲,乙,丙,丁\n")
    assert row.fate is Fate.REJECTED
    assert in_english(row.notes) == ("row 1: expected 5 cells, got 6: a delimiter inside a cell without quotes?",)
    assert row.raw["column 6"] == "丁"


def test_the_first_filled_of_duplicate_headings_counts(tmp_path: Path) -> None:
    rows = read_text(
        tmp_path, "警情编号,接警时间,警情状态,警情状态\nJ1,2026-11-20 08:00:00,,办结\nJ2,2026-11-20 08:00:00,甲,乙\n"
    )
    assert [row.record.status for row in rows if isinstance(row.record, Incident)] == ["办结", "甲"]
    assert rows[1].raw == {"警情编号": "J2", "接警时间": "2026-11-20 08:00:00", "警情状态": "甲", "警情状态 (2)": "乙"}


def test_single_bytes_that_cannot_be_decoded_cost_one_note_not_the_feed(tmp_path: Path) -> None:
    text = (HEAD + ROW * 3).encode()
    spoiled = text.replace("某某路".encode(), "某某".encode() + b"\xe8\xb7", 1)
    rows = read_text(tmp_path, spoiled)
    assert [row.fate for row in rows] == [Fate.CORRECTED, Fate.ACCEPTED, Fate.ACCEPTED]
    assert in_english(rows[0].notes) == ("bytes that cannot be decoded were replaced",)


def test_a_number_that_a_spreadsheet_rounded_is_rejected_because_calls_would_melt_into_one(tmp_path: Path) -> None:
    row = read_row(tmp_path, HEAD + ROW.replace("J1", "3.10114E+19"))
    assert row.fate is Fate.REJECTED
    assert "a spreadsheet rounded it" in english(row.notes[0])


def test_text_forced_by_an_export_loses_its_wrapping(tmp_path: Path) -> None:
    assert incident('"=""0012""",2026-11-20 08:00:00,,\'031021,\t某某路\n', tmp_path).number == "0012"
    assert incident("J1,2026-11-20 08:00:00,,'031021,\t某某路\n", tmp_path).officers == ("031021",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "got an empty file"),
        (b"\n\n  \n", "got an empty file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .xls or a password-protected workbook"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "got HTML or XML"),
        (b"PK\x03\x04 this is no archive", "expected an XLSX workbook, got a broken"),
        (bytes(range(256)) * 20, "expected the headings of a feed of incidents"),
        (b"a,b,c\n1,2,3\n", "got 'a', 'b', 'c'"),
    ],
)
def test_what_is_no_table_of_incidents_says_why(tmp_path: Path, content: bytes, expected: str) -> None:
    with pytest.raises(FeedUnreadable) as told:
        read_text(tmp_path, content)
    assert expected in str(told.value)
    assert "feed.csv" in str(told.value)


def test_a_file_that_is_not_there_is_unreadable_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(FeedUnreadable, match=r"missing\.csv: expected a readable file, got No such file"):
        list(read_text_table(tmp_path / "missing.csv", len))


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\0\ufeff"), max_size=12).filter(
    lambda text: all(line.count(",") != 2 for line in text.split("\n"))  # a line like a whole row may be one
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12))
def test_every_table_that_python_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "t.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["sep", "x", "y"], *rows])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    found = list(read_text_table(path, lambda cells: len(cells) == 3))
    assert [list(row.cells) for row in found[1:]] == rows


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_rows_with_fates_or_an_unreadable_feed(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes
) -> None:
    head = HEAD.encode("gb18030")
    for content in (tail, head + tail):
        try:
            rows = read_text(tmp_path_factory.getbasetemp(), content)
        except FeedUnreadable:
            continue
        assert all(row.fate in Fate and (row.record is None) == (row.fate is Fate.REJECTED) for row in rows)


DIRT = st.one_of(
    st.text(max_size=15),
    st.sampled_from(
        ["J1", "J2", "2026-11-20 08:00:00", "08:01", "NULL", "**:**:**", "031021", "张某(031021)", '"', "", "121.4"]
    ),
    st.sampled_from(
        ["1795132862000", "9999-12-31", "24:00", "2026-11-20", "合计", "10:30/10:40/用餐", "recorder", "\r", "a\nb"]
    ),
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.sampled_from(FeedKind), st.lists(st.lists(DIRT, max_size=9), max_size=8), st.booleans())
def test_any_table_of_text_gives_every_row_that_is_not_blank_one_fate(
    tmp_path_factory: pytest.TempPathFactory, kind: FeedKind, rows: list[list[str]], quoted: bool
) -> None:
    heads = {
        FeedKind.INCIDENTS: [
            "number",
            "date",
            "received_at",
            "arrived_at",
            "finished_at",
            "officers",
            "officer",
            "longitude",
        ],
        FeedKind.SESSIONS: ["number", "started_at", "signed_at", "interruptions", "channels", "officers"],
        FeedKind.UNITS: ["code", "name", "parent"],
        FeedKind.OFFICERS: ["badge", "name", "unit"],
        FeedKind.DEVICES: ["serial", "kind", "room"],
        FeedKind.ASSIGNMENTS: ["device", "officer", "from", "to"],
        FeedKind.EXPLANATIONS: ["activity", "officer", "from", "to", "reason"],
        FeedKind.CLIP_INDEX: ["path", "started_at", "ended_at", "imported_at", "digest", "sequence"],
    }
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL).writerows([heads[kind], *rows])
    found = read_text(tmp_path_factory.getbasetemp(), text.getvalue().encode("utf-8", "replace"), kind)
    numbers = [row.number for row in found]
    assert numbers == sorted(set(numbers))
    assert all((row.record is None) == (row.fate is Fate.REJECTED) for row in found)
    assert all(in_english(row.notes) for row in found if row.fate is not Fate.ACCEPTED)
    if quoted:
        assert len(found) == sum(any(cell.strip() for cell in row) for row in rows)
