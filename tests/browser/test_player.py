"""A real browser plays clips: originals by ranges, proxies of others, at the flagged second, by keys and by mouse."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from storage.schema.tables import CLIP, PROBE, STORED
from tests.api import world
from tests.api.conftest import application
from tests.golden import media
from tests.serving import served

pytestmark = pytest.mark.slow
STATE = """() => { const v = document.querySelector('video');
  return {at: v.currentTime, ready: v.readyState, width: v.videoWidth, paused: v.paused, src: v.currentSrc}; }"""


def put(app: Any, file: Path, number: int, content: bytes, container: str, codec: str) -> None:
    """Another file in the place of a clip, and what a reader is thought to have found in it."""
    file.write_bytes(content)
    modified = (world.NOW - world.MINUTE).timestamp()
    os.utime(file, (modified, modified))
    track = {"number": 1, "kind": "video", "codec": codec, "width": 160, "height": 120, "frame_rate": 25.0}
    with app.state.house.writing() as connection:
        connection.execute(update(STORED).where(STORED.c.file_id == number).values(size=len(content)))
        read = {"container": container, "tracks": [track]}
        connection.execute(update(PROBE).where(PROBE.c.file_id == number).values(**read))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Clip 1 plays, 3 is AVI, 4 is AVI that a reader took for MP4, 5 is nothing that anybody can decode."""
    folder = tmp_path_factory.mktemp("player")
    with application(folder / "p.db", films=True) as app:
        film = media.encoded(
            "half-a-minute.avi", {"c:v": "mjpeg", "pix_fmt": "yuvj420p", "c:a": "pcm_s16le"}, 60, rate=10
        )
        put(app, folder / "dock-a" / "2026-11-20/C2_031063_1.mp4", 3, film.read_bytes(), "avi", "mjpeg")
        put(app, folder / "rooms" / "XW-01/CH1.mp4", 4, film.read_bytes(), "mp4", "h264")
        put(app, folder / "dock-a" / "2026-11-20/lost-clock.mp4", 5, b"nothing at all" * 100, "mp4", "hevc")
        with app.state.house.writing() as connection:
            connection.execute(update(CLIP).values(discontinuities=[]))
        with served(app) as found:
            yield found


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    context = browser.new_context(base_url=server, viewport={"width": 1366, "height": 768}, locale="zh-CN")
    trouble: list[str] = []
    made = context.new_page()
    made.on("pageerror", lambda error: trouble.append(str(error)))
    made.on("console", lambda one: trouble.append(one.text) if "Content Security" in one.text else None)
    yield made
    context.close()
    assert trouble == []


def ready(page: Page, source: str) -> dict[str, Any]:
    """The player once it shows a picture of this source."""
    page.wait_for_function(
        """source => { const v = document.querySelector('video');
        return v.readyState >= 2 && !v.seeking && v.currentSrc.includes(source); }""",
        arg=source,
        timeout=20_000,
    )
    found: dict[str, Any] = page.evaluate(STATE)
    return found


def test_the_original_opens_at_the_flagged_second_by_ranges(page: Page) -> None:
    asked: list[str | None] = []
    page.on("request", lambda one: asked.append(one.headers.get("range")) if "/media/1" in one.url else None)
    page.goto("/clips/1")
    found = ready(page, "/api/v1/media/1")
    assert (found["at"], found["width"], found["paused"]) == (pytest.approx(30, abs=0.1), 320, True)
    assert any(one and one.startswith("bytes=") for one in asked)
    expect(page.locator(".position")).to_have_text("0:00:30.0 · 19:59:30")


def test_what_the_browser_cannot_play_is_shown_as_a_proxy_at_the_asked_second(page: Page) -> None:
    page.goto("/clips/3?at=33.5")
    found = ready(page, "/proxy?from=30&seconds=20")
    assert (found["at"], found["width"]) == (pytest.approx(3.5, abs=0.1), 160)
    expect(page.locator(".position")).to_contain_text("0:00:33.5")
    expect(page.locator("[data-mode]")).to_contain_text("浏览器不能打开 AVI 容器")


