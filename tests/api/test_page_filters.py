"""What a page can be narrowed by, the API can be narrowed by: under the same name, with the same rows."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import insert

from storage.schema.tables import ATTENDANCE
from tests.api import world
from tests.api.client import Client
from tests.api.people import district

ROWS = {"findings": r'data-row [^>]*data-key="([0-9a-f]{16})"', "incidents": r"data-open>([A-Z0-9]+)<"}
ROWS |= {"sessions": ROWS["incidents"]}
IDS = {"findings": "id", "incidents": "number", "sessions": "number"}
NAMES = {
    "findings": {"flag", "unit", "officer", "rule", "from", "to", "status", "incident", "due", "sort"},
    "incidents": {"unit", "officer", "from", "to", "status", "flag", "rule", "incident"},
    "sessions": {"unit", "officer", "from", "to", "status", "flag", "rule", "incident"},
}
OF_A_PAGE = {"cursor", "lang"}
"""Not filters: where the page begins, and its language."""


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("filters") / "f.db") as client:
        with client.app.state.house.writer.begin() as connection:
            attended = {"kind": "incidents", "number": world.ABSENT, "officer": "031077"}
            connection.execute(insert(ATTENDANCE).values(**attended))
        yield client.sign_in("officer")


def page(client: Client, name: str, **filters: str) -> list[str]:
    answer = client.get(f"/{name}?{urlencode(filters)}", accept="text/html")
    assert answer.status_code == 200, answer.text[-500:]
    return re.findall(ROWS[name], answer.text)


def api(client: Client, name: str, **filters: str) -> list[str]:
    usual = {"status": "open", "sort": "due"} if name == "findings" else {}
    rows = client.everything(f"/api/v1/{name}?{urlencode({**usual, **filters})}", 1000)
    return [row[IDS[name]] for row in rows]


def forms(text: str) -> set[str]:
    """Names of the fields of those forms that only read."""
    reading = re.findall(r"<form\b(?![^>]*method=\"post\")[^>]*>(.*?)</form>", text, re.DOTALL)
    return {name for form in reading for name in re.findall(r'<(?:input|select)\b[^>]*\bname="([^"]+)"', form)}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_field_of_the_page_is_a_parameter_of_the_list(officer: Client, name: str) -> None:
    text = officer.get(f"/{name}", accept="text/html").text
    described: Any = officer.get("/api/openapi.json").json()["paths"][f"/api/v1/{name}"]["get"]["parameters"]
    known = {one.get("name") for one in described}
    shown = forms(text) - OF_A_PAGE - {"q"}  # the box that finds a number stands on every page
    assert {"unit", "rule"} <= shown
    assert shown <= known
    assert shown <= NAMES[name] <= known


@pytest.mark.parametrize(
    ("name", "filters", "count"),
    [
        ("findings", {}, 4),
        ("findings", {"unit": world.UNIT}, 4),
        ("findings", {"unit": "310114999999"}, 0),
        ("findings", {"flag": "incomplete"}, 2),
        ("findings", {"flag": "missing", "from": "2026-11-20"}, 1),
        ("findings", {"officer": "031021"}, 1),
        ("findings", {"rule": "nonstandard.name"}, 1),
        ("findings", {"from": "2026-11-20", "to": "2026-11-20", "flag": "incomplete"}, 1),
        ("findings", {"status": "explained"}, 0),
        ("findings", {"status": "unresolved"}, 4),
        ("findings", {"incident": world.GAPPED}, 2),
        ("findings", {"due": "overdue"}, 1),
        ("findings", {"sort": "subject"}, 4),
        ("incidents", {}, 2),
        ("incidents", {"unit": world.UNIT}, 2),
        ("incidents", {"officer": "031077"}, 1),
        ("incidents", {"from": "2026-11-21"}, 1),
        ("incidents", {"to": "2026-11-20"}, 1),
        ("incidents", {"status": "noncompliant"}, 2),
        ("incidents", {"status": "compliant"}, 0),
        ("incidents", {"flag": "missing"}, 1),
        ("incidents", {"rule": "incomplete.gap"}, 1),
        ("incidents", {"incident": world.ABSENT}, 1),
        ("sessions", {}, 1),
        ("sessions", {"unit": world.UNIT}, 1),
        ("sessions", {"officer": "031021"}, 0),
        ("sessions", {"from": "2026-11-20", "to": "2026-11-20"}, 1),
        ("sessions", {"from": "2026-11-22"}, 0),
        ("sessions", {"status": "noncompliant"}, 1),
        ("sessions", {"flag": "incomplete"}, 1),
        ("sessions", {"rule": "incomplete.gap"}, 0),
        ("sessions", {"incident": world.SESSION}, 1),
    ],
)
def test_a_filter_gives_the_same_rows_on_the_page_and_by_the_api(
    officer: Client, name: str, filters: dict[str, str], count: int
) -> None:
    shown, told = page(officer, name, **filters), api(officer, name, **filters)
    assert len(shown) == count
    assert set(shown) == set(told)
    if name == "findings":
        assert shown == told  # the order is asked for


def test_every_filter_of_a_page_is_tried_above() -> None:
    """A new one is to be added there."""
    cases = test_a_filter_gives_the_same_rows_on_the_page_and_by_the_api.pytestmark[0].args[1]
    for name, names in NAMES.items():
        assert {one for case, filters, _ in cases if case == name for one in filters} == names
