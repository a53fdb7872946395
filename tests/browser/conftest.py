"""A real Chromium against a real server on a free loopback port; skipped with one line where there is no Chromium."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.api.conftest import application
from tests.serving import served

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"browser tests need Chromium on the PATH ({', '.join(NAMES)}); there is none")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for a module; not longer, for other tests run event loops of their own in this thread."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield made
        made.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server with 120 findings on clips besides the few interesting ones."""
    folder = tmp_path_factory.mktemp("browser")
    with application(folder / "b.db", more_findings=120, films=True) as app, served(app) as found:
        yield found


@pytest.fixture(scope="session")
def artefacts(project: Path) -> Path:
    """Where screenshots go (not committed)."""
    folder = project / "artefacts"
    folder.mkdir(exist_ok=True)
    return folder
