"""灭失台账: what was not found any more, since when, what it was, until when it had to be kept, and what came back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from detectors.limits import Limits
from domain.errors import UsageError
from indexer.feeds.base import FeedKind
from tests.builders import UNIT, House, clip_name, film, incident, one_call
from tests.reports.conftest import Maker
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")
ENDED = datetime(2026, 11, 20, 0, 14, 30, tzinfo=UTC)
"""The clip of the call began at 08:11:30 local and lasts three minutes."""
ELSEWHERE = "310114020000"


def a_call(house: House, **more: str) -> None:
    """One call on record; beside it a file whose name tells nothing."""
    one_call(house)
    house.feed("110", FeedKind.INCIDENTS, [{**incident("JQ1", "031021", "08:12:00", "08:14:00"), **more}])
    house.put("stays.bin", b"another file")
    house.scan(MORNING)


def lose(house: House, at: datetime) -> bytes:
    """The clip of the call is gone at an instant; returns what was in it."""
    content = (house.root() / CALL).read_bytes()
    (house.root() / CALL).unlink()
    house.scan(at)
    return content


def totals(made: Any) -> dict[str, tuple[Any, Any]]:
    return {total.key: (total.value, total.of) for total in made.totals}


def test_a_file_that_went_is_told_with_all_that_was_known_of_it(house: House, report: Maker) -> None:
    a_call(house)
    lose(house, MORNING + HOUR)
    (row,) = report("disappeared", MORNING + HOUR).rows
    assert (row["store"], row["path"], row["unit"]) == ("dock", CALL, UNIT)
    assert (row["device"], row["officer"], row["linked"]) == ("1100001", "031021", ["JQ1"])
    assert row["recorded_at"] == (ENDED - timedelta(minutes=3)).isoformat()
    assert (row["seen_scan"], row["seen_at"]) == (1, MORNING.isoformat())
    assert (row["gone_scan"], row["gone_at"]) == (2, (MORNING + HOUR).isoformat())
    assert row["age_s"] == (MORNING + HOUR - ENDED).total_seconds()
    assert row["floor"] == "6 个自然月 / 6 calendar months"
    assert row["keep_until"] == "2027-05-20T00:14:30+00:00"
    assert (row["time"], row["fate"], row["judged"]) == ("early", "missing", "fail")
    assert (row["back_at"], row["back_as"]) == (None, None)


def test_it_is_the_same_as_of_that_time_after_the_file_came_back(house: House, report: Maker) -> None:
    a_call(house)
    content = lose(house, MORNING + HOUR)
    before = report("disappeared", MORNING + HOUR)
    house.put(CALL, content)
    house.scan(MORNING + 2 * HOUR)
    assert report("disappeared", MORNING + HOUR).digest == before.digest
    (row,) = report("disappeared", MORNING + 2 * HOUR).rows
    assert (row["fate"], row["back_at"]) == ("returned", (MORNING + 2 * HOUR).isoformat())
    assert (row["back_as"], row["judged"], row["linked"]) == (f"dock:{CALL}", None, ["JQ1"])
    assert report("disappeared", MORNING).rows == ()


def test_what_is_found_elsewhere_is_one_file_whether_at_once_or_later(house: House, report: Maker) -> None:
    house.store("archive", unit=ELSEWHERE)
    house.put("x.bin", b"there from the start", store="archive")
    a_call(house)
    content = lose(house, MORNING + HOUR)
    house.put(f"2026/{CALL}", content, store="archive")
    house.scan(MORNING + 2 * HOUR)
    (house.root() / "stays.bin").rename(house.root() / "renamed.bin")
    house.put("new.bin", b"yet another")
    house.scan(MORNING + 3 * HOUR)
    found = report("disappeared", MORNING + 3 * HOUR)
    assert [(row["path"], row["fate"], row["back_as"]) for row in found.rows] == [
        (CALL, "moved", f"archive:2026/{CALL}"),
        ("stays.bin", "moved", "dock:renamed.bin"),
    ]
    assert totals(found)["moved"] == (2, 2)
    assert totals(found)["missing"] == (0, 2)
    assert totals(found)["undated-share"] == (0.5, 2)  # of the file that is no film only its modification is known
    # Whoever sees only this station is not told the place in a store of another one.
    own = report("disappeared", MORNING + 3 * HOUR, scope=(UNIT,)).rows
    assert [row["back_as"] for row in own] == [None, "dock:renamed.bin"]
    assert report("disappeared", MORNING + 3 * HOUR, scope=(ELSEWHERE,)).rows == ()


def test_a_file_that_goes_twice_is_told_twice(house: House, report: Maker) -> None:
    a_call(house)
    for at in (1, 3):
        content = lose(house, MORNING + at * HOUR)
        house.put(CALL, content)
        house.scan(MORNING + (at + 1) * HOUR)
    found = report("disappeared", MORNING + 5 * HOUR)
    assert [(row["gone_scan"], row["fate"]) for row in found.rows] == [(2, "returned"), (4, "returned")]


def test_only_what_went_in_the_period_is_told_and_what_came_of_it_later(house: House, report: Maker) -> None:
    a_call(house)
    content = lose(house, MORNING + HOUR)
    later = datetime(2026, 12, 3, 1, tzinfo=UTC)
    house.put(CALL, content)
    house.scan(later)
    assert [row["fate"] for row in report("disappeared", later).rows] == ["returned"]
    assert report("disappeared", later, "2026-12").rows == ()
    with pytest.raises(UsageError, match="nobody had looked"):
        report("disappeared", later, "2026-10")


def test_evidence_of_a_case_is_kept_for_ever_and_six_months_are_enough_for_the_rest(
    house: House, report: Maker
) -> None:
    a_call(house, case_number="AJ1")
    old = MORNING + timedelta(days=200)
    (house.root() / "stays.bin").unlink()
    house.put("other.bin", b"so that the store is not empty")
    lose(house, old)
    rows = {row["path"]: row for row in report("disappeared", old, "2027-06").rows}
    assert (rows[CALL]["time"], rows[CALL]["keep_until"]) == ("early", None)
    assert rows[CALL]["floor"] == "永久：JQ1：案件 AJ1 的证据 / for ever: JQ1: evidence of case AJ1"
    assert (rows["stays.bin"]["time"], rows["stays.bin"]["recorded_at"]) == ("served", None)


def test_the_limits_of_that_time_are_those_that_count(house: House, report: Maker) -> None:
    house.changes["limits"] = Limits(retention_months=12)
    a_call(house)
    lose(house, MORNING + HOUR)
    (row,) = report("disappeared", MORNING + HOUR).rows
    assert row["keep_until"] == "2027-11-20T00:14:30+00:00"


def test_a_store_in_doubt_loses_nothing(house: House, report: Maker) -> None:
    one_call(house)
    house.scan(MORNING)
    lose(house, MORNING + HOUR)  # the store is empty now: it is doubted
    assert report("disappeared", MORNING + HOUR).rows == ()


def test_a_file_of_a_hostile_name_is_told_by_its_name(house: House, report: Maker) -> None:
    name = "=cmd()<script>&'.mp4"
    house.put(name, film(20))
    house.put("stays.bin", b"another file")
    house.scan(MORNING)
    (house.root() / name).unlink()
    house.scan(MORNING + HOUR)
    (row,) = report("disappeared", MORNING + HOUR).rows
    assert row["path"] == name
