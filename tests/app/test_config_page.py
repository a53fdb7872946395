"""docs/config.md names every key of every section with its default, and no other key."""

import dataclasses
import re
from enum import StrEnum
from pathlib import Path

import pytest

from app.notify_settings import NotifySettings
from app.schedule_settings import ScheduleSettings
from app.settings import ENVIRONMENT, SECTIONS
from app.shell_settings import ApiSettings, LogSettings, OidcSection, WorkerSettings
from detectors.limits import Exclusions
from indexer.clock import ClockLimits
from indexer.content import ContentSettings
from indexer.digests import FixitySettings
from indexer.feeds.base import FeedSettings
from indexer.filenames import PatternSettings
from indexer.linking import LinkingLimits
from indexer.proxy_cache import MediaSettings
from indexer.recordings import RecordingLimits
from indexer.stores.base import StoreSettings
from storage.engine import DatabaseSettings

KINDS = {
    "database": DatabaseSettings,
    "stores": StoreSettings,
    "patterns": PatternSettings,
    "feeds": FeedSettings,
    "exclude": Exclusions,
    "clock": ClockLimits,
    "recordings": RecordingLimits,
    "linking": LinkingLimits,
    "fixity": FixitySettings,
    "content": ContentSettings,
    "media": MediaSettings,
    "schedule": ScheduleSettings,
    "workers": WorkerSettings,
    "api": ApiSettings,
    "oidc": OidcSection,
    "log": LogSettings,
    "notify": NotifySettings,
}
BESIDES = {("database", "password_file"): "none"}


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "docs" / "config.md").read_text(encoding="utf-8")


def documented(page: str) -> dict[tuple[str, str], str]:
    """(section, key) → default, out of the page's tables."""
    found = {}
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        name = re.match(r"`\[+(\w+)\]+`", part)
        for key, default in re.findall(r"^\| `(\w+)` \| (.*?) \|", part, flags=re.MULTILINE):
            if name:
                found[name[1], key] = default.strip("`")
    return found


def words(field: "dataclasses.Field[object]") -> str:
    """A default as the page writes it."""
    default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
    if default is dataclasses.MISSING:
        return "required"
    if isinstance(default, StrEnum):
        return default.value
    return "none" if default is None or default in ((), {}) else str(default)


def test_every_key_is_on_the_page_with_its_default(page: str) -> None:
    declared = {(name, field.name): words(field) for name, kind in KINDS.items() for field in dataclasses.fields(kind)}
    assert documented(page) == {**declared, **BESIDES}


def test_every_section_is_on_the_page_in_the_order_of_the_program(page: str) -> None:
    assert tuple(re.findall(r"^## `\[+(\w+)\]+`", page, flags=re.MULTILINE)) == SECTIONS
    assert set(SECTIONS) == {*KINDS, "limits"}


def test_every_variable_is_on_the_page(page: str) -> None:
    assert set(re.findall(r"\bBWC_\w+", page)) == set(ENVIRONMENT)
