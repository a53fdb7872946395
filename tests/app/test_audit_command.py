"""`bwc audit` as a person types it, and on a machine that has neither configuration nor database."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.command_line import status_of
from storage.engine import DatabaseSettings, open_engine
from tests.app.configs import write

pytestmark = pytest.mark.slow

HEAD = re.compile(r"head (\d+:[0-9a-f]{64})")
NAMES = ("anna", "bert", "carl", "dora")


@pytest.fixture
def config(tmp_path: Path) -> str:
    """Four entries: one an account."""
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    config = str(write(tmp_path))
    for name in NAMES:
        assert status_of(["user", "add", name, "--role", "officer", "--config", config]) == 0
    return config


def engine_of(config: str) -> Engine:
    return open_engine(DatabaseSettings(f"sqlite:///{Path(config).parent / 'var/bwc.db'}"))


def audit(*words: str) -> int:
    return int(status_of(["audit", *words]))


def exported(config: str, tmp_path: Path, *words: str) -> Path:
    file = tmp_path / "log.jsonl"
    assert audit("export", "-o", str(file), *words, "--config", config) == 0
    return file


def test_a_whole_log_is_said_to_be_whole_with_its_head(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert audit("verify", "--config", config) == 0
    head = HEAD.search(capsys.readouterr().out)
    assert head is not None
    assert head[1].startswith("4:")
    assert audit("verify", "--head", head[1], "--config", config) == 0


def test_a_broken_log_is_status_one_and_names_the_row_in_both_languages(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = engine_of(config)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET subject = 'account:other' WHERE sequence = 2"))
        connection.execute(text("DELETE FROM audit_entry WHERE sequence = 4"))
    engine.dispose()
    capsys.readouterr()
    assert audit("verify", "--config", config) == 1
    printed = capsys.readouterr().out
    assert "第 2 条与摘要不符" in printed
    assert "row 2 does not give its digest" in printed
    assert "rows from 4 on are missing" in printed
    assert "2 处 / fault(s)" in printed


def test_an_exported_log_is_checked_without_configuration_and_database(
    config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(config, tmp_path)
    head = HEAD.search(capsys.readouterr().out)
    assert head is not None
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("BWC_CONFIG", raising=False)
    assert audit("verify", str(file), "--head", head[1]) == 0
    assert "the file is whole" in capsys.readouterr().out
    assert list(elsewhere.iterdir()) == []
    file.write_text(file.read_text(encoding="utf-8").replace("account:bert", "account:emil"), encoding="utf-8")
    assert audit("verify", str(file)) == 1
    assert "line 3 of the file: row 2 does not give its digest" in capsys.readouterr().out


def test_a_head_that_the_log_does_not_hold_is_told(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit("verify", "--head", f"3:{'0' * 64}", "--config", config) == 1
    assert "may have been made anew" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [("verify", "no-such-file"), ("verify", "--head", "3"), ("export", "--from", "0"), ("export", "--from", "9")],
)
def test_wrong_words_are_wrong_usage(config: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert audit(*words, "--config", config) == 2
    assert capsys.readouterr().out == ""


def test_a_file_that_is_something_else_is_not_called_whole(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"{}\n", b"\xff\xfe\x00binary\n" * 3, b"[1,2]\n{}\n")):
        file = tmp_path / f"{number}"
        file.write_bytes(content)
        assert audit("verify", str(file)) == 1, content


def test_an_export_is_written_to_the_log_and_readable_by_its_owner_alone(config: str, tmp_path: Path) -> None:
    file = exported(config, tmp_path)
    assert file.stat().st_mode & 0o077 == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert (lines[0]["format"], lines[-1]["head"]["sequence"], len(lines)) == ("bwc-audit/1", 4, 6)
    again = exported(config, tmp_path)
    last = json.loads(again.read_text(encoding="utf-8").splitlines()[-2])
    assert (last["action"], last["actor"]) == ("export", "system:command-line")
    assert json.loads(last["detail"])["head"] == f"4:{lines[-1]['head']['digest']}"


def test_a_part_of_the_log_says_where_it_begins(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(config, tmp_path, "--from", "3")
    capsys.readouterr()
    assert audit("verify", str(file)) == 0
    assert "2 row(s) from 3 on" in capsys.readouterr().out


def test_standard_output_takes_the_export_and_nothing_else(
    config: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    capsysbinary.readouterr()
    assert audit("export", "--config", config) == 0
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert [next(iter(json.loads(line))) for line in lines] == ["format", *["sequence"] * 4, "head"]
