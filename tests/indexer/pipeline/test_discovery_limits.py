"""Discovery at the limit: coarse times, clocks that jump, odd names, things that vanish while they are looked at."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timespan import utc
from indexer.pipeline.discover import fingerprint, sort_out
from indexer.pipeline.machine_clock import AHEAD, believe
from indexer.pipeline.vanished import doubt
from indexer.stores.local import LocalStore
from storage.schema.tables import FOLDER, STORE_SCAN, STORED
from storage.sightings import Known
from tests.builders import LONG_AGO, House, clip_name, film, incident, one_call, results
from tests.scanning import MORNING, count

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
DOUBTFUL = "nonstandard.store-doubtful"


def touch(file: Path, modified: datetime) -> None:
    os.utime(file, (modified.timestamp(), modified.timestamp()))


def store_scans(house: House) -> list[tuple[str, str]]:
    return [(row["state"], row["detail"]) for row in house.rows(STORE_SCAN)]


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


# ── the machine's clock ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_clock_set_back_settles_nothing_makes_nothing_late_and_is_said(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    before = house.findings()
    house.put("new.mp4", film(20, "new"), modified=MORNING + MINUTE)
    summary = house.scan(MORNING - 300 * DAY)
    assert house.states()["new.mp4"] == "arriving"
    assert house.findings() == before
    assert any(problem.startswith("clock: ") and "went back" in problem for problem in summary.problems)
    assert house.scan(MORNING + HOUR).problems == ()
    assert house.states()["new.mp4"] == "present"


def test_a_clock_set_back_by_a_little_settles_only_what_both_clocks_call_old(house: House) -> None:
    house.put("a.mp4", film(20, "a"))
    house.scan(MORNING)
    house.put("fresh.mp4", film(20, "fresh"), modified=MORNING - 3 * HOUR - MINUTE)
    house.put("old.mp4", film(20, "old"), modified=MORNING - 4 * HOUR)
    house.scan(MORNING - 3 * HOUR)
    assert {house.states()[name] for name in ("fresh.mp4",)} == {"arriving"}
    assert house.states()["old.mp4"] == "present"


def test_a_clock_years_ahead_makes_nothing_late_and_is_said(house: House) -> None:
    one_call(house)
    row = incident("JQ9", "031021", "14:00:00", "14:30:00")
    house.feed("110-more", house.feeds["110"].kind, [row])
    same_day = utc(2026, 11, 20, 7)
    house.scan(same_day)
    assert results(house)["JQ9"] == "pending"  # the day's footage may still come
    summary = house.scan(same_day + 3 * AHEAD)
    assert results(house)["JQ9"] == "pending"
    assert any(problem.startswith("clock: ") for problem in summary.problems)
    assert house.scan(same_day + HOUR).problems == ()


def test_a_machine_that_was_off_for_years_is_believed_when_a_file_of_the_last_year_is_there(house: House) -> None:
    house.put("a.mp4", film(20, "a"))
    house.scan(MORNING)
    later = MORNING + 3 * AHEAD
    house.put("b.mp4", film(20, "b"), modified=later - DAY)
    assert house.scan(later).problems == ()
    assert house.scan(later + HOUR).problems == ()
    assert house.states() == {"a.mp4": "present", "b.mp4": "present"}


def test_a_clock_years_ahead_is_believed_once_somebody_confirms_it(house: House) -> None:
    house.put("a.mp4", film(20, "a"))
    house.scan(MORNING)
    later = MORNING + 3 * AHEAD
    assert len(house.scan(later).problems) == 1
    assert house.scan(later + HOUR, confirmed=frozenset({"clock"})).problems == ()
    assert house.scan(later + 2 * HOUR).problems == ()


INSTANTS = st.datetimes(datetime(2015, 1, 1), datetime(2060, 1, 1)).map(lambda moment: utc(*moment.timetuple()[:6]))


@given(machine=INSTANTS, last=INSTANTS, newest=st.none() | INSTANTS)
def test_a_scan_never_goes_back_and_never_leaps_without_a_witness(
    machine: datetime, last: datetime, newest: datetime | None
) -> None:
    believed = believe(machine, last, newest)
    assert last <= believed.now <= max(machine, last)
    assert (believed.doubt is None) == (believed.now == machine or machine < last <= machine + 5 * SECOND)


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


# ── the breaker, and who may open it ─────────────────────────────────────────────────────────────────────────────


def sixty(house: House) -> list[Path]:
    return [house.put(f"{n:03}.bin", f"file {n}".encode()) for n in range(60)]


def test_a_store_in_doubt_stays_so_however_much_is_added(house: House) -> None:
    for file in sixty(house)[:55]:
        house.scan(MORNING) if file.name == "000.bin" else None
        file.unlink()
    house.scan(MORNING + HOUR)
    for n in range(400):
        house.put(f"new/{n:03}.bin", f"new {n}".encode())
    house.scan(MORNING + 2 * HOUR)
    house.scan(MORNING + 3 * HOUR)
    assert [state for state, _ in store_scans(house)] == ["online", "doubtful", "doubtful", "doubtful"]
    assert list(house.states().values()).count("missing") == 0


def test_an_emptied_store_that_is_filled_anew_stays_in_doubt(house: House) -> None:
    file = house.put("a.mp4", film(20))
    house.scan(MORNING)
    file.unlink()
    house.scan(MORNING + HOUR)
    house.put("b.mp4", film(21, "b"))
    house.scan(MORNING + 2 * HOUR)
    assert [state for state, _ in store_scans(house)] == ["online", "doubtful", "doubtful"]
    assert house.states() == {"a.mp4": "present", "b.mp4": "present"}


def test_whoever_confirms_the_absence_has_it_recorded_and_only_for_that_scan(house: House) -> None:
    files = sixty(house)
    house.scan(MORNING)
    for file in files[:55]:
        file.unlink()
    house.scan(MORNING + HOUR)
    house.scan(MORNING + 2 * HOUR, confirmed=frozenset({"dock"}))
    assert list(house.states().values()).count("missing") == 55
    assert house.findings(DOUBTFUL) == set()
    state, detail = store_scans(house)[-1]
    assert (state, detail) == ("online", "confirmed: 55 of 60 known files are gone at once (more than 20%)")
    for n in range(60, 120):
        house.put(f"{n:03}.bin", f"file {n}".encode())
    house.scan(MORNING + 3 * HOUR)
    for n in range(60, 120):
        (house.root() / f"{n:03}.bin").unlink()
    house.scan(MORNING + 4 * HOUR)
    assert store_scans(house)[-1][0] == "doubtful"


def test_confirming_one_store_says_nothing_about_another(house: House) -> None:
    house.store("second")
    for store in ("dock", "second"):
        house.put("a.mp4", film(20, store), store=store)
    house.scan(MORNING)
    for store in ("dock", "second"):
        (house.root(store) / "a.mp4").unlink()
    house.scan(MORNING + HOUR, confirmed=frozenset({"second"}))
    assert house.states() == {"a.mp4": "present"}
    assert house.states("second") == {"a.mp4": "missing"}


@given(gone=st.integers(0, 500), seen=st.integers(0, 500), fresh=st.integers(0, 500))
def test_more_gone_never_means_less_doubt_and_new_files_never_lift_one(gone: int, seen: int, fresh: int) -> None:
    fresh = min(fresh, seen)
    if doubt(gone, seen, fresh, doubted=True):
        assert doubt(gone + 1, seen, fresh, doubted=True)
        assert doubt(gone, seen + 100, fresh + 100, doubted=True)
    assert doubt(0, seen, fresh) is None


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
