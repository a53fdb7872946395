"""What is a gap and what is not (`time-and-linking.md` § 3): the cases, in containers built here and by FFmpeg."""

import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.media import Probe
from indexer.containers import probe_path
from tests.boxes import movie, steady, track
from tests.golden import dav, media, paces, riff


def probed(folder: Path, name: str, data: bytes) -> Probe:
    path = folder / name
    path.write_bytes(data)
    return probe_path(path)


def gaps(probe: Probe) -> list[tuple[float, float]]:
    assert probe.video is not None, probe.problems
    return [(hole.at.total_seconds(), hole.length.total_seconds()) for hole in probe.video.discontinuities]


MP4_CASES = {
    # name: (runs of count x milliseconds, gaps as (at, length), delivered rate, constant)
    "steady 25 fps": ("250x40", [], 25.0, True),
    "declares 25, delivers 20: time is the sample table": ("200x50", [], 20.0, True),
    "one frame dropped": ("100x40,1x80,149x40", [], 249.6, False),
    "half a second is not yet a gap": ("100x40,1x500,100x40", [], None, False),
    "more than half a second is": ("100x40,1x540,100x40", [(4.04, 0.5)], 25.0, True),
    "a long sample": ("100x40,1x3040,100x40", [(4.04, 3.0)], 25.0, True),
    "two of them": ("50x40,1x1040,49x40,1x2040,50x40", [(2.04, 1.0), (5.04, 2.0)], 25.0, True),
    "variable rate between 10 and 30": ("50x33,50x100,50x50", [], None, False),
    "one frame a second is a slow camera": ("60x1000", [], 1.0, True),
    "a slow camera that stops": ("30x1000,1x6000,29x1000", [(31.0, 5.0)], 1.0, True),
    "the last sample lasts long": ("249x40,1x2040", [(10.0, 2.0)], 25.0, True),
    "0.4 s without": ("100x40,1x440,100x40", [], None, False),
    "0.6 s without": ("100x40,1x600,100x40", [(4.04, 0.56)], 25.0, True),
    "slows to 5 at night": ("100x40,50x200", [], 150 / 14, False),
    "jitter of a millisecond is constant": ("100x40,100x41,100x39", [], 25.0, True),
}


@pytest.mark.parametrize("name", MP4_CASES)
def test_gaps_of_an_mp4_are_those_of_its_sample_table(tmp_path: Path, name: str) -> None:
    runs, expected, rate, constant = MP4_CASES[name]
    count = sum(int(run.split("x")[0]) for run in runs.split(","))
    found = probed(tmp_path, "a.mp4", movie(track(tables=steady(runs, count)), data=count * 10))
    assert gaps(found) == expected
    assert found.video is not None
    assert found.video.constant_rate is constant
    if rate and rate < 100:
        assert found.video.frame_rate == pytest.approx(rate, rel=0.001)


AVI_CASES = {
    # name: (sizes of the video chunks as runs, gaps, pictures)
    "steady": ("250x100", [], 250),
    "every fifth frame dropped": ("4x100,1x0," * 50, [], 200),
    "eleven dropped frames: a picture shown for 0.48 s": ("100x100,11x0,100x100", [], 200),
    "twelve are a gap: it would be shown for 0.52 s": ("100x100,12x0,100x100", [(4.0, 0.48)], 200),
    "nothing new until the end": ("100x100,25x0", [(4.0, 1.0)], 100),
    "three seconds without a picture": ("100x100,75x0,75x100", [(4.0, 3.0)], 175),
    "dropped at the start": ("25x0,100x100", [], 100),
}


OTHERS = sorted({*paces.CONTAINERS} - {"mp4", "ts"})


@pytest.mark.parametrize("index", ["idx1", "opendml", "none"])
@pytest.mark.parametrize("name", AVI_CASES)
def test_dropped_frames_of_an_avi_are_time_without_a_picture(tmp_path: Path, name: str, index: str) -> None:
    text, expected, pictures = AVI_CASES[name]
    sizes = [
        int(size) for run in text.strip(",").split(",") for count, size in [run.split("x")] for _ in range(int(count))
    ]
    found = probed(tmp_path, "a.avi", riff.avi(sizes, index))
    assert found.reader == "avi"
    assert gaps(found) == expected
    assert found.video is not None
    assert found.video.sample_count == pictures
    lasting = timedelta(seconds=0.04) * (len(sizes) - (25 if sizes[0] == 0 else 0))
    assert found.video.duration == lasting


@pytest.mark.parametrize("container", ["mp4", "ts", *(pytest.param(one, marks=pytest.mark.slow) for one in OTHERS)])
@pytest.mark.parametrize("name", paces.PACES)
def test_a_pace_means_the_same_in_every_container(name: str, container: str) -> None:
    """The same pictures at the same times: what is a gap depends on nothing else."""
    pace = paces.PACES[name]
    found = probe_path(paces.clip(name, container))
    assert found.video is not None
    assert (found.container, found.video.sample_count) == (container, pace.pictures)
    assert found.problems == ()
    assert [*itertools.chain(*gaps(found))] == pytest.approx([*itertools.chain(*pace.gaps)], abs=0.0021)
    tail = found.video.duration.total_seconds() - pace.last
    assert 0.0379 <= tail <= pace.longest + 0.0021
    assert found.video.constant_rate is pace.constant
    if pace.rate:
        assert found.video.frame_rate == pytest.approx(pace.rate, rel=0.04 if pace.longest == 1.0 else 0.002)
    if container != "mkv":  # FFmpeg writes the rate that it measured there
        assert found.video.declared_frame_rate == 25.0


@pytest.mark.parametrize("name", paces.DROPPED)
def test_frames_that_ffmpeg_drops_in_an_avi_are_chunks_without_a_byte(name: str) -> None:
    pace = paces.PACES[name]
    path = paces.clip(name, "avi")
    assert b"00dc" + bytes(4) in path.read_bytes()
    found = probe_path(path)
    assert found.video is not None
    assert (found.video.sample_count, found.video.duration) == (pace.pictures, timedelta(seconds=pace.last + 0.04))
    assert (gaps(found), found.video.constant_rate) == (list(pace.gaps), pace.constant)
    assert (found.video.profile, found.video.level) == ("Constrained Baseline", "1.1")


@pytest.mark.slow
@pytest.mark.parametrize("name", paces.PACES)
def test_a_pace_means_the_same_in_a_dahua_recording(tmp_path: Path, name: str) -> None:
    pace = paces.PACES[name]
    starts = [start for start, _ in media.packets(paces.encoded(name), "v:0")]
    units = tuple(
        replace(unit, at=round(start * 1000))
        for unit, start in zip(itertools.cycle(dav.pictures("h264")), starts, strict=False)
    )
    found = probed(tmp_path, "a.dav", dav.recording(units))
    assert found.video is not None
    assert (found.problems, gaps(found)) == ((), list(pace.gaps))
    assert (found.video.sample_count, found.video.constant_rate) == (pace.pictures, pace.constant)
    assert found.video.duration == timedelta(seconds=pace.last + pace.longest)


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts", "flv"])
def test_a_hole_in_the_sound_alone_is_no_gap_of_the_picture(container: str) -> None:
    """Frames of 64 ms: the encoder fills the one in which the tone stops, and begins another where it goes on."""
    found = probe_path(paces.silence(container))
    assert (gaps(found), found.problems) == ([], ())
    assert found.audio is not None
    (hole,) = found.audio.discontinuities
    assert 3.9 < hole.at.total_seconds() < 4.14
    assert 2.8 < hole.length.total_seconds() < 3.07
