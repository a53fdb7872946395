"""`bwc token`: secrets by which programs use the API; each is printed once."""

import sys

import click

from api.identity.account_changes import ROLES
from api.identity.token_changes import MOST_DAYS, MOST_PER_MINUTE, NewToken, end_token, make_token
from app.commands.user import changing, chosen_unit, unit_option
from app.shell import Shell, open_database, shared_options
from app.tables import console_for, print_rows
from app.times import local_iso
from domain.access import Right, Role
from domain.errors import UsageError
from storage.accounts import tokens
from storage.settings import Use

COLUMNS = (
    *("id", "name", "role", "unit", "rights", "per_minute", "created_by", "created_at", "expires_at", "revoked_at"),
    "used_at",
)


@click.group("token", help="令牌 / Tokens of programs: create, list, revoke.")
def token() -> None:
    """Nothing by itself."""


@token.command("create", help="新建令牌，仅显示一次 / Make a token; it is printed once.")
@click.option("--name", required=True, help="用途 / what it is for")
@click.option("--role", required=True, type=click.Choice([role.value for role in ROLES]), help="角色 / role")
@unit_option
@click.option(
    "--right",
    "rights",
    multiple=True,
    type=click.Choice([right.value for right in Right if right is not Right.ACCOUNT]),
    help="仅此权限 / only this right of the role (repeatable)",
)
@click.option("--days", type=click.IntRange(1, MOST_DAYS), default=90, show_default=True, help="有效天数 / valid days")
@click.option(
    "--per-minute",
    type=click.IntRange(1, MOST_PER_MINUTE),
    default=600,
    show_default=True,
    help="每分钟请求数 / requests in a minute",
)
@shared_options
@click.pass_obj
def create(shell: Shell, /, rights: tuple[str, ...], role: str, unit: str | None, **numbers_and_name: object) -> None:
    settings = shell.settings()
    with changing(settings) as (connection, doer):
        wanted = NewToken(
            name=str(numbers_and_name["name"]),
            role=Role(role),
            unit=chosen_unit(connection, unit),
            rights=frozenset(Right(right) for right in rights),
            days=int(str(numbers_and_name["days"])),
            per_minute=int(str(numbers_and_name["per_minute"])),
        )
        made = make_token(connection, doer, wanted)
    click.echo(f"令牌 / token {made.id}, 有效至 / valid until {local_iso(made.expires_at, settings.zone)}")
    click.echo(f"仅显示一次 / shown once: {made.secret}")


@token.command("list", help="列出令牌 / List the tokens, without their secrets.")
@shared_options
@click.pass_obj
def list_tokens(shell: Shell) -> None:
    settings = shell.settings()
    with open_database(settings, Use.READING) as engine, engine.connect() as connection:
        found = tokens(connection)
    rows = []
    for one in found:
        row: dict[str, object] = {name: getattr(one, name) for name in COLUMNS}
        rows.append({**row, "rights": sorted(one.rights or ())})
    print_rows(console_for(sys.stdout), COLUMNS, rows, settings.zone)


@token.command("revoke", help="吊销令牌 / Revoke a token: it counts no more.")
@click.argument("number", metavar="ID", type=click.IntRange(1, 2**31))
@shared_options
@click.pass_obj
def revoke(shell: Shell, number: int) -> None:
    with changing(shell.settings()) as (connection, doer):
        done = end_token(connection, doer, number)
    if not done:
        raise UsageError(f"没有可吊销的令牌 {number} / there is no valid token {number} to revoke")
    click.echo(f"令牌已吊销 / revoked: {number}")
