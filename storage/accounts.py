"""Accounts and tokens in the database. Passwords arrive here hashed; what a hash is good for is settled in `api/`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.access import Right, Role
from domain.errors import UsageError
from storage.schema.tables import ACCOUNT, API_TOKEN


@dataclass(frozen=True, slots=True)
class Account:
    """A person who signs in. `unit` None: sees every unit."""

    id: int
    name: str
    role: Role
    unit: str | None
    password_hash: str | None
    oidc_subject: str | None
    active: bool
    must_change: bool
    generation: int
    failures: int
    locked_until: datetime | None
    language: str | None
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A program's token without its secret. `rights` None: all of its role; what no version knows any more is none."""

    id: int
    name: str
    role: Role
    unit: str | None
    rights: frozenset[Right] | None
    per_minute: int
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None

    def valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class NameTaken(UsageError):
    """There is an account of this name already."""


def account_named(connection: Connection, name: str) -> Account | None:
    """The account of this name, in whatever case it is typed."""
    return _one_account(connection, ACCOUNT.c.name == name.strip().lower())


def account_of(connection: Connection, account_id: int) -> Account | None:
    return _one_account(connection, ACCOUNT.c.id == account_id)


def held_account(connection: Connection, account_id: int) -> Account | None:
    """As `account_of`; others who would hold or change it wait until this transaction is over."""
    query = select(ACCOUNT).where(ACCOUNT.c.id == account_id).with_for_update()
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else _account(row)


def account_by_oidc(connection: Connection, subject: str) -> Account | None:
    return _one_account(connection, ACCOUNT.c.oidc_subject == subject)


def accounts(connection: Connection) -> list[Account]:
    """All of them, in order of name."""
    return [_account(row) for row in connection.execute(select(ACCOUNT).order_by(ACCOUNT.c.name)).mappings()]


def has_accounts(connection: Connection) -> bool:
    return connection.execute(select(ACCOUNT.c.id).limit(1)).first() is not None


def add_account(
    connection: Connection,
    now: datetime,
    name: str,
    role: Role,
    *,
    unit: str | None = None,
    password_hash: str | None = None,
    oidc_subject: str | None = None,
    must_change: bool = True,
) -> int:
    """A new account; returns its id. Raises NameTaken."""
    name = name.strip().lower()
    taken = NameTaken(f"账号已存在 / there is an account of this name already: {name}")
    if account_named(connection, name) is not None:
        raise taken
    row = {
        "name": name,
        "role": role.value,
        "unit": unit,
        "password_hash": password_hash,
        "oidc_subject": oidc_subject,
        "active": True,
        "must_change": must_change,
        "generation": 1,
        "failures": 0,
        "created_at": now,
    }
    try:
        with connection.begin_nested():
            return int(connection.execute(insert(ACCOUNT).returning(ACCOUNT.c.id), row).scalar_one())
    except IntegrityError as error:  # a server lets two look before either has written
        if account_named(connection, name) is None:
            raise
        raise taken from error


def change_account(connection: Connection, account_id: int, *, end_sessions: bool = False, **values: Any) -> None:
    """Set columns of an account; `end_sessions`: cookies handed out before count no more."""
    if end_sessions:
        values["generation"] = ACCOUNT.c.generation + 1
    connection.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**values))


def token_by_digest(connection: Connection, digest: str) -> ApiToken | None:
    row = connection.execute(select(API_TOKEN).where(API_TOKEN.c.digest == digest)).mappings().one_or_none()
    return None if row is None else _token(row)


def tokens(connection: Connection) -> list[ApiToken]:
    """All of them, newest first."""
    return [_token(row) for row in connection.execute(select(API_TOKEN).order_by(API_TOKEN.c.id.desc())).mappings()]


def add_token(
    connection: Connection,
    now: datetime,
    digest: str,
    *,
    name: str,
    role: Role,
    unit: str | None,
    rights: Sequence[Right],
    per_minute: int,
    created_by: str,
    expires_at: datetime,
) -> int:
    """A new token; returns its id."""
    row = {
        "name": name,
        "digest": digest,
        "role": role.value,
        "unit": unit,
        "rights": sorted(right.value for right in rights),
        "per_minute": per_minute,
        "created_by": created_by,
        "created_at": now,
        "expires_at": expires_at,
    }
    return int(connection.execute(insert(API_TOKEN).returning(API_TOKEN.c.id), row).scalar_one())


def revoke_token(connection: Connection, token_id: int, now: datetime) -> bool:
    """Whether there was a valid one to revoke."""
    found = API_TOKEN.c.id == token_id
    done = connection.execute(update(API_TOKEN).where(found, API_TOKEN.c.revoked_at.is_(None)).values(revoked_at=now))
    return bool(done.rowcount)


def note_token_use(connection: Connection, token_id: int, now: datetime) -> None:
    connection.execute(update(API_TOKEN).where(API_TOKEN.c.id == token_id).values(used_at=now))


def _one_account(connection: Connection, condition: Any) -> Account | None:
    row = connection.execute(select(ACCOUNT).where(condition)).mappings().one_or_none()
    return None if row is None else _account(row)


def _account(row: Any) -> Account:
    values = {field.name: row[field.name] for field in fields(Account)}
    return Account(**{**values, "role": Role(row["role"])})


def _token(row: Any) -> ApiToken:
    values = {field.name: row[field.name] for field in fields(ApiToken)}
    rights = frozenset(Right(one) for one in row["rights"] if one in set(Right)) if row["rights"] else None
    return ApiToken(**{**values, "role": Role(row["role"]), "rights": rights})


def lock_administrators(connection: Connection) -> list[Account]:
    """Every active administrator; others who would change one wait until this transaction is over."""
    query = select(ACCOUNT).where(ACCOUNT.c.role == Role.ADMINISTRATOR.value, ACCOUNT.c.active)
    return [_account(row) for row in connection.execute(query.order_by(ACCOUNT.c.id).with_for_update()).mappings()]


def token_of(connection: Connection, token_id: int) -> ApiToken | None:
    row = connection.execute(select(API_TOKEN).where(API_TOKEN.c.id == token_id)).mappings().one_or_none()
    return None if row is None else _token(row)
