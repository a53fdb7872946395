"""Files that are gone for a while and found again elsewhere, in the same store or another: one file, one identity."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from indexer.feeds.base import FeedKind
from storage.schema.tables import CLIP, EVALUATION, FILE, FINDING, LINK, STORE, STORE_SCAN, STORED
from storage.versions import current
from tests.builders import House, clip_name, film, one_call, results
from tests.scanning import MORNING
from tests.statements import english

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALL = clip_name("1100001", "031021", "08:11:30")


def take_away(house: House, path: str, store: str = "dock") -> Path:
    away = house.folder / "away" / Path(path).name
    away.parent.mkdir(exist_ok=True)
    (house.root(store) / path).rename(away)
    return away


def bring(house: House, away: Path, path: str, store: str = "dock") -> None:
    target = house.root(store) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    away.rename(target)


@pytest.mark.slow
def test_a_file_missing_for_two_scans_that_appears_under_another_name_is_the_same_file(house: House) -> None:
    one_call(house)
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    links = [(row["file_id"], row["number"], row["status"]) for row in house.rows(LINK)]
    away = take_away(house, CALL)
    house.scan(MORNING + HOUR)
    key = house.finding("missing.file-lost")["key"]
    house.scan(MORNING + 2 * HOUR)
    assert results(house) == {"JQ1": "noncompliant"}
    bring(house, away, f"archive/2026/{CALL}")
    house.scan(MORNING + 3 * HOUR)
    assert house.anchors() == {f"archive/2026/{CALL}": f"dock:{CALL}", "stays.mp4": "dock:stays.mp4"}
    assert set(house.states().values()) == {"present"}
    assert {subject for subject, _ in house.findings()} == {"dock:stays.mp4"}  # its name matches no pattern
    assert results(house) == {"JQ1": "compliant"}
    assert [(row["file_id"], row["number"], row["status"]) for row in house.rows(LINK)] == links
    assert len(house.history(key)) == 1  # closed, nothing in its place
    assert f"the file is now at dock:archive/2026/{CALL}, first seen as dock:{CALL}" in said(house, CALL)
    assert house.scan(MORNING + 4 * HOUR).probed == 0


def said(house: House, path: str) -> str:
    """What `missing.file-lost` says of a file, by its name at first sight."""
    (row,) = [row for row in house.rows(EVALUATION) if row["subject_key"] == f"dock:{path}"]
    return " | ".join(
        english(one) for each in row["outcomes"] if each["rule"] == "missing.file-lost" for one in each["evidence"]
    )


@pytest.mark.slow
@pytest.mark.parametrize("archive", ["aaa-archive", "zzz-archive"])
@pytest.mark.parametrize("scans_between", [0, 1])
def test_a_file_moved_to_another_store_keeps_identity_and_links_whichever_store_is_walked_first(
    house: House, archive: str, scans_between: int
) -> None:
    house.store(archive)
    house.stores = dict(sorted(house.stores.items()))
    one_call(house)
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    links = [(row["file_id"], row["number"], row["status"]) for row in house.rows(LINK)]
    away = take_away(house, CALL)
    for n in range(scans_between):
        house.scan(MORNING + (n + 1) * HOUR)
    bring(house, away, f"2026/{CALL}", archive)
    house.scan(MORNING + 5 * HOUR)
    assert house.anchors(archive) == {f"2026/{CALL}": f"dock:{CALL}"}
    assert house.anchors() == {"stays.mp4": "dock:stays.mp4"}
    assert {subject for subject, _ in house.findings()} == {"dock:stays.mp4"}
    assert [(row["file_id"], row["number"], row["status"]) for row in house.rows(LINK)] == links
    summary = house.scan(MORNING + 6 * HOUR)
    assert (summary.probed, summary.evaluated, summary.missing) == (0, 0, 0)


@pytest.mark.slow
def test_a_copy_to_another_store_that_is_made_before_the_first_goes_stays_a_copy_and_nothing_is_lost(
    house: House,
) -> None:
    house.store("archive")
    house.put("a.mp4", film(30))
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    house.put("x/a.mp4", film(30), store="archive")
    house.scan(MORNING + HOUR)
    assert house.findings("nonstandard.duplicate") == {("archive:x/a.mp4", "nonstandard.duplicate")}
    (house.root() / "a.mp4").unlink()
    house.scan(MORNING + 2 * HOUR)
    assert house.states()["a.mp4"] == "missing"
    assert house.anchors("archive") == {"x/a.mp4": "archive:x/a.mp4"}
    assert house.findings("missing.file-lost") == set()
    assert "the same content is at archive:x/a.mp4" in said(house, "a.mp4")
    (house.root("archive") / "x" / "a.mp4").unlink()
    house.put("other.mp4", film(10, "other"), store="archive")
    house.scan(MORNING + 3 * HOUR)
    assert house.findings("missing.file-lost") == {
        ("dock:a.mp4", "missing.file-lost"),
        ("archive:x/a.mp4", "missing.file-lost"),
    }


@pytest.mark.slow
def test_of_several_missing_files_with_one_content_that_of_the_same_name_is_taken_else_the_first_seen(
    house: House,
) -> None:
    for path in ("1/a.mp4", "2/b.mp4", "3/c.mp4"):
        house.put(path, film(30))
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    for path in ("1/a.mp4", "2/b.mp4", "3/c.mp4"):
        take_away(house, path)
    house.scan(MORNING + HOUR)
    bring(house, house.folder / "away" / "a.mp4", "new/b.mp4")
    bring(house, house.folder / "away" / "b.mp4", "new/z.mp4")
    house.scan(MORNING + 2 * HOUR)
    assert house.anchors() == {
        "new/b.mp4": "dock:2/b.mp4",
        "new/z.mp4": "dock:1/a.mp4",
        "3/c.mp4": "dock:3/c.mp4",
        "stays.mp4": "dock:stays.mp4",
    }


@pytest.mark.slow
def test_empty_files_are_never_taken_for_one_another(house: House) -> None:
    house.put("a.mp4", b"")
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    (house.root() / "a.mp4").unlink()
    house.scan(MORNING + HOUR)
    house.put("b.mp4", b"")
    house.scan(MORNING + 2 * HOUR)
    assert house.states() == {"a.mp4": "missing", "b.mp4": "unreadable", "stays.mp4": "present"}


def test_a_file_that_is_back_at_its_old_place_is_not_moved_and_the_new_one_is_a_copy(house: House) -> None:
    house.store("archive")
    house.put("a.mp4", film(30))
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    away = take_away(house, "a.mp4")
    house.scan(MORNING + HOUR)
    house.put("a.mp4", film(30), store="archive")
    bring(house, away, "a.mp4")
    house.scan(MORNING + 2 * HOUR, only=frozenset({"archive"}))  # the dock is not walked, but it is asked
    assert house.anchors("archive") == {"a.mp4": "archive:a.mp4"}
    house.scan(MORNING + 3 * HOUR)
    assert house.states() == {"a.mp4": "present", "stays.mp4": "present"}
    assert house.findings("nonstandard.duplicate") == {("archive:a.mp4", "nonstandard.duplicate")}


@pytest.mark.slow
def test_a_file_found_while_it_is_still_being_copied_is_the_lost_one_once_it_has_arrived(house: House) -> None:
    house.store("archive")
    house.put("a.mp4", film(30))
    house.put("stays.mp4", film(20, "stays"))
    house.scan(MORNING)
    (house.root() / "a.mp4").unlink()
    house.put("a.mp4", film(30)[:900], modified=MORNING + HOUR, store="archive")
    house.scan(MORNING + HOUR)
    house.put("a.mp4", film(30), modified=MORNING + HOUR, store="archive")
    house.scan(MORNING + 2 * HOUR)
    assert house.anchors("archive") == {"a.mp4": "dock:a.mp4"}
    assert house.findings("missing.file-lost") == set()


@pytest.mark.slow
def test_what_the_station_s_list_says_of_a_file_goes_with_it_to_the_archive(house: House) -> None:
    house.store("archive")
    house.put(f"day/{CALL}", film(30))
    house.put("stays.mp4", film(20, "stays"))
    row = {"path": f"day/{CALL}", "started_at": "2026-11-20 08:11:31", "imported_at": "2026-11-20 18:00:00"}
    house.feed("list", FeedKind.CLIP_INDEX, [row], store="dock")
    house.scan(MORNING)
    before = [row["clock_source"] for row in house.rows(CLIP) if row["device"]]
    bring(house, take_away(house, f"day/{CALL}"), f"2026/November/{CALL}", "archive")
    house.scan(MORNING + HOUR)
    assert [row["clock_source"] for row in house.rows(CLIP) if row["device"]] == before == ["clip_index"]
    assert house.findings("missing.sequence-hole") == set()


@pytest.mark.slow
def test_a_large_part_of_a_store_moved_to_another_is_no_loss_at_the_second_look(house: House) -> None:
    house.store("archive")
    for n in range(60):
        house.put(f"{n:03}.bin", f"file {n}".encode())
    house.scan(MORNING)
    for n in range(55):
        bring(house, take_away(house, f"{n:03}.bin"), f"{n:03}.bin", "archive")
    house.scan(MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR)
    assert house.anchors("archive") == {f"{n:03}.bin": f"dock:{n:03}.bin" for n in range(55)}
    assert house.findings("missing.file-lost") == set()
    states = {row["state"] for row in house.rows(STORE_SCAN) if row["scan_id"] == 3}
    assert states == {"online"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_whatever_vanishes_and_appears_in_whatever_order_every_content_ends_as_one_identity(
    house: House, seed: int
) -> None:
    """Four contents, each at one place or nowhere at a time, in two stores; a path never serves two contents."""
    random = Random(seed)
    house.store("archive")
    for store in house.stores:
        house.put("stays.mp4", film(10, store), store=store)
    films = {content: film(20 + n, content) for n, content in enumerate("abcd")}
    place: dict[str, tuple[str, str] | None] = dict.fromkeys(films)
    met: set[str] = set()
    for step in range(9):
        for content, bytes_ in films.items():
            if random.random() < 0.3:
                continue
            if (at := place[content]) is not None:
                (house.root(at[0]) / at[1]).unlink()
            store, folder = random.choice(["dock", "archive"]), random.choice(["", "x/", "y/z/"])
            place[content] = random.choice([None, (store, f"{folder}{content}{random.randrange(3)}.mp4")])
            if (at := place[content]) is not None:
                house.put(at[1], bytes_, store=at[0])
                met.add(content)
        house.scan(MORNING + step * HOUR)
        with house.engine.connect() as connection:
            query = select(STORE.c.name, STORED.c.path, STORED.c.state).select_from(
                STORED.join(FILE, FILE.c.id == STORED.c.file_id).join(STORE, STORE.c.id == STORED.c.store_id)
            )
            rows = connection.execute(query.where(current(STORED), STORED.c.state != "moved")).all()
        films_known = [row for row in rows if row.path != "stays.mp4"]
        assert len(films_known) == len(met)
        there = {(row.name, row.path) for row in films_known if row.state == "present"}
        assert there == {at for at in place.values() if at is not None}
    lost = {row["subject"] for row in house.rows(FINDING) if row["rule"] == "missing.file-lost"}
    assert len(lost) == len([content for content in met if place[content] is None])
