"""The required window: where it begins and ends, and how firmly each end is known."""

from datetime import timedelta
from typing import Any

import pytest

from domain.activity import Bound, Incident, InterrogationSession, OfficerTimes, WindowDefaults
from domain.timespan import Span, utc

DEFAULTS = WindowDefaults(travel=timedelta(minutes=8), stay=timedelta(minutes=12))


def at(minute: int) -> Any:
    return utc(2026, 11, 20, 8) + timedelta(minutes=minute)


STATED, ESTIMATED, UPPER = Bound.STATED, Bound.ESTIMATED, Bound.UPPER_BOUND


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"dispatched_at": at(0), "arrived_at": at(5), "finished_at": at(30)}, (5, STATED, 30, STATED)),
        ({"dispatched_at": at(0), "finished_at": at(30)}, (8, ESTIMATED, 30, STATED)),
        ({"received_at": at(-1), "finished_at": at(30)}, (7, ESTIMATED, 30, STATED)),
        ({"arrived_at": at(5), "feedback_at": at(90)}, (5, STATED, 90, UPPER)),
        ({"arrived_at": at(5)}, (5, STATED, 17, ESTIMATED)),
        ({"dispatched_at": at(0)}, (8, ESTIMATED, 20, ESTIMATED)),
        ({"arrived_at": at(5), "finished_at": at(4), "feedback_at": at(60)}, (5, STATED, 60, UPPER)),
        ({"arrived_at": at(5), "finished_at": at(4), "feedback_at": at(3)}, (5, STATED, 17, ESTIMATED)),
        ({"arrived_at": at(5), "finished_at": at(5)}, (5, STATED, 5, STATED)),
    ],
)
def test_an_incidents_window_is_built_from_the_times_there_are(times: dict[str, Any], expected: Any) -> None:
    start, start_known, end, end_known = expected
    found = Incident("A", **times).required_window(DEFAULTS)
    assert found is not None
    assert (found.span, found.start_known, found.end_known) == (Span(at(start), at(end)), start_known, end_known)


def test_without_any_time_there_is_no_window() -> None:
    assert Incident("A", finished_at=at(30)).required_window(DEFAULTS) is None
    assert InterrogationSession("S", signed_at=at(30)).required_window(DEFAULTS) is None


def test_an_officers_own_times_come_first_and_are_filled_up_from_the_incident() -> None:
    incident = Incident(
        "A",
        arrived_at=at(5),
        finished_at=at(30),
        officer_times=(OfficerTimes("031021", arrived_at=at(9)), OfficerTimes("031022", finished_at=at(20))),
    )
    spans = [incident.required_window(DEFAULTS, officer) for officer in ("031021", "031022", "031023", None)]
    assert [found and found.span for found in spans] == [
        Span(at(9), at(30)),
        Span(at(5), at(20)),
        Span(at(5), at(30)),
        Span(at(5), at(30)),
    ]


def test_a_session_lasts_from_entry_to_signing_and_its_end_is_estimated_until_then() -> None:
    signed = InterrogationSession("S", started_at=at(0), signed_at=at(50)).required_window(DEFAULTS)
    unsigned = InterrogationSession("S", started_at=at(0)).required_window(DEFAULTS)
    reversed_times = InterrogationSession("S", started_at=at(10), signed_at=at(5)).required_window(DEFAULTS)
    assert signed is not None
    assert (signed.span, signed.end_known) == (Span(at(0), at(50)), STATED)
    assert unsigned is not None
    assert (unsigned.span, unsigned.end_known) == (Span(at(0), at(12)), ESTIMATED)
    assert reversed_times is not None
    assert reversed_times.end_known is ESTIMATED


def test_work_that_was_over_before_the_estimated_arrival_moves_the_estimate_not_the_end() -> None:
    """Dispatched at 9:40, done at 9:47: with eight minutes of travel nobody would have arrived before it was over."""
    incident = Incident("J1", dispatched_at=utc(2026, 9, 6, 9, 40), finished_at=utc(2026, 9, 6, 9, 47))
    window = incident.required_window(WindowDefaults())
    assert window is not None
    assert utc(2026, 9, 6, 9, 40) < window.span.start < window.span.end == utc(2026, 9, 6, 9, 47)
    assert (window.start_known, window.end_known) == (Bound.ESTIMATED, Bound.STATED)
    assert window.reach == Span(utc(2026, 9, 6, 9, 40), utc(2026, 9, 6, 9, 47))


def test_an_end_a_minute_after_the_dispatch_is_a_slip() -> None:
    incident = Incident("J1", dispatched_at=utc(2026, 9, 6, 9, 40), finished_at=utc(2026, 9, 6, 9, 41))
    window = incident.required_window(WindowDefaults())
    assert window is not None
    assert window.span == Span.of(utc(2026, 9, 6, 9, 48), WindowDefaults().stay)
    assert window.end_known is Bound.ESTIMATED


def test_arrival_and_finish_in_each_others_field_span_the_stay_but_accuse_nobody() -> None:
    times = {"dispatched_at": utc(2026, 9, 9, 16, 35), "arrived_at": utc(2026, 9, 9, 16, 51)}
    window = Incident("J1", finished_at=utc(2026, 9, 9, 16, 38), **times).required_window(WindowDefaults())
    assert window is not None
    assert window.span == Span(utc(2026, 9, 9, 16, 38), utc(2026, 9, 9, 16, 51))
    assert (window.start_known, window.end_known) == (Bound.ESTIMATED, Bound.UPPER_BOUND)


def test_a_stay_of_days_was_not_closed_in_time_and_its_end_is_an_upper_bound() -> None:
    arrived = utc(2026, 9, 12, 10, 44)
    for stay, known in ((timedelta(hours=11), Bound.STATED), (timedelta(days=6), Bound.UPPER_BOUND)):
        window = Incident("J1", arrived_at=arrived, finished_at=arrived + stay).required_window(WindowDefaults())
        assert window is not None
        assert (window.span, window.end_known) == (Span.of(arrived, stay), known)
