"""When a scan must not believe what it sees: the clock of its own machine, or a store that lost too much at once."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.timespan import utc
from domain.wording import halves
from indexer.pipeline.machine_clock import AHEAD, believe
from indexer.pipeline.vanished import doubt
from storage.schema.tables import STORE_SCAN
from tests.builders import House, film, incident, one_call, results
from tests.scanning import MORNING
from tests.spoken import in_both_languages

pytestmark = pytest.mark.slow

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
DOUBTFUL = "nonstandard.store-doubtful"


def store_scans(house: House) -> list[tuple[str, str]]:
    return [(row["state"], row["detail"]) for row in house.rows(STORE_SCAN)]


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
    assert believed.doubt is None or in_both_languages(believed.doubt)
    assert last <= believed.now <= max(machine, last)
    assert (believed.doubt is None) == (believed.now == machine or machine < last <= machine + 5 * SECOND)


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
    assert state == "online"
    assert halves(detail) == (
        "已确认：60 个已知文件中 55 个同时消失（超过 20%）",
        "confirmed: 55 of 60 known files are gone at once (more than 20%)",
    )
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
    reason = doubt(gone, seen, fresh, doubted=True)
    if reason:
        assert in_both_languages(reason)
        assert doubt(gone + 1, seen, fresh, doubted=True)
        assert doubt(gone, seen + 100, fresh + 100, doubted=True)
    assert doubt(0, seen, fresh) is None
