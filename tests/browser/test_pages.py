"""The pages as a person uses them: by mouse, by keyboard, at two sizes, in two languages, without the outside."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.world import ABSENT, GAPPED, SESSION

pytestmark = pytest.mark.slow
SIZES = ((1366, 768), (820, 1180))


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page; afterwards: nothing on the console, no request beyond loopback."""
    context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    trouble: list[str] = []
    asked: list[str] = []
    made = context.new_page()
    made.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: trouble.append(str(error)))
    made.on("request", lambda request: asked.append(request.url))
    yield made
    context.close()
    assert trouble == []
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}


def test_filter_by_flag_then_open_the_time_line_and_read_the_gap(page: Page) -> None:
    page.goto("/findings")
    page.get_by_role("link", name="记录不完整").click()
    expect(page).to_have_url(f"{page.url.split('?')[0]}?flag=incomplete")
    expect(page.locator("tr[data-row]")).to_have_count(3)
    page.get_by_role("link", name=GAPPED).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(GAPPED)
    expect(page.locator("svg.timeline .hole.gap text")).to_have_text("中断 5 分 0 秒 · 手动停止")
    expect(page.locator("svg.timeline .lane .name")).to_have_text(["031021", "031063"])


def test_the_keyboard_moves_opens_and_helps(page: Page) -> None:
    page.goto("/findings?flag=incomplete")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")  # the last row stays the last
    expect(page.locator("tr.cursor")).to_contain_text(SESSION)
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator("tr.cursor")).to_contain_text(GAPPED)
    page.keyboard.press("o")
    expect(page.locator("tr.cursor details")).to_have_attribute("open", "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/aaaaaaaaaaaaaaaa?next=*")
    page.get_by_role("link", name=GAPPED).click()
    page.wait_for_url(f"**/incidents/{GAPPED}")


def test_enter_opens_the_finding_whatever_it_is_about(page: Page) -> None:
    page.goto("/findings?rule=nonstandard.clock")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/findings/eeeeeeeeeeeeeeee?next=*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("时钟")


def test_letters_typed_into_a_field_are_text(page: Page) -> None:
    page.goto("/findings")
    page.keyboard.press("/")
    page.keyboard.type(f"jk?{GAPPED}")
    expect(page.locator("#q")).to_have_value(f"jk?{GAPPED}")
    expect(page.locator("tr.cursor")).to_have_count(0)
    page.locator("#q").fill(GAPPED)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/incidents/{GAPPED}")


def test_more_appends_until_every_finding_is_there(page: Page) -> None:
    page.goto("/findings")
    for count in (50, 100, 126):
        expect(page.locator("tr[data-row]")).to_have_count(count)
        if count < 125:
            page.locator("#more a").click()
    expect(page.locator("#more a")).to_have_count(0)
    ids = page.locator("tr[data-row]").evaluate_all("rows => rows.map(row => row.id)")
    assert len(set(ids)) == 126


def test_the_filter_form_keeps_the_address_short_and_the_choice_visible(page: Page) -> None:
    page.goto("/findings?flag=incomplete")
    page.locator("input[name=officer]").fill("031021")
    page.locator("#filters button").click()
    expect(page).to_have_url(f"{page.url.split('?')[0]}?flag=incomplete&officer=031021")
    expect(page.locator("input[name=officer]")).to_have_value("031021")
    expect(page.locator("tr[data-row]")).to_have_count(1)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_pages_fit_the_screen_and_are_kept_as_pictures(
    page: Page, artefacts: Path, lang: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    addresses = {
        "findings": "/findings",
        "empty": "/findings?officer=none",
        "incident": f"/incidents/{GAPPED}",
        "absent": f"/incidents/{ABSENT}",
        "session": f"/sessions/{SESSION}",
    }
    for name, where in addresses.items():
        page.goto(f"{where}{'&' if '?' in where else '?'}lang={lang}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the screen"
        page.screenshot(path=artefacts / f"{name}-{lang}-{size[0]}x{size[1]}.png", full_page=True)


CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "where", ["/findings", f"/incidents/{GAPPED}", f"/sessions/{SESSION}", "/findings?officer=none"]
)
def test_text_has_the_contrast_of_wcag_aa(page: Page, where: str) -> None:
    page.goto(where)
    assert page.evaluate(CONTRAST) == []


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=address)
    page = context.new_page()
    page.goto("/findings")
    page.locator("#more a").click()
    expect(page.locator("tr[data-row]")).to_have_count(50)
    page.locator("tr[data-row] summary").first.click()
    expect(page.locator("tr[data-row] details").first).to_have_attribute("open", "")
    context.close()


def test_the_pictures_of_a_finding_and_of_each_clip_come_as_they_are_scrolled_to(page: Page) -> None:
    page.goto(f"/incidents/{GAPPED}")
    lost = page.get_by_role("img", name=re.compile("黑屏，片段 C1_031021_1.mp4 的 0:00:31"))
    lost.scroll_into_view_if_needed()
    expect(lost).to_have_js_property("complete", True)
    assert lost.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [320, 180]
    strip = page.locator("#pictures .film").first.locator("img")
    expect(strip).to_have_count(8)
    strip.last.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('#pictures img').naturalWidth > 0")
