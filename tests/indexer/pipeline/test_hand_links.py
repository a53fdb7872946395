"""What people link and take apart: obeyed by the next scan, by every one after it, and seen in verdicts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.hand_link import HandLink, HandWish
from indexer.feeds.base import FeedKind
from storage.hand_links import LinkedMeanwhile, add_hand_link, hand_links, last_words_of_activities
from storage.schema.tables import COVERAGE, LINK, STORED
from tests.builders import House, clip_name, film, incident, one_call, registers
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
BORROWED = clip_name("1100002", "031022", "08:11:30")


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Any:
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def call_on_a_borrowed_camera(house: House) -> None:
    """031021 attended, and what was recorded bears the badge of 031022."""
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    registers(house, {"1100001": "031021", "1100002": "031022"})
    house.put(BORROWED, film(180, "borrowed"))


def file_of(house: House, path: str) -> int:
    return int(next(row["file_id"] for row in house.rows(STORED) if row["path"] == path))


def say(house: House, path: str, made: bool, expected: int = 0, officer: str | None = None, note: str = "") -> HandLink:
    wish = HandWish("incident", "JQ1", file_of(house, path), made, expected, officer, note)
    with house.engine.begin() as connection:
        return add_hand_link(connection, wish, "account:li", MORNING)


def links(house: House) -> list[tuple[str, str, str, str | None]]:
    rows = [row for row in house.rows(LINK) if row["number"] == "JQ1"]
    return [(row["status"], row["method"], row["basis"], row["officer"]) for row in rows]


def covered(house: House, lane: str) -> timedelta:
    row = next(row for row in house.rows(COVERAGE) if row["number"] == "JQ1" and row["lane"] == lane)
    found: timedelta = row["covered_us"]
    return found


def test_a_link_by_hand_makes_the_footage_that_of_the_officer_and_the_finding_goes(house: House) -> None:
    call_on_a_borrowed_camera(house)
    house.scan(MORNING)
    assert house.findings("missing.no-recording") == {("JQ1", "missing.no-recording")}
    say(house, BORROWED, True, officer="031021")
    house.scan(MORNING + HOUR)
    assert links(house) == [("linked", "manual", "manual", "031021")]
    assert house.findings("missing.no-recording") == set()
    assert covered(house, "officer:031021") == timedelta(minutes=2)
    assert covered(house, "all") == timedelta(minutes=2)


def test_scans_after_it_write_nothing_and_never_undo_it(house: House) -> None:
    call_on_a_borrowed_camera(house)
    house.scan(MORNING)
    say(house, BORROWED, True, officer="031021")
    house.scan(MORNING + HOUR)
    kept, before = links(house), house.counts()
    house.scan(MORNING + 2 * HOUR)
    assert house.counts() == before
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "another"))  # linked anew all around
    house.scan(MORNING + 3 * HOUR)
    assert [one for one in links(house) if one[1] == "manual"] == kept


def test_a_pair_taken_apart_stays_apart_and_its_footage_no_longer_counts(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    path = clip_name("1100001", "031021", "08:11:30")
    assert links(house) == [("linked", "auto", "badge", "031021")]
    say(house, path, False, note="佩戴他人设备")
    house.scan(MORNING + HOUR)
    assert "linked" not in {status for status, *_ in links(house)}
    assert house.findings("missing.no-recording") == {("JQ1", "missing.no-recording")}
    house.put(clip_name("1100001", "031021", "08:20:00", 2), film(60, "later"))
    house.scan(MORNING + 2 * HOUR)
    mine = [row for row in house.rows(LINK) if row["file_id"] == file_of(house, path) and row["number"] == "JQ1"]
    assert all(row["status"] == "rejected" for row in mine)


def test_the_last_word_counts(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    path = clip_name("1100001", "031021", "08:11:30")
    say(house, path, False, 0, note="误点")
    house.scan(MORNING + HOUR)
    say(house, path, True, 1, officer="031021")
    house.scan(MORNING + 2 * HOUR)
    assert links(house) == [("linked", "manual", "manual", "031021")]
    assert house.findings("missing.no-recording") == set()
    say(house, path, False, 2, note="确实不是")
    house.scan(MORNING + 3 * HOUR)
    assert "linked" not in {status for status, *_ in links(house)}
    assert house.findings("missing.no-recording") == {("JQ1", "missing.no-recording")}


def test_a_link_by_hand_goes_with_its_file_and_comes_back_with_it(house: House) -> None:
    call_on_a_borrowed_camera(house)
    house.scan(MORNING)
    say(house, BORROWED, True, officer="031021")
    house.scan(MORNING + HOUR)
    (house.root() / BORROWED).unlink()
    house.put(clip_name("1100002", "031022", "18:00:00", 7), film(10, "else"))
    house.scan(MORNING + 2 * HOUR)
    assert links(house) == []
    house.put(BORROWED, film(180, "borrowed"))
    house.scan(MORNING + 3 * HOUR)
    assert links(house) == [("linked", "manual", "manual", "031021")]


def test_of_two_who_speak_at_once_the_second_is_told_who_was_first(house: House) -> None:
    one_call(house)
    house.scan(MORNING)
    path = clip_name("1100001", "031021", "08:11:30")
    say(house, path, False, 0, note="first")
    with pytest.raises(LinkedMeanwhile) as told:
        say(house, path, True, 0)
    assert told.value.last is not None
    assert (told.value.last.actor, told.value.last.made, told.value.number) == ("account:li", False, 1)
    with house.engine.connect() as connection:
        assert [word.note for word in hand_links(connection, "incident", "JQ1")] == ["first"]
        (word,) = last_words_of_activities(connection, "incident", ["JQ1", "JQ2"])["JQ1"].values()
        assert word.made is False


def test_a_recording_taken_apart_from_one_call_is_free_for_the_next(house: House) -> None:
    """The clip overlaps both; taken from the first it is judged against the second alone."""
    rows = [incident("JQ1", "031021", "08:12:00", "08:13:00"), incident("JQ2", "031021", "08:13:30", "08:14:00")]
    house.feed("110", FeedKind.INCIDENTS, rows)
    registers(house, {"1100001": "031021"})
    path = clip_name("1100001", "031021", "08:11:30")
    house.put(path, film(180, "both"))
    house.scan(MORNING)
    say(house, path, False, note="只属于第二起")
    house.scan(MORNING + HOUR)
    found = {row["number"]: row["status"] for row in house.rows(LINK)}
    assert found["JQ2"] == "linked"
    assert found.get("JQ1", "rejected") == "rejected"
