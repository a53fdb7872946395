"""`bwc audit`: the hash chain of the audit log is checked, and exported for whoever checks it elsewhere."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import click
from sqlalchemy import Connection

from app.commands.user import ACTOR
from app.output import utf8_stream
from app.settings import Settings
from app.shell import Exit, Shell, open_database, shared_options
from app.targets import whole_file
from app.visible import visible
from domain.audit import Action, ChainFault, Entry, Head, detail_text
from domain.audit_checking import read_head, shown, told
from domain.audit_file import AuditFile, file_lines
from domain.errors import UsageError
from storage.audit import append, audit_head, audit_rows, digest_at, log_faults, one_moment
from storage.settings import Use

MOST_TOLD = 1000


@click.group("audit", help="审计日志 / The audit log: verify, export.")
def audit() -> None:
    """Nothing by itself."""


@audit.command("verify", help="核验审计日志 / Check the audit log, or an exported FILE on a machine without database.")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--head", "head_text", metavar="SEQUENCE:DIGEST", help="此前公布的链尾 / a head that was printed earlier")
@shared_options
@click.pass_obj
def verify(shell: Shell, file: Path | None, head_text: str | None) -> None:
    printed = None if head_text is None else read_head(head_text)
    count = verify_database(shell.settings(), printed) if file is None else verify_file(file, printed)
    shell.status = Exit.UNREAD if count else Exit.DONE


def verify_database(settings: Settings, printed: Head | None) -> int:
    """Print every fault of the log in the database; their number."""
    with open_database(settings, Use.READING) as engine, engine.connect() as connection:
        count = tell_all(log_faults(one_moment(connection), printed))
        if not count:
            click.echo(f"审计日志完整 / the audit log is whole; 链尾 / head {shown(audit_head(connection))}")
    return count


def verify_file(path: Path, printed: Head | None) -> int:
    """Print every fault of an exported log; their number. Needs neither database nor configuration."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            file = AuditFile(lines)
            count = tell_all(file.faults(printed))
    except OSError as error:
        raise UsageError(f"无法读取文件 / expected a readable file, got {path}: {error.strerror}") from None
    if count:
        return count
    first = file.start.sequence + 1
    click.echo(f"文件完整 / the file is whole: 第 {first} 条起共 {file.count} 条 / {file.count} row(s) from {first} on")
    click.echo(f"链尾 / head {shown(file.head)}")
    if file.start != Head():
        click.echo(f"此前各条不在文件内 / rows before are not in it; 起点 / it follows on {shown(file.start)}")
    return 0


def tell_all(faults: Iterable[ChainFault]) -> int:
    """One line for each fault up to a thousand, then how many there are."""
    count = 0
    for count, fault in enumerate(faults, 1):
        if count <= MOST_TOLD:
            click.echo(f"{fault.kind}: {visible(told(fault))}")
    if count:
        click.echo(f"审计日志不完整 / the audit log is broken: {count} 处 / fault(s)")
    return count


@audit.command("export", help="导出审计日志（JSON 行）/ Export the audit log as JSON lines; itself written to the log.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="文件（否则标准输出）/ file, else standard output"
)
@click.option("--from", "first", type=click.IntRange(min=1), default=1, help="起始序号 / first row")
@shared_options
@click.pass_obj
def export(shell: Shell, output: Path | None, first: int) -> None:
    settings = shell.settings()
    with open_database(settings, Use.DECIDING) as engine:
        with engine.begin() as connection:
            head = audit_head(connection, lock=True)
            start = digest_at(connection, first - 1)
            if start is None:
                raise UsageError(
                    f"--from: 日志止于第 {head.sequence} 条 / the log ends at {head.sequence}, got {first}"
                )
            detail = detail_text(what="audit", rows=[first, head.sequence], head=shown(head))
            append(connection, datetime.now(UTC), [Entry(ACTOR, Action.EXPORTED, "audit", None, detail)])
        with engine.connect() as connection, written(output) as stream:
            write(connection, stream, start, head)
    if output is not None:
        click.echo(f"已导出第 {first}–{head.sequence} 条 / exported rows {first} to {head.sequence}: {output}")
        click.echo(f"链尾 / head {shown(head)}")


def write(connection: Connection, stream: TextIO, start: Head, head: Head) -> None:
    """Rows after `start` up to `head`, between header and head."""
    stream.writelines(file_lines(audit_rows(connection, start.sequence, head.sequence), start, head))


@contextmanager
def written(output: Path | None) -> Iterator[TextIO]:
    """The file, readable by its owner alone, or standard output; UTF-8 either way. Raises UsageError."""
    if output is None:
        with utf8_stream(sys.stdout.buffer) as stream:
            yield stream
        return
    try:
        with whole_file(output, 0o600) as binary:
            stream = TextIOWrapper(binary, encoding="utf-8", errors="surrogateescape", newline="\n")
            yield stream
            stream.detach()  # what was written goes on, and the file stays open
    except OSError as error:
        raise UsageError(
            f"-o: 无法写入 / expected a file that can be written, got {output}: {error.strerror}"
        ) from None
