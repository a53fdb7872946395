"""Columns on paper: what cannot wrap keeps its room, what can gives way."""

import pytest

from reports.base import Column
from reports.render.widths import BREAK, room_of, widths, wrapped

NUMBER, WORDS = Column("number", ("编号", "Number")), Column("evidence", ("依据", "Evidence"))
LONG = "how long the camera keeps footage is not known: no estimate until when it can be recovered"


def test_an_unbreakable_number_keeps_its_room_beside_a_long_text() -> None:
    rows = [["JQ20261120A03", LONG]] * 3
    for room in (300.0, 80.0, 45.0):
        number, words = widths([NUMBER, WORDS], rows, "en", room)
        assert number * min(room / (number + words), 1.0) >= len("JQ20261120A03")
        assert words > number


def test_where_there_is_room_nothing_gives_way() -> None:
    rows = [["JQ1", "到达后 200 秒开始有记录"]]
    assert widths([NUMBER, WORDS], rows, "zh", 500.0) == widths([NUMBER, WORDS], rows, "zh", 200.0)


@pytest.mark.parametrize("room", [70.0, 100.0, 120.0])
def test_what_gives_way_fits_the_paper_exactly(room: float) -> None:
    columns = [NUMBER, WORDS, Column("more", ("更多", "More"))]
    found = widths(columns, [["JQ20261120A03", LONG, LONG]], "en", room)
    assert sum(found) == pytest.approx(room, abs=0.1)


def test_a_long_name_may_be_broken_and_a_short_one_not() -> None:
    assert BREAK in wrapped("dock-a:2026-11-20/031044/1100006.mp4")
    assert wrapped("JQ20261120A03") == "JQ20261120A03"
    assert wrapped("未找到记录") == "未找到记录"
    assert wrapped("a" * 30).replace(BREAK, "") == "a" * 30


def test_paper_lying_across_has_more_room_and_large_letters_have_less() -> None:
    assert room_of(True, 6.5) > room_of(False, 6.5) > room_of(False, 8.5) > 100
