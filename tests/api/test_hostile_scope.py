"""Nobody learns anything of a station that is not theirs: whatever is asked, its name and its rows stand nowhere."""

import re
from collections.abc import Iterator

import pytest

from domain.access import Role
from tests.api import world
from tests.api.client import Client
from tests.api.neighbours import CLIP_ID, INCIDENT, KEY, MARK, add_neighbours
from tests.api.people import ELSEWHERE, district
from tests.api.test_access import routes

pytestmark = pytest.mark.slow

PERIOD = "2026-11"
VALUES = {
    "clip": "1",
    "file_id": "1",
    "milliseconds": "0",
    "number:path": world.GAPPED,
    "number": "1",
    "key": "a" * 16,
    "digest": "0" * 64,
    "sample_id": "1",
    "sample_id:int": "1",
    "position:int": "1",
    "run_id": "1",
    "run_id:int": "1",
    "form": "json",
    "name": "dock-a",
    "feed": "110",
}
LISTS = ("clips", "recordings", "incidents", "sessions", "coverage", "links", "observations", "findings", "stores")
MORE = (
    *(f"/api/v1/{name}?unit={ELSEWHERE}" for name in LISTS),
    *(f"/api/v1/{name}?as_of=2026-11-23" for name in LISTS),
    *(f"/clips/{number}" for number in range(1, 6)),
    *(f"/api/v1/{name}?status=proposed" for name in ("links",)),
    f"/incidents/{world.ABSENT}",
    f"/sessions/{world.SESSION}",
    f"/api/v1/sessions/{world.SESSION}/timeline",
    f"/findings?unit={ELSEWHERE}",
    f"/incidents?unit={ELSEWHERE}",
    f"/sessions?unit={ELSEWHERE}",
    f"/api/v1/overview?unit={ELSEWHERE}",
    f"/reports?name=completeness&period={PERIOD}&unit={ELSEWHERE}",
    *(f"/reports/download?name={name}&period={PERIOD}&format=json" for name in ("completeness", "units", "freshness")),
    f"/inspection/draw?period={PERIOD}&unit={ELSEWHERE}",
    f"/inspection/draw?period={PERIOD}",
    "/inspection/1/1",
    "/api/v1/events?after=f0-c0-a0-s0",
)
HIDDEN = (
    f"/incidents/{INCIDENT}",
    f"/api/v1/incidents/{INCIDENT}/timeline",
    f"/clips/{CLIP_ID}",
    f"/clips/by-name?name={MARK}-dock:{MARK}-folder/{MARK}.mp4",
    f"/api/v1/media/{CLIP_ID}",
    f"/api/v1/media/{CLIP_ID}/proxy",
    f"/api/v1/clips/{CLIP_ID}/strip",
    f"/api/v1/clips/{CLIP_ID}/stills/0",
    f"/findings/{KEY}",
    f"/api/v1/findings/{KEY}",
    f"/find?q={INCIDENT}",
    f"/stores/{MARK}-dock",
    f"/stores/{MARK}-dock/files",
    "/api/v1/scan-requests/1",
    f"/api/v1/sign-offs?unit={ELSEWHERE}",
    f"/api/v1/sign-offs?unit={ELSEWHERE}&period=2026-11-22",
    f"/?unit={ELSEWHERE}",
    f"/overview?unit={ELSEWHERE}",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("scope") / "a.db", films=True) as client:
        with client.app.state.house.writer.begin() as connection:
            add_neighbours(connection)
        draw = {"period": PERIOD, "size": "2", "name": "mine", "unit": world.UNIT}
        assert client.signed_in("inspector").post("/inspection/draw", draw).status_code == 303
        filed = {"name": "completeness", "period": PERIOD}
        assert client.signed_in("supervisor").post("/reports/file", filed).status_code == 303
        yield client


def addresses() -> Iterator[str]:
    for route in routes():
        if "GET" in route.methods and not route.path.startswith("/sign-in"):
            yield re.sub(r"\{([^}]+)\}", lambda match: VALUES[match[1]], route.path)
    yield from MORE


def text_of(client: Client, address: str) -> str:
    if address.startswith("/api/v1/events"):
        return ""
    answer = client.get(address, accept="*/*" if address.startswith("/api/") else "text/html")
    assert answer.status_code != 500, address
    return answer.text + str(answer.headers.raw)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VISITOR])
def test_nothing_of_another_station_stands_on_any_page_or_answer(house: Client, role: Role) -> None:
    client = house.signed_in(role.value)
    leaks = [address for address in addresses() if MARK.lower() in text_of(client, address).lower()]
    assert leaks == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VISITOR])
def test_what_another_station_has_is_answered_as_what_nobody_has(house: Client, role: Role) -> None:
    client = house.signed_in(role.value)
    for address in HIDDEN:
        answer = client.get(address)
        assert answer.status_code in (403, 404), (address, answer.status_code)
