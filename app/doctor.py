"""What `bwc check` tests: every store, every feed, the database, and what is configured but not done yet."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path

from app.locations import is_url, sqlite_file, without_password
from app.sections import closest
from app.serving import refuse_open_house
from app.settings import ENVIRONMENT, Settings
from app.shell import any_database, one_line
from app.shell_settings import WorkerKind
from app.workers import worker_count
from domain.errors import (
    BwcError,
    ConfigError,
    FeedUnreadable,
    NetworkDatabase,
    SchemaNewer,
    SchemaOlder,
    StoreUnavailable,
)
from domain.wording import joined, say
from indexer.feeds.base import Fate, FeedSettings
from indexer.stores.base import StoreSettings

SAMPLE_FOLDERS = 50
SAMPLE_ROWS = 20


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One test's result and, where something is wrong, what to do."""

    health: Health
    subject: str
    text: str
    advice: str = ""


def examine(settings: Settings, environment: Mapping[str, str]) -> Iterator[Verdict]:
    """Every test in turn; none stops the others."""
    yield from check_environment(environment)
    yield check_database(settings)
    if not settings.stores:
        yield Verdict(Health.PROBLEM, "[[stores]]", "expected at least one store, got none", "add a [[stores]] section")
    for store in settings.stores:
        yield from check_store(store)
    for feed in settings.feeds:
        yield check_feed(feed)
    yield from check_application(settings)


def check_environment(environment: Mapping[str, str]) -> Iterator[Verdict]:
    """A misspelt variable would silently do nothing."""
    for name in sorted(environment):
        if name.startswith("BWC_") and name not in ENVIRONMENT:
            yield Verdict(Health.WARNING, f"environment {name}", "nobody reads it", closest(name, ENVIRONMENT))


def check_database(settings: Settings) -> Verdict:
    """Reachable, and of this program's schema; a database that is not there yet is fine and is not made."""
    from storage.engine import newest_version, require_current

    subject = f"database {without_password(settings.database.url)}"
    file = sqlite_file(settings.database.url)
    if file is not None and not file.exists():
        return _absent_database(subject, file)
    try:
        with any_database(settings, readonly=True) as engine:
            require_current(engine)
    except (SchemaOlder, SchemaNewer, NetworkDatabase) as error:
        return Verdict(Health.PROBLEM, subject, one_line(error))
    except BwcError as error:
        advice = "start the database server, or correct [database] url, user and password"
        return Verdict(Health.PROBLEM, subject, one_line(error), advice)
    return Verdict(Health.OK, subject, f"reachable, schema {newest_version()}")


def _absent_database(subject: str, file: Path) -> Verdict:
    nearest = next(folder for folder in file.parents if folder.exists())
    if not os.access(nearest, os.W_OK):
        return Verdict(Health.PROBLEM, subject, f"cannot be made: {nearest} is not writable", "correct [database] url")
    return Verdict(Health.OK, subject, "not there yet; the first scan makes it")


def check_store(store: StoreSettings) -> Iterator[Verdict]:
    """Can its root be listed, can its folders, and could this process write there?"""
    from indexer.stores import open_store

    subject = f"store {store.name} ({without_password(store.location)})"
    try:
        folders = list(islice(open_store(store).walk(), SAMPLE_FOLDERS))
    except (StoreUnavailable, ConfigError, OSError) as error:
        yield Verdict(
            Health.PROBLEM, subject, one_line(error), f"mount it, or correct location of [[stores]] {store.name}"
        )
        return
    refused = [folder for folder in folders if folder.refused]
    for folder in refused:
        path = folder.path or "."
        text = say(f"文件夹 {path} 无法列出：{folder.refused}", f"folder {path} cannot be listed: {folder.refused}")
        yield Verdict(Health.PROBLEM, subject, text, "give this user the right to read it")
    yield from _writable(store, subject)
    if not refused:
        more = "at least " if len(folders) == SAMPLE_FOLDERS else ""
        files = sum(len(folder.files) for folder in folders)
        yield Verdict(Health.OK, subject, f"reachable, {more}{len(folders)} folder(s) with {files} file(s)")


def _writable(store: StoreSettings, subject: str) -> Iterator[Verdict]:
    if not is_url(store.location) and os.access(store.location, os.W_OK):
        yield Verdict(
            Health.WARNING,
            subject,
            "this user could write there; the program never does",
            "mount it read-only, or run as a user without that right",
        )


