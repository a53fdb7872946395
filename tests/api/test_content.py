"""`/api/v1/observations` and `/api/v1/content`: measurements of pictures and sound, and what waits to be looked at."""

import pytest

from tests.api.client import Client
from tests.api.world import HOSTILE, UNIT

pytestmark = pytest.mark.slow

FIRST = "2026-11-20/C1_031021_1.mp4"


def starts(client: Client, query: str = "") -> list[tuple[str, float]]:
    rows = client.get(f"/api/v1/observations{query}").raise_for_status().json()["items"]
    return [(row["path"], row["from_s"]) for row in rows]


def test_measurements_come_file_by_file_in_media_time(client: Client) -> None:
    assert starts(client) == [(FIRST, 30), (FIRST, 90), (HOSTILE, 0)]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (f"file=dock-a:{FIRST}", [30, 90]),
        ("store=rooms", []),
        ("store=dock-a&kind=black", [30, 90, 0]),
        ("kind=silent", []),
        (f"unit={UNIT}", [30, 90, 0]),
        ("officer=031063", []),
        # the first clip began at 19:59, so it was black from 19:59:30 to 19:59:40 and from 20:00:30 to 20:00:40
        ("to=2026-11-20T20:00:00%2B08:00", [30]),
        ("from=2026-11-20T19:59:40%2B08:00&to=2026-11-20T20:10:00%2B08:00", [90]),
    ],
)
def test_they_are_narrowed_by_file_store_kind_unit_officer_and_time(
    client: Client, query: str, wanted: list[float]
) -> None:
    assert [start for _, start in starts(client, f"?{query}")] == wanted


def test_a_kind_that_nothing_measures_is_refused(client: Client) -> None:
    assert client.get("/api/v1/observations?kind=darkness").status_code == 422


def test_what_waits_is_counted_with_its_age_and_what_was_ended_is_not_hidden(client: Client) -> None:
    content = client.get("/api/v1/content").raise_for_status().json()
    assert content == {
        "waiting": [{"priority": 0, "clips": 2, "media_s": 1200.0, "oldest_at": "2026-11-23T11:57:00+08:00"}],
        "ended": 1,
        "rate": None,
    }
    assert client.get("/api/v1/content?x=1").status_code == 422


def test_nothing_waits_in_an_empty_database(empty: Client) -> None:
    assert empty.get("/api/v1/content").json() == {"waiting": [], "ended": 0, "rate": None}
