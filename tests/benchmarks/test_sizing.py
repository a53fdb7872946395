"""The tables of docs/scale.md are the arithmetic of benchmarks/sizing.py, and that is what its words say."""

from pathlib import Path

import pytest

from benchmarks.sizing import DISTRICT, Base, Place, city, main, needs, shown, table

ROOT = Path(__file__).parents[2]


def cells(page: str) -> list[list[str]]:
    """Figures of the table of sizes, row by row, without its first column."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").partition("<!-- sizing -->\n")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")][1:] for line in text.splitlines()[2:]]


@pytest.mark.parametrize("page", ["scale.md", "scale.en.md"])
def test_the_page_shows_what_the_arithmetic_gives(page: str) -> None:
    found = [needs(DISTRICT), needs(city())]
    assert cells(page) == [[shown(one[name]) for one in found] for name in found[0]]


def test_a_day_of_a_small_place_by_hand() -> None:
    base = Base(scanned_a_second=100, listed_a_second=1000, hours_a_core_hour=500, overlay_s=0.36, looked_share=0.1)
    found = needs(Place(cameras=10, clips=6000, days=10, incidents=100, minutes=10, mbit=8), base)
    assert found["hours of footage a day"] == 1000
    assert found["footage TB a day"] == pytest.approx(3.6)  # 600 MB a clip
    assert found["clips held"] == 60_000
    assert found["scanning minutes a day"] == 1
    assert found["listing seconds a scan"] == 60
    assert found["listing hours a day"] == pytest.approx(1.6)
    assert found["looking at all core-hours a day"] == pytest.approx(2 + 0.6)
    assert found["looking at required windows core-hours a day"] == pytest.approx(0.26)  # a hundred hours of a thousand
    assert found["read for looking at all MB a second"] == pytest.approx(3.6e6 * 0.1 / 86_400)


def test_required_windows_never_need_more_than_all_footage() -> None:
    found = needs(Place(cameras=1, clips=6, days=1, incidents=50))
    assert found["looking at required windows core-hours a day"] == found["looking at all core-hours a day"]


def test_a_place_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--clips", "9000", "--days", "90", "--incidents", "120"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| | place |"
    assert "| clips held | 810,000 |" in lines


def test_figures_are_shown_with_three_digits() -> None:
    assert [shown(value) for value in (0.8336, 13.02, 2004.0, 7_360_000.0, 999.6)] == [
        *("0.834", "13", "2,000", "7,360,000", "1,000")
    ]
    assert len(table({"district": DISTRICT})) == 2 + len(needs(DISTRICT))
