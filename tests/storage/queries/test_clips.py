"""The list of clips."""

from datetime import timedelta

from sqlalchemy import Connection

from domain.clip import ClockSource
from domain.media import Track, TrackKind
from storage.queries import LISTS, Filters
from storage.schema import tables as t
from tests.storage.queries import rows

MINUTE = timedelta(minutes=1)


def paths(connection: Connection, **filters: object) -> list[str]:
    return [row["path"] for row in LISTS["clips"].rows(connection, Filters(**filters), None)]  # type: ignore[arg-type]


def whole_clip(connection: Connection) -> int:
    """A clip of ten minutes with a jump, a lost container clock and a cut-off end."""
    file_id = rows.file(connection, "22/a.mp4", size=4242)
    chosen = rows.source("name", rows.at(0), chosen=True, reason="camera clock", raw="20261122200000")
    lost = rows.source("container", None, raw="2000-01-01T00:00:00", reason="lost clock")
    rows.clip(connection, file_id, 0, 10, sources=(chosen, lost), discontinuities=[[90_000_000, 1_500_000]])
    rows.probe(
        connection,
        file_id,
        (
            Track(1, TrackKind.AUDIO, "aac", timedelta(0), 10 * MINUTE, 100),
            Track(2, TrackKind.VIDEO, "hevc", timedelta(0), 10 * MINUTE, 15000, 1920, 1080, frame_rate=25.0),
        ),
        problems=(rows.problem("truncated", "ends at 9 of 10 MB"),),
    )
    return file_id


def test_a_clip_shows_what_was_measured_and_where_it_was_placed(connection: Connection) -> None:
    file_id = whole_clip(connection)
    (row,) = LISTS["clips"].rows(connection, Filters(), None)
    assert row == {
        "id": file_id,
        "store": "dock-a",
        "path": "22/a.mp4",
        "bytes": 4242,
        "state": "present",
        "device": "C1",
        "officer": "031021",
        "started_at": rows.at(0),
        "ended_at": rows.at(10),
        "duration_s": 600.0,
        "clock_source": "name",
        "clock_error_s": 2.0,
        "clock_offset_s": -3.0,
        "container": "mp4",
        "video_codec": "hevc",
        "width": 1920,
        "height": 1080,
        "frame_rate": 25.0,
        "audio_codec": "aac",
        "gaps": [{"at_s": 90.0, "length_s": 1.5}],
        "problems": [{"code": "truncated", "detail": "ends at 9 of 10 MB"}],
        "time_sources": {
            "name": {
                "start": rows.at(0),
                "end": None,
                "error_s": 1.0,
                "raw": "20261122200000",
                "chosen": True,
                "reason": "camera clock",
            },
            "container": {
                "start": None,
                "end": None,
                "error_s": 1.0,
                "raw": "2000-01-01T00:00:00",
                "chosen": False,
                "reason": "lost clock",
            },
        },
    }


def test_a_file_not_read_yet_is_listed_with_everything_unknown_absent(connection: Connection) -> None:
    rows.file(connection, "new.mp4", state="arriving")
    (row,) = LISTS["clips"].rows(connection, Filters(), None)
    assert row["state"] == "arriving"
    assert row["gaps"] == row["problems"] == []
    assert row["time_sources"] == {}
    absent = (
        "device",
        "started_at",
        "duration_s",
        "clock_source",
        "clock_error_s",
        "container",
        "video_codec",
        "width",
    )
    assert [row[name] for name in absent] == [None] * len(absent)


def test_an_unplaced_clip_has_a_length_from_its_file_and_no_clock_error(connection: Connection) -> None:
    file_id = rows.file(connection, "lost.mp4")
    rows.clip(connection, file_id, None, None)
    rows.probe(connection, file_id)
    (row,) = LISTS["clips"].rows(connection, Filters(), None)
    assert (row["started_at"], row["clock_error_s"], row["clock_offset_s"]) == (None, None, None)
    assert row["duration_s"] == 600.0


def test_a_still_picture_counts_as_picture(connection: Connection) -> None:
    file_id = rows.file(connection, "photo.jpg")
    rows.probe(connection, file_id, (Track(1, TrackKind.STILL, "mjpeg", timedelta(0), timedelta(0), 1, 640, 480),))
    (row,) = LISTS["clips"].rows(connection, Filters(), None)
    assert (row["video_codec"], row["width"], row["height"], row["audio_codec"]) == ("mjpeg", 640, 480, None)


