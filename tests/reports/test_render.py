"""Files that people take away: what spreadsheets, browsers and programs make of them."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports import report_named
from reports.base import make
from reports.content import Content, content_of
from reports.render import MEDIA_TYPES, RENDERERS
from reports.render.csv_file import harmless
from storage.engine import DatabaseSettings, open_engine
from tests.api.world import ABSENT, GAPPED
from tests.databases import migrate
from tests.reports.days import THEN, ZONE, build


@pytest.fixture
def content(tmp_path: Path) -> Iterator[Content]:
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'r.db'}"))
    migrate(engine)
    build(engine)
    report = report_named("completeness")
    assert report is not None
    with engine.connect() as connection:
        yield content_of(make(connection, report, THEN), ZONE)
    engine.dispose()


def test_csv_opens_in_a_spreadsheet_and_runs_nothing_there(content: Content) -> None:
    text = RENDERERS["csv"](content, "zh")
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    assert [row["编号"] for row in rows][:3] == ["'=1+1", GAPPED, ABSENT]
    assert rows[0]["类别"] == "'=cmd()"
    assert (rows[1]["判定"], rows[1]["问题类别"], rows[1]["依据"]) == ("不合规", "记录不完整、记录不规范", "中断 5 分")
    assert (rows[2]["记录完整率"], rows[2]["应记录"]) == ("0.0", "1800.0")
    assert rows[1]["时间"] == "2026-11-20T20:00:00+08:00"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "－1"])
def test_text_that_would_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_text_that_is_none_stays_as_it_is() -> None:
    assert harmless("JQ1=1") == "JQ1=1"


def test_html_stands_alone_and_everything_in_it_is_text(content: Content) -> None:
    page = RENDERERS["html"](content, "en").decode()
    assert "&lt;b&gt;纠纷&lt;/b&gt;" in page
    assert not re.search(r"<script|\ssrc=|\shref=|@import|<b>纠纷", page)
    assert content.digest in page
    assert ">3 / 4<" in page  # noncompliant of all
    assert ">25% (4)<" in page  # undecidable of those judged
    assert "a gap of 5 min" in page
    assert "中断 5 分" not in page


def test_json_has_keys_and_plain_values(content: Content) -> None:
    found = json.loads(RENDERERS["json"](content, "zh"))
    assert found["digest"] == content.digest
    assert found["totals"]["noncompliant"] == {"value": 3, "of": 4}
    assert found["rows"][1]["flags"] == ["incomplete", "nonstandard"]


def test_every_format_has_its_media_type() -> None:
    assert set(RENDERERS) == set(MEDIA_TYPES) == {"xlsx", "pdf", "csv", "html", "json"}
