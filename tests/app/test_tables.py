"""Tables for people, and explanations."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.explanation import print_explanation
from app.headings import CHINESE, heading
from app.summary import findings_table
from app.tables import console_for, print_rows
from app.visible import visible
from domain.finding import Flag

ZONE = ZoneInfo("Asia/Shanghai")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(rows: list[dict[str, object]], columns: list[str]) -> list[str]:
    stream = io.StringIO()
    print_rows(console_for(stream), columns, rows, ZONE)
    return stream.getvalue().splitlines()


def test_headings_are_chinese_first_then_the_key() -> None:
    assert heading("started_at") == "开始 started_at"
    assert heading("no_such_column") == "no_such_column"
    assert all(word.strip() for word in CHINESE.values())


def test_a_row_is_one_line_however_long_when_no_terminal_reads_it() -> None:
    lines = printed([{"path": "x" * 5000, "unit": "甲" * 500}], ["path", "unit"])
    assert sum("x" in line for line in lines) == 1
    assert "x" * 5000 in "\n".join(lines)


def test_absent_values_times_and_lists_are_words() -> None:
    text = "\n".join(
        printed(
            [{"a": None, "b": datetime(2026, 11, 20, tzinfo=UTC), "c": ["x", "y"], "d": {"s": 1.50}, "e": True}],
            ["a", "b", "c", "d", "e"],
        )
    )
    assert "-" in text
    assert "2026-11-20T08:00:00+08:00" in text
    assert "x; y" in text
    assert "s=1.5" in text
    assert "是 yes" in text


def test_markup_in_data_is_shown_as_it_is() -> None:
    assert "[bold]x[/bold]" in "\n".join(printed([{"path": "[bold]x[/bold]"}], ["path"]))


def test_a_file_name_cannot_steer_the_terminal() -> None:
    stream = Terminal()
    print_rows(console_for(stream), ["path"], [{"path": "a\x1b]0;owned\x07\u202eb"}], ZONE)
    assert "\x1b]0" not in stream.getvalue()
    assert "\\x1b]0;owned\\x07\\u202eb" in stream.getvalue()


@given(st.text())
def test_visible_text_holds_no_control_character(text: str) -> None:
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in visible(text))


def test_findings_are_counted_by_unit_and_flag_with_totals() -> None:
    stream = io.StringIO()
    counts = {("u1", Flag.MISSING): 2, ("u1", Flag.INCOMPLETE): 1, ("", Flag.NONSTANDARD): 4}
    console_for(stream).print(findings_table(counts))
    rows = [line.split() for line in stream.getvalue().splitlines() if line.strip() and "─" not in line]
    assert rows[1][-4:] == ["0", "0", "4", "4"]
    assert rows[2] == ["u1", "2", "1", "0", "3"]
    assert rows[3][-4:] == ["2", "1", "4", "7"]


@dataclass
class Section:
    title_zh: str
    title_en: str
    lines: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()


@dataclass
class Answer:
    title: str
    sections: tuple[Section, ...]


def test_an_explanation_shows_every_section_also_an_empty_one() -> None:
    stream = io.StringIO()
    answer = Answer(
        "J001",
        (
            Section("候选片段", "candidates", columns=("path", "score"), rows=(("a.mp4", 0.25),)),
            Section("证明", "proof", lines=("dock-a: 12 files",)),
            Section("历史", "history"),
        ),
    )
    print_explanation(console_for(stream), answer, ZONE)
    text = stream.getvalue()
    assert "J001" in text
    assert "候选片段 / candidates" in text
    assert "得分 score" in text
    assert "0.25" in text
    assert "  dock-a: 12 files" in text
    assert text.rstrip().endswith("(无 / none)")


def test_an_explanation_has_a_chinese_word_before_every_value_of_a_vocabulary() -> None:
    stream = io.StringIO()
    answer = Answer(
        "J001",
        (
            Section("中断", "gaps", columns=("原因 cause", "路径 path"), rows=(("power-loss", "unknown"),)),
            Section(
                "登记", "facts", columns=("项目 item", "值 value"), rows=(("状态 state", "present"), ("id", "open"))
            ),
        ),
    )
    print_explanation(console_for(stream), answer, ZONE)
    cells = [line.split() for line in stream.getvalue().splitlines()]
    assert ["断电", "power-loss", "unknown"] in cells
    assert ["状态", "state", "在库", "present"] in cells
    assert ["id", "open"] in cells
