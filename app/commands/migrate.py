"""`bwc migrate`: bring the database to the schema of this program, forward only; with --to, move it to another."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from app.locations import without_password
from app.shell import Shell, any_database, shared_options
from app.visible import visible
from domain.errors import UsageError
from domain.wording import say as worded
from storage.settings import Use


@click.command("migrate", help="升级数据库 / Bring the database to this program's schema, or with --to move it.")
@click.option(
    "--to",
    metavar="URL",
    help="把整个数据库迁移到此空数据库 / copy the whole database into this empty one, and prove it row for row",
)
@click.option(
    "--to-password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="目标数据库的密码（否则 BWC_DATABASE_PASSWORD）/ password of the target, else BWC_DATABASE_PASSWORD",
)
@shared_options
@click.pass_obj
def migrate(shell: Shell, to: str | None, to_password_file: Path | None) -> None:
    if to is not None:
        move(shell, to, target_password(shell, to_password_file))
        return
    if to_password_file is not None:
        raise UsageError(worded("--to-password-file：仅与 --to 同用", "--to-password-file: expected only with --to"))
    from storage.engine import migrate as bring_up

    settings = shell.settings()
    name = without_password(settings.database.url)
    with any_database(settings, Use.WRITING) as engine:
        before, after = bring_up(engine)
    if before == after:
        click.echo(f"数据库已是最新 / the database is up to date: {after} ({name})")
    else:
        click.echo(f"数据库已升级 / migrated: {before or '(空 empty)'} → {after} ({name})")


def target_password(shell: Shell, file: Path | None) -> str | None:
    """Raises UsageError for a file that cannot be read."""
    if file is None:
        return shell.environment.get("BWC_DATABASE_PASSWORD") or None
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        zh, en = f"--to-password-file：{file} 无法读取：{error}", f"--to-password-file: {file} cannot be read: {error}"
        raise UsageError(worded(zh, en)) from None


def move(shell: Shell, url: str, password: str | None) -> None:
    """Copy, prove, and tell what is there now and what is left to do."""
    from app.commands.user import ACTOR
    from app.moving import move_into

    settings = shell.settings()
    try:
        moved = move_into(settings, url, password, datetime.now(UTC), actor=ACTOR, told=told_on_terminal)
    finally:
        told_on_terminal("")
    for one in moved.tables:
        if one.rows:
            click.echo(f"  {one.table}: {one.rows} 行 / rows, SHA-256 {one.digest}")
    source, target = without_password(settings.database.url), without_password(url)
    click.echo(f"已迁移 / moved: {moved.rows} 行 / rows, {source} → {target}")
    click.echo("已逐行核对，审计日志完整，报表相同 / compared row for row; the audit log is whole, reports are equal")
    click.echo(f'下一步 / next: [database] url = "{target}" ({settings.file.name}); bwc check; bwc run')
    click.echo("原数据库未改动，请停用并留存 / the old database is as it was: keep it, and do not go on with it")


def told_on_terminal(name: str) -> None:
    """What is at work now, on a terminal only; "" takes the line away."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{visible(name)}", end="", file=sys.stderr, flush=True)
