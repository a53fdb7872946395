"""People and programs of the small district: one of each role in station A, and the same in another station."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from api.identity.access import token_digest
from api.identity.passwords import hashed
from domain.access import Right, Role
from storage.accounts import add_account, add_token
from tests.api import world
from tests.api.client import Client
from tests.api.conftest import application

PASSWORD = "correct horse battery"
_HASH: list[str] = []
ELSEWHERE = "310114990000"
"""A station that none of the rows belongs to."""


def add_people(connection: Connection, unit: str = world.UNIT, suffix: str = "") -> None:
    """Accounts named after their role (plus `suffix`), all with `PASSWORD`, seeing `unit` and what is below."""
    if not _HASH:
        _HASH.append(hashed(PASSWORD))  # one costly hash for all tests of a process
    for role in Role:
        if role is not Role.VISITOR:
            name = f"{role.value}{suffix}"
            add_account(connection, world.NOW, name, role, unit=unit, password_hash=_HASH[0], must_change=False)


def give_token(
    connection: Connection,
    role: Role,
    unit: str | None = None,
    rights: tuple[Right, ...] = (),
    per_minute: int = 10_000,
    name: str = "a program",
) -> str:
    """The secret of a new token, good for a day."""
    secret = f"bwc_test_{role}_{unit}_{len(rights)}_{per_minute}"
    add_token(
        connection,
        world.NOW,
        token_digest(secret),
        name=name,
        role=role,
        unit=unit,
        rights=rights,
        per_minute=per_minute,
        created_by="account:administrator",
        expires_at=world.NOW + timedelta(days=1),
    )
    return secret


@contextmanager
def district(path: Path, more_findings: int = 0, films: bool = False, visitors: bool = False) -> Iterator[Client]:
    """An application with people in it; nobody is signed in."""
    with application(path, more_findings=more_findings, films=films, visitors=visitors) as app:
        with app.state.house.writer.begin() as connection:
            add_people(connection)
            add_people(connection, ELSEWHERE, ".elsewhere")
        yield Client(app)
