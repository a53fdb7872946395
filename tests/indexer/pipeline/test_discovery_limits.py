"""Discovery at the limit: coarse times, odd names, things that vanish while they are looked at, what is left alone."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.pipeline.discover import fingerprint, sort_out
from indexer.stores.local import LocalStore
from storage.schema.tables import FOLDER, PROBE, STORE_SCAN, STORED
from storage.sightings import Known
from tests.builders import LONG_AGO, House, clip_name, film
from tests.scanning import MORNING, count

pytestmark = pytest.mark.slow

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def touch(file: Path, modified: datetime) -> None:
    os.utime(file, (modified.timestamp(), modified.timestamp()))


# ── coarse times of SMB, NFS and FAT ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("shift", [-2.0, -0.999_999, 0.000_001, 1.0, 2.0])
def test_a_time_that_a_share_rounds_by_up_to_two_seconds_is_no_change(house: House, shift: float) -> None:
    file = house.put("a.mp4", film(30))
    house.scan(MORNING)
    versions = count(house.engine, STORED)
    touch(file, LONG_AGO + timedelta(seconds=shift))
    assert house.scan(MORNING + HOUR).probed == 0
    assert count(house.engine, STORED) == versions


@pytest.mark.parametrize("shift", [-2.1, 2.1, 3600.0])
def test_a_time_that_differs_by_more_is_a_change_and_the_file_is_read_again(house: House, shift: float) -> None:
    file = house.put("a.mp4", film(30))
    house.scan(MORNING)
    touch(file, LONG_AGO + timedelta(seconds=shift))
    assert house.scan(MORNING + HOUR).probed == 1
    assert house.findings("nonstandard.altered") == set()


def test_small_steps_do_not_add_up_unseen(house: House) -> None:
    file = house.put("a.mp4", film(30))
    house.scan(MORNING)
    probed = []
    for step in (1, 2, 3):
        touch(file, LONG_AGO + step * 1.5 * SECOND)
        probed.append(house.scan(MORNING + step * HOUR).probed)
    assert probed == [0, 1, 0]


def test_another_size_is_a_change_even_within_the_same_second(house: House) -> None:
    house.put("a.mp4", film(30))
    house.scan(MORNING)
    house.put("a.mp4", film(30) + b"x")
    assert house.scan(MORNING + HOUR).probed == 1


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────

ODD = [
    "new\nline.mp4",
    "tab\tbell\a.mp4",
    'a:b*c?"d<e>f|g\\h.mp4',
    "end with blank .mp4 ",
    "\u202egnp.mp4",
    "CON.mp4",
    "%2e%2e",
]


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_other_systems_forbid_is_a_file_like_any_other(house: House, name: str) -> None:
    house.put(f"{name}/{name}", film(20, "odd"))
    assert house.scan(MORNING).problems == ()
    assert house.states() == {f"{name}/{name}": "present"}
    assert house.scan(MORNING + HOUR).probed == 0


def test_names_that_are_not_utf_8_are_counted_as_skipped_under_their_escaped_name(house: House) -> None:
    house.put("day/a.mp4", film(20))
    root = os.fsencode(house.root())
    Path(os.fsdecode(root + "/day/录像.mp4".encode("gb18030"))).write_bytes(b"gb18030")
    Path(os.fsdecode(root + b"/day/\xff")).mkdir()
    house.scan(MORNING)
    (folder,) = [row for row in house.rows(FOLDER) if row["path"] == "day"]
    assert folder["skipped"] == [["\\xff", "name is not UTF-8"], ["¼\\xcf\\xf1.mp4", "name is not UTF-8"]]
    assert [row["skipped"] for row in house.rows(STORE_SCAN)] == [2]
    assert house.states() == {"day/a.mp4": "present"}


def test_a_path_longer_than_the_system_takes_at_once_is_walked_read_and_left_alone(house: House) -> None:
    parts = ["x" * 250] * 20
    at = os.open(house.root(), os.O_RDONLY)
    for part in parts:
        os.mkdir(part, dir_fd=at)
        deeper = os.open(part, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = deeper
    descriptor = os.open("a.mp4", os.O_WRONLY | os.O_CREAT, dir_fd=at)
    os.write(descriptor, film(20))
    os.utime(descriptor, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    os.close(descriptor)
    os.close(at)
    path = "/".join([*parts, "a.mp4"])
    assert len(path) > 4096
    assert house.scan(MORNING).problems == ()
    assert house.states() == {path: "present"}
    assert house.scan(MORNING + HOUR).probed == 0


def test_loops_of_links_are_not_followed_and_are_named_in_the_proof(house: House) -> None:
    house.put("day/a.mp4", film(20))
    (house.root() / "day" / "up").symlink_to(house.root())
    (house.root() / "itself").symlink_to("itself")
    house.scan(MORNING)
    assert house.states() == {"day/a.mp4": "present"}
    assert [row["skipped"] for row in house.rows(STORE_SCAN)] == [2]


def test_names_that_differ_in_case_alone_are_two_files(house: House) -> None:
    house.put("a.MP4", film(20, "upper"))
    house.put("A.mp4", film(21, "lower"))
    house.put("Day/c.mp4", film(22, "c"))
    house.put("day/c.mp4", film(23, "d"))
    house.scan(MORNING)
    assert set(house.states()) == {"a.MP4", "A.mp4", "Day/c.mp4", "day/c.mp4"}
    (house.root() / "a.MP4").unlink()
    house.scan(MORNING + HOUR)
    assert house.states()["a.MP4"] == "missing"
    assert house.states()["A.mp4"] == "present"


def test_a_rename_in_case_alone_is_a_move(house: House) -> None:
    file = house.put("clip.mp4", film(20))
    house.put("stays.mp4", film(10, "stays"))
    house.scan(MORNING)
    file.rename(file.with_name("CLIP.MP4"))
    house.scan(MORNING + HOUR)
    assert house.anchors() == {"CLIP.MP4": "dock:clip.mp4", "stays.mp4": "dock:stays.mp4"}


def test_a_file_replaced_by_a_folder_of_its_name_is_missing_and_what_is_in_the_folder_is_known(house: House) -> None:
    file = house.put("x.mp4", film(20, "x"))
    house.put("b.mp4", film(21, "b"))
    house.scan(MORNING)
    file.unlink()
    house.put("x.mp4/x.mp4", film(22, "other"))
    house.scan(MORNING + HOUR)
    assert house.states() == {"x.mp4": "missing", "b.mp4": "present", "x.mp4/x.mp4": "present"}


# ── between listing and reading ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def after_listing(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Functions put here are called once a walk has listed everything, before anything is read."""
    waiting: list[object] = []
    real = LocalStore.listings

    def listings(store: LocalStore) -> Iterator[object]:
        yield from list(real(store))
        while waiting:
            waiting.pop()()  # type: ignore[operator]

    monkeypatch.setattr(LocalStore, "listings", listings)
    return waiting


