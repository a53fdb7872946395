"""Bad input and trouble: always a problem that names what, never internals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Error as PsycopgError
from psycopg.errors import AdminShutdown, IdleInTransactionSessionTimeout, LockNotAvailable, QueryCanceled
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from api.app import create_app
from api.identity.doors import DoorSettings
from api.shapes.lists import PAGES
from storage.engine import DatabaseSettings, Use, open_engine
from tests.api.client import Client
from tests.api.conftest import ZONE


def problem_of(client: Client, address: str, method: str = "GET") -> dict[str, object]:
    answer = client.send(method, address)
    assert answer.headers["content-type"] == "application/problem+json"
    content: dict[str, object] = answer.json()
    assert content["status"] == answer.status_code
    assert set(content) <= {"type", "title", "status", "detail", "errors"}
    return content


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=１０", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("flag=wrong", "flag"),
        ("status=closed", "status"),
        ("rule=incomplete.gaps", "rule"),
        ("unit=", "unit"),
        ("officer=a%00b", "officer"),
        ("from=yesterday", "from"),
        ("from=2026-13-01", "from"),
        ("to=9999-12-31", "to"),
        ("from=2026-11-21&to=2026-11-20", "to"),
        ("flags=missing", "flags"),
        ("<script>=1", "<script>"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(client: Client, query: str, parameter: str) -> None:
    content = problem_of(client, f"/api/v1/findings?{query}")
    assert content["status"] == 422
    assert [error["parameter"] for error in content["errors"]] == [parameter]  # type: ignore[attr-defined]


def test_a_filter_that_a_list_does_not_offer_is_refused_not_ignored(client: Client) -> None:
    content = problem_of(client, "/api/v1/stores?officer=031021")
    assert (content["status"], content["detail"]) == (
        422,
        "officer: unknown parameter; expected limit, cursor, as_of, unit, status",
    )


def test_every_wrong_parameter_is_told_at_once(client: Client) -> None:
    content = problem_of(client, "/api/v1/findings?limit=0&flag=x&to=y")
    assert [error["parameter"] for error in content["errors"]] == ["limit", "to", "flag"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("cursor", ["x", "", "WzFd", "e30", "é", "A" * 5000])
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_cursor_that_is_none_of_ours_is_400(client: Client, name: str, cursor: str) -> None:
    content = problem_of(client, f"/api/v1/{name}?cursor={cursor}")
    assert content["status"] == 400
    assert "cursor" in str(content["detail"])


def test_a_cursor_of_another_list_is_400(client: Client) -> None:
    cursor = client.get("/api/v1/findings?limit=1").json()["next_cursor"]
    assert problem_of(client, f"/api/v1/clips?cursor={cursor}")["status"] == 400


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["limit", "cursor", "unit", "from", "to", "flag", "x"]), st.text(max_size=30)))
def test_no_query_makes_a_fault(client: Client, query: dict[str, str]) -> None:
    from urllib.parse import urlencode

    text = urlencode(query, errors="replace")
    assert client.get(f"/api/v1/findings?{text}").status_code in (200, 400, 422)
    assert client.get(f"/findings?{text}").status_code in (200, 400)


@pytest.mark.parametrize(
    "address", ["/nope", "/api/v1/nope", "/api/v1/findings/", "/api/v1/incidents/none/timeline", "/docs", "/api/docs"]
)
def test_what_is_not_there_is_404(client: Client, address: str) -> None:
    assert problem_of(client, address)["status"] == 404


@pytest.mark.parametrize("address", ["/api/v1/incidents/a%00b/timeline", "/incidents/%ED%A0%80", "/sessions/a%00b"])
def test_a_number_that_no_database_takes_is_404(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"])
def test_nothing_outside_the_static_folder_is_served(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("address", ["/findings", "/api/v1/findings", "/healthz", "/incidents/1", "/static/style.css"])
def test_nothing_can_be_written(client: Client, method: str, address: str) -> None:
    assert problem_of(client, address, method)["status"] == 405
    assert client.send(method, address).headers["allow"].startswith("GET")


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[Client]:
    """An application whose database has no tables."""
    engine = open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'secret-name.db'}"), Use.READING)
    yield Client(
        create_app(engine, engine, DoorSettings(secret=b"of the tests", visitors=True), zone=ZONE, version="9.9")
    )
    engine.dispose()


@pytest.mark.parametrize("address", ["/api/v1/findings", "/findings", "/incidents/1"])
def test_a_silent_database_is_503_and_tells_nothing_of_itself(broken: Client, address: str) -> None:
    content = problem_of(broken, address)
    assert (content["status"], content["detail"]) == (503, "the database does not answer")


@pytest.mark.parametrize(
    ("error", "said", "seconds"),
    [
        (QueryCanceled(), "the answer took too long: ask for a shorter period or fewer units", "60"),
        (LockNotAvailable(), "somebody else is writing there: try again in a moment", "5"),
        (AdminShutdown("secret-host went away"), "the database does not answer", "5"),
        (IdleInTransactionSessionTimeout(), "the database does not answer", "5"),
    ],
)
def test_what_a_server_gave_up_is_503_that_says_what_to_do(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: PsycopgError, said: str, seconds: str
) -> None:
    def fails(*_: object) -> None:
        raise DBAPIError.instance("SELECT secret", None, error, PsycopgError, dialect=PGDialect_psycopg())

    monkeypatch.setattr("api.routes.lists.asked", fails)
    answer = client.get("/api/v1/findings")
    assert (answer.status_code, answer.headers["retry-after"], "secret" in answer.text) == (503, seconds, False)
    assert said in answer.json()["detail"]


def test_a_fault_of_ours_is_500_without_internals(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("secret path /srv/x")

    monkeypatch.setattr("api.routes.lists.asked", fails)
    answer = client.get("/api/v1/findings")
    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_a_browser_gets_a_page_about_the_error(client: Client) -> None:
    answer = client.get("/nope", accept="text/html,*/*", accept_language="en")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Not found" in answer.text
    assert client.get("/api/v1/nope", accept="text/html").headers["content-type"] == "application/problem+json"


def test_health_says_whether_the_database_answers(client: Client, empty: Client, broken: Client) -> None:
    scan = {"id": 1, "state": "complete"}
    times = {"started_at": "2026-11-23T11:50:00+08:00", "finished_at": "2026-11-23T11:51:00+08:00"}
    assert client.get("/healthz").json() == {"status": "ok", "version": "9.9", "last_scan": {**scan, **times}}
    assert empty.get("/healthz").json()["last_scan"] is None
    assert (broken.get("/healthz").status_code, broken.get("/healthz").json()["status"]) == (503, "unavailable")
