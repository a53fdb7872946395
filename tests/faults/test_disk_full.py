"""Full disks, one for each thing that is written: it is told what to do, nothing half stands under a final name, and
once there is room the work is done as if nothing had been.
"""

import re
import shutil
import sqlite3
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.command_line import leave_pipe, status_of
from app.first_accounts import first_accounts
from app.full_disk import MAKE_ROOM
from app.jobs import Jobs
from app.report_jobs import report_works
from app.settings import Settings, load_settings
from app.shell import driver_words
from app.timetable import timetable
from detectors.content.base import Still
from domain.clip import StoredFile
from domain.jobs import JobState
from indexer.still_cache import FileBytes, StillCache
from storage.accounts import has_accounts
from storage.audit import log_faults
from storage.engine import DatabaseSettings, Use, open_engine
from storage.jobs import job_runs
from storage.schema.tables import AUDIT_ENTRY, SCAN
from tests.app.configs import LEAST, write
from tests.builders import clip_name, film
from tests.faults.disks import Disk, mounted
from tests.faults.waiting import until
from tests.faults.world import World, differences, finished, work
from tests.scanning import MORNING
from tests.serving import program
from tests.spoken import in_both_languages

pytestmark = pytest.mark.slow
KB = 1 << 10
FULL = Path("/dev/full")
"""Takes nothing: the log, or the output, on a disk without room."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with mounted(tmp_path / "disk", 8) as made:
        yield made


def sound(file: Path) -> None:
    """The database opens, is whole, and so is its log."""
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    engine = open_engine(DatabaseSettings(f"sqlite:///{file}"), Use.READING)
    with engine.connect() as connection:
        assert list(log_faults(connection)) == []
    engine.dispose()


def full_in(world: World, disk: Disk, free: int) -> SQLAlchemyError | None:
    """All of the work with so much room and no more, somebody reading meanwhile; how it failed."""
    file = disk.root / "x.db"
    shutil.copy(world.copy("again").removeprefix("sqlite:///"), file)
    writer, reader = (open_engine(DatabaseSettings(f"sqlite:///{file}"), use) for use in (Use.WRITING, Use.READING))
    with reader.connect() as reading:
        before = reading.execute(select(func.count()).select_from(AUDIT_ENTRY)).scalar_one()
        reading.rollback()
        disk.fill(but=free)
        failure = None
        try:
            work(world.at(writer))
        except OperationalError as error:
            failure = error
        assert reading.execute(select(func.count()).select_from(AUDIT_ENTRY)).scalar_one() >= before
    reader.dispose()
    writer.dispose()
    return failure


def test_a_scan_on_a_full_disk_is_told_so_and_the_next_one_ends_in_the_rows_of_a_quiet_run(
    world: World, disk: Disk
) -> None:
    """From nothing free to almost enough, by pages."""
    wanted, failures = finished(world, world.copy("quiet")), []
    for free in (0, 100 * KB, 500 * KB):
        failures.append(full_in(world, disk, free))
        disk.clear()
        sound(disk.root / "x.db")
        assert differences(finished(world, f"sqlite:///{disk.root}/x.db"), wanted) == {}, free
    told = [error and driver_words(error) for error in failures]
    print(f"the disk of the database full at {len(told)} places")
    assert told == [MAKE_ROOM] * len(told)
    assert in_both_languages(MAKE_ROOM)


@pytest.mark.parametrize("free", [0, pytest.param(300 * KB, marks=pytest.mark.long)])
def test_a_disk_too_full_to_make_a_database_is_one_line_and_the_next_scan_makes_it(
    disk: Disk, tmp_path: Path, capsys: pytest.CaptureFixture[str], free: int
) -> None:
    store = tmp_path / "stores" / "dock-a"
    store.mkdir(parents=True)
    (store / clip_name("1100001", "031021", "08:11:30")).write_bytes(film(60))
    text = LEAST.replace("sqlite:///var/bwc.db", f"sqlite:///{disk.root}/bwc.db") + '[workers]\nkind = "threads"\n'
    config = str(write(tmp_path, text))
    disk.fill(but=free)
    assert status_of(["scan", "--config", config]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("bwc: ")]
    assert MAKE_ROOM in line
    disk.clear()
    assert status_of(["scan", "--config", config]) == 0
    sound(disk.root / "bwc.db")


@pytest.fixture
def settings(disk: Disk, tmp_path: Path) -> Settings:
    """A scanned house whose reports go to the small disk."""
    (tmp_path / "stores" / "dock-a").mkdir(parents=True)
    reports = f'[schedule]\nreports_folder = "{disk.root}/reports"\n[[schedule.reports]]\nreport = "completeness"\n'
    more = 'period = "yesterday"\nformats = ["csv", "pdf"]\n[workers]\nkind = "threads"\n'
    config = write(tmp_path, LEAST + reports + more)
    assert status_of(["scan", "--config", str(config)]) == 0
    return load_settings(config, {})


def test_a_full_folder_of_reports_is_a_job_that_failed_with_words_and_leaves_nothing_half(
    settings: Settings, disk: Disk
) -> None:
    engine = open_engine(settings.database)
    works = report_works(settings, engine, engine)
    timed = timetable(settings.schedule, settings.zone, telling=False)
    jobs = Jobs(engine, timed, works)
    (name,) = works
    disk.fill(but=8 * KB)
    jobs.ask(name)
    ((run, _),) = jobs.asked()
    jobs.run_asked(run, name)
    with engine.connect() as connection:
        (failed,) = job_runs(connection)
    assert failed.state is JobState.FAILED
    assert "No space left" in (failed.error or "")
    assert [path.suffix for path in disk.root.rglob("*") if path.is_file() and path != disk.filler] in ([], [".csv"])
    engine.dispose()


def test_a_report_that_does_not_fit_leaves_the_older_one_as_it_was(
    settings: Settings, disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    target = disk.root / "r.pdf"
    target.write_bytes(b"the report of yesterday")
    disk.fill(but=4 * KB)
    words = ["report", "completeness", "--period", "2026-11-20", "-o", str(target), "--config", str(settings.file)]
    assert status_of(words) == 2
    assert "cannot be written: No space left" in capsys.readouterr().err
    assert target.read_bytes() == b"the report of yesterday"
    assert {path.name for path in disk.root.iterdir()} == {"filler", "r.pdf"}
    disk.clear()
    assert status_of(words) == 0
    assert target.read_bytes().startswith(b"%PDF")


def test_an_export_of_the_log_that_does_not_fit_leaves_no_half_file(
    settings: Settings, disk: Disk, capsys: pytest.CaptureFixture[str]
) -> None:
    disk.fill()
    words = ["audit", "export", "-o", str(disk.root / "log.jsonl"), "--config", str(settings.file)]
    assert status_of(words) == 2
    assert "-o" in capsys.readouterr().err
    assert [path.name for path in disk.root.iterdir()] == ["filler"]


def test_a_folder_of_backups_that_fills_up_meanwhile_holds_no_archive_under_its_name(
    settings: Settings, disk: Disk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """There was room when it was looked for; then somebody else took it."""
    monkeypatch.setattr("app.backing_up.refuse_little_space", lambda *_: disk.fill(but=100 * KB))
    words = ["backup", "-o", str(disk.root), "--config", str(settings.file)]
    assert status_of(words) == 2
    assert re.search("full|No space", capsys.readouterr().err)
    assert [path.name for path in disk.root.iterdir()] == ["filler"]
    disk.clear()
    monkeypatch.undo()
    assert status_of(words) == 0
    assert len(list(disk.root.glob("*.zip"))) == 1


def test_stills_that_do_not_fit_are_told_and_leave_no_half_picture(disk: Disk) -> None:
    cache = StillCache(disk.root, 100)
    disk.fill(but=8 * KB)
    bytes_of = FileBytes("dock:a.mp4", StoredFile("dock", "a.mp4", 10, MORNING))
    picture = Still(timedelta(seconds=1), None, b"\xff\xd8" + bytes(64 * KB) + b"\xff\xd9")
    with pytest.raises(OSError, match="No space left"):
        cache.keep(bytes_of, [picture])
    assert [path for path in disk.root.rglob("*") if path.is_file()] == [disk.filler]
    disk.clear()
    cache.keep(bytes_of, [picture])
    assert len(cache.known(bytes_of)) == 1


@contextmanager
def without_room(name: str) -> Iterator[None]:
    """`stdout` or `stderr` lies on a full disk."""
    stream = FULL.open("w", buffering=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, name, stream)
        yield
    leave_pipe(stream)  # what is still on its way goes nowhere
    stream.close()


def test_a_full_log_ends_neither_a_scan_nor_its_exit_status(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.file.parent / "stores" / "dock-a").rmdir()
    with without_room("stderr"):
        assert status_of(["scan", "--config", str(settings.file)]) == 1  # the store is away: told where nobody hears
    assert "扫描完成 / scan finished" in capsys.readouterr().out


def test_output_that_does_not_fit_is_no_success_and_is_told_in_one_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with without_room("stdout"):
        assert status_of(["check", "--config", str(settings.file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert in_both_languages(line.removeprefix("bwc: "))


def test_one_time_passwords_that_could_not_be_shown_belong_to_nobody(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(settings.database)
    with without_room("stdout"), pytest.raises(OSError, match="No space left"):
        first_accounts(settings, engine)
    with engine.connect() as connection:
        assert not has_accounts(connection)
    first_accounts(settings, engine)
    assert "admin" in capsys.readouterr().out
    engine.dispose()


@pytest.mark.long
def test_the_program_serves_and_scans_though_its_log_and_its_terminal_have_no_room(settings: Settings) -> None:
    engine = open_engine(settings.database)
    first_accounts(settings, engine)
    with program(settings.file.parent, FULL) as one:
        assert until(lambda: scans(engine) >= 2)
        with urllib.request.urlopen(f"{one.address}/healthz", timeout=5) as answer:
            assert answer.status == 200
    engine.dispose()


def scans(engine: Engine) -> int:
    """How many have ended."""
    with engine.connect() as connection:
        return int(connection.execute(select(func.count()).where(SCAN.c.state == "complete")).scalar_one())
