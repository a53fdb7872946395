"""`/api/v1/overview`: figures with denominators and definitions, refusals in words."""

import pytest

from tests.api.client import Client


def test_every_figure_names_its_denominator_and_has_a_definition(client: Client) -> None:
    found = client.get("/api/v1/overview?from=2026-11-01&to=2026-11-30&by=week").raise_for_status().json()
    assert [one["name"] for one in found["waterfall"]][:3] == ["known", "in_scope", "due"]
    assert found["waterfall"][0]["of"] is None
    assert found["waterfall"][0]["filters"] == {"from": "2026-11-01", "to": "2026-11-30"}
    assert all(len(found["definitions"][one["name"]]) == 2 for one in (*found["waterfall"], *found["rates"]))


@pytest.mark.parametrize("query", ["from=yesterday", "by=year", "from=2026-11-20&to=2026-11-19", "unit=", "flag=x"])
def test_what_cannot_be_used_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/overview?{query}").status_code == 422
