"""Changing accounts, for the command line and the pages: each change with its link of the audit log.

Every function works in the caller's transaction and appends to the log last. One-time passwords are given back to be
shown once; they are kept nowhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from api.identity.passwords import hashed, one_time
from domain.access import Role
from domain.audit import Action, Entry, detail_text
from domain.errors import UsageError
from domain.wording import say
from storage.accounts import Account, account_by_oidc, account_named, add_account, change_account, lock_administrators
from storage.audit import append
from storage.queries.filters import storable

NAME = re.compile(r"[^\s:/\\@\"'<>&?#%]{1,60}")
ROLES = tuple(role for role in Role if role is not Role.VISITOR)


class LastAdministrator(UsageError):
    """Without this one nobody could administer any more."""


class UnknownAccount(UsageError):
    """There is no account of this name."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who changes something, when, and from where."""

    actor: str
    now: datetime
    origin: str = ""

    def entry(self, action: Action, subject: str, unit: str | None, /, **detail: object) -> Entry:
        return Entry(self.actor, action, subject, unit, detail_text(**detail), self.origin)


def add_person(
    connection: Connection, doer: Doer, name: str, role: Role, *, unit: str | None = None, oidc: str | None = None
) -> str | None:
    """A new account; its one-time password. With `oidc` none: it signs in elsewhere, `""` binds at its first sign-in.

    Raises UsageError for an unusable or taken name, or an outside identity that is bound already.
    """
    name = name.strip().lower()
    if not NAME.fullmatch(name) or not storable(name) or not name.isprintable():
        raise UsageError(
            say(f"账号名无法使用：{name[:60]!r}", f"name: expected 1 to 60 letters or digits, got {name[:60]!r}")
        )
    if oidc and (other := account_by_oidc(connection, oidc)) is not None:
        raise UsageError(say(f"该身份已属于账号 {other.name}", f"this identity belongs to the account {other.name}"))
    password = None if oidc is not None else one_time()
    kept = None if password is None else hashed(password)
    values: dict[str, Any] = {"unit": unit, "password_hash": kept, "oidc_subject": oidc or None}
    add_account(connection, doer.now, name, role, **values, must_change=password is not None)
    detail = {"change": "added", "role": role, "unit": unit, "sign_in": "oidc" if password is None else "password"}
    append(connection, doer.now, [doer.entry(Action.ACCOUNT_CHANGED, f"account:{name}", unit, **detail)])
    return password


def known_account(connection: Connection, name: str) -> Account:
    """Raises UnknownAccount."""
    account = account_named(connection, name)
    if account is None:
        raise UnknownAccount(say(f"没有账号 {name[:60]}", f"there is no account called {name[:60]}"))
    return account


def change_person(connection: Connection, doer: Doer, account: Account, *, role: Role, unit: str | None) -> bool:
    """Another role or unit; ends the account's sessions. False where nothing differs. Raises LastAdministrator."""
    if (account.role, account.unit) == (role, unit):
        return False
    stays = role is Role.ADMINISTRATOR and unit is None
    if not stays:
        refuse_last(lock_administrators(connection), account, narrowed=role is Role.ADMINISTRATOR)
    change_account(connection, account.id, end_sessions=True, role=role.value, unit=unit)
    detail = {"change": "role", "role": role, "unit": unit, "before": {"role": account.role, "unit": account.unit}}
    entry = doer.entry(Action.ACCOUNT_CHANGED, f"account:{account.name}", account.unit, **detail)
    append(connection, doer.now, [entry])
    return True


def disable_person(connection: Connection, doer: Doer, account: Account) -> bool:
    """No more sign-in, and those there are end. False where it was disabled. Raises LastAdministrator."""
    if not account.active:
        return False
    refuse_last(lock_administrators(connection), account)
    change_account(connection, account.id, end_sessions=True, active=False)
    append(connection, doer.now, [_changed(doer, account, "disabled")])
    return True


def enable_person(connection: Connection, doer: Doer, account: Account) -> bool:
    """An account that was disabled may sign in again. False where it was active."""
    if account.active:
        return False
    change_account(connection, account.id, end_sessions=True, active=True, failures=0, locked_until=None)
    append(connection, doer.now, [_changed(doer, account, "enabled")])
    return True


def renew_password(connection: Connection, doer: Doer, account: Account) -> str:
    """A new one-time password; unlocks, and ends the account's sessions. Raises UsageError: it signs in elsewhere."""
    if account.password_hash is None:
        text = say(f"账号 {account.name} 使用统一身份认证登录", f"{account.name} signs in with the identity provider")
        raise UsageError(text)
    password = one_time()
    values: dict[str, Any] = {"password_hash": hashed(password), "must_change": True, "failures": 0}
    change_account(connection, account.id, end_sessions=True, **values, locked_until=None)
    append(connection, doer.now, [_changed(doer, account, "one-time password")])
    return password


def unlock_person(connection: Connection, doer: Doer, account: Account) -> bool:
    """The lock after wrong passwords goes. False where there was none."""
    if not account.failures and account.locked_until is None:
        return False
    change_account(connection, account.id, failures=0, locked_until=None)
    append(connection, doer.now, [_changed(doer, account, "unlocked")])
    return True


def _changed(doer: Doer, account: Account, change: str) -> Entry:
    return doer.entry(Action.ACCOUNT_CHANGED, f"account:{account.name}", account.unit, change=change)


def refuse_last(administrators: Sequence[Account], account: Account, *, narrowed: bool = False) -> None:
    """Raises LastAdministrator when nobody else could administer what this account administers.

    `administrators`: the active ones. An administrator of every unit is replaced only by another such one; one who
    stays administrator of some unit (`narrowed`) may be alone there.
    """
    mine = next((one for one in administrators if one.id == account.id), None)
    if mine is None:
        return
    others = [one for one in administrators if one.id != mine.id]
    enough = any(one.unit is None for one in others) if mine.unit is None else bool(others) or narrowed
    if not enough:
        raise LastAdministrator(
            say(
                f"{account.name} 是最后一名启用的管理员，不能停用或更改",
                f"{account.name} is the last active administrator: it cannot be disabled or changed",
            )
        )
