"""`bwc export NUMBER`: the evidence package of one incident or session, as a bag that anybody can check."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.user import ACTOR
from app.shell import Exit, Shell, say, shared_options
from app.targets import megabytes

if TYPE_CHECKING:
    from app.evidence.clips import ClipCopy


@click.command("export", help="导出证据包 / Export footage, verdict and log of one incident or session (BagIt folder).")
@click.argument("number")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="新的或空的文件夹（默认 bag-编号）/ a new or empty folder (default: bag-NUMBER here)",
)
@click.option("--no-media", is_flag=True, help="不含影像 / without footage: it is named with its digests, not copied")
@shared_options
@click.pass_obj
def export(shell: Shell, number: str, output: Path | None, *, no_media: bool) -> None:
    from app.evidence.package import Asked, make_package

    settings = shell.settings()
    asked = Asked(number.strip(), output, ACTOR, datetime.now(UTC), media=not no_media)
    package = make_package(settings, asked, tell)
    wrong = [one for one in package.clips if not one.in_order]
    click.echo(f"证据包 / evidence package: {package.root}")
    click.echo(f"{package.files} 个文件 / files, {megabytes(package.size)} MB")
    click.echo(f"manifest-sha256.txt SHA-256 {package.digest}")
    if wrong:
        say(
            f"bwc: {len(wrong)} 个片段未能原样放入，见 说明.html / "
            f"{len(wrong)} clip(s) are not in the package as they were indexed: see 说明.html"
        )
        shell.status = Exit.UNREAD


def tell(one: "ClipCopy") -> None:
    """Each clip that is not in order, as it comes."""
    if not one.in_order:
        say(f"bwc: {one.file.store}:{one.file.path}: {one.said}")
