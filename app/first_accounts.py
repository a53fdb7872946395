"""The first start makes one administrator and says the one-time password; with the sample also people to try."""

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from api.identity.passwords import hashed, one_time
from app.settings import Settings
from domain.access import Role
from domain.audit import Action, Entry, detail_text
from storage.accounts import NameTaken, add_account, has_accounts
from storage.audit import append

SAMPLE_PEOPLE = (("zicha", Role.OFFICER, "310114010000"), ("ducha", Role.INSPECTOR, None))
"""A self-check officer of station A and an inspector, where visitors are welcome: that is the sample."""


def first_accounts(settings: Settings, engine: Engine) -> None:
    """Nothing where there is an account already. One-time passwords are printed once and kept nowhere: when they cannot
    be (OSError: the output has no room), no account is made, and the next start does both. Of two programs that begin
    at once the second one finds the accounts of the first.
    """
    with suppress(NameTaken):
        _make(settings, engine)


def _make(settings: Settings, engine: Engine) -> None:
    people = [("admin", Role.ADMINISTRATOR, None), *(SAMPLE_PEOPLE if settings.api.visitors else ())]
    with engine.begin() as connection:
        if has_accounts(connection):
            return
        made = [(name, role, _add(connection, name, role, unit)) for name, role, unit in people]
        print("首次启动，已建立账号（一次性密码，登录后须修改）/ first start, accounts made (one-time passwords):")
        for name, role, password in made:
            print(f"    {name:<8} {password}    {role.value}", flush=True)


def _add(connection: Connection, name: str, role: Role, unit: str | None) -> str:
    password, now = one_time(), datetime.now(UTC)
    add_account(connection, now, name, role, unit=unit, password_hash=hashed(password))
    detail = detail_text(change="added", role=role, unit=unit)
    append(connection, now, [Entry("system", Action.ACCOUNT_CHANGED, f"account:{name}", unit, detail)])
    return password
