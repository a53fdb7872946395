"""Signing in with an outside identity provider: only what it truly signed for us opens the account it is for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.identity.doors import OidcSettings
from domain.access import Role
from storage.accounts import account_named, add_account, change_account
from storage.audit import log_faults
from storage.schema.tables import AUDIT_ENTRY
from tests.api import world
from tests.api.client import BASE, Client
from tests.api.people import district
from tests.api.provider import CLIENT, SECRET, Provider, new_key, serving_provider

pytestmark = pytest.mark.slow


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving_provider() as made:
        made.claims = {"sub": "s-1", "preferred_username": "outsider"}
        yield made


@pytest.fixture
def house(tmp_path: Path, provider: Provider) -> Iterator[Client]:
    with district(tmp_path / "a.db") as client:
        rooms = client.app.state.house
        oidc = OidcSettings(provider.issuer, CLIENT, SECRET)
        object.__setattr__(rooms, "doors", replace(rooms.doors, oidc=oidc, public=BASE))
        with rooms.writer.begin() as connection:
            bound = f"{provider.issuer} s-1"
            add_account(
                connection, world.NOW, "li", Role.OFFICER, unit=world.UNIT, oidc_subject=bound, must_change=False
            )
        yield client


def sent_away(client: Client, back: str = "/findings") -> str:
    answer = client.get(f"/sign-in/oidc?next={back}")
    assert answer.status_code == 303, answer.text[-500:]
    return str(answer.headers["location"])


def returned(client: Client, provider: Provider) -> httpx.Response:
    """The whole way: to the provider and back."""
    address = provider.visited(sent_away(client))
    return client.get(address.removeprefix(BASE), accept="text/html")


def reasons(house: Client) -> list[str]:
    with house.app.state.house.reading() as connection:
        rows = connection.execute(AUDIT_ENTRY.select().order_by(AUDIT_ENTRY.c.sequence)).mappings().all()
        assert list(log_faults(connection)) == []
    return [f"{row['action']} {row['detail']}" for row in rows]


def test_whoever_the_provider_knows_is_signed_in_and_goes_on(house: Client, provider: Provider) -> None:
    client = Client(house.app)
    answer = returned(client, provider)
    assert (answer.status_code, answer.headers["location"]) == (303, "/findings")
    assert client.get("/api/v1/me").json()["actor"] == "account:li"
    assert reasons(house)[-1].startswith("sign-in ")


def test_the_browser_is_sent_with_state_nonce_and_a_challenge_each_new_every_time(
    house: Client, provider: Provider
) -> None:
    asked = [parse_qs(urlsplit(sent_away(Client(house.app))).query) for _ in range(2)]
    for one in asked:
        assert one["response_type"] == ["code"]
        assert one["redirect_uri"] == [f"{BASE}/sign-in/oidc/callback"]
        assert one["code_challenge_method"] == ["S256"]
        assert "openid" in one["scope"][0]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
        assert len(asked[0][name][0]) >= 32
    assert provider.exchanges == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://other.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"exp": int(world.NOW.timestamp()) - 120},
        {"exp": None},
        {"iat": int(world.NOW.timestamp()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_an_id_token_that_is_not_ours_or_not_of_now_opens_nothing(
    house: Client, provider: Provider, changes: dict[str, object]
) -> None:
    provider.changes = changes
    client = Client(house.app)
    assert returned(client, provider).status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    assert '"reason":"token"' in reasons(house)[-1]


def test_an_id_token_signed_by_another_key_opens_nothing(house: Client, provider: Provider) -> None:
    provider.published, provider.key = provider.key, new_key()
    provider.header = {"kid": provider.published.kid}
    assert returned(Client(house.app), provider).status_code == 401


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_an_id_token_signed_with_the_public_key_as_a_secret_or_not_at_all_opens_nothing(
    house: Client, provider: Provider, algorithm: str
) -> None:
    provider.header = {"alg": algorithm}
    assert returned(Client(house.app), provider).status_code == 401


def test_what_comes_back_must_be_the_answer_to_what_this_browser_was_sent_with(
    house: Client, provider: Provider
) -> None:
    victim, attacker = Client(house.app), Client(house.app)
    back = provider.visited(sent_away(attacker)).removeprefix(BASE)
    assert victim.get(back).status_code == 400  # no cookie at all
    sent_away(victim)
    assert victim.get(back).status_code == 400  # somebody else's state
    assert victim.get("/sign-in/oidc/callback?code=the-code").status_code == 400
    assert provider.exchanges == 0


def test_a_code_without_the_verifier_it_was_asked_with_is_refused(house: Client, provider: Provider) -> None:
    client = Client(house.app)
    back = provider.visited(sent_away(client)).removeprefix(BASE)
    provider.asked["code_challenge"] = "of somebody else"
    assert client.get(back).status_code == 401


def test_a_provider_that_says_no_leads_back_to_the_form(house: Client, provider: Provider) -> None:
    client = Client(house.app)
    state = parse_qs(urlsplit(sent_away(client)).query)["state"][0]
    answer = client.get(f"/sign-in/oidc/callback?error=access_denied&state={state}", accept_language="en")
    assert answer.status_code == 401
    assert "No active account belongs to this identity" in answer.text


def test_an_identity_without_an_account_opens_nothing(house: Client, provider: Provider) -> None:
    provider.claims = {"sub": "s-2", "preferred_username": "stranger"}
    assert returned(Client(house.app), provider).status_code == 401
    assert '"reason":"unknown"' in reasons(house)[-1]


def test_a_disabled_account_stays_closed(house: Client, provider: Provider) -> None:
    with house.app.state.house.writer.begin() as connection:
        account = account_named(connection, "li")
        assert account is not None
        change_account(connection, account.id, active=False)
    client = Client(house.app)
    assert returned(client, provider).status_code == 401
    assert client.get("/api/v1/me").status_code == 401
    assert '"reason":"disabled"' in reasons(house)[-1]


@pytest.mark.parametrize("name", ["administrator", "ADMINISTRATOR ", "li"])
def test_a_name_that_the_provider_chose_enters_no_account_with_a_password_or_of_another_identity(
    house: Client, provider: Provider, name: str
) -> None:
    provider.claims = {"sub": "s-evil", "preferred_username": name}
    client = Client(house.app)
    assert returned(client, provider).status_code == 401
    assert client.get("/api/v1/me").status_code == 401


def test_an_account_that_waits_for_its_identity_is_bound_at_the_first_sign_in(
    house: Client, provider: Provider
) -> None:
    with house.app.state.house.writer.begin() as connection:
        add_account(connection, world.NOW, "zhao", Role.AUDITOR, must_change=False)
    provider.claims = {"sub": "s-3", "preferred_username": "Zhao"}
    assert returned(Client(house.app), provider).status_code == 303
    with house.app.state.house.reading() as connection:
        account = account_named(connection, "zhao")
    assert account is not None
    assert account.oidc_subject == f"{provider.issuer} s-3"
    provider.claims = {"sub": "s-4", "preferred_username": "zhao"}
    assert returned(Client(house.app), provider).status_code == 401
    provider.claims = {"sub": "s-3", "preferred_username": "renamed"}
    assert returned(Client(house.app), provider).status_code == 303


def test_a_provider_that_does_not_answer_is_said_and_passwords_still_work(house: Client, provider: Provider) -> None:
    client = Client(house.app)
    back = provider.visited(sent_away(client)).removeprefix(BASE)
    provider.silent = True
    assert client.get(back).status_code == 503
    assert client.get("/sign-in/oidc").status_code == 503
    assert house.signed_in("officer").get("/api/v1/me").status_code == 200


def test_a_provider_that_calls_itself_otherwise_is_not_trusted(house: Client, provider: Provider) -> None:
    provider.issuer = "https://other.example"
    assert Client(house.app).get("/sign-in/oidc").status_code == 503


def test_after_signing_in_nobody_is_led_to_another_site(house: Client, provider: Provider) -> None:
    client = Client(house.app)
    back = provider.visited(sent_away(client, "//evil.example")).removeprefix(BASE)
    assert client.get(back).headers["location"] == "/"


def test_without_a_provider_there_is_no_such_address(tmp_path: Path) -> None:
    with district(tmp_path / "b.db") as client:
        assert client.get("/sign-in/oidc").status_code == 404
        assert client.get("/sign-in/oidc/callback?code=x&state=y").status_code == 404
        assert "/sign-in/oidc" not in client.get("/sign-in").text
