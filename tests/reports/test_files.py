"""XLSX and PDF as independent readers find them: text is text, numbers are numbers, and twice made is once made."""

import importlib
import io
import os
import re
import subprocess
import sys
import zipfile
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from domain.errors import ConfigError
from reports.base import Filled
from reports.render import RENDERERS
from reports.render.words import visible
from tests.reports.hostile import AS_OF, FORMS, HIDDEN, HOSTILE, LONG, content, digests, single

pytestmark = pytest.mark.slow

PAPER = importlib.import_module("reports.render.pdf_file")


def workbook(lang: str = "zh") -> Any:
    return openpyxl.load_workbook(io.BytesIO(RENDERERS["xlsx"](content(), lang)))


def pages(lang: str = "zh", found: Any = None) -> list[str]:
    reader = PdfReader(io.BytesIO(RENDERERS["pdf"](found or content(), lang)))
    return [page.extract_text() for page in reader.pages]


def bare(text: str) -> str:
    """Without blanks and places to break: extraction sets its own."""
    return re.sub(r"[\s\u200b]", "", text)


def test_files_made_again_in_another_process_and_zone_are_the_same_bytes(project: Path) -> None:
    here = digests()
    code = "from tests.reports.hostile import digests; print(*digests())"
    for zone in ("America/New_York", "Asia/Kolkata"):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": "7", "LC_ALL": "C"}
        told = subprocess.run(
            [sys.executable, "-c", code], env=environment, cwd=project, capture_output=True, text=True, check=True
        )
        assert told.stdout.split() == here


def test_no_file_tells_when_it_was_written() -> None:
    archive = zipfile.ZipFile(io.BytesIO(RENDERERS["xlsx"](content(), "zh")))
    assert {info.date_time[0] for info in archive.infolist()} == {1980}
    assert workbook().properties.created == AS_OF.replace(tzinfo=None)
    known = PdfReader(io.BytesIO(RENDERERS["pdf"](content(), "zh"))).metadata
    assert known is not None
    assert known.creation_date == AS_OF


def test_a_sheet_holds_text_as_text_and_runs_nothing() -> None:
    sheet = workbook().worksheets[1]
    cells = [sheet.cell(row, 2) for row in range(3, 3 + len(HOSTILE))]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}
    assert [cell.value for cell in cells] == [visible(text) for text in HOSTILE]
    shown = [sheet.cell(3 + len(HOSTILE) + at, 2).value for at in range(len(HIDDEN))]
    assert shown == list(HIDDEN.values())


def test_numbers_shares_lengths_and_times_are_real_ones() -> None:
    sheet = workbook().worksheets[1]
    number, _, share, length, time, told, scan = (cell.value for cell in sheet[4])
    assert (number, share, length) == (1, pytest.approx(1 / 13), timedelta(days=1, seconds=3661))
    assert time == datetime(2026, 11, 22, 23, 59, 58)  # local
    assert (told, scan) == (None, 7)
    assert "片段 20:05:00–20:15:00，无记录 20:15:00–20:25:00" in sheet.cell(3, 6).value


def test_headings_stay_in_sight_can_be_filtered_and_are_printed_on_every_page() -> None:
    sheet = workbook("en").worksheets[1]
    assert [cell.value for cell in sheet[2]] == ["No", "Text", "Share", "Length", "Time", "Time line", "Scan"]
    assert sheet[2][0].font.bold
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:G16")
    assert sheet.print_title_rows == "$2:$2"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)  # one page wide
    assert "Page &P of &N" in sheet.oddFooter.center.text
    assert sheet.column_dimensions["B"].width == pytest.approx(
        46, abs=1
    )  # the limit: wide enough to read, narrow enough to print


