"""The log for a collector: one object a line whatever is logged, times in UTC, nothing lost."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import JsonFormatter, LineFormatter, LogFormat, set_up_logs
from app.settings import load_settings
from app.shell import complain, say
from domain.errors import ConfigError, UsageError
from tests.app.configs import LEAST, write

BWC = Path(sys.executable).parent / "bwc"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    logger.handlers[:] = handlers
    logger.setLevel(level)


def record(message: str, **fields: object) -> logging.LogRecord:
    found = logging.makeLogRecord({"name": "bwc.scan", "levelname": "INFO", "msg": message, "created": 1795400000.5})
    found.__dict__.update(fields)
    return found


def test_a_line_has_time_level_logger_event_and_fields() -> None:
    line = json.loads(JsonFormatter().format(record("scan finished", files=12, rate=0.5, store="甲", none=None)))
    assert line == {
        "at": "2026-11-23T02:13:20.500Z",
        "level": "info",
        "logger": "bwc.scan",
        "event": "scan finished",
        "fields": {"files": 12, "rate": 0.5, "store": "甲", "none": None},
    }


@given(st.text(), st.text(), st.one_of(st.floats(), st.binary(), st.text(), st.integers()))
def test_whatever_is_logged_stays_on_one_ascii_line_and_comes_back(message: str, name: str, value: object) -> None:
    found = record(message.replace("%", "%%"), **{f"x{name}": value})
    found.args = ()
    text = JsonFormatter().format(found)
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text)["event"] == found.getMessage()


HOSTILE = 'a\nb\r\x1b[31m"}\u2028{"level":"critical"}\u202e\x00'


def test_a_hostile_name_cannot_begin_another_line_in_either_form(root: logging.Logger) -> None:
    for form in LogFormat:
        stream = io.StringIO()
        set_up_logs(logging.INFO, stream, form)
        logging.getLogger("bwc.x").info("read %s", HOSTILE, extra={"path": HOSTILE, HOSTILE: 1})
        (line,) = stream.getvalue().splitlines()
        assert "\x1b" not in line
        if form is LogFormat.JSON:
            assert json.loads(line)["fields"]["path"] == HOSTILE


def test_a_trace_is_a_field_and_what_is_long_keeps_both_ends() -> None:
    found = record("x" * 100_000 + "end")
    try:
        raise ValueError("two\nlines")
    except ValueError:
        found.exc_info = sys.exc_info()
    text = JsonFormatter().format(found)
    line = json.loads(text)
    assert len(text) < 40_000
    assert line["event"].endswith("end")
    assert line["trace"].endswith("ValueError: two\nlines")


def test_lines_for_people_are_events_for_a_collector(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    set_up_logs(logging.WARNING, stream, LogFormat.JSON)
    say("bwc: 已停止 / stopped")
    complain(UsageError("nothing\nhere"))
    assert [(json.loads(line)["level"], json.loads(line)["event"]) for line in stream.getvalue().splitlines()] == [
        ("info", "bwc: 已停止 / stopped"),
        ("error", "bwc: 用法错误 / usage: nothing here"),
    ]
    assert capsys.readouterr().err == ""
    set_up_logs(logging.WARNING, stream, LogFormat.LINES)
    say("for people")
    assert capsys.readouterr().err == "for people\n"
    assert any(isinstance(handler.formatter, LineFormatter) for handler in root.handlers)


def test_the_format_is_chosen_in_the_configuration(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, LEAST + '[log]\nformat = "json"\n'), {})
    assert settings.log.format is LogFormat.JSON
    with pytest.raises(ConfigError, match="lines"):
        load_settings(write(tmp_path, LEAST + '[log]\nformat = "xml"\n'), {})


@pytest.mark.slow
def test_a_scan_writes_json_lines_alone_to_stderr(tmp_path: Path) -> None:
    store = tmp_path / "stores" / "dock-a"
    store.mkdir(parents=True)
    (store / "evil\nname.mp4").write_bytes(b"no film")
    config = write(tmp_path, LEAST + '[log]\nformat = "json"\n')
    run = subprocess.run([BWC, "scan", "--config", config], capture_output=True, text=True, check=False, timeout=120)
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert "scan finished" in [line["event"] for line in lines], run.stderr
    assert all(set(line) - {"trace"} == {"at", "level", "logger", "event", "fields"} for line in lines)
