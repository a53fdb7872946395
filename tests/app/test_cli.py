"""The commands as a person types them: what they print, where, and their exit status."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from app.command_line import bwc, status_of
from domain.errors import StorageError
from tests.app.configs import LEAST, write
from tests.app.fakes import SOME_FINDINGS, ListOf, Pipeline, Summary, install

pytestmark = pytest.mark.slow

COLUMNS = ("id", "rule", "flag", "unit", "status")


@pytest.fixture
def config(tmp_path: Path) -> str:
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    return str(write(tmp_path, LEAST + '[workers]\nkind = "threads"\ncount = 1\n'))


@pytest.fixture
def findings() -> ListOf:
    return ListOf(COLUMNS, SOME_FINDINGS)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, findings: ListOf) -> Pipeline:
    made = Pipeline()
    install(monkeypatch, made, {"findings": findings, "feed-rows": ListOf(("row",), ())})
    return made


@pytest.fixture
def scanned(config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]) -> str:
    assert status_of(["scan", "--config", config]) == 0
    capsys.readouterr()
    return config


def test_the_commands_are_those_of_the_interface() -> None:
    names = ["run", "scan", "list", "explain", "report", "sample", "probe", "check", "backtest", "migrate"]
    names += ["user", "token", "audit", "backup", "restore", "export", "worker"]
    context = click.Context(bwc)
    found = {name: bwc.get_command(context, name) for name in bwc.list_commands(context)}
    assert {name: command and command.name for name, command in found.items()} == {name: name for name in names}


def test_a_list_does_not_wait_for_the_server_and_the_reports_to_be_imported() -> None:
    asked = "import sys; from app.command_line import bwc; import click; bwc.get_command(click.Context(bwc), 'list'); "
    heavy = "print([one for one in ('fastapi', 'typst', 'apprise', 'av', 'cv2', 'xlsxwriter') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked + heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_scan_prints_findings_by_flag_and_unit(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["scan", "--config", config]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert ["310114010000", "1", "1", "0", "2"] in lines
    assert lines[-1][-4:] == ["1", "1", "0", "2"]


def test_a_scan_as_json_prints_nothing_else_on_stdout(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["scan", "--json", "--config", config]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "number": 7,
        "started_at": "2026-11-20T09:02:03+08:00",
        "files": 12,
        "problems": [],
    }


def test_what_could_not_be_read_is_said_on_stderr_and_in_the_status(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.summary = Summary(problems=("store dock-a: refused",))
    assert status_of(["scan", "--config", config]) == 1
    assert "could not read: store dock-a: refused" in capsys.readouterr().err


def test_only_the_named_stores_are_scanned_but_the_plan_knows_all(config: str, pipeline: Pipeline) -> None:
    status_of(["scan", "--config", config, "--store", "dock-a"])
    plan, only = pipeline.runs[0]
    assert only == {"dock-a"}
    assert [store.name for store in plan.stores] == ["dock-a"]
    assert plan.timezone == "Asia/Shanghai"


def test_an_unknown_store_is_wrong_usage_and_scans_nothing(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["scan", "--config", config, "--store", "dock-b"]) == 2
    assert "did you mean dock-a?" in capsys.readouterr().err
    assert pipeline.runs == []


def test_a_configuration_without_stores_cannot_be_scanned(
    tmp_path: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["scan", "--config", str(write(tmp_path, ""))]) == 2
    assert "expected at least one store, got none" in capsys.readouterr().err


def test_a_failing_database_is_one_line_and_status_two(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = StorageError("database is\nlocked")
    assert status_of(["scan", "--config", config]) == 2
    assert "数据库错误 / database: database is locked\n" in capsys.readouterr().err


def test_an_error_that_quotes_a_file_name_cannot_steer_the_terminal(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.summary = Summary(problems=("dock-a:\x1b[2J.mp4: refused",))
    status_of(["scan", "--config", config])
    assert "dock-a:\\x1b[2J.mp4" in capsys.readouterr().err


def test_ctrl_c_during_a_scan_is_no_traceback(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = KeyboardInterrupt()
    assert status_of(["scan", "--config", config]) == 130
    assert "已中断 / interrupted" in capsys.readouterr().err


def test_a_dask_cluster_is_refused_where_its_package_is_not_installed(
    tmp_path: Path, pipeline: Pipeline, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    file = write(tmp_path, LEAST + "[workers]\nkind = 'dask'\nscheduler = 'tcp://h:8786'\n")
    assert status_of(["scan", "--config", str(file)]) == 2
    assert "needs the package distributed, which is not installed" in capsys.readouterr().err


def test_a_worker_says_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["worker", "--config", str(write(tmp_path, LEAST))]) == 2
    assert "[workers] scheduler: expected an address" in capsys.readouterr().err
    file = write(tmp_path, LEAST + "[workers]\nscheduler = 'tcp://h:8786'\n")
    assert status_of(["worker", "--config", str(file), "--store", "dock-b"]) == 2
    assert "did you mean dock-a?" in capsys.readouterr().err
    assert status_of(["worker", "--config", str(file)]) == 1  # its only store is not there
    said = capsys.readouterr().err
    assert "store left out: dock-a" in said
    assert "no store can be read here" in said


def test_a_question_to_a_database_that_was_never_made_makes_none(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(["list", "findings", "--config", config]) == 2
    assert "bwc scan" in capsys.readouterr().err
    assert not (Path(config).parent / "var").exists()


def test_json_lines_are_the_rows_of_the_list(scanned: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["list", "findings", "--format", "jsonl", "--config", scanned]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == list(SOME_FINDINGS)


def test_csv_has_the_canonical_keys_as_headings(scanned: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["list", "findings", "--format", "csv", "--config", scanned]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out.removeprefix("\ufeff"))))
    assert rows[0] == list(COLUMNS)
    assert rows[3] == ["a3", "nonstandard.name", "nonstandard", "", "resolved"]


def test_filters_reach_the_query_as_aware_times(scanned: str, findings: ListOf) -> None:
    findings.asked.clear()
    words = "--unit u --officer 031021 --rule r --flag missing --status open --incident J1 --limit 5 --format json"
    dates = ["--from", "2026-11-20", "--to", "2026-11-20", "--config", scanned]
    assert status_of(["list", "findings", *words.split(), *dates]) == 0
    filters, limit = findings.asked[0]
    assert (filters.unit, filters.officer, filters.rule, filters.flag) == ("u", "031021", "r", "missing")
    assert (filters.status, filters.incident, limit) == ("open", "J1", 5)
    assert filters.since == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert filters.until == datetime(2026, 11, 20, 16, tzinfo=UTC)


def test_a_table_that_is_cut_says_so(scanned: str, findings: ListOf, capsys: pytest.CaptureFixture[str]) -> None:
    findings.content = tuple({"id": str(number)} for number in range(201))
    assert status_of(["list", "findings", "--config", scanned]) == 0
    captured = capsys.readouterr()
    assert "only the first 200 rows" in captured.err
    assert "规则 rule" in captured.out
    findings.content = findings.content[:200]
    status_of(["list", "findings", "--config", scanned])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "finding"], "did you mean findings?"),
        (["list", "nothing-like-it"], "expected one of findings, feed-rows"),
        (["list", "findings", "--format", "xml"], "'table', 'csv', 'json', 'jsonl'"),
        (["list", "findings", "--from", "soon"], "--from: expected a date or time"),
        (["list", "findings", "--from", "2026-11-21", "--to", "2026-11-20"], "expected a time after --from"),
        (["list", "findings", "--limit", "0"], "--limit"),
        (["list"], "WHAT"),
        (["nonsense"], "nonsense"),
        (["probe"], "FILE"),
        (["explain"], "THING"),
    ],
)
def test_wrong_words_are_status_two_and_one_line(
    scanned: str, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of([*arguments, *(["--config", scanned] if arguments[0] == "list" else [])]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("bwc: 用法错误 / usage: ")
    assert error.count("\n") == 1


def test_help_and_version_are_status_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["--help"]) == 0
    assert status_of(["list", "--help"]) == 0
    assert status_of(["--version"]) == 0
    assert "bwc " in capsys.readouterr().out


def test_the_configuration_may_be_named_before_or_after_the_command(config: str, pipeline: Pipeline) -> None:
    assert status_of(["--config", config, "scan"]) == 0
    assert status_of(["--config", "/absent.toml", "scan", "--config", config]) == 0
    assert len(pipeline.runs) == 2


def test_the_environment_names_the_configuration(
    config: str, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BWC_CONFIG", config)
    assert status_of(["scan"]) == 0


def test_a_mistake_in_the_configuration_is_status_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["migrate", "--config", str(write(tmp_path, "[datbase]\n"))]) == 2
    assert capsys.readouterr().err == (
        "bwc: 配置错误 / configuration: config.toml:1: section datbase: unknown key; did you mean database?\n"
    )


def test_migrating_twice_changes_nothing_the_second_time(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(["migrate", "--config", config]) == 0
    assert "migrated" in capsys.readouterr().out
    assert status_of(["migrate", "--config", config]) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_database_of_a_newer_program_is_refused(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    import sqlite3

    status_of(["migrate", "--config", config])
    with sqlite3.connect(Path(config).parent / "var" / "bwc.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    connection.close()
    for command in (["scan"], ["list", "findings"], ["migrate"]):
        assert status_of([*command, "--config", config]) == 2
        assert "newer than this program" in capsys.readouterr().err


def test_a_file_that_is_no_database_is_one_line(
    config: str, pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(config).parent / "var" / "bwc.db"
    file.parent.mkdir()
    file.write_bytes(b"this is no database, not at all" * 100)
    for command in (["scan"], ["list", "findings"], ["migrate"]):
        assert status_of([*command, "--config", config]) == 2
        error = capsys.readouterr().err
        assert "file is not a database" in error
        assert error.count("\n") == 1


def test_an_explained_thing_that_is_unknown_says_what_is_expected(
    scanned: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import storage.queries

    monkeypatch.setattr(storage.queries, "explain", lambda connection, thing: None, raising=False)
    assert status_of(["explain", "J9", "--config", scanned]) == 2
    assert "未找到 / not found: J9; expected a file (store:path)" in capsys.readouterr().err


def in_process(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, **environment},
    )


BROKEN = """
import app.cli, app.commands.probe as command
def broken(file):
    raise ZeroDivisionError("a\\nb")
