"""The configuration with what was changed on the pages: what every scan, check and back-test goes by."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Engine

from app.locations import sqlite_file
from app.settings import Settings, Value, shown_value
from app.shell import any_database
from detectors.changed_settings import Judging, changed
from domain.errors import ConfigError
from domain.wording import say
from storage.setting_changes import SettingChange, changes_of, values_by_section
from storage.settings import Use


def effective(settings: Settings, engine: Engine) -> Settings:
    """Settings as the pages have changed them. Raises ConfigError when a change does not go with config.toml."""
    return merged(settings, changes_of(engine))


def effective_where_known(settings: Settings) -> Settings:
    """As `effective`, with the configured database; config.toml alone where there is none yet.

    Raises StorageError when the database cannot be read.
    """
    from storage.engine import require_current

    file = sqlite_file(settings.database.url)
    if file is not None and not file.exists():
        return settings
    with any_database(settings, Use.READING) as engine:
        require_current(engine)
        return effective(settings, engine)


def merged(settings: Settings, changes: Sequence[SettingChange]) -> Settings:
    """Settings with these changes; the origin of each says who made it and when."""
    if not changes:
        return settings
    values = values_by_section(list(changes))
    try:
        judging = changed(Judging(settings.limits, settings.exclude), values["limits"], values["exclude"])
    except ConfigError as error:
        raise ConfigError(
            say(
                f"网页上的修改与配置文件不相容：{error}；请在管理页恢复该项，或修改配置文件",
                f"a change made on the pages does not go with config.toml: {error}; undo it there or change the file",
            )
        ) from None
    origins = {(change.section, change.key): origin(change, settings) for change in changes}
    shown = tuple(_shown(value, judging, origins) for value in settings.values)
    return replace(settings, limits=judging.limits, exclude=judging.exclusions, values=shown)


def origin(change: SettingChange, settings: Settings) -> str:
    """Where a value of the pages comes from, as `bwc check` says it."""
    who = change.actor.replace(":", " ", 1)
    return f"page: {who} at {change.at.astimezone(settings.zone):%Y-%m-%d %H:%M}"


def _shown(value: Value, judging: Judging, origins: dict[tuple[str, str], str]) -> Value:
    came = origins.get((value.section, value.key))
    if came is None:
        return value
    return replace(value, shown=shown_value(value.key, judging.value(value.section, value.key)), origin=came)
