"""`config.toml` and the environment → typed `Settings`, each value with its origin (`interface.md`, config.toml).

Each package declares the dataclass of its own section; here they are read, made absolute and checked against each
other. The environment overrides: BWC_DATABASE_URL, BWC_DATABASE_PASSWORD, BWC_PORT; BWC_CONFIG names the file.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.document import Document, read_document
from app.entries import read_feeds, read_patterns, read_stores
from app.locations import absolute, database_url, folder, is_url, sqlite_file, without_password
from app.notify_settings import NotifySettings, NotifyTo, read_notify
from app.schedule_settings import ReportEntry, ScheduleError, ScheduleSettings, check_schedule, read_schedule
from app.sections import Table, described, read_section, refuse_unknown
from app.shell_settings import ApiSettings, LogSettings, OidcSection, WorkerKind, WorkerSettings
from detectors.limits import Exclusions, Limits
from domain.errors import ConfigError
from indexer.clock import ClockLimits
from indexer.content import ContentSettings
from indexer.digests import FixitySettings
from indexer.feeds.base import FeedSettings
from indexer.filenames import PatternSettings
from indexer.linking import LinkingLimits
from indexer.proxy_cache import MediaSettings
from indexer.recordings import RecordingLimits
from indexer.stores.base import StoreSettings
from storage.settings import DatabaseSettings

Section = TypeVar("Section")
Checked = TypeVar("Checked", Limits, Exclusions)
Caching = TypeVar("Caching", ContentSettings, MediaSettings)
DEFAULT_FILE = Path("config.toml")
DEFAULT_ZONE = "Asia/Shanghai"
ENVIRONMENT = ("BWC_CONFIG", "BWC_DATABASE_URL", "BWC_DATABASE_PASSWORD", "BWC_PORT")
SECTIONS = (
    *("database", "stores", "patterns", "feeds", "limits", "exclude", "clock", "recordings", "linking"),
    *("fixity", "content", "media", "schedule", "workers", "api", "oidc", "log", "notify"),
)


@dataclass(frozen=True, slots=True)
class Value:
    """One effective value, fit to be shown: passwords and notice addresses are masked."""

    section: str
    key: str
    shown: str
    origin: str


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole effective configuration; every location is absolute."""

    file: Path
    database: DatabaseSettings
    stores: tuple[StoreSettings, ...]
    patterns: tuple[PatternSettings, ...]
    feeds: tuple[FeedSettings, ...]
    limits: Limits
    exclude: Exclusions
    clock: ClockLimits
    recordings: RecordingLimits
    linking: LinkingLimits
    fixity: FixitySettings
    content: ContentSettings
    media: MediaSettings
    schedule: ScheduleSettings
    workers: WorkerSettings
    api: ApiSettings
    oidc: OidcSection
    log: LogSettings
    notify: NotifySettings
    values: tuple[Value, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown and read from the command line: that of the first store."""
        return ZoneInfo(self.stores[0].timezone if self.stores else DEFAULT_ZONE)


def config_file(option: Path | None, environment: Mapping[str, str]) -> Path:
    """`--config`, else BWC_CONFIG, else `config.toml` here."""
    named = option or (Path(environment["BWC_CONFIG"]) if environment.get("BWC_CONFIG") else DEFAULT_FILE)
    return named.absolute()


def load_settings(file: Path, environment: Mapping[str, str]) -> Settings:
    """Read and check everything. Raises ConfigError naming file, line, section and key, expected and got."""
    document = read_document(file)
    refuse_unknown(Table(document, (), "section", document.values), SECTIONS)
    values: list[Value] = []
    database = _database(document, environment, values)
    stores = read_stores(document)
    _remember_all(values, stores)
    patterns = read_patterns(document)
    _remember_all(values, patterns)
    feeds = read_feeds(document, [store.name for store, _ in stores])
    _remember_all(values, feeds)
    settings = Settings(
        file=file,
        database=database,
        stores=tuple(store for store, _ in stores),
        patterns=tuple(pattern for pattern, _ in patterns),
        feeds=tuple(feed for feed, _ in feeds),
        limits=_self_checked(document, "limits", Limits, values),
        exclude=_self_checked(document, "exclude", Exclusions, values),
        clock=_section(document, "clock", ClockLimits, values),
        recordings=_section(document, "recordings", RecordingLimits, values),
        linking=_section(document, "linking", LinkingLimits, values),
        fixity=_section(document, "fixity", FixitySettings, values),
        content=_cached(document, "content", ContentSettings, values),
        media=_cached(document, "media", MediaSettings, values),
        schedule=_schedule(document, values),
        workers=_workers(document, values),
        api=_api(document, environment, values),
        oidc=_section(document, "oidc", OidcSection, values),
        log=_section(document, "log", LogSettings, values),
        notify=_notify(document, values),
        values=tuple(values),
    )
    _check_together(document, settings)
    return dataclasses.replace(settings, values=tuple(values))


def _table(document: Document, name: str) -> Table:
    """A `[section]`; an absent one is an empty one."""
    values = document.values.get(name, {})
    table = Table(document, (name,), f"[{name}]", values if isinstance(values, dict) else {})
    if not isinstance(values, dict):
        raise table.error(None, f"expected a section [{name}], got {described(values)}")
    return table


def _section(document: Document, name: str, kind: type[Section], values: list[Value]) -> Section:
    table = _table(document, name)
    section = read_section(kind, table)
    _remember(values, table, section)
    return section


def _self_checked(document: Document, name: str, kind: type[Checked], values: list[Value]) -> Checked:
    """A section whose own package reads and checks it; its complaints are told with file and line."""
    table = _table(document, name)
    try:
        section = kind.from_mapping(table.values)
    except ConfigError as error:
        text = str(error).removeprefix("config.toml ")
        raise ConfigError(f"{_place_of(table, text)}: {text}") from None
    _remember(values, table, section)
    return section


def _place_of(table: Table, message: str) -> str:
    """The line of the key that a message is about, the section's when it names none."""
    key = next((key for key in sorted(table.values, key=len, reverse=True) if key in message), "")
    return table.document.place((*table.path, key))


def _database(document: Document, environment: Mapping[str, str], values: list[Value]) -> DatabaseSettings:
    table = _table(document, "database")
    section = read_section(DatabaseSettings, table, extra=["password_file"])
    password, password_origin = _password(table, environment)
    override = environment.get("BWC_DATABASE_URL")
    base = document.file.parent
    try:
        url = database_url(override or section.url, base, password)
    except ValueError as error:
        if override:
            raise ConfigError(f"environment: BWC_DATABASE_URL: {error}") from None
        raise table.error("url", str(error)) from None
    origin = "BWC_DATABASE_URL" if override else table.origin("url")
    values.append(Value("database", "url", without_password(url), origin))
    if password is not None:
        values.append(Value("database", "password", "***", password_origin))
    for field in dataclasses.fields(section)[1:]:
        values.append(Value("database", field.name, str(getattr(section, field.name)), table.origin(field.name)))
    return dataclasses.replace(section, url=url)


def _password(table: Table, environment: Mapping[str, str]) -> tuple[str | None, str]:
    """The database password and where it comes from; the environment wins over the file."""
    if environment.get("BWC_DATABASE_PASSWORD"):
        return environment["BWC_DATABASE_PASSWORD"], "BWC_DATABASE_PASSWORD"
    named = table.values.get("password_file")
    if named is None:
        return None, "default"
    if not isinstance(named, str) or not named.strip():
        raise table.error("password_file", f"expected a file name, got {described(named)}")
    file = table.document.file.parent / Path(named).expanduser()
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n"), table.origin("password_file")
    except (OSError, UnicodeDecodeError) as error:
        raise table.error("password_file", f"expected a readable text file, got {file}: {error}") from None


def _api(document: Document, environment: Mapping[str, str], values: list[Value]) -> ApiSettings:
    table = _table(document, "api")
    section = read_section(ApiSettings, table)
    override = environment.get("BWC_PORT")
    port = section.port if not override else int(override) if override.isdecimal() else -1
    if not 0 <= port <= 65535:
        text = "expected a port from 0 (any free one) to 65535"
        if override:
            raise ConfigError(f'environment: BWC_PORT: {text}, got "{override}"')
        raise table.error("port", f"{text}, got {port}")
    section = dataclasses.replace(section, port=port, secret_file=absolute(section.secret_file, document.file.parent))
    _remember(values, table, section)
    if override:
        at = next(index for index, value in enumerate(values) if (value.section, value.key) == ("api", "port"))
        values[at] = dataclasses.replace(values[at], origin="BWC_PORT")
    return section


def _schedule(document: Document, values: list[Value]) -> ScheduleSettings:
    table = _table(document, "schedule")
    section = read_schedule(table)
    try:
        folder_of_reports = absolute(section.reports_folder, document.file.parent)
    except ValueError as error:
        raise table.error("reports_folder", str(error)) from None
    if is_url(folder_of_reports):
        raise table.error("reports_folder", f"expected a folder of this machine, got {folder_of_reports}")
    section = dataclasses.replace(section, reports_folder=folder_of_reports)
    _remember(values, table, section)
    return section


def _workers(document: Document, values: list[Value]) -> WorkerSettings:
    table = _table(document, "workers")
    section = read_section(WorkerSettings, table)
    places = [file if file is None else absolute(file, document.file.parent) for file in section.tls_files]
    section = dataclasses.replace(section, tls_ca=places[0], tls_cert=places[1], tls_key=places[2])
    _remember(values, table, section)
    return section


def _notify(document: Document, values: list[Value]) -> NotifySettings:
    table = _table(document, "notify")
    section = read_notify(table)
    _remember(values, table, section)
    return section


def _cached(document: Document, name: str, kind: type[Caching], values: list[Value]) -> Caching:
    """A section that says where a cache lies: a folder of this machine, relative to the file of settings."""
    table = _table(document, name)
    section = read_section(kind, table)
    try:
        section = dataclasses.replace(section, cache=absolute(section.cache, document.file.parent))
    except ValueError as error:
        raise table.error("cache", str(error)) from None
    if is_url(section.cache):
        raise table.error("cache", f"expected a folder of this machine, got {section.cache}")
    _remember(values, table, section)
    return section


def _remember(values: list[Value], table: Table, section: object, name: str = "") -> None:
    """Keep every field of a section with its origin, in the order of the dataclass."""
    label = ".".join([str(table.path[0]), name]) if name else str(table.path[0])
    for field in dataclasses.fields(section):  # type: ignore[arg-type]
        value = getattr(section, field.name)
        values.append(Value(label, field.name, shown_value(field.name, value), table.origin(field.name)))


def _remember_all(values: list[Value], entries: Iterable[tuple[Any, Table]]) -> None:
    for entry, table in entries:
        _remember(values, table, entry, entry.name)


def shown_value(key: str, value: object) -> str:
    """A value as `bwc check` prints it."""
    if key == "urls" and isinstance(value, tuple):  # notice addresses carry tokens
        return f"{len(value)} address(es)"
    if isinstance(value, tuple) and value and isinstance(value[0], ReportEntry | NotifyTo):
        return ", ".join(one.called if isinstance(one, ReportEntry) else one.name for one in value)
    if value is None:
        return "(none)"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {text}" for name, text in value.items()) or "(none)"
    if isinstance(value, tuple | list | frozenset | set):
        return ", ".join(str(item) for item in value) or "(none)"
    return without_password(str(value)) if key in ("location", "url") else str(value)


def _check_together(document: Document, settings: Settings) -> None:
    """What no single section can see."""
    try:
        check_schedule(settings.schedule, settings.zone)
    except ScheduleError as error:
        raise _table(document, "schedule").error(error.key, str(error)) from None
    if settings.workers.kind is WorkerKind.DASK and not settings.workers.scheduler:
        raise _table(document, "workers").error("scheduler", 'expected an address such as "tcp://host:8786", got none')
    places = (
        ("database", "url", "file", sqlite_file(settings.database.url)),
        ("content", "cache", "folder", Path(settings.content.cache)),
        ("media", "cache", "folder", Path(settings.media.cache)),
        ("schedule", "reports_folder", "folder", Path(settings.schedule.reports_folder)),
    )
    for store in settings.stores:
        root = folder(store.location)
        for section, key, kind, place in places:
            if place and root and place.resolve().is_relative_to(root.resolve()):
                text = f"expected a {kind} outside every store, got {place} inside store {store.name}"
                raise _table(document, section).error(key, text)