command.measured = broken
app.cli.main()
"""


@pytest.mark.slow
def test_what_nobody_foresaw_is_status_three_and_short() -> None:
    run = in_process(BROKEN, "probe", "x")
    assert run.returncode == 3
    assert "内部错误 / internal error: ZeroDivisionError: a b" in run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()


@pytest.mark.slow
def test_the_details_of_what_nobody_foresaw_come_with_debug() -> None:
    run = in_process(BROKEN, "probe", "x", "--debug")
    assert run.returncode == 3
    assert "Traceback" in run.stderr.decode()


ENDLESS = """
import sys
import app.cli, storage.queries, app.commands.list_rows as command, contextlib
from tests.app.fakes import Filters, ListOf
storage.queries.LISTS = {"clips": ListOf(("id",), tuple({"id": n} for n in range(200000)))}
storage.queries.Filters = Filters
command.reading = lambda settings, as_of: contextlib.nullcontext()
app.cli.main()
"""


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_ends_the_list_without_a_complaint(config: str) -> None:
    command = (
        f'"{sys.executable}" -c "$1" list clips --format jsonl --config "$2" | head -n 1; exit "${{PIPESTATUS[0]}}"'
    )
    run = subprocess.run(
        ["bash", "-c", command, "bash", ENDLESS, config],
        capture_output=True,
        check=False,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert run.stdout == b'{"id": 0}\n'
    assert run.stderr == b""
    assert run.returncode == 0


@pytest.mark.slow
def test_chinese_output_survives_a_terminal_of_another_encoding(config: str) -> None:
    run = in_process("import app.cli; app.cli.main()", "check", "--config", config, PYTHONIOENCODING="ascii")
    assert b"UnicodeEncodeError" not in run.stderr
    assert run.returncode in (0, 1)
