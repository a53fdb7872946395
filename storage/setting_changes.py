"""Limits and exclusions changed on the pages: the last change of each key counts, above config.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from storage.schema.tables import SETTING_CHANGE

LIMITS, EXCLUDE = "limits", "exclude"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One change. `value` None: as config.toml says again."""

    section: str
    key: str
    value: Any
    actor: str
    at: datetime
    note: str


def current_changes(connection: Connection) -> list[SettingChange]:
    """The last change of each key that still departs from config.toml, in order of section and key."""
    last = select(func.max(SETTING_CHANGE.c.id)).group_by(SETTING_CHANGE.c.section, SETTING_CHANGE.c.key)
    query = select(SETTING_CHANGE).where(SETTING_CHANGE.c.id.in_(last))
    rows = connection.execute(query.order_by(SETTING_CHANGE.c.section, SETTING_CHANGE.c.key)).mappings()
    return [_change(row) for row in rows if row["value"] is not None]


def changes_of(engine: Engine) -> list[SettingChange]:
    """As `current_changes`, in a transaction of its own."""
    with engine.connect() as connection:
        return current_changes(connection)


def past_changes(connection: Connection, limit: int = 50) -> list[SettingChange]:
    """The newest changes, newest first."""
    query = select(SETTING_CHANGE).order_by(SETTING_CHANGE.c.id.desc()).limit(limit)
    return [_change(row) for row in connection.execute(query).mappings()]


def values_by_section(changes: list[SettingChange]) -> dict[str, dict[str, Any]]:
    """Changed values as the sections' own readers take them."""
    found: dict[str, dict[str, Any]] = {LIMITS: {}, EXCLUDE: {}}
    for change in changes:
        found.setdefault(change.section, {})[change.key] = change.value
    return found


def add_changes(
    connection: Connection, now: datetime, actor: str, note: str, values: Mapping[tuple[str, str], Any]
) -> None:
    """Keep changes of (section, key). The caller has checked them."""
    rows = [
        {"section": section, "key": key, "value": value, "actor": actor, "at": now, "note": note}
        for (section, key), value in sorted(values.items(), key=lambda item: item[0])
    ]
    if rows:
        connection.execute(insert(SETTING_CHANGE), rows)


def _change(row: Any) -> SettingChange:
    names = ("section", "key", "value", "actor", "at", "note")
    return SettingChange(*(row[name] for name in names))
