"""`bwc migrate`: bring the database to the schema of this program; forward only."""

import click

from app.locations import without_password
from app.shell import Shell, any_database, shared_options


@click.command("migrate", help="升级数据库 / Bring the database to this program's schema.")
@shared_options
@click.pass_obj
def migrate(shell: Shell) -> None:
    from storage.engine import migrate as bring_up

    settings = shell.settings()
    name = without_password(settings.database.url)
    with any_database(settings, readonly=False) as engine:
        before, after = bring_up(engine)
    if before == after:
        click.echo(f"数据库已是最新 / the database is up to date: {after} ({name})")
    else:
        click.echo(f"数据库已升级 / migrated: {before or '(空 empty)'} → {after} ({name})")
