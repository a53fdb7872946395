"""Moving the configured database into another one: whither, whether that will do, and reports as the last proof."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, make_url

from app.locations import database_url, sqlite_file, without_password
from app.settings import Settings
from app.shell import any_database, refuse_absent
from app.targets import refuse_inside_store, refuse_little_space, scratch_folder, unwritable
from domain.errors import StorageError, UsageError
from domain.period import parse_period
from domain.wording import say
from reports import REPORTS
from reports.base import Asked, Report, make
from storage.activities import newest_begin
from storage.backups import Moved, Moving, move
from storage.scans import last_finish
from storage.settings import Use

PREFIX = "bwc-move"
SPAN = timedelta(days=6)
"""Reports of the last days that have activities are made on both sides: a week of them."""
ROOM = 2.4
"""Times the size of an SQLite source: a target of the same kind is made beside its place, and then copied there."""


def move_into(
    settings: Settings, url: str, password: str | None, now: datetime, *, actor: str, told: Callable[[str], None]
) -> Moved:
    """Copy the configured database into the empty one at `url`, proven before anything of it can be seen there.

    Raises UsageError for a target that will not do, StorageError where anything differs; then the target is empty.
    """
    target = target_of(settings, url, password)
    refuse_absent(settings, create=False)
    file, here = sqlite_file(target.database.url), sqlite_file(settings.database.url)
    origin = without_password(settings.database.url)
    how = Moving(actor, now, origin, lambda one, other: compare_reports(one, other, settings.zone, told), told)
    with any_database(settings, Use.READING) as source:
        if file is None:
            with any_database(target, Use.WRITING) as engine:
                return move(source, engine, Path.cwd(), how)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            if here is not None:
                refuse_little_space(file, int(ROOM * here.stat().st_size), "--to")
            with scratch_folder(file.parent, PREFIX) as scratch, any_database(target, Use.WRITING) as engine:
                return move(source, engine, scratch, how)
        except OSError as error:
            raise unwritable("--to", file, error) from None


def target_of(settings: Settings, url: str, password: str | None) -> Settings:
    """The settings with the target as database. Raises UsageError for no address, the same one, or one in a store."""
    try:
        whole = database_url(url, Path.cwd(), password)
    except ValueError as error:
        raise UsageError(f"--to: {error}") from None
    file = sqlite_file(whole)
    if file is not None:
        refuse_inside_store(settings, file, "--to")
    if _place(whole) == _place(settings.database.url):
        text = ("--to：应为另一个数据库，实为配置的这一个", "--to: expected another database, got the configured one")
        raise UsageError(say(*text))
    return replace(settings, database=replace(settings.database, url=whole))


def _place(url: str) -> tuple[object, ...]:
    """Where a database lies, whoever opens it."""
    file = sqlite_file(url)
    if file is not None:
        return (file.resolve(),)
    parsed = make_url(url)
    return (parsed.get_backend_name(), parsed.host or "localhost", parsed.port or 5432, parsed.database)


def compare_reports(source: Connection, target: Connection, zone: ZoneInfo, told: Callable[[str], None]) -> None:
    """Every report of the last days, made from both sides: the same digest, or StorageError naming the first other."""
    at = last_finish(source)
    if at is None:
        return
    day = (newest_begin(source, at) or at).astimezone(zone).date()
    asked = Asked(parse_period(f"{day - SPAN}..{day}", zone), at)
    for report in REPORTS:
        told(f"report {report.name}")
        if _digest(source, report, asked) != _digest(target, report, asked):
            name = report.name
            zh, en = f"报表 {name} 两边不同，未迁移", f"report {name} differs between the two, nothing was moved"
            raise StorageError(say(zh, en))


def _digest(connection: Connection, report: Report, asked: Asked) -> str:
    try:
        return make(connection, report, asked).digest
    except UsageError as error:  # too many rows: so there are on both sides
        return str(error)
