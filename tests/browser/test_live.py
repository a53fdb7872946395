"""Live supervision in a browser: a quiet bar, fresh counts, a word when somebody else decides; no row moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from domain.audit import Action, Entry, detail_text
from storage.audit import append
from storage.schema.tables import FINDING
from tests.api import world
from tests.api.people import PASSWORD, district
from tests.api.test_events import House, opened, served

pytestmark = pytest.mark.slow
KEY = "a" * 16


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with district(tmp_path / "l.db") as client, served(client) as house:
        yield house


@pytest.fixture
def context(browser: Browser, house: House) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{house.port}", viewport={"width": 1366, "height": 768}, locale="zh-CN"
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The findings page of an officer, listening."""
    page, trouble = context.new_page(), list[str]()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.goto("/sign-in?next=/findings")
    page.locator("input[name=name]").fill("officer")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.goto("/findings")
    listening(page)
    yield page
    assert trouble == []


def listening(page: Page) -> None:
    expect(page.locator("html[data-stream=open]")).to_be_attached(timeout=15_000)


def decided(actor: str) -> Entry:
    detail = detail_text(decision="confirm", kind="incident", subject=world.GAPPED)
    return Entry(actor, Action.REVIEWED, f"finding:{KEY}", world.UNIT, detail)


def test_changes_are_counted_in_a_bar_and_no_row_moves_until_they_are_loaded(house: House, page: Page) -> None:
    before = page.locator("tr[data-row]").all_inner_texts()
    house.log(opened())
    bar = page.get_by_role("status")
    expect(bar).to_contain_text("打开本页后有 1 项变化", timeout=10_000)
    house.log(opened(), opened())
    expect(bar).to_contain_text("打开本页后有 3 项变化", timeout=10_000)
    assert page.locator("tr[data-row]").all_inner_texts() == before
    bar.get_by_role("button", name="载入").click()
    expect(page.get_by_role("status")).to_be_empty()


def test_counts_become_those_of_now_without_loading(house: House, page: Page) -> None:
    tab = page.locator(".tabs a").first.locator(".count")
    count = int(tab.inner_text())
    with house.writer.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == KEY).values(status="resolved"))
        append(connection, world.NOW, [opened()])
    expect(tab).to_have_text(str(count - 1), timeout=20_000)
    assert page.locator(f"#f-{KEY}").count() == 1


def test_somebody_elses_decision_is_told_ones_own_is_not(house: House, page: Page, artefacts: Path) -> None:
    house.log(decided("account:officer"))
    house.log(decided("account:supervisor"))
    bar = page.get_by_role("status")
    expect(bar).to_contain_text("他人已作出处理", timeout=10_000)
    expect(bar).to_contain_text("打开本页后有 1 项变化")
    page.screenshot(path=str(artefacts / "live.png"))
    bar.get_by_role("button", name="关闭").first.click()
    expect(bar.locator("p")).to_have_count(1)


def test_after_the_network_was_away_what_was_missed_is_told(house: House, page: Page, context: BrowserContext) -> None:
    hub = house.client.app.state.hub
    for listener in list(hub.listeners):
        listener.end()  # the server's side of a broken line
    house.log(opened())
    expect(page.get_by_role("status")).to_contain_text("打开本页后有 1 项变化", timeout=20_000)
    assert len(context.pages) == 1


def test_a_page_works_where_the_stream_does_not(house: House, context: BrowserContext) -> None:
    page = context.new_page()
    page.route("**/api/v1/events*", lambda route: route.abort())
    page.goto("/sign-in?next=/findings")
    page.locator("input[name=name]").fill("officer")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main button").first.click()
    page.goto("/findings")
    page.keyboard.press("j")
    expect(page.locator("tr.cursor")).to_have_count(1)
    assert house.thread.is_alive()
