"""The time line in a real browser: walked by keys, zoomed, panned, and leading to the moment in the clip."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.world import GAPPED

pytestmark = pytest.mark.slow


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The page of the incident with a gap; a fault of its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1366, "height": 900}, locale="zh-CN")
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/incidents/{GAPPED}")
    yield page
    context.close()
    assert faults == []


def width_of(page: Page, selector: str) -> float:
    return float(page.locator(selector).first.get_attribute("width") or 0)


def walk_to(page: Page, words: str) -> None:
    """Step on until the caption says what is looked for."""
    page.locator("[data-paper]").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
        if words in (page.locator("[data-caption]").text_content() or ""):
            return
    raise AssertionError(f"no step says {words}")


def test_arrow_keys_walk_along_the_lane_and_the_caption_says_where_one_is(page: Page) -> None:
    walk_to(page, "C1_031021_1.mp4 · 2026-11-20 19:59:00")
    walk_to(page, "中断 5 分 0 秒 · 手动停止 (20:10:00 – 20:15:00)")
    assert page.evaluate("document.activeElement.classList.contains('hole')")
    expect(page.locator("[data-caption]")).to_have_attribute("aria-live", "polite")


def test_the_other_lane_is_one_key_away(page: Page) -> None:
    walk_to(page, "C1_031021_1.mp4 · 2026")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-caption]")).to_contain_text("C2_031063_1.mp4")


def test_enter_opens_the_clip_where_the_required_window_begins(page: Page) -> None:
    walk_to(page, "C1_031021_1.mp4 · 2026")  # begun a minute before the arrival
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clips/1\?at=60$"))


def test_enter_on_a_gap_opens_the_footage_of_the_officer_who_has_it(page: Page) -> None:
    walk_to(page, "手动停止")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/clips/3\?at=660$"))  # 20:10 is eleven minutes into the other clip


def test_a_click_opens_the_clip_at_the_moment_that_was_pointed_at(page: Page) -> None:
    box = page.locator("svg.timeline .clip rect").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_url(re.compile(r"/clips/1\?at="))
    assert float(page.url.partition("at=")[2]) == pytest.approx(330, abs=3)  # the middle of eleven minutes


def test_plus_minus_and_nought_zoom_and_the_axis_follows(page: Page) -> None:
    before, ticks = width_of(page, ".lane .hole.gap rect"), page.locator("[data-ticks] text").all_text_contents()
    walk_to(page, "手动停止")
    page.keyboard.press("+")
    page.keyboard.press("+")
    assert width_of(page, ".lane .hole.gap rect") == pytest.approx(before * 1.5 * 1.5, rel=0.02)
    assert page.locator("[data-ticks] text").all_text_contents() != ticks
    page.keyboard.press("-")
    assert width_of(page, ".lane .hole.gap rect") == pytest.approx(before * 1.5, rel=0.02)
    page.keyboard.press("0")
    assert width_of(page, ".lane .hole.gap rect") == pytest.approx(before, abs=0.2)
    assert page.locator("[data-ticks] text").all_text_contents() == ticks


def test_the_wheel_zooms_at_the_pointer_and_further_out_than_the_whole_the_page_scrolls(page: Page) -> None:
    before = width_of(page, ".lane .hole.gap rect")
    box = page.locator("svg.timeline").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.wheel(0, -100)
    expect(page.locator("svg.timeline")).to_have_class(re.compile("zoomed"))
    assert width_of(page, ".lane .hole.gap rect") == pytest.approx(before * 1.25, rel=0.02)
    page.mouse.wheel(0, 100)
    expect(page.locator("svg.timeline")).not_to_have_class(re.compile("zoomed"))
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(300)
    assert page.evaluate("window.scrollY") > 0


def test_dragging_moves_the_paper_and_opens_nothing(page: Page) -> None:
    walk_to(page, "手动停止")
    for _ in range(2):
        page.keyboard.press("+")
    place = float(page.locator(".lane .hole.gap rect").get_attribute("x") or 0)
    box = page.locator(".lane .hole.gap rect").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 80, box["y"] + 10, steps=4)
    page.mouse.up()
    assert float(page.locator(".lane .hole.gap rect").get_attribute("x") or 0) < place - 50
    assert page.url.endswith(GAPPED)


def test_the_clock_of_the_wall_is_told_under_the_pointer(page: Page) -> None:
    box = page.locator(".lane .hole.gap rect").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.5, box["y"] + 10)
    expect(page.locator(".hair text")).to_have_text(re.compile("^20:(09:5|10:0)"))


def test_on_paper_everything_is_unfolded_and_the_navigation_is_gone(page: Page) -> None:
    folded = page.locator("details:not([open])").count()
    assert folded > 0
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.emulate_media(media="print")
    expect(page.locator("header nav")).to_be_hidden()
    expect(page.locator(".zoom")).to_be_hidden()
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded


def test_it_fits_a_tablet(page: Page) -> None:
    page.set_viewport_size({"width": 820, "height": 1180})
    assert page.evaluate("document.documentElement.scrollWidth") == 820
    assert page.evaluate("document.querySelector('[data-paper]').scrollWidth <= 760")
