"""The lists of incidents and sessions: the same rows as the API under the same filters, in both languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from api.pages import activities
from tests.api.client import Client
from tests.api.people import district
from tests.api.test_pages import outline
from tests.api.world import ABSENT, GAPPED, SESSION, UNIT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("activities") / "a.db") as client:
        yield client


@pytest.fixture(scope="module")
def officer(house: Client) -> Client:
    return house.signed_in("officer")


def numbers(client: Client, address: str) -> list[str]:
    made = outline(client, address)
    hrefs = [link["href"] or "" for link in made.all("a") if "data-open" in link]
    return [href.rpartition("/")[2] for href in hrefs]


FILTERS = (
    "",
    f"unit={UNIT}",
    "officer=031021",
    "officer=031077",
    "from=2026-11-21&to=2026-11-21",
    "status=noncompliant",
    "status=compliant",
    "flag=missing",
    "rule=incomplete.gap",
    f"incident={ABSENT}",
)


@pytest.mark.parametrize("query", FILTERS)
def test_the_page_lists_what_the_api_lists_under_the_same_filters(officer: Client, query: str) -> None:
    listed = [row["number"] for row in officer.get(f"/api/v1/incidents?{query}").json()["items"]]
    whole = query in ("", f"unit={UNIT}")  # not narrowed: the latest number comes first
    assert numbers(officer, f"/incidents?{query}") == (sorted(listed, reverse=True) if whole else listed)


def test_the_latest_number_comes_first_and_says_what_when_who_and_how_much(officer: Client) -> None:
    assert numbers(officer, "/incidents") == [ABSENT, GAPPED]
    text = outline(officer, "/incidents").text
    for word in ("2026-11-20 20:00 – 20:30", "031021、031063", "示范<一>所", "不合规", "100%", "0%", "<b>纠纷</b>"):
        assert word in text, word


def test_flags_lead_to_exactly_the_findings_they_stand_for(officer: Client) -> None:
    hrefs = [link["href"] for link in outline(officer, f"/incidents?incident={ABSENT}").all("a")]
    address = f"/findings?flag=missing&incident={ABSENT}"
    assert address in hrefs
    found = officer.get(f"/api/v1{address}").json()["items"]
    assert [row["rule"] for row in found] == ["missing.no-recording"]


def test_sessions_say_their_room_and_kind(officer: Client) -> None:
    assert numbers(officer, "/sessions") == [SESSION]
    text = outline(officer, f"/sessions?incident={SESSION}").text
    for word in ("讯问", "XW-01", "2026-11-20 20:00 – 21:00"):
        assert word in text, word


def test_somebody_elsewhere_sees_none_and_is_told_so(house: Client) -> None:
    text = outline(house.signed_in("officer.elsewhere"), "/incidents").text
    assert GAPPED not in text
    assert "数据源尚未送来数据" in text


def test_a_filter_that_cannot_be_read_lists_nothing_and_says_which(officer: Client) -> None:
    for query in ("from=yesterday", "flag=odd", "cursor=x"):
        answer = officer.get(f"/incidents?{query}", accept="text/html")
        assert answer.status_code == 400, query
        assert 'role="alert"' in answer.text
        assert f"<code>{query.partition('=')[0]}</code>" in answer.text
        assert GAPPED not in answer.text


def test_nothing_that_matches_is_not_nothing_delivered(officer: Client) -> None:
    assert "没有符合筛选条件的记录" in outline(officer, "/incidents?officer=999999").text


def test_filters_stay_in_the_form_and_in_the_address_of_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activities, "ROWS", 1)
    with district(tmp_path / "a.db") as client:
        officer = client.signed_in("officer")
        made = outline(officer, f"/incidents?unit={UNIT}&status=noncompliant")
        first = numbers(officer, f"/incidents?unit={UNIT}&status=noncompliant")
        assert [one["value"] for one in made.all("option") if "selected" in one] == [UNIT, "noncompliant"]
        more = next(link["href"] for link in made.all("a") if "cursor=" in (link["href"] or ""))
        assert more is not None
        assert more.startswith(f"/incidents?unit={UNIT}&status=noncompliant&cursor=")
        assert sorted([*first, *numbers(officer, more)]) == [GAPPED, ABSENT]


def test_hostile_words_are_text(officer: Client) -> None:
    answer = officer.get(f"/incidents?unit={quote('<script>x</script>')}", accept="text/html")
    assert "<script>x" not in answer.text


def test_english_is_complete(house: Client) -> None:
    made = outline(house.signed_in("inspector"), "/incidents?lang=en")
    told = made.text.partition(ABSENT)[0].replace("中文", "").replace("示范<一>所", "")
    assert not re.search("[\u4e00-\u9fff]", told)
    assert SESSION not in made.text