def test_the_first_sheet_says_where_all_comes_from() -> None:
    first = workbook("en").worksheets[0]
    known = {row[0].value: row[1].value for row in first.iter_rows() if row[0].value}
    assert known["Unit"] == "示范#所 (310114)"
    assert known["As of"] == "2026-11-23 12:00:00 +08:00"
    assert known["Digest"] == "7" + "e" * 63
    assert (known["Filed as"], known["Scan"], known["Rule set"]) == ("4", "7", "r1")
    assert known["Rows #1"] == len(HOSTILE) + len(HIDDEN) + 1
    assert known["None"] == "—"
    rate = next(row for row in first.iter_rows() if row[0].value == "Rate")
    assert (rate[1].value, rate[2].value) == (0.99996, 14)
    assert "99.9%" in rate[1].number_format  # never rounded up to the whole
    assert len(workbook("en")["Charts"]._charts) == 2


def test_names_of_sheets_are_such_as_programs_take() -> None:
    assert workbook().sheetnames == ["概要", "敌意 #文本 <b>", "第二表1", "图表"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_hostile_text_is_text_on_paper(lang: str) -> None:
    whole = bare("".join(pages(lang)))
    for text in (*HOSTILE, *HIDDEN.values(), LONG):
        assert bare(text) in whole, text


def test_every_page_says_what_it_is_of_and_which_it_is() -> None:
    found = pages()
    assert len(found) > 1
    for number, page in enumerate(found, 1):
        assert f"第{number}页共{len(found)}页" in bare(page)
        assert "示范#所(310114)·2026-11-22" in bare(page)
    assert "7" + "e" * 63 in bare(found[-1])


def test_paper_shows_totals_with_denominators_definitions_and_no_scan_columns() -> None:
    whole = bare("".join(pages("en")))
    assert "99.9%(14)" in whole
    assert "Compliant/(compliant+noncompliant)" in whole
    assert "23:59:58" in whole
    assert "NoTextShareLengthTime" in whole
    assert "TimeScan" not in whole


def test_a_long_table_is_cut_on_paper_and_says_where_the_rows_are() -> None:
    found = single()
    part = found.filled[0].part
    many = [{**found.rows[0], "line": None, "text": f"<{at}>"} for at in range(PAPER.MOST_ROWS + 5)]
    object.__setattr__(found, "filled", [Filled(part, many, part.totals(many))])
    whole = bare("".join(pages("en", found)))
    assert "Thefirst300of305rows" in whole
    assert "<299>" in whole
    assert "<300>" not in whole
    assert "305" in whole


def test_headings_of_a_long_table_are_on_every_page() -> None:
    found = single()
    part = found.filled[0].part
    many = [{**found.rows[0], "line": None, "text": f"row {at}"} for at in range(200)]
    object.__setattr__(found, "filled", [Filled(part, many, [])])
    listed = [page for page in pages("en", found) if "1:01:01" in page]
    assert len(listed) > 2
    assert all("NoTextShareLengthTime" in bare(page) for page in listed)


def test_without_its_fonts_the_paper_says_which_package_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PAPER, "FONTS", ("cvttf_nowhere",))
    with pytest.raises(ConfigError, match="cvttf-nowhere"):
        RENDERERS["pdf"](content(), "zh")


def test_only_fonts_that_come_with_the_program_are_in_the_paper() -> None:
    reader = PdfReader(io.BytesIO(RENDERERS["pdf"](content(), "zh")))
    fonts = {
        str(font.get_object()["/BaseFont"])
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()  # type: ignore[index, union-attr]
    }
    assert fonts
    assert all("NotoSansCJK" in name for name in fonts), fonts


@pytest.mark.parametrize("form", FORMS)
def test_half_a_character_breaks_no_file(form: str) -> None:
    assert RENDERERS[form](content(), "zh")


def test_the_template_is_part_of_the_package() -> None:
    assert resources.files("reports.render").joinpath(PAPER.TEMPLATE).is_file()


def test_html_draws_charts_and_time_lines_and_lets_nothing_out() -> None:
    page = RENDERERS["html"](content(), "zh").decode()
    assert page.count("<svg") == 4  # two charts, a time line in each table
    assert "<script" not in page
    assert "&lt;/text&gt;#031021" in page


def test_csv_holds_the_first_table_or_the_one_that_is_asked_for() -> None:
    assert content().only("second").filled[0].part.name == "second"
    text = RENDERERS["csv"](content().only("second"), "en").decode("utf-8-sig")
    assert text.splitlines()[0] == "No,Text,Share,Length,Time,Time line,Scan"
