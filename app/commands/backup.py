"""`bwc backup`: the whole database in one file, while everything runs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.user import ACTOR
from app.shell import Exit, Shell, say, shared_options
from app.targets import BACKUPS, megabytes
from domain.audit_checking import shown
from domain.wording import say as worded

if TYPE_CHECKING:
    from app.backing_up import Made


@click.command("backup", help="备份数据库 / Write the whole database into one file, while everything runs.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE|FOLDER",
    help=f"文件或文件夹（默认 {BACKUPS}）/ a new file, or a folder that gets one (default {BACKUPS})",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    metavar="N",
    help="文件夹内只留最新 N 份 / of this database's backups in the folder only the newest N stay",
)
@shared_options
@click.pass_obj
def backup(shell: Shell, output: Path | None, keep: int | None) -> None:
    from app.backing_up import back_up

    settings = shell.settings()
    made = back_up(settings, output, datetime.now(UTC), ACTOR, keep)
    print_made(made)
    if made.manifest.audit_faults:
        faults = made.manifest.audit_faults
        say(
            "bwc: "
            + worded(
                f"已备份，但审计日志有 {faults} 处问题，旧备份未删除；见 bwc audit verify",
                f"the backup is made, but the audit log has {faults} fault(s); no older one was removed. "
                "See: bwc audit verify",
            )
        )
        shell.status = Exit.UNREAD


def print_made(made: "Made") -> None:
    """Where it lies, what it holds, and what proves later that it is this one."""
    manifest = made.manifest
    click.echo(f"已备份 / backup: {made.file}")
    click.echo(
        f"{len(manifest.members)} 个表 / tables, {manifest.rows} 行 / rows, {megabytes(made.size)} MB, "
        f"数据库版本 / schema {manifest.schema}"
    )
    click.echo(f"SHA-256 {made.digest}")
    if manifest.audit is not None:
        click.echo(f"审计日志链尾 / head of the audit log {shown(manifest.audit)}")
    for path in made.removed:
        click.echo(f"已删除旧备份 / older backup removed: {path.name}")
