"""The stores and feeds: can they be read, is anything in them, could this process write there?"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, problem, warning
from app.locations import is_url, without_password
from app.shell import one_line
from domain.errors import ConfigError, FeedUnreadable, StoreUnavailable
from domain.wording import joined, say
from indexer.feeds.base import Fate, FeedSettings
from indexer.stores.base import Folder, StoreSettings

SAMPLE_FOLDERS = 50
SAMPLE_ROWS = 20
AHEAD = timedelta(hours=25)
"""No zone and no summer time puts a file's date so far ahead."""


def check_store(store: StoreSettings, now: datetime) -> Iterator[Verdict]:
    """Can its root be listed, can its folders, are there files, are their dates possible?"""
    from indexer.pipeline.patience import PatientStore

    subject = f"store {store.name} ({without_password(store.location)})"
    try:
        folders = list(islice(PatientStore(store).walk(), SAMPLE_FOLDERS))
    except (StoreUnavailable, ConfigError, OSError) as error:
        yield problem(Trouble.STORE_UNREACHABLE, subject, one_line(error))
        return
    refused = [folder for folder in folders if folder.refused]
    for folder in refused:
        path = folder.path or "."
        text = say(f"文件夹 {path} 无法列出：{folder.refused}", f"folder {path} cannot be listed: {folder.refused}")
        yield problem(Trouble.STORE_REFUSED, subject, text)
    yield from _writable(store, subject)
    yield from _dated_ahead(folders, subject, now)
    if not refused:
        yield _counted(folders, subject)


def _counted(folders: Sequence[Folder], subject: str) -> Verdict:
    whole = len(folders) < SAMPLE_FOLDERS
    files = sum(len(folder.files) for folder in folders)
    if not files and whole:
        return warning(
            Trouble.STORE_EMPTY, subject, say("可用，但没有任何文件", "reachable, but there is no file in it")
        )
    zh, en = ("", "") if whole else ("至少 ", "at least ")
    text = say(
        f"可用，{zh}{len(folders)} 个文件夹 {files} 个文件",
        f"reachable, {en}{len(folders)} folder(s) with {files} file(s)",
    )
    return ok(subject, text)


def _writable(store: StoreSettings, subject: str) -> Iterator[Verdict]:
    if not is_url(store.location) and os.access(store.location, os.W_OK):
        text = say("本用户可写入该处；程序从不写入", "this user could write there; the program never does")
        yield warning(Trouble.STORE_WRITABLE, subject, text)


def _dated_ahead(folders: Sequence[Folder], subject: str, now: datetime) -> Iterator[Verdict]:
    """A station whose clock runs ahead, or a machine whose clock is behind."""
    ahead = [file for folder in folders for file in folder.files if file.modified_at > now + AHEAD]
    if ahead:
        latest = max(ahead, key=lambda file: file.modified_at)
        zh = f"{len(ahead)} 个文件的时间在将来，如 {latest.path}：{latest.modified_at:%Y-%m-%d %H:%M}Z"
        en = f"{len(ahead)} file(s) are dated ahead, such as {latest.path}: {latest.modified_at:%Y-%m-%d %H:%M}Z"
        yield warning(Trouble.STORE_AHEAD, subject, say(zh, en))


def check_feed(feed: FeedSettings) -> Verdict:
    """Does it open, and has it the headings of its kind?"""
    from indexer.feeds import open_feed

    subject = f"feed {feed.name} ({without_password(feed.location)})"
    try:
        rows = list(islice(open_feed(feed).read(), SAMPLE_ROWS))
    except (FeedUnreadable, ConfigError, OSError) as error:
        return problem(Trouble.FEED_UNREADABLE, subject, one_line(error))
    if not rows:
        return warning(Trouble.FEED_EMPTY, subject, say("可打开，但没有行", "opens, but has no rows"))
    if all(row.fate is Fate.REJECTED for row in rows):
        zh, en = f"可打开，但 {len(rows)} 行中无一被接受", f"opens, but of {len(rows)} row(s) none is accepted"
        return warning(Trouble.FEED_REJECTED, subject, joined([say(zh, en), joined(rows[0].notes)], ("：", ": ")))
    return ok(subject, say(f"可打开，符合类型 {feed.kind}", f"opens, headings of kind {feed.kind} found"))
