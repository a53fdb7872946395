"""Sound-only files and streams without a container, beside what was given to their encoders."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.media import Probe, TrackKind
from domain.media import ProblemCode as Code
from indexer.containers import probe_path
from tests.golden import media, sounds

MICROSECOND = timedelta(microseconds=2)


def probed(folder: Path, name: str, data: bytes) -> Probe:
    (folder / name).write_bytes(data)
    return probe_path(folder / name)


@pytest.mark.parametrize("name", sounds.SOUNDS)
def test_sound_is_as_long_as_what_was_given_to_the_encoder(name: str) -> None:
    """Priming and padding are no sound, where the file says how much of them there is."""
    expected = sounds.SOUNDS[name]
    found = probe_path(sounds.clip(name))
    assert (found.container, found.problems, found.video) == (expected.container, (), None)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.sample_rate, found.audio.channels) == (expected.codec, expected.rate, 1)
    lasting = timedelta(seconds=expected.seconds)
    assert abs(found.audio.duration - lasting) <= (
        timedelta(milliseconds=1) if found.container == "mkv" else MICROSECOND
    )
    assert found.duration == found.audio.duration
    assert abs(found.start - timedelta(seconds=expected.start)) <= MICROSECOND
    assert (found.audio.start, found.audio.discontinuities) == (timedelta(0), ())
    assert (found.audio.sample_count, found.creation_time) == (expected.packets, None)


@pytest.mark.slow
@pytest.mark.parametrize("name", sounds.SOUNDS)
def test_sound_is_recognised_under_any_name(tmp_path: Path, name: str) -> None:
    found = probed(tmp_path, "a.mpg", sounds.clip(name).read_bytes())
    assert found.container == sounds.SOUNDS[name].container
    assert [problem.code for problem in found.problems] == [Code.WRONG_EXTENSION]


def test_a_cover_is_a_still_and_no_picture_of_the_recording() -> None:
    """The tag at the beginning is larger than what is looked at to recognise a file; the one at the end is no sound."""
    found = probe_path(sounds.covered())
    assert (found.container, found.video, found.problems) == ("mp3", None, ())
    assert [track.kind for track in found.tracks] == [TrackKind.AUDIO, TrackKind.STILL]
    assert found.duration is not None
    assert abs(found.duration - timedelta(seconds=3)) <= MICROSECOND
    assert (found.tracks[1].codec, found.tracks[1].width, found.tracks[1].height) == ("png", 640, 480)


def test_wide_band_amr_lasts_20_ms_a_frame(tmp_path: Path) -> None:
    found = probed(tmp_path, "a.awb", sounds.wide_amr(50))
    assert (found.container, found.problems) == ("amr", ())
    assert found.audio is not None
    assert (found.audio.codec, found.audio.sample_rate, found.audio.duration) == ("amr_wb", 16000, timedelta(seconds=1))


def test_blocks_of_a_cut_wav_are_no_padding(tmp_path: Path) -> None:
    """Half of the file: what is there is measured, and the header's length stays a claim."""
    data = sounds.clip("ima.wav").read_bytes()
    found = probed(tmp_path, "a.wav", data[: len(data) // 2])
    assert Code.TRUNCATED in {problem.code for problem in found.problems}
    assert found.duration is not None
    assert 1.4 < found.duration.total_seconds() < 1.6
    assert found.declared_duration == timedelta(seconds=3)


@pytest.mark.parametrize("name", ["declared.h264", "declared.hevc", "elementary.m2v"])
def test_a_stream_without_a_container_lasts_as_its_own_parameters_declare_and_says_so(name: str) -> None:
    found = probe_path(sounds.raw(name))
    assert found.video is not None
    assert (found.video.sample_count, found.video.width, found.video.height) == (75, 160, 120)
    assert (found.duration, found.video.declared_frame_rate) == (timedelta(seconds=3), 25.0)
    assert (found.video.frame_rate, found.video.constant_rate, found.creation_time) == (None, None, None)
    (problem,) = found.problems
    assert problem.code is Code.TIMESTAMPS_BROKEN
    assert "75 pictures at the declared 25 a second" in problem.detail


def test_a_stream_without_a_container_and_without_a_declared_rate_has_no_length() -> None:
    """FFmpeg says 25 a second of every such stream; that is a guess, and is not passed on."""
    found = probe_path(sounds.raw("undeclared.h264"))
    assert found.video is not None
    assert found.video.sample_count == 75
    assert (found.duration, found.video.declared_frame_rate, found.video.frame_rate) == (None, None, None)
    (problem,) = found.problems
    assert "no declared rate" in problem.detail


def test_sound_with_a_hole_is_found_in_it() -> None:
    """Ogg keeps times: six seconds without the packets from 2 s to 4 s."""
    path = media.folder() / "holed.ogg"
    recipe = {"c:a": "libopus", "vn": None, "af": "aselect='not(between(t,2,4))'"}
    found = probe_path(media.encoded(path.name, recipe, 6))
    assert found.audio is not None
    (hole,) = found.audio.discontinuities
    assert 1.9 < hole.at.total_seconds() < 2.1
    assert 1.9 < hole.length.total_seconds() < 2.1
