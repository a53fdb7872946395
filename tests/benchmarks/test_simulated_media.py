"""Simulated days as real files: what the files are by another reader, and that scanning them is worth something."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import pytest
from sqlalchemy import Engine, select

from benchmarks.quality.links import ours
from benchmarks.simulation import database, media
from benchmarks.simulation.conditions import CLEAN, LISTED, WORST, Conditions
from benchmarks.simulation.world import build
from domain.media import ProblemCode
from indexer.containers import probe_path
from storage.schema.tables import LINK, STORED
from storage.versions import current
from tests.scanning import new_engine, plan_of, scan_once

RESET = 946_656_005  # 2000-01-01 00:00:05 in Shanghai


def written(folder: Path, content: bytes) -> Path:
    file = folder / "film.mp4"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("milliseconds", [600, 9_999, 10_000, 10_001, 12_345, 1_800_001])
def test_a_film_is_decoded_whole_and_lasts_and_states_what_was_asked_for(tmp_path: Path, milliseconds: int) -> None:
    file = written(tmp_path, media.film(milliseconds, RESET, "a"))
    with av.open(file) as found:
        assert found.duration == milliseconds * 1000
        assert found.metadata["creation_time"] == "1999-12-31T16:00:05.000000Z"
        assert not {"encoder", "comment"} & found.metadata.keys()
        stream = found.streams.video[0]
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == Fraction(milliseconds, 1000)
        frames = list(found.decode(stream))
    with av.open(file) as found:
        assert sum(frame.samples for frame in found.decode(audio=0)) == milliseconds
    assert len(frames) == -(-milliseconds // 10_000)
    assert all(frame.key_frame for frame in frames)
    assert file.stat().st_size < 20_000


def test_our_own_reader_finds_no_hole_and_no_problem_in_any_length(tmp_path: Path) -> None:
    for milliseconds in (500, 9_990, 10_001, 12_345, 19_999, 61_003, 600_007):
        found = probe_path(written(tmp_path, media.film(milliseconds, RESET, "a")))
        assert found.duration == timedelta(milliseconds=milliseconds)
        assert found.problems == ()
        assert [track.discontinuities for track in found.tracks] == [(), ()]
        assert found.creation_time == datetime(1999, 12, 31, 16, 0, 5, tzinfo=UTC)


@pytest.mark.slow
def test_films_of_one_length_and_time_differ_by_their_seed_alone() -> None:
    films = {media.film(30_000, RESET, f"clip {number}") for number in range(200)}
    assert len(films) == 200
    assert media.film(30_000, RESET, "clip 7") in films


def test_a_film_that_lost_power_holds_its_pictures_and_no_index(tmp_path: Path) -> None:
    whole = media.film(60_000, RESET, "a")
    cut = media.before_index(whole)
    assert whole.startswith(cut)
    assert whole[len(cut) + 4 : len(cut) + 8] == b"moov"
    found = probe_path(written(tmp_path, cut))
    assert [problem.code for problem in found.problems] == [ProblemCode.INDEX_MISSING]
    with pytest.raises(ValueError, match="expected a moov box"):
        media.before_index(cut)


BROKEN = replace(WORST, name="broken", losses=replace(LISTED.losses, power_loss=0.15, lost_file=0.05))
"""As in a real city, with more power lost and more files gone than in any, so that one day has enough of both."""
Link = tuple[str, str, str]


def links(engine: Engine) -> set[Link]:
    """(status, path, number)."""
    joined = LINK.join(STORED, STORED.c.file_id == LINK.c.file_id)
    query = select(LINK.c.status, STORED.c.path, LINK.c.number).select_from(joined)
    with engine.connect() as connection:
        rows = connection.execute(query.where(current(LINK), current(STORED))).all()
    return {(str(row.status), row.path, row.number) for row in rows}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = new_engine(f"sqlite:///{tmp_path / 'real.db'}")
    yield engine
    engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize(
    "conditions",
    [pytest.param(one, marks=pytest.mark.long) for one in (CLEAN, WORST, BROKEN)],
    ids=lambda one: one.name,
)
def test_a_simulated_day_scanned_from_real_files_is_linked_as_the_truth_and_as_the_world_in_the_database(
    tmp_path: Path, engine: Engine, conditions: Conditions
) -> None:
    world = build(conditions, stations=1, days=1, seed=1)
    media.write(world, tmp_path / "real", conditions)
    scan_once(engine, plan_of(tmp_path / "real"), database.after(world))
    with engine.connect() as connection:
        score = ours(connection, world)
        rows = connection.execute(select(STORED.c.path, STORED.c.state).where(current(STORED))).all()
    assert {(row.path, row.state) for row in rows} == {
        (piece.path, "present" if piece.whole else "unreadable") for piece in world.stored()
    }
    if conditions is BROKEN:
        assert sum(not piece.whole for piece in world.stored()) > 3
        assert sum(not piece.there for piece in world.pieces) > 3
    if conditions is CLEAN:
        assert score.precision >= 0.98
        assert score.recall >= 0.98
    simulated = database.fill(world, tmp_path / "filled", conditions, f"sqlite:///{tmp_path / 'filled.db'}")
    database.scan(simulated, database.plan(world, tmp_path / "filled", conditions), database.after(world))
    wanted = links(simulated)
    simulated.dispose()
    assert len(wanted) > 50
    assert links(engine) == wanted
