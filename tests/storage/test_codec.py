"""Every domain value comes back equal from what is stored of it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.activity import Explanation, Incident, InterrogationSession, Interruption, OfficerTimes, RequiredWindow
from domain.clip import Assignment, Clip, Device, DeviceClock, IndexEntry, Recording, StoredFile, TimeSource
from domain.coverage import Bounds, Coverage
from domain.finding import Finding, Outcome
from domain.gap import Gap
from domain.link import Link, RunnerUp
from domain.media import Discontinuity, Probe, Problem, Track
from domain.people import Officer, Unit
from domain.timespan import Span
from storage.codec import decode, dumps, encode

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
EARLIEST, LATEST = datetime(1904, 1, 1), datetime(2262, 1, 1)
AWARE = st.datetimes(EARLIEST, LATEST, timezones=ZONES)
DURATIONS = st.timedeltas(timedelta(days=-99), timedelta(days=9999))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MEASURED = st.dictionaries(
    TEXT, TEXT | st.integers() | NUMBERS | st.booleans() | st.none() | st.lists(TEXT), max_size=3
)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(AWARE)
    return Span(start, start + abs(draw(st.timedeltas(timedelta(0), timedelta(days=9)))))


for kind, strategy in (
    (datetime, AWARE),
    (timedelta, DURATIONS),
    (str, TEXT),
    (float, NUMBERS),
    (Span, spans()),
    (int, st.integers(-(2**53), 2**53)),
):
    st.register_type_strategy(kind, strategy)

TYPES: tuple[type, ...] = (
    *(Incident, OfficerTimes, InterrogationSession, Interruption, Explanation, RequiredWindow, StoredFile, TimeSource),
    *(DeviceClock, Clip, Recording, Device, Assignment, IndexEntry, Bounds, Coverage, Gap, Link, RunnerUp, Problem),
    *(Discontinuity, Track, Officer, Unit, Span),
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_a_value_goes_through_json_and_comes_back_equal(kind: type) -> None:
    @settings(max_examples=25, deadline=None)
    @given(value=spans() if kind is Span else st.builds(kind))
    def round_trip(value: Any) -> None:
        assert decode(kind, json.loads(json.dumps(encode(value)))) == value

    round_trip()


@settings(max_examples=25, deadline=None)
@given(
    value=st.builds(Outcome, measured=MEASURED, recheck_at=st.none() | AWARE),
    finding=st.builds(Finding, outcome=st.builds(Outcome, measured=MEASURED)),
    probe=st.builds(Probe, tags=st.dictionaries(TEXT, TEXT, max_size=3)),
)
def test_values_with_free_keys_come_back_equal(value: Outcome, finding: Finding, probe: Probe) -> None:
    for kind, one in ((Outcome, value), (Finding, finding), (Probe, probe)):
        assert decode(kind, json.loads(json.dumps(encode(one)))) == one


def test_a_mapping_that_comes_back_cannot_be_changed() -> None:
    outcome = decode(Outcome, {"result": "fail", "measured": {"a": 1}})
    assert isinstance(outcome.measured, Mapping)
    with pytest.raises(TypeError):
        outcome.measured["a"] = 2  # type: ignore[index]


def test_a_field_younger_than_the_stored_row_has_its_default() -> None:
    assert decode(Device, {"serial": "1100001"}) == Device("1100001")


def test_a_word_that_is_in_no_vocabulary_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="no-such-kind"):
        decode(Device, {"serial": "1", "kind": "no-such-kind"})


def test_a_required_field_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises((KeyError, TypeError), match="serial"):
        decode(Device, {"model": "x"})


def test_an_hour_and_a_half_is_stored_as_whole_microseconds() -> None:
    assert encode(timedelta(hours=1, minutes=30)) == 5_400_000_000
    assert encode(timedelta(microseconds=-1)) == -1


def test_text_that_is_no_unicode_and_numbers_of_any_length_are_kept() -> None:
    """A file's name may hold bytes that are no text, and somebody may push a number of twenty digits."""
    odd = {"name": "a\udcff.mp4", "number": 20_261_127_000_000_000_001, "after": timedelta(seconds=1)}
    kept = encode(odd)
    assert kept == {**odd, "after": 1_000_000}
    assert json.loads(dumps(kept)) == kept


def test_a_zone_with_seconds_keeps_them() -> None:
    """Until 1927 Shanghai was 8:05:43 ahead, and a camera's lost clock says 1904."""
    lost = datetime(1904, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert datetime.fromisoformat(encode([lost])[0]) == lost


def test_chinese_is_stored_as_it_is_written() -> None:
    assert dumps(["执法记录仪"]) == '["执法记录仪"]'
