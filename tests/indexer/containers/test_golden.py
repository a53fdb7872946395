"""Readers against FFmpeg's own reading of real clips: starts, durations, counts, holes."""

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.media import Probe, TrackKind
from indexer.containers import probe_path
from tests.golden import media

CODECS = {
    "plain.mp4": ("h264", "aac"),
    "front.mp4": ("h264", "aac"),
    "hevc.mp4": ("hevc", "aac"),
    "pcm.mov": ("h264", "pcm_s16le"),
    "fragmented.mp4": ("h264", "aac"),
    "mpeg4.avi": ("mpeg4", "pcm_s16le"),
    "plain.mkv": ("h264", "aac"),
    "plain.ts": ("h264", "aac"),
    "plain.mpg": ("mpeg2video", "mp2"),
    "plain.flv": ("h264", "aac"),
    "plain.3gp": ("h264", "aac"),
    "live.mkv": ("h264", "aac"),
    "plain.webm": ("vp8", "opus"),
    "h264.avi": ("h264", "pcm_s16le"),
    "mjpeg.avi": ("mjpeg", "pcm_s16le"),
    "plain.m2ts": ("h264", "aac"),
    "hevc.ts": ("hevc", "mp2"),
    "h264.mpg": ("h264", "mp2"),
    "h264.vob": ("h264", "mp2"),
    "hybrid.mp4": ("h264", "aac"),
    "sidx.mp4": ("h264", "aac"),
    "bare.mp4": ("h264", "aac"),
    "dash.mp4": ("h264", "aac"),
    "negative.mp4": ("h264", "aac"),
    "unedited.mp4": ("h264", "aac"),
    "clusters.mkv": ("h264", "aac"),
    "cues-first.mkv": ("h264", "aac"),
    "h264.asf": ("h264", "wmav2"),
    "windows.wmv": ("wmv2", "wmav2"),
}
CONTAINERS = {"mpg": "ps", "vob": "ps", "m2ts": "ts", "wmv": "asf"}
CREATED = [name for name, recipe in media.RECIPES.items() if media.CREATED.items() <= recipe.items()]
every = pytest.mark.parametrize("name", sorted(media.RECIPES))


def near(value: timedelta, seconds: float, by: float = 0.0011) -> bool:
    return abs(value.total_seconds() - seconds) <= by


def measured(name: str) -> tuple[Probe, Path]:
    path = media.clip(name)
    return probe_path(path), path


@every
def test_container_codecs_and_sizes_are_those_that_were_encoded(name: str) -> None:
    probe, _ = measured(name)
    assert probe.container == CONTAINERS.get(name.partition(".")[2], name.partition(".")[2])
    assert probe.video is not None
    assert probe.audio is not None
    assert (probe.video.codec, probe.audio.codec) == CODECS[name]
    assert (probe.video.width, probe.video.height) == (160, 120)
    assert (probe.audio.channels, probe.audio.sample_rate) == (1, 48000 if name == "plain.webm" else 16000)
    assert probe.playable


@every
def test_a_whole_file_has_no_problem_no_hole_and_no_edit(name: str) -> None:
    probe, _ = measured(name)
    assert probe.problems == ()
    assert all(track.discontinuities == () for track in probe.tracks)
    assert (probe.edits, probe.parameter_changes) == (0, 0)


@every
def test_picture_starts_and_lasts_as_ffmpeg_says(name: str) -> None:
    probe, path = measured(name)
    packets = media.packets(path, "v:0")
    assert probe.video is not None
    assert probe.video.sample_count == len(packets) == 75
    offset = min(start for start, _ in packets + media.packets(path, "a:0"))
    absolute = probe.start if probe.container in ("ts", "ps", "flv") else timedelta(0)
    assert near(probe.video.start + absolute, packets[0][0])
    assert near(probe.video.duration, packets[-1][0] + packets[-1][1] - packets[0][0])
    assert near(probe.start, max(offset, 0))
    assert probe.video.frame_rate == pytest.approx(25, abs=0.02)


@every
def test_sound_lasts_as_ffmpeg_says_without_its_priming(name: str) -> None:
    probe, path = measured(name)
    packets = media.packets(path, "a:0")
    assert probe.audio is not None
    begin = max(packets[0][0], 0)
    assert near(probe.audio.duration, packets[-1][0] + packets[-1][1] - begin, by=0.003)
    if probe.audio.codec != "pcm_s16le":
        assert probe.audio.sample_count == len(packets)


@every
def test_creation_time_and_writer_are_found_where_the_container_keeps_them(name: str) -> None:
    probe, _ = measured(name)
    created = datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC) if name in CREATED else None
    assert probe.creation_time == created
    if probe.container not in ("ts", "ps", "3gp"):
        assert (probe.writer or "").startswith("Lavf")


PROFILES = {  # as the encoders were asked: B pictures make it Main, without them a baseline is enough
    name: ("Main", "1.1") if recipe.get("bf") == 2 else ("Constrained Baseline", "1.1")
    for name, recipe in media.RECIPES.items()
    if recipe.get("c:v") == "libx264" and "b:v" not in recipe
} | {"hevc.mp4": ("Main", "1"), "hevc.ts": ("Main", "1")}
SPACING = {
    "mpeg4.avi": 0.48,
    "windows.wmv": 0.48,
    "mjpeg.avi": 0.04,
    "h264.mpg": 1.0,
    "h264.vob": 1.0,
} | {  # FFmpeg's own default is 12 pictures
    name: 1.0 for name in PROFILES if "hevc" not in name
}


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_profile_and_level_are_those_that_were_encoded(name: str) -> None:
    probe, _ = measured(name)
    assert probe.video is not None
    assert (probe.video.profile, probe.video.level) == PROFILES[name]
    assert (probe.video.declared_frame_rate, probe.video.rotation or 0) == (25.0, 0)


@pytest.mark.parametrize("name", sorted(SPACING))
def test_pictures_that_can_be_decoded_alone_come_as_the_encoder_was_told(name: str) -> None:
    probe, _ = measured(name)
    assert probe.video is not None
    assert probe.video.sync_spacing == timedelta(seconds=SPACING[name])
    assert probe.video.constant_rate is True


MORE = {"pcm.mov", "hevc.mp4"}  # by a reader that another one shows already
HOLED = [pytest.param(name, marks=pytest.mark.slow) if name in MORE else name for name in media.HOLED]


@pytest.mark.parametrize("name", HOLED)
def test_a_hole_in_the_picture_is_found_where_it_is(name: str) -> None:
    """FFmpeg's own packets: the last before the hole ends at its start; the next begins at its end."""
    path = media.holed(name)
    probe = probe_path(path)
    starts = [start for start, _ in media.packets(path, "v:0")]
    before, after = next(pair for pair in itertools.pairwise(starts) if pair[1] - pair[0] > 1)
    assert probe.video is not None
    (hole,) = probe.video.discontinuities
    first = starts[0] if probe.container in ("ts", "ps") or probe.video.start == timedelta(0) else 0
    assert near(hole.at, before - first + 0.04)
    assert near(hole.length, after - before - 0.04)
    assert near(hole.length, 3.0)
    assert probe.video.kind is TrackKind.VIDEO
    assert probe.video.frame_rate == pytest.approx(25, abs=0.05)