def test_a_file_that_vanishes_before_it_is_read_is_tried_again_and_then_missing(
    house: House, after_listing: list[object]
) -> None:
    file = house.put("a.mp4", film(20, "a"))
    house.put("b.mp4", film(21, "b"))
    after_listing.append(file.unlink)
    summary = house.scan(MORNING)
    assert summary.probed == 1 or any("a.mp4" in problem for problem in summary.problems)
    assert house.scan(MORNING + HOUR).problems == ()
    assert house.states() == {"a.mp4": "missing", "b.mp4": "present"}


def test_a_file_that_comes_back_before_the_next_scan_is_read_then(house: House, after_listing: list[object]) -> None:
    file = house.put("a.mp4", film(20, "a"))
    after_listing.append(lambda: file.rename(house.folder / "away"))
    house.scan(MORNING)
    (house.folder / "away").rename(file)
    assert house.scan(MORNING + HOUR).problems == ()
    assert house.states() == {"a.mp4": "present"}


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_replaced_before_it_is_read_ends_as_what_it_is_now(
    house: House, after_listing: list[object], replace: bool
) -> None:
    file = house.put("a.mp4", film(20, "a"))
    house.put("b.mp4", film(21, "b"))

    def turn() -> None:
        file.unlink()
        if replace:
            house.put("a.mp4", film(40, "another"), modified=MORNING - HOUR)
        else:
            house.put("a.mp4/c.mp4", film(22, "c"))

    after_listing.append(turn)
    house.scan(MORNING)
    summary = house.scan(MORNING + HOUR)
    assert summary.problems == ()
    expected = {"a.mp4": "present"} if replace else {"a.mp4": "missing", "a.mp4/c.mp4": "present"}
    assert house.states() == {**expected, "b.mp4": "present"}


