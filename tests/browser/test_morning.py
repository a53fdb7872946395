"""Whole mornings in a real browser: an officer's from sign-in to sign-off, by mouse and by keyboard alone, what the
supervisor says to it, an inspector's sample, and an auditor who checks the log."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, TimeoutError, expect
from sqlalchemy import Connection, text

from app.command_line import status_of
from storage.schema.tables import EVALUATION
from tests.api import world
from tests.api.client import Client
from tests.api.films import LOST
from tests.api.people import PASSWORD, district
from tests.browser.stage import NEWCOMER, add_newcomers
from tests.serving import served

pytestmark = pytest.mark.slow
OWN = "three small herons 7"
GAP, NAME = "a" * 16, "d" * 16
MORE = 4
FILE = {"name": "送修单.txt", "mimeType": "text/plain", "buffer": "单号 17".encode()}
MOST_TABS = 120
SEEN = """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  const ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none';
  return ring && r.width > 0 && r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth; }"""
STANDS = "() => { const v = document.querySelector('video'); return v && v.readyState >= 2 && v.currentTime; }"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Client, str]]:
    """Nine findings of the unit are open; `newcomer` has a one-time password."""
    with district(tmp_path / "m.db", more_findings=MORE, films=True) as client:
        add_newcomers(client)
        with served(client.app) as address:
            yield client, address


@pytest.fixture
def context(house: tuple[Client, str], browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser; afterwards: no fault of a script."""
    made = browser.new_context(base_url=house[1], viewport={"width": 1366, "height": 768}, locale="zh-CN")
    trouble: list[str] = []
    made.on("weberror", lambda error: trouble.append(str(error.error)))
    yield made
    made.close()
    assert trouble == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in(page: Page, name: str, password: str = PASSWORD, where: str = "/") -> None:
    page.goto(f"/sign-in?next={where}")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()


