"""Progress: bars or lines, and stopping between two pieces of work."""

import io
import logging
import threading

import pytest

from app.logs import LineFormatter, set_up_logs
from app.progress import Bars, Lines, ScanStopped, showing_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_bars_and_anything_else_gets_lines() -> None:
    with showing_progress(Terminal()) as bars:
        assert isinstance(bars, Bars)
    with showing_progress(io.StringIO()) as lines:
        assert isinstance(lines, Lines)


def test_every_step_of_a_scan_leaves_a_line_with_its_count(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with showing_progress(io.StringIO()) as lines:
        lines.step("discover", None)
        lines.advance(3)
        lines.advance()
        lines.step("probe", 2)
        lines.note("store dock-b: refused")
    assert [(r.message, getattr(r, "step", None), getattr(r, "done", None)) for r in caplog.records] == [
        ("step done", "discover", 4),
        ("store dock-b: refused", None, None),
        ("step done", "probe", 0),
    ]


def test_bars_show_the_step_in_both_languages_and_notes_above() -> None:
    terminal = Terminal()
    with showing_progress(terminal) as bars:
        bars.step("probe", 2)
        bars.advance(2)
        bars.note("a\x1b[2Jb")
        bars.step("something-new", None)
    text = terminal.getvalue()
    assert "读取文件 probe" in text
    assert "2/2" in text
    assert "something-new" in text
    assert "\x1b[2J" not in text


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()])
def test_a_scan_that_is_asked_to_stop_stops_at_the_next_piece_of_work(stream: io.StringIO) -> None:
    stop = threading.Event()
    with showing_progress(stream, stop) as progress:
        progress.step("probe", 2)
        progress.advance()
        stop.set()
        with pytest.raises(ScanStopped):
            progress.advance()


def test_stopping_is_not_mistaken_for_the_failure_of_one_file() -> None:
    assert not issubclass(ScanStopped, Exception)


def test_a_log_line_is_one_line_with_its_facts() -> None:
    record = logging.LogRecord("bwc.scan", logging.INFO, "x.py", 1, "two\nlines %d", (5,), None)
    record.created = 1795132800.25  # 2026-11-20T00:00:00.250Z
    record.files, record.store, record.reason = 12, "dock-a", 'a "b" = c'
    assert LineFormatter().format(record) == (
        "2026-11-20T00:00:00.250Z INFO bwc.scan two\\nlines 5 files=12 store=dock-a reason='a \"b\" = c'"
    )


def test_setting_up_logs_twice_does_not_double_lines() -> None:
    root, stream = logging.getLogger(), io.StringIO()
    before, level = list(root.handlers), root.level
    try:
        set_up_logs(logging.INFO, stream)
        set_up_logs(logging.INFO, stream)
        logging.getLogger("bwc.test").info("once")
        logging.getLogger("apscheduler.executors").info("chatter")
        assert stream.getvalue().count("once") == 1
        assert "chatter" not in stream.getvalue()
    finally:
        root.handlers[:] = before
        root.setLevel(level)
