"""Photographs: size, time with and without a zone, device; and faults."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from domain.media import Probe, TrackKind
from domain.media import ProblemCode as Code
from indexer.containers.base import Source
from indexer.containers.still import StillReader
from tests.golden.pictures import EXIF, jpeg


def probe(data: bytes) -> Probe:
    return StillReader().probe(Source("x.jpg", io.BytesIO(data), len(data), data[:4096]))


def codes(found: Probe) -> list[Code]:
    return [problem.code for problem in found.problems]


def test_a_photograph_is_one_still_of_no_duration_with_its_size() -> None:
    found = probe(jpeg())
    (track,) = found.tracks
    assert (found.container, found.duration, found.problems) == ("jpeg", timedelta(0), ())
    assert (track.kind, track.width, track.height, track.duration) == (TrackKind.STILL, 160, 120, timedelta(0))
    assert (found.creation_time, dict(found.tags)) == (None, {})


def test_the_time_is_utc_when_the_camera_states_its_offset() -> None:
    assert probe(jpeg(EXIF)).creation_time == datetime(2024, 1, 15, 6, 30, 25, 375000, tzinfo=UTC)


@pytest.mark.parametrize("offset", [None, "", "   :  ", "+99:99", "nonsense"])
def test_the_time_stays_local_when_there_is_no_usable_offset(offset: str | None) -> None:
    tags = {tag: text for tag, text in EXIF.items() if tag != 0x9011}
    found = probe(jpeg(tags if offset is None else tags | {0x9011: offset}))
    assert found.creation_time == datetime(2024, 1, 15, 14, 30, 25, 375000)


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:01 00:00:00", "yesterday"])
def test_a_time_that_is_none_is_none(text: str) -> None:
    assert probe(jpeg(EXIF | {0x9003: text})).creation_time is None


def test_device_and_firmware_are_named() -> None:
    found = probe(jpeg(EXIF))
    assert dict(found.tags) == {"make": "ACME", "model": "DSJ-7", "serial": "1234567"}
    assert found.writer == "firmware 2.1"


def test_a_photograph_without_its_end_is_truncated() -> None:
    found = probe(jpeg(EXIF)[:-700])
    assert codes(found) == [Code.TRUNCATED]
    assert found.playable


def test_a_photograph_cut_before_its_frame_header_has_no_picture() -> None:
    assert codes(probe(jpeg(EXIF)[:200])) == [Code.TRUNCATED, Code.NO_TRACKS]


def test_a_makers_own_data_behind_the_end_are_no_fault() -> None:
    assert probe(jpeg() + b"maker" * 50_000).problems == ()


def test_broken_exif_is_said_and_the_picture_still_measured() -> None:
    data = jpeg(EXIF).replace(b"MM\0*", b"XX\0*")
    found = probe(data)
    assert codes(found) == [Code.DECODER_ERROR]
    assert found.playable


def test_a_segment_without_a_marker_is_a_bad_box() -> None:
    data = bytearray(jpeg(EXIF))
    data[4:6] = b"\0\x10"  # the Exif segment claims 16 bytes, so the next marker is looked for inside it
    assert Code.BAD_BOX in codes(probe(bytes(data)))
