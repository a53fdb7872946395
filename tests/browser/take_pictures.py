"""`python -m tests.browser.take_pictures`: the pictures of docs/guides/officer.md, from a morning on the sample day.

A copy of the sample is scanned and served by the program itself; Chromium walks through the morning and every stop is
kept as a PNG of few colours below 150 KB. Run it again when pages look different; then look at each picture.
"""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, NAMES
from tests.conftest import copy_sample
from tests.serving import BWC, running

PROJECT = Path(__file__).resolve().parent.parent.parent
PICTURES = PROJECT / "docs" / "pictures"
UNIT = "310114010000"
OWN = "three small herons 7"
COLOURS = (192, 128, 96, 64, 48, 32)
MOST_BYTES = 150_000
Shoot = Callable[[str], None]


def bwc(folder: Path, *words: str) -> str:
    """What the command prints. Raises CalledProcessError."""
    return subprocess.run([BWC, *words], cwd=folder, capture_output=True, text=True, check=True).stdout


def account(folder: Path, name: str, role: str) -> str:
    """Its one-time password."""
    told = bwc(folder, "user", "add", name, "--role", role, "--unit", UNIT)
    return told.strip().rpartition(" ")[2]


def kept(page: Page, name: str) -> None:
    """The window as it is, with as many colours as fit."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    path = PICTURES / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as shot:
        shot.load()
        whole = shot.convert("RGB")
    for colours in COLOURS:
        whole.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= MOST_BYTES:
            break
    print(f"{path.name} {path.stat().st_size // 1000} KB")


def enter(page: Page, name: str, password: str) -> None:
    """Sign in for the first time, and choose an own password."""
    page.goto("/sign-in")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.get_by_label("当前密码").fill(password)
    page.get_by_label("新密码", exact=True).fill(OWN)
    page.get_by_label("再次输入新密码").fill(OWN)
    page.get_by_role("button", name="保存").first.click()
    page.get_by_role("status").first.wait_for()


def look(page: Page, shoot: Shoot) -> None:
    """Today, the list, a time line, a clip at the flagged moment."""
    page.get_by_role("link", name="今日自查").click()
    shoot("officer-today")
    page.goto("/findings")
    shoot("officer-findings")
    page.goto("/incidents/JQ20261120A04")
    shoot("officer-timeline")
    page.locator('tr[data-row] a[href^="/clips/"], .timeline a[href^="/clips/"], a[href^="/clips/"]').first.click()
    page.wait_for_timeout(2500)
    shoot("officer-player")


def explain(page: Page, shoot: Shoot, note: Path) -> str:
    """One finding explained with a file; its address."""
    page.goto("/findings?incident=JQ20261120A04")
    page.locator("tr[data-row] a[data-open]").first.click()
    address = page.url
    page.locator("select[name=reason]").select_option("equipment")
    page.locator("textarea[name=note]").fill("镜头夹松动，08:53 更换后开始记录，附送修单。")
    page.locator("input[name=file]").set_input_files(note)
    page.locator("select[name=reason]").scroll_into_view_if_needed()
    shoot("officer-explain")
    page.get_by_role("button", name="说明", exact=True).click()
    page.locator("#told").wait_for()
    return address


def bulk(page: Page, shoot: Shoot) -> None:
    """All that is left, explained together."""
    page.goto("/findings")
    page.locator("[data-all]").check()
    page.locator("#bulk button[value=explain]").click()
    page.locator("[data-field=reason]").select_option("not-uploaded")
    page.locator("[data-field=note]").fill("采集站检修，今日补传。")
    shoot("officer-bulk")
    page.locator("[data-go]").click()
    page.get_by_role("status").first.wait_for()


def returned(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("textarea[name=note]").fill("请补充更换设备的时间和经手人。")
    page.get_by_role("button", name="退回").click()
    page.locator("#told").wait_for()


def sign(page: Page, shoot: Shoot) -> None:
    page.goto("/")
    page.get_by_role("button", name="签收本日自查").click()
    page.locator("#sign-off .done").first.wait_for()
    page.locator("#sign-off").scroll_into_view_if_needed()
    shoot("officer-signed")


def morning(address: str, first: dict[str, str], folder: Path) -> None:
    """The officer's, with one explanation that the supervisor returns."""
    note = folder / "送修单.txt"
    note.write_text("单号 17", encoding="utf-8")
    browser_path = next(path for name in NAMES if (path := shutil.which(name)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        options = {"base_url": address, "viewport": {"width": 1280, "height": 780}, "locale": "zh-CN"}
        officer, chief = (browser.new_context(**options).new_page() for _ in first)  # type: ignore[arg-type]

        def shoot(name: str) -> None:
            kept(officer, name)

        enter(officer, "zicha", first["zicha"])
        look(officer, shoot)
        explained = explain(officer, shoot, note)
        bulk(officer, shoot)
        enter(chief, "suozhang", first["suozhang"])
        returned(chief, explained)
        officer.goto(explained)
        officer.wait_for_timeout(1500)
        if officer.get_by_role("button", name="关闭").count():
            officer.get_by_role("button", name="关闭").click()
        officer.locator(".happenings").scroll_into_view_if_needed()
        officer.mouse.wheel(0, 2000)
        shoot("officer-returned")
        officer.locator("select[name=reason]").select_option("equipment")
        officer.locator("textarea[name=note]").fill("08:50 发现，08:53 由警号 031022 换用备用夹。")
        officer.get_by_role("button", name="说明", exact=True).click()
        officer.locator("#told").wait_for()
        sign(officer, shoot)
        chief.goto("/")
        chief.locator("#sign-off").scroll_into_view_if_needed()
        kept(chief, "officer-week")
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bwc-pictures-") as made:
        folder = copy_sample(PROJECT, Path(made))
        config = folder / "config.toml"
        closed = re.sub(r"visitors = true", "visitors = false", config.read_text(encoding="utf-8"))
        config.write_text(closed, encoding="utf-8")
        bwc(folder, "scan")
        first = {"zicha": account(folder, "zicha", "officer"), "suozhang": account(folder, "suozhang", "supervisor")}
        with running(folder) as address:
            morning(address, first, folder)


if __name__ == "__main__":
    main()
