"""An inspector with nothing but the keyboard: draws, works through three activities, reads the miss rate."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from storage.schema.tables import EVALUATION
from tests.api import world
from tests.api.people import PASSWORD, district
from tests.serving import served

pytestmark = pytest.mark.slow
COMPLIANT = ("JQ20261101001", "JQ20261101002", "JQ20261101003")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the district with three compliant incidents at the beginning of November."""
    with district(tmp_path_factory.mktemp("inspect") / "i.db") as client:
        with client.app.state.house.writer.begin() as connection:
            for number in COMPLIANT:
                start = world.ARRIVED - timedelta(days=19)
                body = {"number": number, "unit": world.UNIT, "officers": ["031021"], "arrived_at": start.isoformat()}
                world.record(connection, "incidents", number, body)
                key = {"kind": "incident", "subject_key": number, "subject": number, "unit": world.UNIT}
                world.add(connection, EVALUATION, **key, result="compliant", rule_set="r", outcomes=[], recheck_at=None)
        with served(client.app) as found:
            yield found


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An inspector's page; afterwards: nothing on the console."""
    context = browser.new_context(base_url=address, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    trouble: list[str] = []
    made = context.new_page()
    made.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    made.on("pageerror", lambda error: trouble.append(str(error)))
    made.goto("/sign-in")
    made.locator("input[name=name]").fill("inspector")
    made.locator("input[name=password]").fill(PASSWORD)
    made.keyboard.press("Enter")
    made.wait_for_selector(".who form")
    yield made
    context.close()
    assert [text for text in trouble if "status of 422" not in text] == []  # Chromium tells every refused form


def item(page: Page, named: str) -> None:
    """The page of this item is there, its keys as well."""
    expect(page.locator("p.sub").first).to_contain_text(named)
    page.wait_for_load_state("load")


def test_an_inspector_draws_and_works_through_three_items_by_keyboard(page: Page) -> None:
    page.goto("/inspection/draw")
    page.get_by_label("期间").fill("2026-11-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="按此抽取 3 起")).to_be_visible()
    page.get_by_role("button", name="按此抽取 3 起").press("Enter")
    expect(page.locator(".proof .good")).to_contain_text("结果相同")

    page.get_by_role("link", name="开始核查").press("Enter")
    for at, verdict in enumerate(("1", "1", "2"), 1):
        item(page, f"第 {at} 项 / 共 3 项")
        page.keyboard.press(verdict)
        if verdict == "2":
            page.keyboard.press("m")
        page.keyboard.press("c")
        page.keyboard.type("全程看过 123 m")  # letters and figures typed here choose nothing
        page.keyboard.press("Control+Enter")
    expect(page.locator("#missed")).to_contain_text("33.3%")
    expect(page.locator("#missed")).to_contain_text("1 / 3")
    expect(page.locator("#missed")).to_contain_text("0.8% – 90.6%")


def test_what_is_not_said_completely_stays_on_the_page(page: Page) -> None:
    page.goto("/inspection/draw?period=2026-11-01&size=1&by=none")
    page.get_by_role("button", name="按此抽取 1 起").click()
    page.get_by_role("link", name="开始核查").click()
    item(page, "第 1 项 / 共 1 项")
    page.keyboard.press("2")
    page.keyboard.press("c")
    page.keyboard.type("镜头被遮挡")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("即有遗漏")
    expect(page.get_by_label("核查情况")).to_have_value("镜头被遮挡")
    expect(page.locator("input[value=disagreed]")).to_be_checked()


@pytest.mark.parametrize("size", [(1366, 768), (820, 1180)])
def test_the_pages_fit_and_nothing_reaches_beyond_the_side(page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    addresses = ("/inspection", "/inspection/draw?period=2026-11", "/reports?name=completeness&period=2026-11")
    for where in addresses:
        page.goto(where)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], where
