"""Photographs: size, time with and without a zone, device; and faults."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from domain.media import Probe, TrackKind
from domain.media import ProblemCode as Code
from indexer.containers.still import StillReader
from tests.golden.pictures import EXIF, jpeg, with_segment
from tests.indexer.containers.films import read_by


def probe(data: bytes) -> Probe:
    return read_by(StillReader(), data)[0]


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


def test_all_times_of_a_photograph_are_kept_under_their_names() -> None:
    tags = EXIF | {0x9004: "2024:01:15 14:30:26", 0x9012: "+09:00"}
    found = probe(jpeg(tags))
    assert dict(found.stated_times) == {
        "exif-original": datetime(2024, 1, 15, 6, 30, 25, 375000, tzinfo=UTC),
        "exif-digitized": datetime(2024, 1, 15, 5, 30, 26, tzinfo=UTC),
    }
    assert found.creation_time == found.stated_times["exif-original"]


def test_the_satellites_time_is_utc() -> None:
    """A directory of GPS tags alone: date stamp, time stamp, latitude, longitude with their references."""
    texts = {0x1D: b"2024:01:15\0", 1: b"N\0", 3: b"W\0"}
    numbers = {7: (6, 1, 30, 1, 255, 10), 2: (31, 1, 22, 1, 30, 1), 4: (121, 1, 15, 1, 30, 1)}
    rows, values, begin = b"", b"", 26 + 2 + 12 * 6 + 4
    for tag in sorted([*texts, *numbers]):
        raw = texts[tag] if tag in texts else struct.pack(">6I", *numbers[tag])
        kind, count = (2, len(raw)) if tag in texts else (5, 3)
        place = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(">I", begin + len(values))
        rows += struct.pack(">HHI", tag, kind, count) + place
        values += raw if len(raw) > 4 else b""
    root = b"MM\0*" + struct.pack(">IHHHIII", 8, 1, 0x8825, 4, 1, 26, 0)
    found = probe(with_segment(jpeg(), 0xE1, b"Exif\0\0" + root + struct.pack(">H", 6) + rows + bytes(4) + values))
    assert dict(found.stated_times) == {"gps": datetime(2024, 1, 15, 6, 30, 25, 500000, tzinfo=UTC)}
    assert dict(found.tags) == {"location": "+31.37500-121.25833/"}
    assert found.creation_time is None, "when there was a fix is not when the picture was taken"


def test_a_comment_and_an_xmp_packet_name_what_exif_does_not() -> None:
    packet = b"http://ns.adobe.com/xap/1.0/\0<x xmp:CreatorTool='Editor 1' xmp:ModifyDate='2024-02-01T08:00:00Z'/>"
    data = with_segment(with_segment(jpeg(EXIF), 0xFE, b"PoliceID:012345"), 0xE1, packet)
    found = probe(data)
    assert dict(found.tags) == {"make": "ACME", "model": "DSJ-7", "serial": "1234567", "badge": "012345"}
    assert found.stated_times["xmp-modified"] == datetime(2024, 2, 1, 8, tzinfo=UTC)
    assert found.writer == "firmware 2.1"
    assert probe(with_segment(jpeg(), 0xE1, packet)).writer == "Editor 1"
