"""The time line of an activity: window, lanes, holes, and whose footage shows what another lacks."""

from datetime import timedelta

from sqlalchemy import Connection

from domain.activity import Incident, InterrogationSession, Interruption
from domain.gap import Gap, GapCause
from storage.queries import Timeline, incident_timeline, session_timeline
from storage.queries.timeline import NOT_ON_RECORD
from tests.storage.queries import rows


def two_officers(connection: Connection) -> Timeline:
    """031021 begins 3 min late and stops from 12 to 20; 031063 records from 0 to 16 with a jump from 14 to 15."""
    officers = ("031021", "031063")
    rows.incident(
        connection,
        Incident("110-1", rows.UNIT, rows.at(-9), arrived_at=rows.at(0), finished_at=rows.at(30), officers=officers),
    )
    paths = (("a1", 3, 12), ("a2", 20, 30), ("b1", 0, 16), ("near", -9, -2), ("far", 60, 70))
    a1, a2, b1, near, far = (rows.file(connection, f"{name}.mp4") for name, _, _ in paths)
    for file_id, (name, start, end) in zip((a1, a2, b1, near, far), paths, strict=True):
        device = "C2" if name == "b1" else "C1"
        rows.clip(connection, file_id, start, end, device=device, clock_error=timedelta(seconds=8))
    for file_id, officer, status in ((a1, "031021", "linked"), (a2, "031021", "linked"), (b1, "031063", "linked")):
        rows.link(connection, "110-1", file_id, officer=officer, status=status)
    rows.link(connection, "110-1", near, status="proposed", score=0.4, runner_up_number="110-0", runner_up_score=0.3)
    rows.link(connection, "110-1", far, status="rejected", score=0.1)
    stopped = Gap(rows.span(12, 20), GapCause.STOPPED, ("sequence continues",))
    jump = Gap(rows.span(14, 15), GapCause.DROPPED)
    first = {"covered": 19, "late": 3, "gaps": [stopped], "clips": [a2, a1]}
    second = {"covered": 15, "early": 14, "gaps": [jump], "clips": [b1]}
    rows.coverage(connection, "110-1", "officer:031021", 0, 30, **first)
    rows.coverage(connection, "110-1", "officer:031063", 0, 30, **second)
    rows.coverage(connection, "110-1", "all", 0, 30, covered=26, clips=[a1, a2, b1], end_known="upper-bound")
    rows.evaluation(connection, "incident", "110-1", result="noncompliant")
    rows.finding(connection, "1" * 16, "incident", "110-1", flag="incomplete")
    rows.finding(connection, "2" * 16, "clip", "dock-a:a1.mp4", flag="nonstandard")
    rows.finding(connection, "3" * 16, "incident", "110-2")
    found = incident_timeline(connection, "110-1")
    assert found is not None
    return found


def test_the_window_says_how_its_ends_are_known(connection: Connection) -> None:
    window = two_officers(connection).window
    assert window is not None
    assert (window.start, window.end) == (rows.at(0), rows.at(30))
    assert (window.start_known, window.end_known) == ("stated", "upper-bound")


def test_a_lane_for_each_officer_holds_clips_in_order_of_time(connection: Connection) -> None:
    found = two_officers(connection)
    first, second = found.lanes
    assert (first.officer, first.devices, second.officer, second.devices) == ("031021", ("C1",), "031063", ("C2",))
    assert [(clip.path, clip.start, clip.end) for clip in first.clips] == [
        ("a1.mp4", rows.at(3), rows.at(12)),
        ("a2.mp4", rows.at(20), rows.at(30)),
    ]
    assert first.clips[0].clock_error == timedelta(seconds=8)
    assert first.ratio == 19 / 30
    assert second.ratio == 0.5


def test_holes_are_the_gaps_and_the_edges(connection: Connection) -> None:
    first, second = two_officers(connection).lanes
    assert [(hole.start, hole.end, hole.cause) for hole in first.holes()] == [
        (rows.at(0), rows.at(3), NOT_ON_RECORD),
        (rows.at(12), rows.at(20), "stopped"),
    ]
    assert [(hole.start, hole.end) for hole in second.holes()] == [
        (rows.at(14), rows.at(15)),
        (rows.at(16), rows.at(30)),
    ]


