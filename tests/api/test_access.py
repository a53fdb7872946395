"""Every address × every role × inside and outside of its units, against the tables of docs/access.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from api.identity.access import Admission
from api.parts import PARTS
from domain.access import RIGHTS, Right, Role
from tests.api.client import Client
from tests.api.people import district
from tests.api.world import GAPPED, SESSION

pytestmark = pytest.mark.slow

PUBLIC = {"/sign-in", "/sign-out", "/healthz", "/api/v1/me"}
MARKS = {"●", "○"}
ROLES = (Role.OFFICER, Role.SUPERVISOR, Role.INSPECTOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.VISITOR)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with district(tmp_path_factory.mktemp("access") / "a.db", films=True) as client:
        yield client


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "docs" / "access.md").read_text(encoding="utf-8")


def routes() -> Iterator[APIRoute]:
    """Every route of the program: they come from the routers of its parts alone."""
    yield from (route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute))


def test_no_address_comes_from_anywhere_but_the_routers_of_the_parts(house: Client) -> None:
    besides = [route for route in house.app.routes if type(route).__name__ != "_IncludedRouter"]
    assert sorted(str(route.path) for route in besides) == ["/api/openapi.json", "/static"]
    assert len(house.app.routes) - len(besides) == len(PARTS)
    assert len(list(routes())) > 20


def rights_asked(route: APIRoute) -> list[Right]:
    return [one.call.right for one in route.dependant.dependencies if isinstance(one.call, Admission)]


def stated_rights(page: str) -> dict[tuple[str, str], str]:
    """(method, address) → right, of the second table."""
    rows = re.findall(
        r"^\| (GET|POST|PUT|DELETE|PATCH) \| `([^`]+)` \| ([a-z-]+(?: [a-z-]+)*) \|$", page, flags=re.MULTILINE
    )
    return {(method, address): right for method, address, right in rows}


def test_every_address_names_exactly_the_rights_that_the_page_says(page: str) -> None:
    found = {}
    for route in routes():
        for method in sorted(route.methods - {"HEAD"}):
            if route.path not in PUBLIC and not route.path.startswith("/sign-in/"):
                found[method, route.path] = " ".join(sorted({right.value for right in rights_asked(route)}))
    assert found == stated_rights(page)


def test_the_rights_of_roles_are_those_of_the_page(page: str) -> None:
    table = {}
    for right in Right:
        line = re.search(rf"^\| {right.value} \|(.*)\|$", page, flags=re.MULTILINE)
        assert line, right
        table[right] = [cell.strip() in MARKS for cell in line[1].split("|")[1:]]
    assert table == {right: [right in RIGHTS[role] for role in ROLES] for right in Right}


READING = (
    *((f"/api/v1/{name}", Right.SEE) for name in ("findings", "clips", "incidents", "sessions", "coverage", "links")),
    (f"/api/v1/incidents/{GAPPED}/timeline", Right.SEE),
    (f"/api/v1/sessions/{SESSION}/timeline", Right.SEE),
    ("/api/v1/clips/1/strip", Right.MEDIA),
    (f"/incidents/{GAPPED}", Right.SEE),
    ("/findings", Right.SEE),
)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VISITOR])
def test_inside_its_units_a_role_gets_what_its_rights_say(house: Client, role: Role) -> None:
    client = house.signed_in(role.value)
    for address, right in READING:
        status = client.get(address).status_code
        assert (status == 200) == (right in RIGHTS[role]), (address, status)
        if right not in RIGHTS[role]:
            assert status == 403, address


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.VISITOR])
def test_outside_its_units_a_role_gets_nothing_not_even_a_count(house: Client, role: Role) -> None:
    client = house.signed_in(f"{role.value}.elsewhere")
    for address, right in READING:
        answer = client.get(address)
        if right not in RIGHTS[role]:
            assert answer.status_code == 403, address
        elif address.endswith(("/timeline", "/strip", GAPPED)):
            assert answer.status_code == 404, address
        elif address.startswith("/api"):
            assert answer.json() == {"items": [], "next_cursor": None}, address
        else:
            assert re.findall(r'class="count">(\d+)<', answer.text) == ["0"] * 4
            assert "dock-a" not in answer.text


def test_who_has_no_account_is_sent_to_sign_in_and_a_program_is_told_how(house: Client) -> None:
    nobody = Client(house.app)
    page = nobody.get("/findings?flag=missing", accept="text/html")
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Ffindings%3Fflag%3Dmissing")
    program = nobody.get("/api/v1/findings")
    assert (program.status_code, program.headers["www-authenticate"][:6]) == (401, "Bearer")
