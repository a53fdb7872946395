"""The `bwc` command (`interface.md`): reads the command line, runs one command, gives the exit status.

0 done · 1 done, but something could not be read · 2 wrong usage or configuration · 3 internal error.
"""

import io
import logging
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import TracebackType
from typing import NoReturn, TextIO

import click

from app.collector import collect_seldom
from app.full_disk import is_full
from app.shell import Exit, Shell, complain, one_line, say, shared_options
from app.version import program_version
from domain.errors import BwcError

COMMANDS: Mapping[str, str] = {
    **{name: name for name in ("run", "scan", "explain", "report", "sample", "probe", "check", "backtest", "migrate")},
    **{name: name for name in ("user", "token", "audit", "backup", "export", "worker")},
    "list": "list_rows",
    "restore": "restore_command",
}
"""Name on the command line → what it is called in the module of `app/commands` that holds it."""


class Commands(click.Group):
    """A command is imported when it is asked for: `bwc list` need not wait for the server, the reports and the rest."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (likewise)
        if cmd_name not in COMMANDS:
            return None
        module = "list_rows" if cmd_name == "list" else cmd_name
        found: click.Command = getattr(import_module(f"app.commands.{module}"), COMMANDS[cmd_name])
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@shared_options
@click.version_option(program_version(), "--version", message="bwc %(version)s")
def bwc() -> None:
    """执法记录合规索引 / Body-camera recording compliance: missing, incomplete, nonstandard; and how we know."""


def main() -> None:
    """What the console script does."""
    # One rule of the house is that nothing is caught that cannot be named: what nobody foresaw ends here.
    sys.excepthook = last_resort
    collect_seldom()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese must not end a command
    leave(status_of(sys.argv[1:]))


def leave(status: int) -> NoReturn:
    """End with a status: at once where workers are held by a store that does not answer, for whom Python would wait."""
    workers = sys.modules.get("app.workers")
    if workers is not None and workers.left_behind():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


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
    except OSError as error:
        if not is_full(error):
            raise
        leave_pipe(sys.stdout)
        say(f"bwc: 磁盘已满，请腾出空间后重试 / the disk is full: make room and try again: {one_line(error)}")
        return Exit.WRONG
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
