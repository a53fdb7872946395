"""Variants of real clips that no muxer's option makes: what is the same as in the whole clip, and what is not."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from domain.media import Probe
from domain.media import ProblemCode as Code
from indexer.containers import probe_path
from tests.golden import media, variants

AUDIO_LEAD = 0.064  # one frame of AAC in front of the picture, on clocks that have no 0
JOINED = (Code.DECODER_ERROR, Code.DECODER_ERROR)  # packets are not numbered on where files were joined


@dataclass(frozen=True)
class Expected:
    """What must be found: seconds of the file, of the picture; pictures, packets of sound; problems, gaps."""

    container: str
    lasting: float = 3.0
    video: float = 3.0
    pictures: int = 75
    sounds: int = 48
    problems: tuple[Code, ...] = ()
    gaps: list[tuple[float, float]] = field(default_factory=list)


EXPECTED = {
    "turned.mp4": Expected("mp4"),
    "turned.mkv": Expected("mkv"),
    "late.mp4": Expected("mp4", 3.5),
    "large.mp4": Expected("mp4"),
    "packed.mov": Expected("mov", sounds=48_000),
    "zero-length.mp4": Expected("mp4"),
    "headless.mp4": Expected("mp4", problems=(Code.BAD_BOX,)),
    "slowed.mp4": Expected("mp4", 6.0, 6.0, problems=(Code.DURATION_DISAGREES,)),  # the movie's header was left at 3 s
    "two-descriptions.mp4": Expected("mp4"),
    "wrap.ts": Expected("ts", 3.072),
    "set-back.ts": Expected("ts", 6.144, 6.0, 150, 96, (Code.TIMESTAMPS_BROKEN,) * 2 + JOINED),
    # the first ends at 13 s, the second begins at 100 s; the line begins with the sound, 0.064 s before the picture
    "jump.ts": Expected("ts", 93.072, 93.0, 150, 96, JOINED, [(3.0 + AUDIO_LEAD, 87.0)]),
    "hikvision.mp4": Expected("ps", 3.030067, sounds=42, problems=(Code.WRONG_EXTENSION,)),
    "unindexed.avi": Expected("avi", sounds=47, problems=(Code.TRUNCATED,)),
    "opendml.avi": Expected("avi", sounds=47),
    "unsized.mkv": Expected("mkv"),
    "laced-ebml.mkv": Expected("mkv"),
    "laced-xiph.mkv": Expected("mkv"),
}


def probed(name: str) -> Probe:
    return probe_path(variants.clip(name))


@pytest.mark.parametrize("name", sorted(variants.VARIANTS))
def test_a_variant_has_the_length_the_pictures_and_the_sound_of_its_clip(name: str) -> None:
    expected, found = EXPECTED[name], probed(name)
    assert (found.container, tuple(problem.code for problem in found.problems)) == (
        expected.container,
        expected.problems,
    )
    assert found.duration is not None
    assert found.video is not None
    assert found.audio is not None
    assert found.duration.total_seconds() == pytest.approx(expected.lasting, abs=0.001)
    assert found.video.duration.total_seconds() == pytest.approx(expected.video, abs=0.001)
    assert (found.video.sample_count, found.audio.sample_count) == (expected.pictures, expected.sounds)
    gaps = [(hole.at.total_seconds(), hole.length.total_seconds()) for hole in found.video.discontinuities]
    assert [*itertools.chain(*gaps)] == pytest.approx([*itertools.chain(*expected.gaps)], abs=0.001)
    assert (found.video.width, found.video.height, found.video.codec) == (160, 120, "h264")


@pytest.mark.parametrize("name", ["turned.mp4", "turned.mkv"])
def test_a_picture_to_be_turned_says_so_in_degrees_clockwise(name: str) -> None:
    video = probed(name).video
    assert video is not None
    assert video.rotation == 270


def test_an_empty_edit_is_a_later_start_of_the_sound() -> None:
    """Half a second, less the frame of priming that the edit list hides: it was encoded in front of the tone."""
    audio = probed("late.mp4").audio
    assert audio is not None
    assert audio.start.total_seconds() == pytest.approx(0.5 - AUDIO_LEAD, abs=0.001)
    assert audio.discontinuities == ()


def test_an_edit_at_half_the_rate_and_a_second_description_are_counted() -> None:
    assert (probed("slowed.mp4").edits, probed("slowed.mp4").parameter_changes) == (1, 0)
    assert (probed("two-descriptions.mp4").edits, probed("two-descriptions.mp4").parameter_changes) == (0, 1)


def test_a_second_description_holds_from_where_another_demuxer_announces_it() -> None:
    with av.open(str(variants.clip("two-descriptions.mp4"))) as container:
        packets = [packet for packet in container.demux(video=0) if packet.has_sidedata("new_extradata")]
    (announced,) = [float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None]
    video = probed("two-descriptions.mp4").video
    assert video is not None
    assert [at.total_seconds() for at in video.changes_at] == pytest.approx([announced], abs=0.001)


def test_a_movie_without_a_header_has_no_date_and_one_without_a_length_keeps_its_date() -> None:
    assert probed("headless.mp4").creation_time is None
    assert probed("zero-length.mp4").creation_time == datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)
    assert probed("zero-length.mp4").declared_duration is None


def test_a_clock_of_33_bits_that_runs_round_goes_on() -> None:
    """It does 1.7 s after the first picture: 2^33 ticks of 90 kHz are 95,443.718 s."""
    found = probed("wrap.ts")
    assert found.start.total_seconds() == pytest.approx(95_442 - AUDIO_LEAD, abs=0.001)
    assert found.video is not None
    assert found.video.constant_rate


def test_a_jump_of_the_clock_leaves_the_sound_its_own_gap() -> None:
    audio = probed("jump.ts").audio
    assert audio is not None
    (hole,) = audio.discontinuities
    assert hole.length.total_seconds() == pytest.approx(100 - AUDIO_LEAD - (13 + 0.008), abs=0.001)


@pytest.mark.parametrize(
    "name", ["opendml.avi", "large.mp4", "packed.mov", "unsized.mkv", "laced-ebml.mkv", "hikvision.mp4"]
)
def test_pictures_that_can_be_decoded_alone_are_known_in_every_index(name: str) -> None:
    video = probed(name).video
    assert video is not None
    assert video.sync_spacing == timedelta(seconds=1)


@pytest.mark.parametrize("name", ["laced-ebml.mkv", "laced-xiph.mkv", "unsized.mkv", "opendml.avi", "large.mp4"])
def test_ffmpeg_reads_as_many_packets_of_the_variant(name: str) -> None:
    """The rewriting itself is right: FFmpeg's demuxers find what they find in the clip."""
    path = variants.clip(name)
    assert len(media.packets(path, "v:0")) == 75
    assert len(media.packets(path, "a:0")) == EXPECTED[name].sounds


@pytest.mark.parametrize("name", ["hikvision.mp4", "wrap.ts", "opendml.avi", "unsized.mkv"])
def test_variants_are_recognised_by_content_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.jpg").write_bytes(variants.clip(name).read_bytes())
    found = probe_path(tmp_path / "a.jpg")
    assert found.container == EXPECTED[name].container
    assert Code.WRONG_EXTENSION in {problem.code for problem in found.problems}