def test_a_moment_outside_of_the_proxy_brings_another_one(page: Page) -> None:
    page.goto("/clips/3?at=3")
    ready(page, "/proxy?from=0&seconds=20")
    page.locator(".strip a").last.click()
    found = ready(page, "/proxy?from=50&seconds=20")
    assert 50 + found["at"] == pytest.approx(56.25, abs=0.3)


def test_the_next_stretch_follows_by_itself(page: Page) -> None:
    page.goto("/clips/3?at=1")
    ready(page, "/proxy?from=0&")
    page.evaluate(
        "() => { const v = document.querySelector('video'); v.muted = true; v.currentTime = 19.5; v.play(); }"
    )
    page.wait_for_function(
        "() => { const v = document.querySelector('video'); return v.currentSrc.includes('from=15&') && !v.paused; }"
    )
    page.wait_for_function("() => document.querySelector('.position').textContent.startsWith('0:00:2')")


def test_an_original_that_turns_out_unplayable_falls_to_the_proxy_by_itself(page: Page) -> None:
    page.goto("/clips/4?at=12")
    found = ready(page, "/proxy?from=10&")
    assert found["at"] == pytest.approx(2, abs=0.1)


def test_nothing_to_decode_is_told_with_the_reason_and_a_download(page: Page) -> None:
    page.goto("/clips/5?at=12")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("该时段无法解码", timeout=20_000)
    expect(alert.get_by_role("link", name="下载原文件")).to_have_attribute("href", "/api/v1/media/5?download=1")
    page.goto("/clips/5?at=12&lang=en")
    expect(page.get_by_role("alert")).to_contain_text("the stretch cannot be decoded", timeout=20_000)


def test_keys_play_step_and_jump(page: Page) -> None:
    page.goto("/clips/1?at=10")
    ready(page, "/media/1")

    def at() -> float:
        page.wait_for_function("() => !document.querySelector('video').seeking")
        return float(page.evaluate("() => document.querySelector('video').currentTime"))

    for key, expected in (
        ("ArrowRight", 15),
        ("ArrowLeft", 10),
        (".", 10.04),
        (",", 10),
        ("]", 30),
        ("ArrowRight", 35),
        ("[", 30),
    ):
        page.keyboard.press(key)
        assert at() == pytest.approx(expected, abs=0.05), key
    page.evaluate("() => { document.querySelector('video').muted = true; }")
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.querySelector('video').paused")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('video').paused")


def test_marks_are_jumped_to_by_mouse_and_by_keyboard(page: Page) -> None:
    page.goto("/clips/1?at=5")
    ready(page, "/media/1")
    page.locator("svg.marks .black a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 30) < 0.1")
    box = page.locator("svg.marks .ground").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 2)
    page.wait_for_function("() => Math.abs(document.querySelector('video').currentTime - 45) < 0.5")
    expect(page).to_have_url("/clips/1?at=5")


def test_it_plays_without_scripts(browser: Browser, server: str) -> None:
    context = browser.new_context(base_url=server, java_script_enabled=False)
    page = context.new_page()
    page.goto("/clips/3?at=33.5")
    expect(page.locator("video")).to_have_attribute("src", "/api/v1/media/3/proxy?from=30&seconds=20#t=3.5")
    page.locator(".strip a").last.click()
    page.wait_for_url(re.compile(r"/clips/3\?at=56\.2"))  # true time, or the asked one
    expect(page.locator("video")).to_have_attribute(
        "src", re.compile(r"^/api/v1/media/3/proxy\?from=50&seconds=20#t=6")
    )
    context.close()


@pytest.mark.parametrize("size", [(1366, 768), (820, 1180)])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_fits_and_its_texts_can_be_read(page: Page, project: Path, size: tuple[int, int], lang: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"/clips/1?lang={lang}")
    ready(page, "/media/1")
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    script = (project / "tests" / "browser" / "contrast.js").read_text(encoding="utf-8")
    assert page.evaluate(script) == []
