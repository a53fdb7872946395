"""The backup by the clock: the same file as by hand, so many kept, and a failure with words."""

import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from app.backup_job import Backup
from app.settings import Settings
from domain.errors import BwcError
from domain.timespan import utc
from storage.audit import entries_of
from storage.engine import DatabaseSettings, open_engine
from tests.app.configs import LEAST, load
from tests.databases import migrate

pytestmark = pytest.mark.slow

NOW, DAY = utc(2026, 11, 23, 4), timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "var").mkdir()
    settings = load(tmp_path, LEAST + '[schedule]\nbackup = "@daily"\nbackup_keep = 2\n')
    engine = open_engine(DatabaseSettings(settings.database.url))
    migrate(engine)
    engine.dispose()
    return settings


def test_each_day_makes_one_and_the_oldest_go(settings: Settings) -> None:
    results = [Backup(settings).make(NOW + number * DAY, NOW) for number in range(3)]
    left = sorted(path.name for path in (settings.file.parent / "var" / "backups").iterdir())
    assert left == [results[1]["file"], results[2]["file"]]
    assert results[2]["removed"] == 1
    assert zipfile.is_zipfile(settings.file.parent / "var" / "backups" / left[0])
    engine = open_engine(DatabaseSettings(settings.database.url))
    with engine.connect() as connection:
        assert {entry.actor for entry in entries_of(connection, "backup", ["export"])} == {"system"}
    engine.dispose()


def test_a_folder_that_cannot_be_written_is_a_failure_with_words(settings: Settings) -> None:
    (settings.file.parent / "var" / "backups").write_text("in the way")
    with pytest.raises((BwcError, OSError)):
        Backup(settings).make(NOW, NOW)
