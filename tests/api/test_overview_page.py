"""统计 as a page: figures with what they are counted of, each with its definition, and lists of exactly its rows."""

from collections.abc import Iterator
from contextlib import nullcontext
from zoneinfo import ZoneInfo

import pytest

from storage.recounting import recount
from storage.tallies import mark_activities, rebuild
from tests.api.client import Client
from tests.api.people import ELSEWHERE, district
from tests.api.test_pages import outline
from tests.api.world import UNIT

DAYS = "from=2026-11-20&to=2026-11-21"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("overview") / "o.db") as client:
        with client.app.state.house.writer.begin() as connection:
            rebuild(connection, ZoneInfo("Asia/Shanghai"))
        yield client


@pytest.fixture(scope="module")
def officer(house: Client) -> Client:
    return house.signed_in("officer")


def links(client: Client, address: str, path: str) -> list[str]:
    found = (link["href"] or "" for link in outline(client, address).all("a"))
    return [href for href in found if href.startswith(f"{path}?") and "from=" in href]


def test_a_number_of_activities_is_that_of_the_lists_beside_it(officer: Client) -> None:
    """Two incidents and a session, none of them compliant."""
    text = officer.get(f"/overview?{DAYS}").text
    assert "<b>3</b>" in text
    for path, known in (("/incidents", 2), ("/sessions", 1)):
        href = next(href for href in links(officer, f"/overview?{DAYS}", path) if "status=" not in href)
        assert len(officer.everything(f"/api/v1{href}", 50)) == known
        broken = next(href for href in links(officer, f"/overview?{DAYS}", path) if "status=noncompliant" in href)
        assert len(officer.everything(f"/api/v1{broken}", 50)) == known


def test_every_figure_and_rate_has_its_definition_one_click_away(officer: Client) -> None:
    made = outline(officer, f"/overview?{DAYS}")
    assert len([one for one in made.all("details") if one.get("class") == "how"]) == 4 + 8 + 1
    assert "definitions" in [one.get("id") for one in made.all("section")]


def test_rules_lead_to_their_findings_under_the_same_days_and_unit(officer: Client) -> None:
    found = links(officer, f"/overview?{DAYS}", "/findings")
    assert any("rule=incomplete.gap" in href and f"unit={UNIT}" in href for href in found)


def test_drawings_have_words_and_the_trend_a_table(officer: Client) -> None:
    made = outline(officer, f"/overview?{DAYS}&by=week")
    assert all(
        one.get("aria-label") or one.get("aria-labelledby") for one in made.all("svg") if one.get("role") == "img"
    )
    assert "2026-11-16" in made.text  # the Monday of that week


def test_days_without_anything_say_so(officer: Client) -> None:
    assert "所选时段没有登记的活动" in outline(officer, "/overview?from=2020-01-01&to=2020-01-02").text


@pytest.mark.parametrize("query", ["from=yesterday", "by=year", "from=2026-11-20&to=2026-11-01", "to=2026-99-99"])
def test_what_cannot_be_read_is_told(officer: Client, query: str) -> None:
    answer = officer.get(f"/overview?{query}", accept="text/html")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_somebody_elsewhere_counts_nothing_and_nobody_looks_into_anothers_unit(house: Client, officer: Client) -> None:
    stranger = house.signed_in("officer.elsewhere")
    assert "所选时段没有登记的活动" in outline(stranger, f"/overview?{DAYS}").text
    assert officer.get(f"/overview?unit={ELSEWHERE}", accept="text/html").status_code == 404


def test_english_is_complete(officer: Client) -> None:
    assert "From known to decided" in outline(officer, f"/overview?{DAYS}&lang=en").text


def test_the_page_says_that_a_change_is_not_counted_yet(house: Client, officer: Client) -> None:
    waiting = "此后有变化"
    with house.app.state.house.writer.begin() as connection:
        recount(lambda: nullcontext(connection), ZoneInfo("Asia/Shanghai"))
    assert waiting not in officer.get(f"/overview?{DAYS}").text
    with house.app.state.house.writer.begin() as connection:
        mark_activities(connection, "incident", ["110-1"])
    assert waiting in officer.get(f"/overview?{DAYS}").text
    assert officer.get(f"/api/v1/overview?{DAYS}").json()["waiting"] is True
    with house.app.state.house.writer.begin() as connection:
        recount(lambda: nullcontext(connection), ZoneInfo("Asia/Shanghai"))
    assert waiting not in officer.get(f"/overview?{DAYS}").text
