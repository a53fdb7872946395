"""The fallback reader: what headers state beside what packets show, cuts, wrapped and broken times, bounds."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from domain.media import Probe, TrackKind
from domain.media import ProblemCode as Code
from indexer.containers import libav, riff
from indexer.containers.formats import recognise
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.libav import LibavReader
from indexer.containers.packets import TrackTimes, track_of
from tests.golden import media
from tests.indexer.containers.films import read_by


def probe(data: bytes) -> Probe:
    return read_by(LibavReader(), data)[0]


def codes(found: Probe) -> set[Code]:
    return {problem.code for problem in found.problems}


def golden(name: str) -> bytes:
    return media.clip(name).read_bytes()


@pytest.mark.parametrize("name", ["plain.mkv", "mpeg4.avi"])
def test_a_cut_file_is_truncated_and_says_how_much_of_it_is_left(name: str) -> None:
    data = golden(name)
    found = probe(data[: len(data) // 2])
    assert {Code.TRUNCATED, Code.DURATION_DISAGREES} <= codes(found)
    assert found.decodable_share is not None
    assert 0.2 < found.decodable_share < 0.8
    assert found.playable


def test_an_asf_file_that_was_cut_is_shorter_than_it_says() -> None:
    data = golden("h264.asf")
    found = probe(data[: len(data) // 3])
    assert {Code.TRUNCATED, Code.DURATION_DISAGREES} <= codes(found)
    assert found.creation_time == datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)
    assert found.decodable_share is not None
    assert found.decodable_share < 0.7


def test_date_and_time_of_a_broadcast_wave_belong_together() -> None:
    """The bext chunk keeps them apart: local, and so naive."""
    stated = {"metadata:g:0": "origination_date=2024-01-15", "metadata:g:1": "origination_time=14:30:25"}
    found = probe(media.encoded("bext.wav", media.PCM | {"vn": None, "write_bext": 1} | stated, 1).read_bytes())
    assert found.creation_time == datetime(2024, 1, 15, 14, 30, 25)


def test_a_transport_stream_cut_inside_a_packet_is_truncated() -> None:
    data = golden("plain.ts")
    assert Code.TRUNCATED in codes(probe(data[: 188 * 100 + 50]))
    assert Code.TRUNCATED not in codes(probe(data))


def test_an_avi_whose_recording_was_not_closed_is_truncated() -> None:
    data = bytearray(golden("mpeg4.avi"))
    movi = data.index(b"movi")
    data[4:8] = data[movi - 4 : movi] = bytes(4)
    found = probe(bytes(data[: data.index(b"idx1")]))
    assert Code.TRUNCATED in codes(found)
    assert found.playable
    assert found.video is not None
    assert found.video.sample_count == 75


def with_idit(text: bytes) -> bytes:
    """The AVI with an IDIT chunk at the end of its header list."""
    data = golden("mpeg4.avi")
    chunk = b"IDIT" + struct.pack("<I", len(text)) + text
    at = data.index(b"hdrl")
    length = struct.unpack_from("<I", data, at - 4)[0]
    header = struct.pack("<I", length + len(chunk)) + data[at : at + length] + chunk
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(chunk)) + data[8 : at - 4] + header + data[at + length :]


def test_an_avis_own_date_is_the_cameras_local_time() -> None:
    found = probe(with_idit(b"Mon Jan 15 14:30:25 2024\n\0"))
    assert found.creation_time == datetime(2024, 1, 15, 14, 30, 25)
    assert found.video is not None
    assert found.video.sample_count == 75


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"MON JAN  5 04:30:25 2024\n\0", datetime(2024, 1, 5, 4, 30, 25)),
        (b"2024-01-15 14:30:25", datetime(2024, 1, 15, 14, 30, 25)),
        (b"2024/01/15/ 14:30:25", datetime(2024, 1, 15, 14, 30, 25)),
        (b"20240115143025", datetime(2024, 1, 15, 14, 30, 25)),
        (b"2024:01:15 14:30:25\0\0", datetime(2024, 1, 15, 14, 30, 25)),
        (b"Mon Foo 15 14:30:25 2024", None),
        (b"2024-13-45 99:99:99", None),
        (b"\xff\xfe\0", None),
        (b"", None),
    ],
)
def test_avi_dates_are_read_in_every_spelling_that_is_met(text: bytes, expected: datetime | None) -> None:
    assert riff.parse_time(text) == expected


def test_matroska_states_its_date_its_length_and_its_writer() -> None:
    found = probe(golden("plain.mkv"))
    assert found.creation_time == datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC)
    assert found.declared_duration is not None
    assert abs(found.declared_duration - timedelta(seconds=3)) < timedelta(milliseconds=100)
    assert (found.writer or "").startswith("Lavf")


def test_a_length_that_packets_do_not_bear_out_is_said() -> None:
    data = bytearray(golden("plain.mkv"))
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = struct.pack(">d", 9000.0)
    assert codes(probe(bytes(data))) == {Code.DURATION_DISAGREES}


@dataclass
class FakeStream:
    """As much of a PyAV stream as the collector looks at."""

    time_base: Fraction = Fraction(1, 90000)
    type: str = "video"
    disposition: int = 0
    codec_context: object | None = None


@dataclass
class FakePacket:
    pts: int | None
    dts: int | None
    duration: int = 3600
    is_corrupt: bool = False
    is_keyframe: bool = True


def collected(packets: list[FakePacket], wraps: bool = True) -> tuple[TrackTimes, ProblemList]:
    times = TrackTimes.of(FakeStream(), wraps)  # type: ignore[arg-type]
    for packet in packets:
        times.add(packet)  # type: ignore[arg-type]
    return times, ProblemList()


def test_times_of_33_bits_that_wrap_go_on() -> None:
    """Ten pictures before the wrap, ten behind it, no hole."""
    first = (1 << 33) - 36_000
    packets = [FakePacket((first + n * 3600) % (1 << 33), (first + n * 3600) % (1 << 33)) for n in range(20)]
    track = track_of(1, *collected(packets))
    assert (track.duration, track.discontinuities, track.sample_count) == (timedelta(seconds=0.8), (), 20)


def test_a_splice_that_sets_time_back_is_said_and_time_goes_on() -> None:
    packets = [FakePacket(base + n * 3600, base + n * 3600) for base in (9_000_000, 0) for n in range(25)]
    times, problems = collected(packets)
    track = track_of(1, times, problems)
    assert [problem.code for problem in problems.all()] == [Code.TIMESTAMPS_BROKEN]
    assert (track.duration, track.discontinuities) == (timedelta(seconds=2), ())


def test_pictures_are_put_in_the_order_of_presentation_before_holes_are_looked_for() -> None:
    """Shown at 0 1 2 3 | 78 79 80 81 pictures; decoded with the reference picture first."""
    shown = [0, 3, 1, 2, 78, 81, 79, 80]
    packets = [FakePacket(3600 * at, 3600 * number) for number, at in enumerate(shown)]
    (hole,) = track_of(1, *collected(packets)).discontinuities
    assert (hole.at, hole.length) == (timedelta(seconds=0.16), timedelta(seconds=74 * 0.04))


def test_times_beyond_all_reason_give_no_duration() -> None:
    times, problems = collected([FakePacket(0, 0), FakePacket(1 << 60, 1 << 60)], wraps=False)
    track = track_of(1, times, problems)
    assert track.duration == timedelta(0)
    assert [problem.code for problem in problems.all()] == [Code.TIMESTAMPS_BROKEN]
    assert track.kind is TrackKind.VIDEO


def test_priming_before_zero_is_not_presented_time() -> None:
    packets = [FakePacket(n * 3600, n * 3600) for n in range(-2, 10)]
    track = track_of(1, *collected(packets, wraps=False))
    assert (track.start, track.duration) == (timedelta(0), timedelta(seconds=0.4))


def test_a_reader_that_is_out_of_time_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libav, "LEAST_SECONDS", -1000.0)
    found = probe(golden("plain.ts"))
    assert Code.OUT_OF_TIME in codes(found)
    assert not found.playable


def test_a_reader_that_met_too_many_packets_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libav, "MAX_PACKETS", 10)
    assert Code.OUT_OF_TIME in codes(probe(golden("plain.mkv")))


def test_a_library_that_refuses_the_content_leaves_a_problem() -> None:
    found = probe(b"RIFF\x10\0\0\0AVI LIST\4\0\0\0hdrl" + b"\xff" * 100)
    assert not found.playable
    assert Code.NO_TRACKS in codes(found)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x88matroska", "mkv"),
        (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84webm", "webm"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"RIFF\0\0\0\0WAVEfmt ", "wav"),
        (b"\0\0\1\xba\x44\0\4\0", "ps"),
        (b"\0\0\1\xba\x21\0\1\0", "ps"),
        (b"IMKH" + bytes(36) + b"\0\0\1\xba\x44\0\4\0", "ps"),
        (bytes(16) + b"\0\0\1\xba\x44\0\4\0", "ps"),
        ((b"\x47\x40\0\x10" + bytes(184)) * 5, "ts"),
        ((bytes(4) + b"\x47\x40\0\x10" + bytes(184)) * 5, "ts"),
        (b"DHAV\xfd\0\0\0", "dav"),
        (b"\0\0\0\1\x67\x42\0\x1e", "h264"),
        (b"\0\0\0\1\x09\x10", "h264"),
        (b"\0\0\1\x40\x01\x0c", "hevc"),
        (b"\0\0\1\xb3\x16\0", "mpegvideo"),
        (b"ID3\4\0\0\0\0\0\x10abc", "mp3"),
        (b"Content of no such kind", None),
        (b"\0" * 4096, None),
        (b"G" * 4096, None),
        (b"\0\0\1\xba\0\0\0\0", None),
        (b"", None),
    ],
)
def test_formats_are_recognised_by_their_first_bytes(head: bytes, name: str | None) -> None:
    assert recognise(head) == name
