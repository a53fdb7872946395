"""The sample day from end to end: exactly the findings its README names, on both databases, and nothing is touched."""

import os
import stat
from collections.abc import Iterator
from datetime import UTC
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, select

from domain.observation import ObservationKind
from indexer.content import ContentSettings
from indexer.pipeline import ScanSummary
from sample_media import day
from sample_media.pictures import clock as drawn_clock
from sample_media.tables import Damage
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import EVALUATION, FILE, OBSERVATION
from storage.versions import current
from tests.scanning import dump, findings, new_engine, plan_of, scan_in_child, scan_once

HEADING = "| kind | subject | rule | officer | why |"


def expected_findings(readme: Path, *, content: bool = False) -> set[tuple[str, str, str, str | None]]:
    """The README's tables: what a person wrote down must be found. The second takes looking at pictures and sound."""
    lines = readme.read_text(encoding="utf-8").splitlines()
    places = [place for place, line in enumerate(lines) if line == HEADING]
    assert len(places) == 2
    found = set()
    for place in places if content else places[:1]:
        for line in takewhile(lambda line: line.startswith("|"), lines[place + 2 :]):
            kind, subject, rule, officer = (cell.strip(" `") for cell in line.strip("|").split("|")[:4])
            found.add((kind, subject, rule, None if officer == "-" else officer))
    return found


@pytest.mark.slow
def test_a_scan_finds_exactly_what_the_readme_names(project: Path, sample_day: Path, database_url: str) -> None:
    wanted = expected_findings(project / "sample_media" / "README.md")
    assert len(wanted) >= 25
    engine = new_engine(database_url)
    summary = scan_once(engine, plan_of(sample_day))
    found = findings(engine)
    assert (found - wanted, wanted - found) == (set(), set())
    assert summary.problems == ()
    engine.dispose()


@pytest.fixture(scope="module")
def looked(sample_day: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, ScanSummary]]:
    """The sample day after one scan that looked at pictures and sound of every clip."""
    folder = tmp_path_factory.mktemp("looked")
    everything = ContentSettings(minutes_per_scan=25.0, share_ratio=1.0, cache=str(folder / "stills"))
    engine = new_engine(f"sqlite:///{folder / 'looked.db'}")
    yield engine, scan_once(engine, plan_of(sample_day, everything))
    engine.dispose()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_scan_that_looks_at_pictures_and_sound_finds_exactly_what_the_readme_names(
    project: Path, looked: tuple[Engine, ScanSummary]
) -> None:
    engine, summary = looked
    readme = project / "sample_media" / "README.md"
    wanted, found = expected_findings(readme, content=True), findings(engine)
    assert len(wanted - expected_findings(readme)) >= 8
    assert (found - wanted, wanted - found) == (set(), set())
    assert (summary.problems, summary.content_waiting, summary.content_ended) == ((), 0, 0)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_clock_in_the_picture_is_read_at_the_right_second(looked: tuple[Engine, ScanSummary]) -> None:
    """What it showed at the beginning of each clip, as the program that drew it knows; in 19 of 20 clips at least."""
    engine, _ = looked
    readable = [clip for clip in day.CLIPS if clip.damage not in (Damage.ZERO_LENGTH, Damage.NO_INDEX, Damage.COPYING)]
    shown = {clip.subject: drawn_clock(clip, 0).replace(tzinfo=UTC).timestamp() for clip in readable}
    with engine.connect() as connection:
        query = select(FILE.c.anchor, OBSERVATION.c.value).join_from(OBSERVATION, FILE)
        query = query.where(current(OBSERVATION), OBSERVATION.c.kind == ObservationKind.CLOCK.value)
        later_first = connection.execute(query.order_by(OBSERVATION.c.start.desc())).all()
    read = {row.anchor: row.value for row in later_first}
    right = [name for name, seconds in shown.items() if name in read and 0 <= read[name] - seconds < 1.0]
    assert set(read) <= set(shown)
    assert len(right) >= 0.95 * len(shown), sorted(set(shown) - set(right))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_is_silent_black_or_frozen_is_no_record_and_what_a_colleague_recorded_is(
    looked: tuple[Engine, ScanSummary],
) -> None:
    engine, _ = looked
    with engine.connect() as connection:
        query = select(EVALUATION.c.subject, EVALUATION.c.result).where(current(EVALUATION))
        result = {row.subject: row.result for row in connection.execute(query).all()}
    lost = ("JQ20261120A10", "JQ20261120A14", "XW2026112005")
    recorded = ("JQ20261120A12", "JQ20261120A18", "JQ20261120B08", "JQ20261120B11", "JQ20261120B20")
    assert {subject: result[subject] for subject in lost} == dict.fromkeys(lost, "noncompliant")
    assert {subject: result[subject] for subject in recorded} == dict.fromkeys(recorded, "compliant")


@pytest.mark.slow
def test_a_second_scan_changes_nothing_and_reads_nothing(sample_day: Path, database_url: str) -> None:
    engine = new_engine(database_url)
    plan = plan_of(sample_day)
    scan_once(engine, plan)
    before = dump(engine)
    again = scan_once(engine, plan)
    assert (again.probed, again.evaluated) == (0, 0)
    assert dump(engine) == before
    engine.dispose()


def picture_of(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Every file's inode, time, size and bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        facts = path.stat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (facts.st_ino, facts.st_mtime_ns, facts.st_size, content)
    return found


@pytest.mark.slow
def test_the_stores_are_left_as_they_were_even_when_they_cannot_be_written(
    own_sample_day: Path, tmp_path: Path
) -> None:
    stores = own_sample_day / "sample_media" / "stores"
    before = picture_of(stores)
    everything = [stores, *stores.rglob("*")]
    for path in everything:
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    engine = new_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    try:
        scan_once(engine, plan_of(own_sample_day))
        assert len(findings(engine)) >= 25
        assert picture_of(stores) == before
    finally:
        for path in everything:
            path.chmod(0o700 if path.is_dir() else 0o600)
        engine.dispose()


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_scan_killed_anywhere_and_run_again_gives_the_rows_of_one_clean_run(sample_day: Path, tmp_path: Path) -> None:
    """Twenty kills at random moments, up to three to a database, each database then scanned to the end."""
    clean = new_engine(f"sqlite:///{tmp_path / 'clean.db'}")
    length = scan_once(clean, plan_of(sample_day)).seconds
    wanted = dump(clean)
    random, killed = Random(20261120), 0
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.scanning"])
    for attempt in range(40):
        url = f"sqlite:///{tmp_path / f'{attempt}.db'}"
        new_engine(url).dispose()
        for _ in range(3):
            killed += _scan_and_kill(context, url, sample_day, random.uniform(0.0, 0.8 * length))
        engine = open_engine(DatabaseSettings(url))
        scan_once(engine, plan_of(sample_day))
        found = dump(engine)
        assert {name: rows for name, rows in found.items() if rows != wanted[name]} == {}, f"database {attempt}"
        engine.dispose()
        if killed >= 20:
            break
    assert killed >= 20
    clean.dispose()


def _scan_and_kill(context, url: str, folder: Path, after: float) -> int:  # type: ignore[no-untyped-def]
    """Kill a scanning process after so many seconds; 1 when it was still running."""
    ready = context.Event()
    process = context.Process(target=scan_in_child, args=(url, str(folder), ready))
    process.start()
    assert ready.wait(60)
    process.join(after)
    alive = process.is_alive()
    if alive and process.pid:
        os.kill(process.pid, 9)
    process.join()
    process.close()
    return int(alive)
