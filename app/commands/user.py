"""`bwc user`: accounts of people, with one-time passwords that are printed once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Connection

from api.identity.account_changes import (
    ROLES,
    Doer,
    add_person,
    change_person,
    disable_person,
    known_account,
    renew_password,
)
from app.doors import oidc_settings
from app.settings import Settings
from app.shell import Shell, open_database, say, shared_options
from app.tables import console_for, print_rows
from domain.access import Role
from domain.errors import UsageError
from storage.accounts import accounts
from storage.queries.filters import units_known
from storage.settings import Use

ACTOR = "system:command-line"
ANYWHERE = "*"
COLUMNS = ("name", "role", "unit", "sign_in", "active", "locked_until", "signed_in_at", "created_at")

role_option = click.option("--role", type=click.Choice([role.value for role in ROLES]), help="角色 / role")
unit_option = click.option("--unit", help=f"单位代码；{ANYWHERE} 为全部单位 / code of a unit; {ANYWHERE}: every unit")


@click.group("user", help="账号 / People's accounts: add, list, change, disable, new one-time password.")
def user() -> None:
    """Nothing by itself."""


@user.command("add", help="新增账号，显示一次性密码 / Add an account; prints its one-time password.")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in ROLES]), help="角色 / role")
@unit_option
@click.option(
    "--oidc",
    metavar="SUBJECT",
    help="统一身份认证的用户标识；- 为首次登录时按账号名绑定 / signs in with the identity provider as this subject; "
    "-: bound by its name at the first sign-in",
)
@shared_options
@click.pass_obj
def add(shell: Shell, name: str, role: str, unit: str | None, oidc: str | None) -> None:
    settings = shell.settings()
    outside = None if oidc is None else outside_identity(settings, oidc)
    with changing(settings) as (connection, doer):
        code = chosen_unit(connection, unit)
        password = add_person(connection, doer, name, Role(role), unit=code, oidc=outside)
    if password is None:
        click.echo(f"账号已建立，使用统一身份认证登录 / added, signs in with the identity provider: {name.lower()}")
    else:
        tell_password(name, password)


@user.command("list", help="列出账号 / List the accounts.")
@shared_options
@click.pass_obj
def list_users(shell: Shell) -> None:
    settings = shell.settings()
    with open_database(settings, Use.READING) as engine, engine.connect() as connection:
        found = accounts(connection)
    rows = []
    for one in found:
        row: dict[str, object] = {name: getattr(one, name) for name in COLUMNS if name != "sign_in"}
        rows.append({**row, "sign_in": "password" if one.password_hash else "oidc"})
    print_rows(console_for(sys.stdout), COLUMNS, rows, settings.zone)


@user.command("disable", help="停用账号 / Disable an account: no more sign-in, open ones end.")
@click.argument("name")
@shared_options
@click.pass_obj
def disable(shell: Shell, name: str) -> None:
    with changing(shell.settings()) as (connection, doer):
        done = disable_person(connection, doer, known_account(connection, name))
    click.echo(f"账号已停用 / disabled: {name}" if done else f"账号此前已停用 / was disabled already: {name}")


@user.command("password", help="新的一次性密码并解锁 / A new one-time password; unlocks the account.")
@click.argument("name")
@shared_options
@click.pass_obj
def password(shell: Shell, name: str) -> None:
    with changing(shell.settings()) as (connection, doer):
        made = renew_password(connection, doer, known_account(connection, name))
    tell_password(name, made)


@user.command("change", help="更改角色或单位 / Change role or unit; open sign-ins end.")
@click.argument("name")
@role_option
@unit_option
@shared_options
@click.pass_obj
def change(shell: Shell, name: str, role: str | None, unit: str | None) -> None:
    if role is None and unit is None:
        raise UsageError("user change: 应给出 --role 或 --unit / expected --role or --unit, got neither")
    with changing(shell.settings()) as (connection, doer):
        account = known_account(connection, name)
        code = account.unit if unit is None else chosen_unit(connection, unit)
        done = change_person(connection, doer, account, role=Role(role) if role else account.role, unit=code)
    click.echo(f"账号已更改 / changed: {name}" if done else f"没有变化 / nothing differs: {name}")


@contextmanager
def changing(settings: Settings) -> Iterator[tuple[Connection, Doer]]:
    """One transaction for one change, by whoever sits at the command line."""
    with open_database(settings, Use.DECIDING, create=True) as engine, engine.begin() as connection:
        yield connection, Doer(ACTOR, datetime.now(UTC))


def chosen_unit(connection: Connection, unit: str | None) -> str | None:
    """The code, None for every unit; a code that the register does not know is said, for it may come tomorrow."""
    code = (unit or ANYWHERE).strip()
    if code == ANYWHERE:
        return None
    if not units_known(connection, code):
        say(f"bwc: 注意 / warning: 单位登记表中没有代码 {code} / the register of units has no code {code}")
    return code


def outside_identity(settings: Settings, subject: str) -> str:
    """Issuer and subject as they are kept, "" to bind by name. Raises UsageError without `[oidc]`."""
    issuer = oidc_settings(settings).issuer
    if not issuer:
        raise UsageError("--oidc: 配置文件没有 [oidc] / expected [oidc] issuer in config.toml, got none")
    if not subject.strip():
        raise UsageError("--oidc: 应为用户标识 / expected a subject, got none")
    return "" if subject == "-" else f"{issuer} {subject.strip()}"


def tell_password(name: str, made: str) -> None:
    """Once, and kept nowhere."""
    click.echo(f"账号 / account: {name.strip().lower()}\n一次性密码（仅显示一次）/ one-time password: {made}")