def by_mouse(page: Page) -> None:
    """The officer's morning until everything is decided."""
    sign_in(page, NEWCOMER)
    page.get_by_label("当前密码").fill(PASSWORD)
    page.get_by_label("新密码", exact=True).fill(OWN)
    page.get_by_label("再次输入新密码").fill(OWN)
    page.get_by_role("button", name="保存").first.click()
    expect(page.get_by_role("status").first).to_contain_text("密码已修改")

    page.get_by_role("link", name="今日自查").click()
    page.locator(f'a[href^="/findings/{LOST}"]').first.click()
    page.get_by_role("link", name="查看 片段").click()
    stands_at(page, 30)
    page.locator(f'a[href="/findings/{LOST}"]').click()
    page.locator("select[name=reason]").select_option("equipment")
    page.locator("textarea[name=note]").fill("镜头故障，已送修")
    page.locator("input[name=file]").set_input_files(FILE)  # type: ignore[arg-type]
    page.get_by_role("button", name="说明", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("已说明")

    page.goto("/findings")
    page.locator(f"#f-{GAP} input").check()
    page.locator("#bulk button[value=confirm]").click()
    page.locator("[data-go]").click()
    expect(page.locator("#told")).to_contain_text("已认定属实")
    page.locator(f"#f-{GAP}").wait_for(state="detached")
    page.locator(f"#f-{NAME} input").check()
    page.locator("#bulk button[value=dismiss]").click()
    page.locator("[data-field=reason]").select_option("false-alarm")
    page.locator("[data-go]").click()
    expect(page.locator("#told")).to_contain_text("已认定不属实")
    page.locator(f"#f-{NAME}").wait_for(state="detached")
    page.locator("[data-all]").check()
    page.locator("#bulk button[value=explain]").click()
    page.locator("[data-field=reason]").select_option("not-uploaded")
    page.locator("[data-go]").click()
    expect(page.get_by_role("status").first).to_contain_text("已处理 6 项")

    page.get_by_role("link", name="今日自查").click()
    page.get_by_role("button", name="签收本日自查").click()


def stands_at(page: Page, second: float) -> None:
    """The film is there and stands at the flagged second, which is inside what the finding says."""
    page.wait_for_function(STANDS)
    assert float(page.evaluate(STANDS)) == pytest.approx(second, abs=0.5)


def signed(page: Page) -> None:
    expect(page.locator("#sign-off .done")).to_contain_text(f"{NEWCOMER} 已于")
    for number in page.locator(".card-main .n").all():
        expect(number).to_have_text("0")


def test_an_officers_morning_by_mouse_and_what_the_supervisor_says_to_it(page: Page) -> None:
    by_mouse(page)
    signed(page)
    sign_out(page)

    sign_in(page, "supervisor", where="/findings?status=awaiting")
    expect(page.locator("tr[data-row]")).to_have_count(7)
    page.locator(f"#f-{LOST} a[data-open]").click()
    expect(page.locator(".happenings")).to_contain_text("镜头故障，已送修")
    expect(page.get_by_role("link", name="送修单.txt")).to_be_visible()
    page.get_by_role("button", name="认可").click()
    expect(page.locator("#told")).to_contain_text("说明已认可")
    page.locator("tr[data-row] a[data-open]").first.click()
    page.locator("textarea[name=note]").fill("请写明补传时间")
    returned = page.url.partition("/findings/")[2][:16]
    page.get_by_role("button", name="退回").click()
    expect(page.locator("#told")).to_contain_text("已退回")

    page.get_by_role("link", name="今日自查").click()
    expect(page.get_by_role("heading", name="周结 2026-W48")).to_be_visible()
    expect(page.locator("#sign-off")).to_contain_text("未处理 1，待领导审核 5")
    sign_out(page)
    sign_in(page, NEWCOMER, OWN, "/findings")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    expect(page.locator(f"#f-{returned}")).to_contain_text("已退回")


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go on by Tab until the target has the focus; it must be seen that it has."""
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        if target.evaluate("element => element === document.activeElement"):
            assert page.evaluate(SEEN), f"no visible focus on {target}"
            return
    raise AssertionError(f"{MOST_TABS} times Tab do not reach {target}")


def press(page: Page, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


def choose(page: Page, field: Locator, value: str) -> None:
    """An option of a list, by arrows."""
    for _ in range(20):
        if field.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no option {value}")


def sign_in_by_keys(page: Page, name: str, password: str) -> None:
    page.goto("/sign-in")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type(name)
    press(page, "Tab")
    page.keyboard.type(password)
    press(page, "Enter")
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def open_by_keys(page: Page, link: Locator) -> None:
    tab_to(page, link)
    press(page, "Enter")


def own_password_by_keys(page: Page) -> None:
    tab_to(page, page.get_by_label("当前密码"))
    page.keyboard.type(PASSWORD)
    for _ in range(2):
        press(page, "Tab")
        page.keyboard.type(OWN)
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("密码已修改")


def choose_file(page: Page) -> None:
    """Enter opens the dialog; once more where the browser was not listening yet, as anybody would press again."""
    for last in (False, True):
        try:
            with page.expect_file_chooser(timeout=20_000 if last else 5_000) as choosing:
                press(page, "Enter")
        except TimeoutError:
            if last:
                raise
        else:
            choosing.value.set_files(FILE)  # type: ignore[arg-type]
            return


def explain_by_keys(page: Page) -> None:
    """From Today to the clip, back, and an explanation with a file."""
    open_by_keys(page, page.locator(f'tr[data-row] a[href^="/findings/{LOST}"]'))
    open_by_keys(page, page.get_by_role("link", name="查看 片段"))
    stands_at(page, 30)
    open_by_keys(page, page.locator(f'a[href="/findings/{LOST}"]'))
    reason = page.locator("select[name=reason]")
    tab_to(page, reason)
    choose(page, reason, "equipment")
    press(page, "Tab")
    page.keyboard.type("镜头故障，已送修")
    tab_to(page, page.locator("input[name=file]"))
    choose_file(page)
    open_by_keys(page, page.get_by_role("button", name="说明", exact=True))
    expect(page.locator("#told")).to_contain_text("已说明")


def walk_to(page: Page, key: str) -> None:
    """`j` until the cursor is on the row."""
    for _ in range(20):
        if page.locator(f"#f-{key}.cursor").count():
            assert page.evaluate(SEEN), "the row of the cursor does not look different"
            return
        press(page, "j")
    raise AssertionError(f"no row {key}")


def decide_by_keys(page: Page) -> None:
    """One confirmed, one dismissed, the rest explained together."""
    walk_to(page, GAP)
    press(page, "c Enter")
    expect(page.locator("#told")).to_contain_text("已认定属实")
    press(page, "k k k k k k k k")
    walk_to(page, NAME)
    press(page, "d")
    choose(page, page.locator("[data-field=reason]"), "false-alarm")
    press(page, "Enter") if not page.locator("dialog[open]").count() else press(page, "Tab Tab Enter")
    expect(page.locator("#told")).to_contain_text("已认定不属实")
    tab_to(page, page.locator("[data-all]"), "Shift+Tab")
    press(page, "Space e")
    choose(page, page.locator("[data-field=reason]"), "not-uploaded")
    press(page, "Tab Tab Enter")
    expect(page.locator("#told")).to_contain_text("已处理 6 项")


def test_the_same_morning_by_keyboard_alone(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Locator, "click")  # whoever slips into the mouse fails
    sign_in_by_keys(page, NEWCOMER, PASSWORD)
    own_password_by_keys(page)
    open_by_keys(page, page.get_by_role("link", name="今日自查"))
    explain_by_keys(page)
    open_by_keys(page, page.get_by_role("link", name="问题清单"))
    expect(page.locator("tr[data-row]")).to_have_count(8)
    decide_by_keys(page)
    open_by_keys(page, page.get_by_role("link", name="今日自查"))
    open_by_keys(page, page.get_by_role("button", name="签收本日自查"))
    signed(page)


def add_compliant(connection: Connection) -> None:
    """Three compliant incidents of November the first."""
    start = world.ARRIVED - timedelta(days=19)
    for number in ("JQ20261101001", "JQ20261101002", "JQ20261101003"):
        body = {"number": number, "unit": world.UNIT, "officers": ["031021"], "arrived_at": start.isoformat()}
        world.record(connection, "incidents", number, body)
        key = {"kind": "incident", "subject_key": number, "subject": number, "unit": world.UNIT}
        world.add(connection, EVALUATION, **key, result="compliant", rule_set="r", outcomes=[], recheck_at=None)


def test_an_inspectors_sample_of_three_shows_what_self_checks_missed(house: tuple[Client, str], page: Page) -> None:
    with house[0].app.state.house.writing() as connection:
        add_compliant(connection)
    sign_in(page, "inspector")
    page.get_by_role("link", name="抽查").click()
    page.get_by_role("link", name="抽取样本").first.click()
    page.get_by_label("期间").fill("2026-11-01")
    page.get_by_role("button", name="查看总体").click()
    page.get_by_role("button", name="按此抽取 3 起").click()
    page.get_by_role("link", name="开始核查").click()
    for at, verdict in enumerate(("agreed", "agreed", "disagreed"), 1):
        expect(page.locator("p.sub").first).to_contain_text(f"第 {at} 项 / 共 3 项")
        page.locator(f"input[value={verdict}]").check()
        if verdict == "disagreed":
            page.locator("input[name=missed]").check()
        page.locator("textarea[name=comment]").fill("全程看过")
        page.get_by_role("button", name="提交并到下一项").click()
    expect(page.locator("#missed")).to_contain_text("33.3%")
    expect(page.locator("#missed")).to_contain_text("1 / 3")


def test_an_auditor_finds_every_decision_and_the_row_that_somebody_changed(
    house: tuple[Client, str], page: Page, tmp_path: Path
) -> None:
    by_mouse(page)
    signed(page)
    sign_out(page)
    sign_in(page, "clerk", where="/administration/audit")
    page.get_by_label("操作人").fill(f"account:{NEWCOMER}")
    page.locator("select[name=action]").select_option("review")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("table.audit tbody tr")).to_have_count(9)
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("status").first).to_contain_text("完整")

    with page.expect_download() as coming:
        page.get_by_role("button", name="导出全部").click()
    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    assert status_of(["audit", "verify", str(file)]) == 0

    with house[0].app.state.house.writer.begin() as connection:
        last = "SELECT max(sequence) FROM audit_entry WHERE action = 'review'"
        number = connection.execute(text(last)).scalar_one()
        connection.execute(text(f"UPDATE audit_entry SET actor = 'account:x' WHERE sequence = {number}"))
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(rf"\b{number}\b"))
