"""The `bwc` command (`interface.md`): reads the command line, runs one command, gives the exit status.

0 done · 1 done, but something could not be read · 2 wrong usage or configuration · 3 internal error.
"""

import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from types import TracebackType
from typing import TextIO

import click

from app.commands.audit import audit
from app.commands.backtest import backtest
from app.commands.backup import backup
from app.commands.check import check
from app.commands.explain import explain
from app.commands.export import export
from app.commands.list_rows import list_rows
from app.commands.migrate import migrate
from app.commands.probe import probe
from app.commands.report import report
from app.commands.restore import restore_command
from app.commands.run import run
from app.commands.sample import sample
from app.commands.scan import scan
from app.commands.token import token
from app.commands.user import user
from app.shell import Exit, Shell, complain, one_line, say, shared_options
from app.version import program_version
from domain.errors import BwcError

COMMANDS = (
    *(run, scan, list_rows, explain, report, sample, probe, check, backtest, migrate),
    *(user, token, audit, backup, restore_command, export),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@shared_options
@click.version_option(program_version(), "--version", message="bwc %(version)s")
def bwc() -> None:
    """执法记录合规索引 / Body-camera recording compliance: missing, incomplete, nonstandard; and how we know."""


for command in COMMANDS:
    bwc.add_command(command)


def main() -> None:
    """What the console script does."""
    # One rule of the house is that nothing is caught that cannot be named: what nobody foresaw ends here.
    sys.excepthook = last_resort
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese must not end a command
    sys.exit(status_of(sys.argv[1:]))


def status_of(arguments: Sequence[str]) -> int:
    """Run the command line; every foreseen failure becomes one line on stderr and a status."""
    shell = Shell()
    try:
        # Not bwc.main(): click turns a closed pipe into status 1 there.
        with bwc.make_context("bwc", list(arguments), obj=shell) as context:
            bwc.invoke(context)
        sys.stdout.flush()
    except BwcError as error:
        return complain(error)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return Exit.WRONG
    except click.ClickException as error:
        say(f"bwc: 用法错误 / usage: {one_line_of(error)}; 见 / see: bwc --help")
        return Exit.WRONG
    except (KeyboardInterrupt, click.Abort):
        say("bwc: 已中断 / interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        leave_pipe(sys.stdout)
        return Exit.DONE
    return shell.status


def one_line_of(error: click.ClickException) -> str:
    return " ".join(error.format_message().split())


def leave_pipe(stream: TextIO) -> None:
    """Whoever read our output has seen enough (`bwc list … | head`): the rest goes nowhere, without a complaint."""
    try:
        number = stream.fileno()
    except (OSError, io.UnsupportedOperation):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def last_resort(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An internal error: short for people, whole with --debug; ends the process with status 3."""
    say(f"bwc: 内部错误 / internal error: {kind.__name__}: {one_line(error)}", logging.CRITICAL)
    if "--debug" in sys.argv:
        logging.getLogger("bwc").critical("internal error", exc_info=(kind, error, trace))
        if not logging.getLogger().handlers:
            traceback.print_exception(kind, error, trace)
    else:
        say("bwc: 加 --debug 可见详情 / run again with --debug for the details")
    raise SystemExit(Exit.INTERNAL)
