"""What rooms, feeds, notes, lost files and cameras are asked about, the same on both databases."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from detectors.limits import Limits
from indexer.feeds.base import FeedKind
from storage.schema.tables import FINDING
from tests.builders import DAY, House, assignment, camera, clip_name, film, incident, officers
from tests.indexer.pipeline.test_feed_holes import FIRST, call
from tests.indexer.pipeline.test_rooms import ELSEWHERE, footage, session, sessions, suite
from tests.scanning import MORNING

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A small world on each of the two databases."""
    url = f"sqlite:///{tmp_path / 'either.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("new_postgres_database")
    house = House.new(tmp_path / "house", url)
    yield house
    house.engine.dispose()


def busy_world(house: House) -> None:
    """A feed that lacks November 10, a call without film, a call with film and a case, and a room used in secret."""
    suite(house)
    sessions(house, ELSEWHERE, session("S1", "16:00:00", "16:10:00", room=""))
    footage(house, "08:00:00", 600, room="XW-02")
    footage(house, "10:00:00", 3600)
    days = [FIRST + timedelta(days=n) for n in range(37)]
    others = [call(day, n) for day in days if day != date(2026, 11, 10) for n in range(12)]
    named = [
        {**incident("JQ1", "031021", "08:12:00", "08:14:00"), "case_number": "AJ1"},
        {**incident("JQ2", "031021", "15:00:00", "15:20:00"), "case_number": ""},
    ]
    house.feed("110", FeedKind.INCIDENTS, [*named, *({**row, "case_number": ""} for row in others)])
    house.feed("cameras", FeedKind.DEVICES, [camera("1100001")])
    house.feed("officers", FeedKind.OFFICERS, officers(["031021"]))
    house.feed("assignments", FeedKind.ASSIGNMENTS, [assignment("1100001", "031021")])
    note = {"activity": "JQ2", "officer": "031021", "reason": "设备故障", "note": "", "approved_by": "020001"}
    house.feed("notes", FeedKind.EXPLANATIONS, [{**note, "from": f"{DAY} 15:00:00", "to": f"{DAY} 15:10:00"}])
    house.put(clip_name("1100001", "031021", "08:11:30"), film(180, "one call"))
    house.put("stays.bin", b"another file")
    house.changes["limits"] = Limits(camera_storage_gb=1.0)


def test_every_question_is_asked_on_either_database(either: House) -> None:
    busy_world(either)
    either.scan(MORNING)
    rules = ("nonstandard.feed-hole", "nonstandard.recording-without-session", "missing.no-recording")
    found = {(subject, rule) for rule in rules for subject, _ in either.findings(rule) if not subject.startswith("JQ1")}
    assert found == {("110", rules[0]), ("1300101", rules[1]), ("JQ2", rules[2])}
    unrecorded = [row for row in either.rows(FINDING) if row["subject"] == "JQ2"]
    measured = unrecorded[0]["measured"]
    assert (measured["explained_s"], measured["unexplained_s"]) == (600.0, 600.0)
    assert "recover_within_h" not in measured  # one day with recordings tells nothing of a camera's days
    (either.root() / clip_name("1100001", "031021", "08:11:30")).unlink()
    later = MORNING + timedelta(days=400)
    either.scan(later)
    (lost,) = either.findings("missing.file-lost")
    assert lost[0].endswith(clip_name("1100001", "031021", "08:11:30"))
