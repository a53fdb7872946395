"""The lists of config.toml: `[[stores]]`, `[[patterns]]`, `[[feeds]]`; names unique, zones real, locations absolute."""

import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from app.document import Document
from app.locations import absolute, folder, is_url
from app.sections import Table, closest, described, read_section
from domain.errors import ConfigError
from domain.wording import say
from indexer.feeds.base import FeedKind, FeedSettings
from indexer.feeds.pushed import PUSH
from indexer.filenames import PatternSettings, compile_patterns
from indexer.stores import OBJECTS_ONLY, open_store
from indexer.stores.base import StoreSettings

Entry = TypeVar("Entry", StoreSettings, FeedSettings, PatternSettings)
NAME = re.compile(r"[^\s:/\\]+")
ENDPOINT = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?")


def read_stores(document: Document) -> list[tuple[StoreSettings, Table]]:
    """Every `[[stores]]`. Raises ConfigError, also when two stores lie in each other."""
    entries = _entries(document, "stores", StoreSettings)
    read = [(_opening(_placed(entry, table), table), table) for entry, table in entries]
    for position, (store, table) in enumerate(read):
        for other, _ in read[:position]:
            if _overlap(store, other):
                raise table.error("location", f"expected a place of its own, got one shared with store {other.name}")
    return read


def read_patterns(document: Document) -> list[tuple[PatternSettings, Table]]:
    """Every `[[patterns]]`, each proved to be a pattern that names only known groups."""
    read = list(_entries(document, "patterns", PatternSettings))
    for pattern, table in read:
        try:
            compile_patterns([pattern])
        except ConfigError as error:
            raise ConfigError(f"{document.place((*table.path, 'regex'))}: {error}") from None
    return read


def read_feeds(document: Document, stores: Sequence[str]) -> list[tuple[FeedSettings, Table]]:
    """Every `[[feeds]]`. A clip_index may say whose list it is; a database needs its query."""
    read = [(_placed(entry, table), table) for entry, table in _entries(document, "feeds", FeedSettings)]
    for feed, table in read:
        if feed.name == PUSH:
            raise table.error("name", f'expected another name, got "{PUSH}": rows sent over the API have it')
        if feed.store is not None and feed.store not in stores:
            raise table.error("store", f'no store is called "{feed.store}"; {closest(feed.store, stores)}')
        if feed.store is not None and feed.kind is not FeedKind.CLIP_INDEX:
            raise table.error("store", f"expected only with kind clip_index, got it with kind {feed.kind}")
        if feed.location.lower().startswith("s3://"):
            zh = "不读取对象存储中的清单：请复制到文件夹，或只读挂载该存储桶"
            en = "lists in an object store are not read: copy them to a folder, or mount the bucket read-only"
            raise table.error("location", say(zh, en))
        if is_url(feed.location) and not feed.query:
            raise table.error("query", "expected a select statement for a database, got none")
        if feed.query and not is_url(feed.location):
            raise table.error("query", f"expected only with a database URL, got it with the file {feed.location}")
    return read


def _entries(document: Document, name: str, kind: type[Entry]) -> Iterator[tuple[Entry, Table]]:
    """Every entry of a list with its own table, names checked and unique."""
    seen: dict[str, str] = {}
    table: Table
    for table in _tables(document, name):
        entry = read_section(kind, table)
        if not NAME.fullmatch(entry.name):
            raise table.error("name", f'expected a name without spaces, ":", "/" or "\\", got "{entry.name}"')
        if entry.name in seen:
            raise table.error(
                "name", f'expected a name of its own, got "{entry.name}" again (first at {seen[entry.name]})'
            )
        seen[entry.name] = document.place((*table.path, "name"))
        yield entry, table


def _tables(document: Document, name: str) -> Iterator[Table]:
    items = document.values.get(name, [])
    whole = Table(document, (name,), f"[[{name}]]", {})
    if not isinstance(items, list):
        raise whole.error(None, f"expected [[{name}]] with double brackets, once per entry, got {described(items)}")
    for position, item in enumerate(items):
        if not isinstance(item, dict):
            raise whole.error(None, f"expected tables, got {described(item)}")
        named = item.get("name")
        label = f"[[{name}]] {named}" if isinstance(named, str) and named else f"[[{name}]] number {position + 1}"
        yield Table(document, (name, position), label, item)


Placed = TypeVar("Placed", StoreSettings, FeedSettings)


def _placed(entry: Placed, table: Table) -> Placed:
    """The entry with its zone proved and its location absolute."""
    if not _is_zone(entry.timezone):
        hint = closest(entry.timezone, sorted(available_timezones())) if entry.timezone else ""
        advice = hint if hint.startswith("did") else "expected a name such as Asia/Shanghai"
        raise table.error("timezone", f'unknown time zone "{entry.timezone}"; {advice}')
    try:
        location = absolute(entry.location, table.document.file.parent)
    except ValueError as error:
        raise table.error("location", str(error)) from None
    return dataclasses.replace(entry, location=location)


def _opening(store: StoreSettings, table: Table) -> StoreSettings:
    """The store with its files absolute, proved to be one that can be opened; nothing of it is touched."""
    if store.ca_file is not None:
        store = dataclasses.replace(store, ca_file=absolute(store.ca_file, table.document.file.parent))
    if store.endpoint is not None and not ENDPOINT.fullmatch(store.endpoint):
        raise table.error("endpoint", "expected https://host or http://host:port without keys and path")
    try:
        open_store(store)
    except ConfigError as error:
        key = next((key for key in OBJECTS_ONLY if f".{key}:" in str(error)), "location")
        raise ConfigError(f"{table.document.place((*table.path, key))}: {error}") from None
    return store


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # not found, absolute path, a folder of zones
        return False
    return True


def _overlap(one: StoreSettings, other: StoreSettings) -> bool:
    """Whether a file could be found in both, by a symbolic link or a file:// address too."""
    first, second = folder(one.location), folder(other.location)
    if first is None or second is None:
        ours, theirs = (f"{place.location.rstrip('/')}/" for place in (one, other))
        return one.endpoint == other.endpoint and (ours.startswith(theirs) or theirs.startswith(ours))
    first, second = first.resolve(), second.resolve()
    return first.is_relative_to(second) or second.is_relative_to(first)
