"""`bwc report`: made as of a time, in every format, filed, compared."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.api.world import ABSENT, GAPPED, UNIT
from tests.app.districts import bwc, district, engine_of
from tests.reports.days import second_scan

pytestmark = pytest.mark.slow

MONTH = ("--period", "2026-11", "--as-of", "2026-11-23T12:00+08:00")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return district(tmp_path)


def test_csv_goes_to_stdout_and_nothing_else(config: Path) -> None:
    status, out, error = bwc(config, "report", "completeness", *MONTH)
    assert (status, error) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert [row["编号"] for row in rows] == ["'=1+1", GAPPED, ABSENT, "XW20261120001"]


def test_a_unit_limits_the_rows_and_the_name_of_the_file_gives_the_format(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "units.json"
    status, out, _ = bwc(config, "report", "units", *MONTH, "--unit", UNIT, "-o", str(file))
    assert (status, out) == (0, "")
    assert [row["unit"] for row in json.loads(file.read_text(encoding="utf-8"))["rows"]] == [UNIT]


def test_filed_runs_are_listed_and_compared_with_the_reason(config: Path) -> None:
    first = bwc(config, "report", "completeness", *MONTH, "--file")
    assert "filed as 1" in first[2]
    engine = engine_of(config)
    second_scan(engine)
    engine.dispose()
    bwc(config, "report", "completeness", "--period", "2026-11", "--as-of", "2026-11-24T12:00+08:00", "--file")
    again = bwc(config, "report", "completeness", *MONTH, "--file")
    assert again[2].split()[-1] == first[2].split()[-1]  # the same digest, after another scan
    _, runs, _ = bwc(config, "report", "runs")
    assert runs.count("completeness") == 3
    status, out, _ = bwc(config, "report", "compare", "2", "1", "--language", "en")
    assert status == 0
    assert f"~ incident {ABSENT}  (scan 2" in out
    assert "Verdict: Noncompliant → Compliant" in out
    assert "2 rows unchanged" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "--period", "2026-11"), "completeness"),
        (("units",), "--period"),
        (("unit", *MONTH), "--unit"),
        (("units", "--period", "2026-99"), "2026-W47"),
        (("units", *MONTH, "--format", "docx"), "xlsx, pdf, csv, html, json"),
        (("units", "--period", "2026-11", "--as-of", "2026-11-01"), "no scan had finished"),
        (("compare", "1"), "two filed runs"),
        (("compare", "1", "2"), "no filed run 1"),
        (("units", "1", *MONTH), "compare A B"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(config: Path, arguments: tuple[str, ...], said: str) -> None:
    status, _, error = bwc(config, "report", *arguments)
    assert status == 2
    assert said in error
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize("name", ["daily", "weekly", "monthly"])
@pytest.mark.parametrize("suffix", ["xlsx", "pdf", "html"])
def test_a_document_is_written_in_the_format_that_the_file_names(
    config: Path, tmp_path: Path, name: str, suffix: str
) -> None:
    files = [tmp_path / f"{number}.{suffix}" for number in (1, 2)]
    for file in files:
        assert bwc(config, "report", name, *MONTH, "-o", str(file)) == (0, "", "")
    begin = {"xlsx": b"PK", "pdf": b"%PDF-", "html": b"<!doctype html>"}[suffix]
    assert files[0].read_bytes().startswith(begin)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_csv_holds_the_first_table_of_a_document_or_the_one_that_is_named(config: Path) -> None:
    _, out, _ = bwc(config, "report", "monthly", *MONTH, "--language", "en")
    assert out.removeprefix("\ufeff").splitlines()[:2] == [
        "Stage,Number,Of,Share,Less by,How it is counted,Latest scan,Last decision",
        'Known,4,,,,"Incidents and sessions on record in the chosen days; the day is the local one of arrival, '
        'else dispatch, else receipt.",1,',
    ]
    _, out, _ = bwc(config, "report", "monthly", *MONTH, "--table", "ranking", "--language", "en")
    assert out.removeprefix("\ufeff").startswith("Rank,Unit,")
    status, _, error = bwc(config, "report", "monthly", *MONTH, "--table", "nothing")
    assert (status, "ranking" in error) == (2, True)


def test_a_comparison_names_the_tables_of_a_document(config: Path) -> None:
    bwc(config, "report", "daily", *MONTH, "--file")
    engine = engine_of(config)
    second_scan(engine)
    engine.dispose()
    bwc(config, "report", "daily", "--period", "2026-11", "--as-of", "2026-11-24T12:00+08:00", "--file")
    status, out, _ = bwc(config, "report", "compare", "1", "2", "--language", "en")
    assert status == 0
    assert "# Verdicts by unit (daily)" in out
    assert "# Findings and what became of them (problems)" in out
    assert "- missing.no-recording" in out


@pytest.mark.long
def test_the_sample_day_has_a_daily_a_weekly_and_a_monthly_report(own_sample_day: Path) -> None:
    config = own_sample_day / "config.toml"
    assert bwc(config, "scan")[0] == 0
    for name, period in (("daily", "2026-11-20"), ("weekly", "2026-W47"), ("monthly", "2026-11")):
        status, out, _ = bwc(config, "report", name, "--period", period, "--format", "json")
        assert status == 0
        found = json.loads(out)
        assert found["rows"]
        assert any(part["rows"] for part in found["parts"])
        for form in ("pdf", "xlsx"):
            file = own_sample_day / f"{name}.{form}"
            assert bwc(config, "report", name, "--period", period, "-o", str(file))[0] == 0
            assert file.stat().st_size > 5000
