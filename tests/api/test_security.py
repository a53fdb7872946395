"""Host names, headers, and that OpenAPI tells everything there is."""

import re
from pathlib import Path

import pytest

from api.parameters import SORTS
from api.security import HEADERS, is_loopback_host
from storage.queries import LISTS
from tests.api.client import Client


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:80", "localhost.", "[::1]:8000", "127.9.8.7"]
)
def test_loopback_names_are_served(client: Client, host: str) -> None:
    assert is_loopback_host(host)
    assert client.get("/healthz", host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.5:8000", "0.0.0.0", "[::]"),
        *("127.0.0.1@evil.example", "evil.example#127.0.0.1", "127.0.0.1:x", "127.1", "::1", "", " ", "2130706433"),
    ],
)
def test_a_name_that_is_not_loopback_is_refused_whatever_is_asked(client: Client, host: str) -> None:
    assert not is_loopback_host(host)
    for address in ("/", "/api/v1/findings", "/static/style.css", "/healthz", "/nope"):
        answer = client.get(address, host=host)
        assert (answer.status_code, answer.headers["content-type"]) == (421, "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "address",
    ["/findings", "/nope", "/api/v1/findings", "/api/v1/findings?x=1", "/static/style.css", "/api/openapi.json"],
)
def test_every_answer_carries_the_guarding_headers(client: Client, address: str) -> None:
    headers = client.get(address).headers
    assert {name: headers[name] for name in HEADERS} == dict(HEADERS)
    assert not re.search("unsafe|http|\\*", HEADERS["Content-Security-Policy"])


@pytest.mark.parametrize("path", ["//evil.example/x", "/%5Cevil.example", "///evil.example", "/incidents/a%3Fb%23c"])
def test_no_link_of_a_page_leaves_this_server(client: Client, path: str) -> None:
    text = client.get(f"http://127.0.0.1{path}", accept="text/html").text
    links = re.findall(r'href="([^"]*)"', text)
    assert any("lang=en" in link for link in links)
    assert all(re.match(r"/(?![/\\])|#", link) for link in links), links


def test_openapi_describes_every_list_with_exactly_its_filters(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()
    for name in ("stores", "clips", "recordings", "incidents", "sessions", "coverage", "links", "findings"):
        described = schema["paths"][f"/api/v1/{name}"]["get"]
        options = {{"since": "from", "until": "to"}.get(offer, offer) for offer in LISTS[name].offers}
        known = {"limit", "cursor", "as_of", *options, *({"sort"} if name in SORTS else ())}
        assert {one["name"] for one in described["parameters"] if "name" in one} == known
        assert "application/problem+json" in described["responses"]["422"]["content"]
        assert described["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]


def test_every_reference_in_openapi_leads_somewhere(client: Client) -> None:
    text = client.get("/api/openapi.json").text
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    wanted = set(re.findall(r"#/components/schemas/([^\"]+)", text))
    assert wanted <= set(schemas)
    assert "Problem" in wanted
    assert "HTTPValidationError" not in text


def test_pages_name_no_outside_address_and_hold_no_inline_script_or_style(project: Path) -> None:
    for path in sorted((project / "api" / "templates").iterdir()) + sorted((project / "api" / "static").iterdir()):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//[a-z]+\.|@import|<style|\sstyle=|\son[a-z]+=", text), path.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path.name
        assert "|safe" not in text, path.name
