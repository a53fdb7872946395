"""Whatever the description of the API allows, and much that it does not, is sent to a real server: no answer is a fault
of ours, and every answer is as described."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.access import Role
from tests.api import world
from tests.api.people import district, give_token
from tests.serving import served

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(600)]
EXAMPLES = 4
"""Requests of each kind for each operation; `--seed` lets a failure be seen again."""
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance"),
)
STREAMS = ("/api/v1/events",)
"""Answers without an end."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[Role, str]]]:
    """Address of a server, and a token of each role."""
    with district(tmp_path_factory.mktemp("fuzz") / "f.db", films=True) as client:
        with client.app.state.house.writer.begin() as connection:
            tokens = {
                role: give_token(connection, role, world.UNIT, per_minute=1_000_000)
                for role in (Role.OFFICER, Role.INSPECTOR, Role.ADMINISTRATOR)
            }
        with served(client.app) as address:
            yield address, tokens


@pytest.mark.parametrize("role", [Role.OFFICER, Role.INSPECTOR, Role.ADMINISTRATOR])
def test_no_answer_is_a_fault_of_ours_and_every_answer_is_as_described(
    house: tuple[str, dict[Role, str]], role: Role, tmp_path: Path
) -> None:
    address, tokens = house
    command = [
        *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{address}/api/openapi.json"),
        *("-H", f"Authorization: Bearer {tokens[role]}", "--checks", ",".join(CHECKS), "--no-color", "--no-shrink"),
        *("--max-examples", str(EXAMPLES), "--phases", "examples,fuzzing", "--seed", "7"),
        *("--continue-on-failure", "--warnings", "off", "--generation-database", "none", "--request-timeout", "30"),
        *(word for stream in STREAMS for word in ("--exclude-path", stream)),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-6000:]
    assert re.search(r"\b\d+ (generated|passed)", said), said[-2000:]
