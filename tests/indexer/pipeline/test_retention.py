"""The ledger of what disappeared: six calendar months for every file, for ever where a case or obstruction needs it."""

from datetime import datetime, timedelta

import pytest

from domain.timespan import utc
from indexer.feeds.base import FeedKind
from tests.builders import House, clip_name, film, incident, one_call, registers
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

LOST = "missing.file-lost"
CALL = clip_name("1100001", "031021", "08:11:30")
ENDED = utc(2026, 11, 20, 0, 14, 30)
"""The clip began at 08:11:30 local and lasts three minutes."""
HALF_A_YEAR = utc(2027, 5, 20, 0, 14, 30)


def lose(house: House, at: datetime) -> None:
    """The file is there the day before, and gone at an instant; another one stays, so that the store is believed."""
    house.put("stays.bin", b"another file")
    house.scan(at - timedelta(days=1))
    (house.root() / CALL).unlink()
    house.scan(at)


def a_call(house: House, **more: str) -> None:
    one_call(house)
    house.feed("110", FeedKind.INCIDENTS, [{**incident("JQ1", "031021", "08:12:00", "08:14:00"), **more}])


def test_a_file_that_is_gone_a_week_later_is_asked_about_with_the_day_until_which_it_had_to_be_kept(
    house: House,
) -> None:
    a_call(house)
    lose(house, MORNING)
    assert house.findings(LOST) == {(f"dock:{CALL}", LOST)}
    measured = house.finding(LOST)["measured"]
    assert measured["keep_until"] == HALF_A_YEAR.isoformat()
    assert measured["lost_at"] == MORNING.isoformat()
    assert measured["bytes"] == len(film(180, "one call"))


@pytest.mark.parametrize(("after", "asked"), [(timedelta(seconds=-1), True), (timedelta(0), False)])
def test_six_calendar_months_are_counted_from_the_end_of_the_recording(
    house: House, after: timedelta, asked: bool
) -> None:
    a_call(house)
    lose(house, HALF_A_YEAR + after)
    assert bool(house.findings(LOST)) is asked


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"case_number": "AJ2026112001"}, "AJ2026112001"),
        ({"category": "妨害公务"}, "妨害公务"),
        ({"category": "治安/阻碍执行职务"}, "阻碍执行职务"),
        ({"category": "群体性事件"}, "群体性事件"),
    ],
)
def test_what_belongs_to_a_case_or_to_obstruction_is_kept_for_ever(house: House, row: dict[str, str], why: str) -> None:
    a_call(house, **row)
    lose(house, HALF_A_YEAR + timedelta(days=400))
    assert house.findings(LOST) == {(f"dock:{CALL}", LOST)}
    assert any("for ever" in one and why in one for one in house.finding(LOST)["evidence"])


def test_an_ordinary_file_may_go_after_its_time(house: House) -> None:
    a_call(house, category="纠纷")
    lose(house, HALF_A_YEAR + timedelta(days=400))
    assert house.findings(LOST) == set()


def test_a_file_lost_in_time_stays_in_the_ledger_after_its_time_is_over(house: House) -> None:
    """It was gone too early: that does not heal."""
    a_call(house)
    lose(house, MORNING)
    key = house.finding(LOST)["key"]
    house.scan(HALF_A_YEAR + timedelta(days=30))
    assert house.finding(LOST)["key"] == key


def test_a_call_that_becomes_a_case_afterwards_makes_its_lost_file_a_lasting_one(house: House) -> None:
    a_call(house)
    lose(house, HALF_A_YEAR + timedelta(days=1))
    assert house.findings(LOST) == set()
    a_call_row = {**incident("JQ1", "031021", "08:12:00", "08:14:00"), "case_number": "AJ1"}
    house.feed("110", FeedKind.INCIDENTS, [a_call_row])
    house.scan(HALF_A_YEAR + timedelta(days=2))
    assert house.findings(LOST) == {(f"dock:{CALL}", LOST)}


def test_the_last_day_of_a_month_has_its_fellow_in_a_shorter_one(house: House) -> None:
    """August 31 and six months: the end of February."""
    name = "1100001_031021_20260831080000_0001.mp4"
    registers(house, {"1100001": "031021"})
    house.put(name, film(60, "august"), modified=utc(2026, 8, 31, 1))
    house.put("stays.bin", b"another file", modified=utc(2026, 8, 31, 1))
    house.scan(utc(2026, 9, 2))
    (house.root() / name).unlink()
    house.scan(utc(2026, 9, 3))
    assert house.finding(LOST)["measured"]["keep_until"] == "2027-02-28T00:01:00+00:00"
