"""What every command shares: --config and --debug, the database, messages on stderr and the exit status."""

import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from app.full_disk import MAKE_ROOM, database_is_full, unheard
from app.locations import sqlite_file, without_password
from app.logs import LogFormat, set_up_logs, told_as_event
from app.settings import Settings, config_file, load_settings
from app.times import parse_as_of
from app.visible import visible
from domain.errors import (
    BwcError,
    ConfigError,
    FeedUnreadable,
    SchemaOlder,
    StorageError,
    StoreUnavailable,
    UsageError,
)
from domain.wording import say as worded
from storage.scans import ScanRunning
from storage.settings import Use


class Exit(IntEnum):
    """Exit status (`interface.md`); Ctrl-C gives 130, as shells expect."""

    DONE = 0
    UNREAD = 1
    WRONG = 2
    INTERNAL = 3
    INTERRUPTED = 130


@dataclass(slots=True)
class Shell:
    """What was said before the command's own options."""

    config: Path | None = None
    debug: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    status: Exit = Exit.DONE
    log_format: LogFormat = LogFormat.LINES

    def settings(self) -> Settings:
        settings = load_settings(config_file(self.config, self.environment), self.environment)
        self.log_format = settings.log.format
        return settings

    def logs(self, level: int) -> None:
        """Begin to log. A collector gets what a terminal would be spared."""
        level = logging.DEBUG if self.debug else logging.INFO if self.log_format is LogFormat.JSON else level
        set_up_logs(level, form=self.log_format)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that keeps an option in the shell, wherever on the command line it stands."""

    def keep(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        shell = context.ensure_object(Shell)
        if value:
            setattr(shell, name, value)

    return keep


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--config and --debug, for the group and for every command."""
    config = click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_keep("config"),
        help="配置文件 / configuration file (else BWC_CONFIG, else ./config.toml)",
    )
    debug = click.option(
        "--debug", is_flag=True, expose_value=False, callback=_keep("debug"), help="详细日志 / detailed log on stderr"
    )
    return config(debug(command))


def say(text: str, level: int = logging.INFO) -> None:
    """One line for a person, on stderr; an event where that is for a log collector."""
    if told_as_event(text, level):
        return
    with unheard():
        print(visible(text), file=sys.stderr, flush=True)


PREFIXES: tuple[tuple[type[BwcError], str], ...] = (
    (ScanRunning, "另一次扫描正在进行 / another scan is running"),
    (UsageError, "用法错误 / usage"),
    (ConfigError, "配置错误 / configuration"),
    (StorageError, "数据库错误 / database"),
    (StoreUnavailable, "存储不可用 / store unavailable"),
    (FeedUnreadable, "数据接口不可读 / feed unreadable"),
)


def complain(error: BwcError) -> Exit:
    """One clear line on stderr, and the exit status the error asks for."""
    words = next((words for kind, words in PREFIXES if isinstance(error, kind)), "错误 / error")
    say(f"bwc: {words}: {one_line(error)}", logging.ERROR)
    return Exit.UNREAD if isinstance(error, StoreUnavailable | FeedUnreadable) else Exit.WRONG


def one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


@contextmanager
def open_database(settings: Settings, use: Use, *, create: bool = False) -> Iterator[Engine]:
    """The configured database at the current schema; an empty one is set up when `create`.

    Raises StorageError when it cannot be reached or is of another version, or when it fails inside the block.
    """
    from storage.engine import migrate, require_current

    refuse_absent(settings, create=create)
    with any_database(settings, use) as engine:
        if create and not inspect(engine).get_table_names():
            migrate(engine)
        require_current(engine)
        yield engine


@contextmanager
def any_database(settings: Settings, use: Use) -> Iterator[Engine]:
    """The configured database, whatever is in it. A driver's exceptions become StorageError in one line."""
    from storage.engine import open_engine

    name = without_password(settings.database.url)
    try:
        engine = open_engine(settings.database, use)
    except OSError as error:
        raise StorageError(f"{name}: cannot be opened: {error}") from error
    try:
        yield engine
    except SQLAlchemyError as error:
        raise StorageError(f"{name}: {failure_words(error)}") from error
    finally:
        engine.dispose()


def as_of_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """--as-of, for every command that tells what is known; its value goes to `reading`."""
    return click.option(
        "--as-of",
        metavar="TIME",
        help="按当时所知(日期为当日结束时) / as it was known at this time: after the last scan that had finished; "
        "a date is the end of that day",
    )(command)


@contextmanager
def reading(settings: Settings, as_of: str | None = None) -> Iterator[Connection]:
    """A connection for queries only, which are answered as of a time where one is given.

    Raises UsageError for a time that is none, or at which no scan had finished.
    """
    from storage import queries

    when = None
    if as_of is not None:
        try:
            when = parse_as_of(as_of, settings.zone)
        except ValueError as error:
            raise UsageError(f"--as-of: {error}") from None
    with (
        open_database(settings, Use.READING) as engine,
        engine.connect() as connection,
        queries.as_of(connection, when, settings.zone),
    ):
        yield connection


def refuse_absent(settings: Settings, *, create: bool) -> None:
    """A question to a database that was never made must not make one."""
    file = sqlite_file(settings.database.url)
    if file is not None and not create and not file.exists():
        raise SchemaOlder(f"database.url: expected a database, got no file {file}; run: bwc scan")


def failure_words(error: SQLAlchemyError) -> str:
    """As `driver_words`; of a server that went away also what that means for what was at work."""
    from storage.postgres import connection_lost

    words = driver_words(error)
    if not connection_lost(error):
        return words
    zh = "数据库连接中断；已写入的都在，再次执行即接着做"
    en = "the database went away; what was written is there, run it again to go on"
    return f"{worded(zh, en)}: {words}"


def driver_words(error: SQLAlchemyError) -> str:
    """A driver's complaint in one line, without the statement and its values; of a full disk, what to do."""
    if database_is_full(error):
        return MAKE_ROOM
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]
