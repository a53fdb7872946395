"""Feeds: incidents, sessions, registers and lists that other systems hand over, as files or as a query."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import ConfigError
from indexer.feeds.base import Feed, FeedKind, FeedRow, FeedSettings
from indexer.feeds.fields import LAYOUTS
from indexer.feeds.file_set import FileSet
from indexer.feeds.records import FeedReading, Records, merge_incidents, read_records
from indexer.feeds.sql_view import SqlView
from indexer.feeds.table_file import TableFile
from indexer.feeds.wildcards import Place

__all__ = [
    "FEED_KINDS",
    "Feed",
    "FeedKind",
    "FeedReading",
    "FeedRow",
    "FeedSettings",
    "Records",
    "canonical_fields",
    "merge_incidents",
    "open_feed",
    "read_records",
]

Opener = Callable[[FeedSettings, Path, str | None], Feed]


def _open_file(settings: FeedSettings, base: Path, store: str | None) -> Feed:
    path = base / settings.location
    return FileSet(settings, path, store) if Place.of(path).wild else TableFile(settings, path)


def _open_beside(settings: FeedSettings, base: Path, store: str | None) -> Feed:
    """A format in which only collection stations and recorders write, beside their clips."""
    if settings.kind is not FeedKind.CLIP_INDEX:
        suffix = Path(settings.location).suffix
        raise ConfigError(
            f"[[feeds]] {settings.name}: {suffix} is read only with kind clip_index, got kind {settings.kind}"
        )
    return FileSet(settings, base / settings.location, store)


def _open_sql(settings: FeedSettings, base: Path, _store: str | None) -> Feed:
    if not settings.query:
        raise ConfigError(f'[[feeds]] {settings.name}: a database needs query = "select …", got none')
    return SqlView(settings, base)


FEED_KINDS: Mapping[str, Opener] = {
    "csv": _open_file,
    "tsv": _open_file,
    "txt": _open_file,
    "xlsx": _open_file,
    "xlsm": _open_file,
    "xls": _open_file,  # often a text table or an XLSX under an old name
    "xml": _open_beside,
    "json": _open_beside,
    "bin": _open_beside,
    "sql": _open_sql,
}


def open_feed(settings: FeedSettings, base: Path | None = None, store: str | None = None) -> Feed:
    """The feed of a `[[feeds]]` section; `base` is where relative locations start, `store` is the folder of the store
    whose list it is. Opens nothing yet.

    Raises ConfigError when the location is of no known kind, or a name in `columns` or the zone does not exist.
    """
    _check_columns(settings)
    _check_zone(settings)
    if "://" in settings.location:
        return FEED_KINDS["sql"](settings, base or Path(), store)
    suffix = Path(settings.location).suffix.removeprefix(".").casefold()
    if suffix == "sql" or suffix not in FEED_KINDS:
        known = ", ".join(f".{kind}" for kind in FEED_KINDS if kind != "sql")
        raise ConfigError(
            f"[[feeds]] {settings.name}: location must end in {known} or be a URL, got {settings.location!r}"
        )
    return FEED_KINDS[suffix](settings, base or Path(), store)


def canonical_fields(kind: FeedKind) -> tuple[str, ...]:
    """The names that `[feeds.columns]` may use for this kind."""
    return LAYOUTS[kind].names()


def _check_columns(settings: FeedSettings) -> None:
    known = canonical_fields(settings.kind)
    for name in settings.columns:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f", closest is {near[0]!r}" if near else ""
            raise ConfigError(
                f"[feeds.columns] of {settings.name}: {name!r} is no field of {settings.kind}{hint}; "
                f"expected one of {', '.join(known)}"
            )


def _check_zone(settings: FeedSettings) -> None:
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"[[feeds]] {settings.name}: timezone {settings.timezone!r} does not exist") from error
