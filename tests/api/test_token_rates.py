"""The requests a minute of a token, over a real server: 429 with the time to wait, for that token and no other."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from domain.access import Role
from tests.api import world
from tests.api.people import district, give_token
from tests.serving import served

pytestmark = pytest.mark.slow

ADDRESS = "/api/v1/me"
PER_MINUTE = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """An address, and tokens that may ask 20, 20 and 21 times a minute."""
    with district(tmp_path_factory.mktemp("rates") / "r.db") as client:
        with client.app.state.house.writer.begin() as connection:
            secrets = [
                give_token(connection, role, world.UNIT, per_minute=most)
                for role, most in (
                    (Role.OFFICER, PER_MINUTE),
                    (Role.INSPECTOR, PER_MINUTE),
                    (Role.OFFICER, PER_MINUTE + 1),
                )
            ]
        with served(client.app) as address:
            yield address, secrets


def asking(address: str, secret: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}, timeout=30)


def test_beyond_its_requests_a_token_waits_and_no_other_does(server: tuple[str, list[str]]) -> None:
    address, (first, second, _) = server
    with asking(address, first) as hasty, asking(address, second) as other:
        begun = time.monotonic()
        answers = [hasty.get(ADDRESS) for _ in range(PER_MINUTE + 10)]
        lasted = time.monotonic() - begun
        regained = int(lasted * PER_MINUTE / 60) + 1
        refused = [answer for answer in answers if answer.status_code == 429]
        assert 10 - regained <= len(refused) <= 10
        assert [answer.status_code for answer in answers[:PER_MINUTE]] == [200] * PER_MINUTE
        last = answers[-1] if answers[-1].status_code == 429 else refused[-1]
        assert last.headers["content-type"] == "application/problem+json"
        assert 1 <= int(last.headers["retry-after"]) <= 4  # one request each three seconds
        assert last.json()["status"] == 429
        assert [other.get(ADDRESS).status_code for _ in range(5)] == [200] * 5
        time.sleep(int(last.headers["retry-after"]))
        assert hasty.get(ADDRESS).status_code == 200


def test_requests_at_once_are_counted_as_those_one_by_one(server: tuple[str, list[str]]) -> None:
    address, (*_, third) = server
    with asking(address, third) as client, ThreadPoolExecutor(8) as pool:
        begun = time.monotonic()
        statuses = list(pool.map(lambda _: client.get(ADDRESS).status_code, range(40)))
        most = PER_MINUTE + 1 + int((time.monotonic() - begun) * (PER_MINUTE + 1) / 60) + 1
    assert PER_MINUTE + 1 <= statuses.count(200) <= most
    assert set(statuses) == {200, 429}
