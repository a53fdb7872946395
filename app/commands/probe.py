"""`bwc probe FILE…`: what the readers measure in a file, one JSON object a line; no configuration, no database."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from app.output import json_line, plain, utf8_stream
from app.shell import Exit, Shell, say, shared_options
from domain.media import Probe, ProblemCode
from domain.wording import COLON, joined
from domain.wording import say as bilingual

READ_ERROR = bilingual("读取出错", "read error")
UTC_ZONE = ZoneInfo("UTC")


@click.command("probe", help="测量文件 / What the readers measure in a file, JSON lines; no database.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@shared_options
@click.pass_obj
def probe(shell: Shell, files: tuple[str, ...]) -> None:
    with utf8_stream(sys.stdout.buffer) as stream:
        for file in files:
            line = measured(file)
            if line is None:
                shell.status = Exit.UNREAD
                continue
            report, read = line
            stream.write(json_line(plain(report, UTC_ZONE)) + "\n")
            stream.flush()
            if not read:
                shell.status = Exit.UNREAD


def measured(name: str) -> tuple[object, bool] | None:
    """The report on one file and whether its bytes could be read; None, with a word on stderr, when it is no file."""
    from indexer.containers import probe_path, probe_url

    if name.startswith("s3://"):
        return _told(name, probe_url(name))
    file = Path(name)
    try:
        if not file.is_file():
            what = "a folder" if file.is_dir() else "something else" if file.exists() else "nothing"
            say(f"bwc: 无法读取 / cannot be read: {file}: expected a file, got {what}")
            return None
        found = probe_path(file)
    except OSError as error:
        say(f"bwc: 无法读取 / cannot be read: {file}: {error.strerror or error}")
        return None
    return _told(name, found)


def _told(name: str, found: Probe) -> tuple[object, bool]:
    from indexer.containers.report import probe_report

    refused = next((problem for problem in found.problems if problem.code is ProblemCode.READ_ERROR), None)
    if refused is not None:
        say(f"bwc: {name}: {joined((READ_ERROR, refused.detail), COLON)}")
    return probe_report(name, found), refused is None
