"""`bwc backtest` as a person types it."""

import json
import sqlite3
from pathlib import Path

import pytest

from app.command_line import status_of
from tests.conftest import copy_sample
from tests.scanning import MORNING, new_engine, plan_of, scan_once

pytestmark = pytest.mark.slow

FOREVER = ("--days", "3660")


@pytest.fixture(scope="module")
def config(project: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The sample day after one scan."""
    folder = copy_sample(project, tmp_path_factory.mktemp("backtest"))
    engine = new_engine(f"sqlite:///{folder}/var/bwc.db")
    scan_once(engine, plan_of(folder), MORNING)
    engine.dispose()
    return str(folder / "config.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limits.late_start_warn_second=90", "unknown key; the closest known key is late_start_warn_seconds"),
        ("linking.margn=1", "unknown key; did you mean margin?"),
        ("database.url='x'", "expected limits.KEY=VALUE"),
        ("fixity.enabled=false", "expected limits.KEY=VALUE"),
        ("late_start_warn_seconds=90", "expected limits.KEY=VALUE"),
        ("limits.late_start_warn_seconds", "expected limits.KEY=VALUE"),
        ("limits.late_start_warn_seconds=soon", "expected a value as in config.toml"),
        ("limits.late_start_warn_seconds=1\nx=2", "expected a value as in config.toml"),
        ("limits.late_start_warn_seconds='90'", "expected a number (s) from 60"),
        ("limits.late_start_warn_seconds=500", "expected at most late_start_fail_seconds = 180.0"),
        ("linking.margin=-1", "expected zero or more"),
    ],
)
def test_what_is_no_limit_or_no_value_of_it_is_wrong_usage(
    config: str, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    assert status_of(["backtest", "--set", text, "--config", config]) == 2
    printed = capsys.readouterr()
    assert words in printed.err
    assert printed.out == ""


def test_a_limit_given_twice_is_wrong_usage(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = "limits.unlinked_hours=1", "limits.unlinked_hours=2"
    assert status_of(["backtest", "--set", one, "--set", other, "--config", config]) == 2
    assert "重复 / expected once" in capsys.readouterr().err


def test_without_a_finished_scan_there_is_nothing_to_try(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_sample(project, tmp_path)
    new_engine(f"sqlite:///{folder}/var/bwc.db").dispose()
    command = ["backtest", "--set", "limits.unlinked_hours=1", "--config", str(folder / "config.toml")]
    assert status_of(command) == 2
    assert "尚无完成的扫描" in capsys.readouterr().err


def content(config: str) -> list[str]:
    with sqlite3.connect(Path(config).parent / "var/bwc.db") as connection:
        return list(connection.iterdump())


def test_json_lines_end_with_the_totals_and_the_file_of_the_database_stays_as_it_is(
    config: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = Path(config).parent / "var/bwc.db"
    content(config)  # what the scan left beside the file is in it now
    bytes_before, before = file.read_bytes(), content(config)
    command = ["backtest", "--set", "limits.recorder_width=1920", *FOREVER, "--format", "jsonl", "--config", config]
    assert status_of(command) == 0
    rows = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    *differences, totals = rows
    quality = [row for row in differences if row["rule"] == "nonstandard.picture-quality"]
    assert totals["what"] == "summary"
    assert sum(totals["rules"]["nonstandard.picture-quality"].values()) == len(quality) > 0
    appearing = [row for row in differences if row["what"] == "finding" and row["effect"] == "appears"]
    vanishing = [row for row in differences if row["what"] == "finding" and row["effect"] == "vanishes"]
    gained = {flag: count["after"] - count["before"] for flag, count in totals["flags"].items()}
    assert sum(gained.values()) == len(appearing) - len(vanishing)
    assert all(row["after"]["measured"]["required_width_px"] == 1920 for row in quality)
    assert (file.read_bytes(), content(config)) == (bytes_before, before)


def test_the_table_says_what_appears_and_counts_it(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["backtest", "--set", "limits.recorder_width=1920", *FOREVER, "--limit", "1", "--config", config]
    assert status_of(command) == 0
    printed = capsys.readouterr()
    assert "新增 appears" in printed.out
    assert "现限值 before" in printed.out
    assert "仅显示" in printed.err