def check_feed(feed: FeedSettings) -> Verdict:
    """Does it open, and has it the headings of its kind?"""
    from indexer.feeds import open_feed

    subject = f"feed {feed.name} ({without_password(feed.location)})"
    try:
        rows = list(islice(open_feed(feed).read(), SAMPLE_ROWS))
    except (FeedUnreadable, ConfigError, OSError) as error:
        advice = f"correct location or [feeds.columns] of [[feeds]] {feed.name}"
        return Verdict(Health.PROBLEM, subject, one_line(error), advice)
    if not rows:
        return Verdict(Health.WARNING, subject, "opens, but has no rows", "check the export")
    if all(row.fate is Fate.REJECTED for row in rows):
        reason = joined(rows[0].notes)
        return Verdict(
            Health.WARNING, subject, f"opens, but of {len(rows)} row(s) none is accepted: {reason}", "check it"
        )
    return Verdict(Health.OK, subject, f"opens, headings of kind {feed.kind} found")


def check_application(settings: Settings) -> Iterator[Verdict]:
    """The sections of the application itself."""
    try:
        refuse_open_house(settings.api)
        yield Verdict(Health.OK, "api", f"{settings.api.host}:{settings.api.port}")
    except ConfigError as error:
        yield Verdict(Health.PROBLEM, "api", one_line(error), 'set host = "127.0.0.1"')
    yield _workers(settings)
    yield from check_content(settings)
    yield from check_notify(settings)


def check_notify(settings: Settings) -> Iterator[Verdict]:
    """Can every address be understood? None is shown, and nothing is sent."""
    from app.notify import understood

    for receiver in settings.notify.receivers:
        subject, wrong = f"notify {receiver.name}", [n for n, url in enumerate(receiver.urls, 1) if not understood(url)]
        if wrong:
            numbers = ", ".join(map(str, wrong))
            text = say(f"第 {numbers} 个地址无法识别", f"address {numbers} of urls cannot be understood")
            advice = say(
                "按 Apprise 的写法更正该地址", "write it as Apprise takes it, e.g. json://host/path or mailtos://…"
            )
            yield Verdict(Health.PROBLEM, subject, text, advice)
        else:
            count = len(receiver.urls)
            yield Verdict(Health.OK, subject, say(f"{count} 个地址可识别", f"{count} address(es) understood"))
    if settings.notify.receivers and not settings.api.public:
        text = say("通知中没有网页地址", "notices will name no address of the pages")
        yield Verdict(Health.WARNING, "notify", text, "set public under [api]")


def check_content(settings: Settings) -> Iterator[Verdict]:
    """What waits to be looked at, since when, and how many checks were ended; nothing before the first scan."""
    from storage.engine import require_current
    from storage.queries import content_state

    if not settings.content.enabled:
        yield Verdict(Health.OK, "content", say("未启用", "switched off"))
        return
    file = sqlite_file(settings.database.url)
    if file is not None and not file.exists():
        return
    try:
        with any_database(settings, readonly=True) as engine:
            require_current(engine)
            with engine.connect() as connection:
                state = content_state(connection)
    except BwcError:
        return  # the test of the database says it
    for row in state["waiting"]:
        hours, since = row["media_s"] / 3600, row["oldest_at"].astimezone(settings.zone)
        zh = f"优先级 {row['priority']}：待检测 {row['clips']} 个片段，{hours:.1f} 小时，最早 {since:%Y-%m-%d %H:%M} 起"
        en = f"priority {row['priority']}: {row['clips']} clip(s) wait, {hours:.1f} h, since {since:%Y-%m-%d %H:%M}"
        yield Verdict(Health.OK, "content", say(zh, en))
    if state["ended"]:
        text = say(f"{state['ended']} 个片段的检测被终止", f"looking at {state['ended']} clip(s) was ended")
        yield Verdict(Health.WARNING, "content", text, "bwc explain FILE says why")
    rate = "—" if state["rate"] is None else f"{state['rate']:.0f}"
    yield Verdict(Health.OK, "content", say(f"检测速度 {rate} 倍实时", f"{rate} hours of media in an hour"))


def _workers(settings: Settings) -> Verdict:
    if settings.workers.kind is WorkerKind.DASK:
        text = "dask needs the package distributed, which this version does not install"
        return Verdict(Health.PROBLEM, "workers", text, 'set kind = "processes"')
    return Verdict(Health.OK, "workers", f"{worker_count(settings.workers)} {settings.workers.kind}")
