"""Nobody is asked for footage before it had time to arrive and its store was looked at after that."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.timespan import utc
from indexer.feeds.base import FeedKind
from tests.builders import House, assert_as_if_scanned_once, incident, registers, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

RULE = "missing.no-recording"
DUE = utc(2026, 11, 21, 12)
"""The camera was returned at 20:00 local on November 20, plus 24 hours."""


def call_without_footage(house: House) -> None:
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    registers(house, {"1100001": "031021"})


def test_until_the_upload_time_is_over_the_call_is_pending_and_then_time_alone_decides(house: House) -> None:
    call_without_footage(house)
    house.scan(DUE - timedelta(seconds=1))
    assert (results(house), house.findings()) == ({"JQ1": "pending"}, set())
    house.scan(DUE)
    assert (results(house), house.findings()) == ({"JQ1": "noncompliant"}, {("JQ1", RULE)})


def test_a_store_that_was_not_scanned_since_then_keeps_the_call_unknown(house: House, tmp_path: Path) -> None:
    """Other stores were scanned, and the time is over: what was docked here meanwhile is not known."""
    call_without_footage(house)
    house.store("second")
    house.scan(DUE - timedelta(hours=2))
    house.scan(MORNING, only=frozenset({"second"}))
    assert (results(house), house.findings()) == ({"JQ1": "unknown"}, set())
    house.scan(MORNING)
    assert (results(house), house.findings()) == ({"JQ1": "noncompliant"}, {("JQ1", RULE)})
    assert_as_if_scanned_once(house, tmp_path)
