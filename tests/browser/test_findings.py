"""An officer's morning in a real browser: deciding by mouse and by keyboard alone, one and many, and being too late."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.client import Client
from tests.api.people import PASSWORD, district
from tests.api.test_reviews import ABSENT, GAP, decide, detail
from tests.serving import served

pytestmark = pytest.mark.slow
T = TypeVar("T")


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Client]:
    with district(tmp_path / "d.db", more_findings=3) as client:
        yield client


@pytest.fixture
def page(browser: Browser, people: Client) -> Iterator[Page]:
    """A page of an officer who has signed in; nothing but expected refusals on the console."""
    with served(people.app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768}, locale="zh-CN")
        made = context.new_page()
        trouble: list[str] = []
        made.on("pageerror", lambda error: trouble.append(str(error)))
        made.goto("/sign-in")
        made.locator("input[name=name]").fill("officer")
        made.locator("input[name=password]").fill(PASSWORD)
        made.locator("input[name=password]").press("Enter")
        expect(made.get_by_role("button", name="退出")).to_be_visible()
        yield made
        context.close()
        assert trouble == []


def apart(work: Callable[[], T]) -> T:
    """Work of somebody else: the browser's thread has a loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(60)


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def test_by_keyboard_alone_one_is_confirmed_and_the_next_row_has_the_focus(page: Page, people: Client) -> None:
    page.goto("/findings")
    expect(page.locator("tr[data-row]")).to_have_count(7)
    press(page, "j c")
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Enter")
    expect(page.locator("#told")).to_contain_text("已认定属实")
    expect(page.locator("tr[data-row]")).to_have_count(6)
    expect(page.locator(f"#f-{GAP}")).to_have_count(0)
    expect(page.locator("tr.cursor")).to_be_focused()
    expect(page.locator(".tabs .all .count")).to_have_text("6")
    assert apart(lambda: detail(people.signed_in("officer")))["status"] == "confirmed"


def test_by_keyboard_alone_several_are_explained_together(page: Page, people: Client) -> None:
    page.goto("/findings")
    press(page, "j x j x")
    expect(page.locator("[data-count]")).to_have_text("已选 2 项")
    press(page, "e")
    page.keyboard.type("电")  # the reason has the focus
    page.locator("[data-field=reason]").select_option("battery")
    press(page, "Tab")
    page.keyboard.type("jxc 没电")
    press(page, "Tab Enter")
    expect(page.locator("#told")).to_contain_text("已处理 2 项")
    expect(page.locator("tr[data-row]")).to_have_count(5)
    history = apart(lambda: detail(people.signed_in("officer")))["history"]
    entry = next(one["review"] for one in history if one["review"])
    assert (entry["decision"], entry["reason"], entry["note"]) == ("explain", "battery", "jxc 没电")
    assert entry["bulk"]


def test_a_reason_is_asked_for_and_escape_decides_nothing(page: Page, people: Client) -> None:
    page.goto("/findings")
    press(page, "j d")
    page.locator("[data-go]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(f"#f-{GAP}")).to_be_focused()
    assert apart(lambda: detail(people.signed_in("officer")))["reviews"] == 0


def test_by_mouse_from_the_list_to_the_finding_and_back_to_the_next(page: Page, people: Client) -> None:
    page.goto("/findings?flag=incomplete")
    page.get_by_role("link", name="记录中断").click()
    page.wait_for_url(f"**/findings/{GAP}?**")
    page.locator("select[name=reason]").select_option("equipment")
    page.locator("textarea[name=note]").fill("<b>送修</b>")
    name = {"name": "单据.txt", "mimeType": "text/plain", "buffer": "单号 17".encode()}
    page.locator("input[name=file]").set_input_files(name)  # type: ignore[arg-type]
    page.get_by_role("button", name="说明", exact=True).click()
    page.wait_for_url("**/findings?flag=incomplete&told=explain#f-*")
    expect(page.locator("#told")).to_contain_text("已说明")
    expect(page.locator("tr.cursor")).to_be_focused()
    page.goto(f"/findings/{GAP}")
    expect(page.locator(".happenings")).to_contain_text("<b>送修</b>")
    expect(page.get_by_role("link", name="单据.txt")).to_be_visible()


def test_whoever_is_too_late_reads_who_decided_and_may_look_again(page: Page, people: Client) -> None:
    page.goto("/findings")
    apart(lambda: decide(people.signed_in("officer"), decision="confirm"))
    press(page, "j c Enter")
    expect(page.locator("#told")).to_contain_text("officer 已于 11-23 12:00 处理为“属实”")
    page.get_by_role("link", name="重新查看").click()
    expect(page.locator(".happenings")).to_contain_text("属实")


def test_buttons_say_what_is_possible_for_everything_selected(page: Page, people: Client) -> None:
    apart(lambda: decide(people.signed_in("officer")))
    page.goto("/findings?status=unresolved")
    page.locator(f"#f-{ABSENT} input").check()
    expect(page.get_by_role("button", name="属实", exact=True)).to_be_enabled()
    page.locator(f"#f-{GAP} input").check()
    expect(page.get_by_role("button", name="属实", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="说明", exact=True)).to_be_enabled()


def test_without_scripts_the_same_form_asks_on_a_page_of_its_own(browser: Browser, people: Client) -> None:
    with served(people.app) as address:
        context = browser.new_context(base_url=address, java_script_enabled=False, locale="zh-CN")
        page = context.new_page()
        page.goto("/sign-in?next=/findings")
        page.locator("input[name=name]").fill("officer")
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.locator(f"#f-{GAP} input").check()
        page.locator(f"#f-{ABSENT} input").check()
        page.locator("#bulk button[value=dismiss]").click()
        page.locator("select[name=reason]").select_option("false-alarm")
        page.get_by_role("button", name="不属实").click()
        expect(page.locator("#told")).to_contain_text("已处理 2 项")
        context.close()


@pytest.mark.parametrize("size", [(1366, 768), (820, 1180)], ids=["desk", "tablet"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_fit_the_screen_and_are_readable(
    page: Page, project: Path, artefacts: Path, size: tuple[int, int], lang: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for name, address in (("decide", f"/findings/{GAP}"), ("list", "/findings?status=unresolved")):
        page.goto(f"{address}{'&' if '?' in address else '?'}lang={lang}")
        page.screenshot(path=artefacts / f"{name}-{lang}-{size[0]}.png", full_page=True)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0], (name, width)