def test_other_officers_footage_shows_what_a_lane_lacks_but_not_through_its_own_gaps(connection: Connection) -> None:
    found = [(s.lane, s.by, s.clip.path, s.start, s.end) for s in two_officers(connection).substitutes]
    one, two = "officer:031021", "officer:031063"
    assert found == [
        (one, two, "b1.mp4", rows.at(0), rows.at(3)),
        (one, two, "b1.mp4", rows.at(12), rows.at(14)),
        (one, two, "b1.mp4", rows.at(15), rows.at(16)),
        (two, one, "a2.mp4", rows.at(20), rows.at(30)),
    ]


def test_proposed_clips_lie_beside_the_lanes_and_rejected_ones_only_in_the_links(connection: Connection) -> None:
    found = two_officers(connection)
    assert [clip.path for clip in found.others] == ["near.mp4"]
    assert [link.status for link in found.links] == ["linked", "linked", "linked", "proposed", "rejected"]
    assert found.links[3].runner_up == ("110-0", 0.3)


def test_findings_are_those_of_the_incident_and_of_its_clips(connection: Connection) -> None:
    found = two_officers(connection)
    assert [finding.key[0] for finding in found.findings] == ["1", "2"]
    assert (found.judged.result, found.judged.flags) == ("noncompliant", ("incomplete", "nonstandard"))
    assert found.marks == (
        ("received_at", rows.at(-9)),
        ("arrived_at", rows.at(0)),
        ("finished_at", rows.at(30)),
    )


def test_before_anything_is_measured_the_lanes_are_empty_windows(connection: Connection) -> None:
    rows.incident(connection, Incident("110-1", arrived_at=rows.at(0), officers=("031021",)))
    rows.window(connection, "110-1", "badge:031021", 0, 30)
    rows.window(connection, "110-1", "unit:x", 0, 35)
    found = incident_timeline(connection, "110-1")
    assert found is not None
    (lane,) = found.lanes
    assert (lane.officer, lane.ratio, lane.clips) == ("031021", None, ())
    assert [(hole.start, hole.end) for hole in lane.holes()] == [(rows.at(0), rows.at(30))]
    assert found.window is not None
    assert found.window.end == rows.at(35)


def test_where_nobody_is_named_all_together_is_the_lane(connection: Connection) -> None:
    rows.incident(connection, Incident("110-1", arrived_at=rows.at(0)))
    rows.coverage(connection, "110-1", "all", 0, 30, late=30, early=30)
    found = incident_timeline(connection, "110-1")
    assert found is not None
    assert [lane.key for lane in found.lanes] == ["all"]


def test_an_incident_without_any_time_has_no_window(connection: Connection) -> None:
    rows.incident(connection, Incident("110-1"))
    found = incident_timeline(connection, "110-1")
    assert found is not None
    assert (found.window, found.lanes, found.marks) == (None, (), ())


def test_a_session_has_a_lane_for_each_channel_and_its_declared_breaks(connection: Connection) -> None:
    pause = Interruption(rows.span(5, 7), "用餐")
    rows.session(
        connection, InterrogationSession("x-1", started_at=rows.at(0), signed_at=rows.at(9), interruptions=(pause,))
    )
    for channel in ("全景", "特写"):
        rows.coverage(connection, "x-1", f"channel:{channel}", 0, 9, kind="session", covered=9)
    found = session_timeline(connection, "x-1")
    assert found is not None
    assert [(lane.officer, lane.channel) for lane in found.lanes] == [(None, "全景"), (None, "特写")]
    assert found.interruptions == ((rows.at(5), rows.at(7), "用餐"),)


def test_an_unknown_number_has_no_time_line(connection: Connection) -> None:
    rows.session(connection, InterrogationSession("x-1"))
    assert incident_timeline(connection, "x-1") is None
    assert session_timeline(connection, "110-1") is None