def test_two_readings_of_one_source_are_both_kept(connection: Connection) -> None:
    file_id = rows.file(connection, "a.mp4")
    sources = (rows.source("name", rows.at(0), raw="one"), rows.source("name", rows.at(1), raw="two"))
    rows.clip(connection, file_id, sources=sources)
    (row,) = LISTS["clips"].rows(connection, Filters(), None)
    assert {name: one["raw"] for name, one in row["time_sources"].items()} == {
        ClockSource.NAME.value: "one",
        "name#2": "two",
    }


def test_moved_files_and_superseded_versions_are_left_out_unless_asked_for(connection: Connection) -> None:
    kept = rows.file(connection, "kept.mp4")
    rows.clip(connection, kept, 0, 10, until_scan=1)
    rows.clip(connection, kept, 5, 15)
    rows.file(connection, "moved.mp4", state="moved")
    rows.file(connection, "gone.mp4", state="missing")
    (first, second) = LISTS["clips"].rows(connection, Filters(), None)
    assert (first["path"], first["started_at"]) == ("kept.mp4", rows.at(5))
    assert second["path"] == "gone.mp4"
    assert paths(connection, status="moved") == ["moved.mp4"]
    assert paths(connection, status="missing") == ["gone.mp4"]


def test_a_range_of_time_holds_what_overlaps_it(connection: Connection) -> None:
    for name, start, end in (("before", 0, 10), ("into", 5, 15), ("inside", 12, 14), ("after", 20, 30)):
        rows.clip(connection, rows.file(connection, name), start, end)
    assert paths(connection, since=rows.at(10), until=rows.at(20)) == ["into", "inside"]
    assert paths(connection, since=rows.at(20)) == ["after"]
    assert paths(connection, until=rows.at(5)) == ["before"]


def test_a_clip_without_a_believable_time_is_found_by_when_it_was_written(connection: Connection) -> None:
    rows.clip(connection, rows.file(connection, "early", modified_at=rows.at(5)), None, None)
    rows.file(connection, "unread", modified_at=rows.at(15))
    assert paths(connection, since=rows.at(10), until=rows.at(20)) == ["unread"]
    assert paths(connection, until=rows.at(10)) == ["early"]


def test_a_unit_includes_the_units_below_and_files_not_read_count_for_their_store(connection: Connection) -> None:
    rows.unit(connection, "branch")
    rows.unit(connection, rows.UNIT, "branch")
    rows.unit(connection, "loop-a", "loop-b")
    rows.unit(connection, "loop-b", "loop-a")
    rows.clip(connection, rows.file(connection, "ours"))
    rows.clip(connection, rows.file(connection, "theirs"), unit="elsewhere")
    rows.file(connection, "unread")
    assert paths(connection, unit="branch") == ["ours", "unread"]
    assert paths(connection, unit="elsewhere") == ["theirs"]
    assert paths(connection, unit="loop-a") == []


def test_an_officers_clips_are_those_with_the_badge_and_those_of_an_issued_camera(
    connection: Connection,
) -> None:
    rows.clip(connection, rows.file(connection, "badge"))
    issued = rows.file(connection, "issued")
    rows.clip(connection, issued, officer=None)
    rows.footage(connection, issued, "badge:031021", 0, basis="assignment")
    rows.clip(connection, rows.file(connection, "other"), officer="031063")
    assert paths(connection, officer="031021") == ["badge", "issued"]


def test_clips_of_an_incident_are_the_linked_ones_only(connection: Connection) -> None:
    for name, status in (("yes", "linked"), ("maybe", "proposed"), ("no", "rejected")):
        file_id = rows.file(connection, name)
        rows.link(connection, "110-1", file_id, status=status)
    assert paths(connection, incident="110-1") == ["yes"]


def test_clips_with_a_finding_of_a_rule_are_found_even_after_a_move(connection: Connection) -> None:
    moved = rows.file(connection, "new/place.mp4", anchor="dock-a:old/place.mp4")
    rows.file(connection, "other.mp4")
    values = {"rule": "nonstandard.name", "flag": "nonstandard", "subject_key": "dock-a:old/place.mp4"}
    rows.finding(connection, "a" * 16, "clip", "dock-a:new/place.mp4", **values)
    assert paths(connection, rule="nonstandard.name") == ["new/place.mp4"]
    assert paths(connection, flag="nonstandard") == ["new/place.mp4"]
    assert paths(connection, flag="missing") == []
    rows.supersede(connection, t.FINDING, t.FINDING.c.key == "a" * 16, 1)
    assert paths(connection, rule="nonstandard.name") == []
    assert moved == 1
