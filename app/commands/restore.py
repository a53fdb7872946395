"""`bwc restore`: a backup becomes the database again, or another one: the way from SQLite to PostgreSQL too."""

from dataclasses import replace as changed
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.user import ACTOR
from app.locations import database_url, sqlite_file, without_password
from app.settings import Settings
from app.shell import Exit, Shell, any_database, say, shared_options
from app.targets import megabytes, refuse_inside_store, refuse_little_space, scratch_folder, unwritable
from domain.audit_checking import shown
from domain.errors import UsageError
from domain.wording import say as worded
from storage.settings import Use

if TYPE_CHECKING:
    from storage.backups import Archive, Loss, Restored

PREFIX = "bwc-restore"


@click.command(
    "restore", help="还原备份 / Restore a backup into an empty database, or with --replace in another's place."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--database", metavar="URL", help="还原到此数据库（否则为配置的）/ into this database, else the configured one"
)
@click.option(
    "--replace", is_flag=True, help="替换现有内容，先列出将丢失的 / take the place of what is there, told first"
)
@click.option("--yes", is_flag=True, help="不再询问 / do not ask before replacing")
@click.option("--check", "only_check", is_flag=True, help="只核验备份 / only verify the backup, change nothing")
@shared_options
@click.pass_obj
def restore_command(
    shell: Shell, file: Path, *, database: str | None, replace: bool, yes: bool, only_check: bool
) -> None:
    from storage.backups import opened, refuse_unfit

    with opened(file) as archive:
        print_archive(archive)
        refuse_unfit(archive)
        archive.verify()
        click.echo("校验值全部相符 / every digest is right")
        if only_check:
            return
        settings = chosen_database(shell.settings(), database, shell.environment.get("BWC_DATABASE_PASSWORD"))
        if replace:
            tell_loss(settings, asking=not yes)
        restored = restore_into(settings, archive, replace=replace)
    tell(shell, settings, restored)


def chosen_database(settings: Settings, url: str | None, password: str | None) -> Settings:
    """The settings with the database that was asked for. Raises UsageError for an address that is none."""
    if url is None:
        return settings
    try:
        whole = database_url(url, Path.cwd(), password)
    except ValueError as error:
        raise UsageError(f"--database: {error}") from None
    file = sqlite_file(whole)
    if file is not None:
        refuse_inside_store(settings, file, "--database")
    return changed(settings, database=changed(settings.database, url=whole))


def print_archive(archive: "Archive") -> None:
    manifest = archive.manifest
    size = megabytes(archive.path.stat().st_size)
    click.echo(f"备份 / backup: {archive.path} ({size} MB)")
    click.echo(
        f"{manifest.created_at.isoformat(timespec='seconds')}, {manifest.origin}, bwc {manifest.program}, "
        f"数据库版本 / schema {manifest.schema}, {manifest.rows} 行 / rows"
    )
    if manifest.audit is not None:
        click.echo(f"审计日志链尾 / head of the audit log {shown(manifest.audit)}")


def tell_loss(settings: Settings, *, asking: bool) -> None:
    """What will be gone, and whether that is meant. Raises Abort when it is not."""
    from storage.backups import what_is_lost

    with any_database(settings, Use.READING) as engine, engine.connect() as connection:
        loss = what_is_lost(connection)
    name = without_password(settings.database.url)
    if not loss.tables:
        return
    click.echo(f"将被替换 / will be replaced: {name}")
    click.echo(f"将丢失 / will be lost: {lost_words(loss)}")
    if asking:
        click.confirm("确定替换？ / Replace it?", abort=True)


def lost_words(loss: "Loss") -> str:
    return ", ".join(f"{count} {table}" for table, count in loss.rows.items()) or f"{len(loss.tables)} 个表 / table(s)"


def restore_into(settings: Settings, archive: "Archive", *, replace: bool) -> "Restored":
    """Restore with a scratch folder beside an SQLite file. Raises UsageError, StorageError, BackupUnusable."""
    from storage.backups import Restoring, restore

    file = sqlite_file(settings.database.url)
    beside = file.parent if file is not None else Path.cwd()
    how = Restoring(ACTOR, datetime.now(UTC), replace)
    try:
        if file is None:
            with any_database(settings, Use.WRITING) as engine:
                return restore(archive, engine, beside, how)
        beside.mkdir(parents=True, exist_ok=True)
        refuse_little_space(file, 3 * sum(member.size for member in archive.manifest.members), "--database")
        with scratch_folder(beside, PREFIX) as scratch, any_database(settings, Use.WRITING) as engine:
            return restore(archive, engine, scratch, how)
    except OSError as error:
        raise unwritable("--database", file or beside, error) from None


def tell(shell: Shell, settings: Settings, restored: "Restored") -> None:
    name = without_password(settings.database.url)
    click.echo(f"已还原 / restored: {restored.rows} 行 / rows → {name}")
    if restored.before != restored.after:
        click.echo(f"数据库已升级 / migrated: {restored.before} → {restored.after}")
    if restored.faults:
        say(
            "bwc: "
            + worded(
                f"还原后的审计日志有 {restored.faults} 处问题；见 bwc audit verify",
                f"the restored audit log has {restored.faults} fault(s). See: bwc audit verify",
            )
        )
        shell.status = Exit.UNREAD
    else:
        click.echo("审计日志完整 / the audit log is whole")
    click.echo("正在运行的 bwc run 请重新启动 / start a running bwc run again")
