"""Dahua recordings: the camera's date and clock in every frame, holes, clocks that were set, damage."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.media import Probe, TrackKind
from domain.media import ProblemCode as Code
from indexer.containers import probe_path
from indexer.containers.dav.frames import date_of
from tests.golden import dav, media

SECOND = timedelta(seconds=1)


def probed(folder: Path, data: bytes, name: str = "a.dav") -> Probe:
    path = folder / name
    path.write_bytes(data)
    return probe_path(path)


def codes(probe: Probe) -> list[Code]:
    return [problem.code for problem in probe.problems]


def gaps(probe: Probe, kind: TrackKind = TrackKind.VIDEO) -> list[tuple[float, float]]:
    track = probe.first(kind)
    assert track is not None, probe.problems
    return [(hole.at.total_seconds(), hole.length.total_seconds()) for hole in track.discontinuities]


def moved(units: tuple[dav.Unit, ...], when: Callable[[int], int | None]) -> tuple[dav.Unit, ...]:
    """The units at other times; None leaves one out."""
    placed = [(unit, when(unit.at)) for unit in units]
    return tuple(replace(unit, at=at) for unit, at in placed if at is not None)


def hole(at: int) -> int | None:
    """Nothing from 1.0 s up to 2.0 s."""
    return None if 1000 <= at < 2000 else at


FACTS = {
    # codec, profile, level; sound codec, rate, packets, seconds of it
    "h264-alaw.dav": (("h264", "Constrained Baseline", "1.1"), ("pcm_alaw", 8000, 75, 3.0)),
    "headed.dav": (("h264", "Constrained Baseline", "1.1"), ("pcm_alaw", 8000, 75, 3.0)),
    "hevc-aac.dav": (("hevc", "Main", "1"), ("aac", 16000, 48, 3.072)),
}


@pytest.mark.parametrize("name", FACTS)
def test_pictures_sound_and_the_cameras_date_are_those_that_were_framed(name: str) -> None:
    picture, sound = FACTS[name]
    found = probe_path(dav.clip(name))
    assert (found.container, found.reader, found.problems) == ("dav", "dav", ())
    assert (found.creation_time, found.start) == (datetime(2024, 1, 15, 14, 30, 25), timedelta(0))
    assert found.video is not None
    assert found.audio is not None
    assert (found.video.codec, found.video.profile, found.video.level) == picture
    assert (found.video.width, found.video.height, found.video.sample_count) == (160, 120, 75)
    assert (found.video.start, found.video.duration) == (timedelta(0), 3 * SECOND)
    assert (found.video.frame_rate, found.video.declared_frame_rate) == (25.0, 25.0)
    assert (found.video.sync_spacing, found.video.constant_rate) == (SECOND, True)
    codec, rate, packets, lasting = sound
    assert (found.audio.codec, found.audio.sample_rate, found.audio.channels) == (codec, rate, 1)
    assert (found.audio.sample_count, found.audio.duration.total_seconds()) == (packets, lasting)


@pytest.mark.parametrize("name", FACTS)
def test_ffmpegs_own_demuxer_reads_the_same_frames_at_the_same_times(name: str) -> None:
    """Where the clock of 16 bits runs round it loses a millisecond."""
    begun = (dav.BEGUN - datetime(1970, 1, 1)).total_seconds()
    for stream, every in (("v:0", 0.04), ("a:0", 0.064 if "aac" in name else 0.04)):
        packets = media.packets(dav.clip(name), stream)
        assert len(packets) == (48 if every == 0.064 else 75)
        fine = [abs(start - begun - place * every) for place, (start, _) in enumerate(packets)]
        assert max(fine) < (1.0 if every == 0.064 else 0.0021)  # the first frame of a second loses its fraction


def test_payloads_are_passed_over(tmp_path: Path) -> None:
    pictures = tuple(replace(unit, payload=unit.payload + b"\xff" * 100_000) for unit in dav.pictures("h264"))
    found = probed(tmp_path, dav.recording(pictures))
    assert found.duration == 3 * SECOND
    assert found.bytes_read < 0.06 * (tmp_path / "a.dav").stat().st_size


def test_a_date_is_read_from_its_bits() -> None:
    for when in (datetime(2000, 1, 1), datetime(2024, 2, 29, 23, 59, 59), datetime(2063, 12, 31, 12, 0, 1)):
        assert date_of(dav.packed(when)) == when
    assert date_of(0) is None
    assert date_of(0xFFFFFFFF) is None


def test_a_hole_in_the_sound_is_told_apart_from_one_in_the_picture(tmp_path: Path) -> None:
    pictures, sounds = dav.pictures("h264"), dav.sounds("pcm_alaw")
    both = probed(tmp_path, dav.recording(moved(pictures, hole), moved(sounds, hole)))
    assert (gaps(both), gaps(both, TrackKind.AUDIO)) == ([(1.0, 1.0)], [(1.0, 1.0)])
    silent = probed(tmp_path, dav.recording(pictures, moved(sounds, hole)))
    assert (gaps(silent), gaps(silent, TrackKind.AUDIO)) == ([], [(1.0, 1.0)])
    assert silent.duration == 3 * SECOND


def test_a_hole_longer_than_the_clock_runs_round_is_as_long_as_the_dates_say(tmp_path: Path) -> None:
    """Ten minutes: the clock of 16 bits ran round nine times."""
    pictures = moved(dav.pictures("h264"), lambda at: at if at < 1000 else at + 600_000)
    found = probed(tmp_path, dav.recording(pictures))
    assert gaps(found) == [(1.0, 600.0)]
    assert found.duration == timedelta(seconds=603)
    assert found.problems == ()


def test_a_clock_that_was_set_while_recording_is_said_and_is_no_hole(tmp_path: Path) -> None:
    """An hour ahead, an hour back: frames are numbered on, and their own clock goes on."""
    for jump in (timedelta(hours=1), -timedelta(hours=1)):
        data = b"".join(
            dav.frame(unit, number, dav.BEGUN + timedelta(milliseconds=unit.at) + (jump if number >= 30 else 0 * jump),
                      (500 + unit.at) % 65_536)
            for number, unit in enumerate(dav.pictures("h264"))
        )  # fmt: skip
        found = probed(tmp_path, data)
        assert (gaps(found), found.duration) == ([], 3 * SECOND)
        assert codes(found) == [Code.TIMESTAMPS_BROKEN]
        assert "clock was set" in found.problems[0].detail


def test_a_recording_whose_clock_stands_still_is_timed_by_its_dates(tmp_path: Path) -> None:
    data = b"".join(
        dav.frame(unit, number, dav.BEGUN + timedelta(milliseconds=unit.at), 0)
        for number, unit in enumerate(dav.pictures("h264"))
    )
    found = probed(tmp_path, data)
    assert (found.duration, gaps(found), found.problems) == (3 * SECOND, [], ())


def test_a_clock_that_counts_within_the_second_is_understood(tmp_path: Path) -> None:
    begun = dav.BEGUN + timedelta(milliseconds=300)
    times = [begun + timedelta(milliseconds=unit.at) for unit in dav.pictures("h264")]
    data = b"".join(
        dav.frame(unit, number, when, when.microsecond // 1000)
        for number, (unit, when) in enumerate(zip(dav.pictures("h264"), times, strict=True))
    )
    found = probed(tmp_path, data)
    assert found.video is not None
    assert (found.duration, found.video.constant_rate, gaps(found)) == (3 * SECOND, True, [])


def test_a_date_that_is_none_leaves_the_length_and_no_creation_time(tmp_path: Path) -> None:
    data = bytearray(dav.recording(dav.pictures("h264"), counter=0))
    at = 0
    while at < len(data):
        struct.pack_into("<I", data, at + 16, 0)
        at += struct.unpack_from("<I", data, at + 12)[0]
    found = probed(tmp_path, bytes(data))
    assert (found.creation_time, found.duration) == (None, 3 * SECOND)
    assert codes(found) == [Code.TIMESTAMPS_BROKEN]


def test_a_recording_that_was_cut_says_where(tmp_path: Path) -> None:
    data = dav.recording(dav.pictures("h264"), dav.sounds("pcm_alaw"))
    last = data.rindex(b"DHAV")
    found = probed(tmp_path, data[: last + 100])
    assert [(problem.code, problem.offset) for problem in found.problems] == [(Code.TRUNCATED, last)]
    assert found.playable
    assert probed(tmp_path, data[: last + 10]).problems[0].code is Code.TRUNCATED
    kept = probed(tmp_path, data + bytes(100_000))
    assert codes(kept) == [Code.TRUNCATED]
    assert "only zeros" in kept.problems[0].detail
    assert kept.duration == 3 * SECOND


@pytest.mark.parametrize("length", [0, 40, 0x7FFFFFFF, 0xFFFFFFFF])
def test_frames_go_on_behind_damage(tmp_path: Path, length: int) -> None:
    """The length of one picture is wrong, and the header of another is gone."""
    data = bytearray(dav.recording(dav.pictures("h264")))
    places = [at for at in range(len(data)) if data[at : at + 4] == b"DHAV"]
    struct.pack_into("<I", data, places[30] + 12, length)
    data[places[50] : places[50] + 24] = bytes(24)
    found = probed(tmp_path, bytes(data))
    assert found.video is not None
    assert 73 <= found.video.sample_count <= 74
    assert (found.duration, gaps(found)) == (3 * SECOND, [])
    assert Code.BAD_BOX in codes(found) or Code.TRUNCATED in codes(found)


def test_nothing_but_a_header_is_not_playable(tmp_path: Path) -> None:
    for data in (dav.LEAD, b"DHAV\xfd", b"DHAV" + bytes(5000), dav.frame(dav.INFORMATION, 0, dav.BEGUN, 0)):
        found = probed(tmp_path, data)
        assert (found.container, found.playable) == ("dav", False)
        assert found.problems


def test_another_name_is_a_recorded_fact(tmp_path: Path) -> None:
    found = probed(tmp_path, dav.clip("hevc-aac.dav").read_bytes(), "ch01.mp4")
    assert (found.container, codes(found)) == ("dav", [Code.WRONG_EXTENSION])
    assert found.creation_time == dav.BEGUN


def test_a_night_at_five_pictures_a_second_is_no_hole(tmp_path: Path) -> None:
    night = moved(dav.pictures("h264"), lambda at: at if at < 1000 else 1000 + (at - 1000) * 5)
    found = probed(tmp_path, dav.recording(night))
    assert found.video is not None
    assert (gaps(found), found.video.constant_rate) == ([], False)
    assert found.video.declared_frame_rate == 25.0