def test_a_file_that_grows_before_it_is_read_is_read_when_it_has_come_to_rest_and_is_not_altered(
    house: House, after_listing: list[object]
) -> None:
    house.put("a.mp4", film(20, "a"))
    after_listing.append(lambda: house.put("a.mp4", film(40, "a"), modified=MORNING))
    summary = house.scan(MORNING)
    assert any("changed since it was listed" in problem for problem in summary.problems)
    assert house.rows(PROBE) == []
    assert house.scan(MORNING + HOUR).problems == ()
    assert house.states() == {"a.mp4": "present"}
    assert [row["size"] for row in house.rows(PROBE)] == [len(film(40))]
    assert house.findings("nonstandard.altered") == set()


@pytest.mark.timeout(60)
def test_a_pipe_put_in_place_of_a_file_before_it_is_read_is_never_waited_for(
    house: House, after_listing: list[object]
) -> None:
    file = house.put("a.mp4", film(20, "a"))
    house.put("b.mp4", film(21, "b"))

    def turn() -> None:
        file.unlink()
        os.mkfifo(file)

    after_listing.append(turn)
    house.scan(MORNING)
    assert house.scan(MORNING + HOUR).problems == ()
    assert house.states() == {"a.mp4": "missing", "b.mp4": "present"}


def test_a_folder_that_is_gone_when_its_turn_comes_loses_nothing_in_that_scan(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("day/a.mp4", film(20, "a"))
    house.put("b.mp4", film(21, "b"))
    house.scan(MORNING)
    real = os.scandir

    def scandir(path: object = ".") -> object:
        if str(path).endswith("/day"):
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return real(path)  # type: ignore[call-overload]

    with monkeypatch.context() as during:
        during.setattr("os.scandir", scandir)
        house.scan(MORNING + HOUR)
    assert house.states() == {"day/a.mp4": "present", "b.mp4": "present"}


# ── what is left alone ───────────────────────────────────────────────────────────────────────────────────────────

ENTRIES = st.lists(
    st.tuples(st.text(max_size=5), st.integers(0, 5), st.integers(0, 5_000_000)),
    unique_by=lambda one: one[0],
    max_size=8,
)


@given(files=ENTRIES)
def test_a_fingerprint_tells_listings_apart_whatever_their_order(files: list[tuple[str, int, int]]) -> None:
    assert fingerprint(files) == fingerprint(files[::-1])
    for place, (path, size, at) in enumerate(files):
        for other in ((path + "x", size, at), (path, size + 1, at), (path, size, at + 1)):
            assert fingerprint([*files[:place], other, *files[place + 1 :]]) != fingerprint(files)
        assert fingerprint(files[:place] + files[place + 1 :]) != fingerprint(files)


@given(files=ENTRIES, rows=ENTRIES)
def test_every_file_is_new_changed_or_the_same_and_every_row_is_seen_or_left(
    files: list[tuple[str, int, int]], rows: list[tuple[str, int, int]]
) -> None:
    known: dict[str, Known] = {path: (n, size, at, "present") for n, (path, size, at) in enumerate(rows)}
    left, new, changed = dict(known), [], []
    sort_out(files, left, new, changed)
    listed = {path: (size, at) for path, size, at in files}
    assert {path for path, _, _ in new} == set(listed) - set(known)
    assert set(left) == set(known) - set(listed)
    for path in set(listed) & set(known):
        same = known[path][1] == listed[path][0] and abs(known[path][2] - listed[path][1]) <= 2_000_000
        assert ((known[path][0], (path, *listed[path])) in changed) is not same


def test_a_folder_is_compared_file_by_file_again_as_soon_as_one_thing_in_it_changed(house: House) -> None:
    for n in range(3):
        house.put(f"day/{n}.mp4", film(20 + n, f"{n}"))
    house.scan(MORNING)
    assert all(row["fingerprint"] for row in house.rows(FOLDER))
    house.put("day/1.mp4", film(50, "longer"), modified=MORNING)
    (house.root() / "day" / "2.mp4").unlink()
    house.put(f"day/{clip_name('1100001', '031021', '08:00:00')}", film(9, "new"), modified=MORNING + HOUR)
    summary = house.scan(MORNING + HOUR)
    assert (summary.probed, summary.arriving, summary.missing) == (1, 1, 1)
    assert [row["fingerprint"] for row in house.rows(FOLDER) if row["path"] == "day"] == [None]
    house.scan(MORNING + 2 * HOUR)
    assert all(row["fingerprint"] for row in house.rows(FOLDER))
    house.put("day/2.mp4", film(22, "2"))
    assert house.scan(MORNING + 3 * HOUR).missing == 0
