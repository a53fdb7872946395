"""docs/api.md: its addresses are those that are served, and every command that it shows works as it is shown."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs import python_example
from domain.access import Role
from tests.api import world
from tests.api.people import district, give_token
from tests.serving import served

pytestmark = pytest.mark.slow

BLOCK = re.compile(r"^```bash\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXPECTED = (
    f'"role":"inspector","unit":"{world.UNIT}"',
    '"next_cursor":',
    f'"number":"{world.GAPPED}"',
    "",
    '"status":"open"',
    '"verdict":"agreed"',
    "",
    "event: ready",
)
"""What the answer of each block holds, in order; the first block only says who asks."""


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of somebody who follows the page; one finding is explained already."""
    with district(tmp_path_factory.mktemp("page") / "p.db", films=True) as client:
        with client.app.state.house.writer.begin() as connection:
            token = give_token(connection, Role.INSPECTOR, world.UNIT)
        officer = client.signed_in("officer")
        said = {"decision": "explain", "reviews": 0, "reason": "battery", "note": "没电"}
        address = f"/api/v1/findings/{'b' * 16}/reviews"
        assert officer.send("POST", address, {"x-csrf-token": officer.csrf()}, json=said).status_code == 201
        with served(client.app) as url:
            yield {**os.environ, "BWC_URL": url, "BWC_TOKEN": token, "LC_ALL": "C.UTF-8"}
            client.app.state.hub.end()


def test_the_table_of_addresses_is_what_is_served(page: str) -> None:
    told = python_example.description()["paths"]
    served_ones = {(method.upper(), path) for path, item in told.items() for method in item}
    listed = re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `([^`]+)` \| ", page, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == served_ones


def test_every_status_that_is_described_is_explained(page: str) -> None:
    told = python_example.description()["paths"]
    statuses = {status for item in told.values() for one in item.values() for status in one["responses"]}
    explained = {one for row in re.findall(r"^\| ([0-9 ·]+) \|", page, re.MULTILINE) for one in row.split(" · ")}
    assert {status for status in statuses if status >= "400"} == explained


def test_links_within_the_page_lead_to_its_headings(page: str) -> None:
    headings = {re.sub(r"\s+", "-", title.lower()) for title in re.findall(r"^## (.+)$", page, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) - headings == set()


def test_the_commands_of_the_quick_start_work_one_after_the_other(
    page: str, server: dict[str, str], tmp_path: Path
) -> None:
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("there is no curl or bash on this machine")
    first, *blocks = BLOCK.findall(page)
    asking = "".join(line for line in first.splitlines(keepends=True) if not line.startswith("export "))
    assert len(blocks) == len(EXPECTED)
    for block, expected in zip(blocks, EXPECTED, strict=True):
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", asking + block],
            env=server,
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{done.stdout[-1000:]}{done.stderr}"
        assert expected in done.stdout, block
    assert (tmp_path / "clip.mp4").read_bytes()[4:8] == b"ftyp"
    assert (tmp_path / "still.jpg").read_bytes()[:2] == b"\xff\xd8"
