"""What rules are told of the content of clips, and what people are."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from detectors.content_facts import ContentFacts
from indexer.content import ContentSettings
from indexer.pipeline.facts_content import content_of
from storage import queries
from storage.schema.tables import FILE
from tests.builders import House, clip_name
from tests.indexer.pipeline import checkers
from tests.indexer.pipeline.looking import calls_of, looking
from tests.scanning import MORNING

INSIDE = ContentSettings(share_ratio=0, margin_seconds=30)
PART = (timedelta(seconds=120), timedelta(seconds=240))
CALL = f"dock:{clip_name('1100001', '031021', '08:10:00')}"


def facts(house: House) -> ContentFacts:
    """Of the only file."""
    gathering: Any = SimpleNamespace(plan=house.plan)
    (file,) = house.rows(FILE)
    with house.engine.connect() as connection:
        return content_of(connection, gathering, [file["id"]])[file["id"]]


def explained(house: House, name: str) -> str:
    with house.engine.connect() as connection:
        found = queries.explain(connection, name)
    assert found is not None
    return "\n".join(f"{one.title_en} {one.rows}" for one in found.sections)


def test_required_is_the_window_itself_and_waiting_until_it_was_looked_at(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call lasts from 2 to 4 minutes into the clip; what is looked at is wider."""
    looking(house, ContentSettings(share_ratio=0, minutes_per_scan=0))
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    before = facts(house)
    assert (before.required, before.waiting, before.observations) == ((PART,), True, ())
    assert "waiting" in explained(house, CALL)
    looking(house, INSIDE)
    house.scan(MORNING + timedelta(hours=1))
    after = facts(house)
    assert (after.required, after.waiting, after.ended) == ((PART,), False, None)
    (seen,) = after.observations
    assert seen.start <= PART[0]
    assert seen.end >= PART[1]
    assert (seen.detail, seen.version) == ("a\\0b", 1)
    text = explained(house, CALL)
    assert "picture-checked" in text
    assert "done" in text
    assert before.overlay_read is False
    monkeypatch.setattr(checkers, "versions", lambda: {"fake": 1, "overlay": 1})
    assert facts(house).overlay_read is True


@pytest.mark.slow
def test_why_an_attempt_was_ended_is_told_to_rules_and_people(house: House) -> None:
    looking(house, INSIDE, checker="tests.indexer.pipeline.checkers:nonsense")
    calls_of(house, ("JQ1", "08:12:00", "08:14:00"))
    house.scan()
    ended = facts(house)
    assert (ended.waiting, ended.observations) == (False, ())
    assert "ValueError" in (ended.ended or "")
    assert "ValueError" in explained(house, CALL)
