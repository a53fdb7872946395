"""Transport and program streams: clocks that wrap, lost and torn packets, recorders' own headers, against FFmpeg."""

import subprocess
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from domain.media import Probe
from domain.media import ProblemCode as Code
from indexer.containers import probe_path
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.mpeg.alone import Alone
from indexer.containers.mpeg.headers import Headers
from indexer.containers.mpeg.pictures import pictures
from indexer.containers.mpeg.sound import PARSERS, FrameWalk
from indexer.containers.mpeg.stamps import NONE, WRAP, Stamps, unrolled
from tests.golden import media


def probed(folder: Path, name: str, data: bytes) -> Probe:
    path = folder / name
    path.write_bytes(data)
    return probe_path(path)


def codes(probe: Probe) -> set[Code]:
    return {problem.code for problem in probe.problems}


def test_a_recording_across_the_wrap_of_26_hours_is_one_recording(tmp_path: Path) -> None:
    """FFmpeg muxes three seconds whose clock passes 2^33 / 90 000 s = 95 443.7 s in their middle."""
    path = tmp_path / "wrap.ts"
    command = [media.FFMPEG, "-v", "error", "-i", str(media.clip("plain.ts")), "-c", "copy"]
    subprocess.run([*command, "-output_ts_offset", "95440.7", str(path)], check=True)
    found, plain = probe_path(path), probe_path(media.clip("plain.ts"))
    assert found.reader == "transport"
    assert found.problems == ()
    assert [one.discontinuities for one in found.tracks] == [(), ()]
    assert [one.sample_count for one in found.tracks] == [one.sample_count for one in plain.tracks]
    for one, other in zip(found.tracks, plain.tracks, strict=True):
        assert abs(one.duration - other.duration) <= timedelta(milliseconds=1)
        assert abs(one.start - other.start) <= timedelta(milliseconds=1)


def test_streams_spliced_one_behind_the_other_go_on_and_say_so(tmp_path: Path) -> None:
    data = media.clip("plain.ts").read_bytes()
    found = probed(tmp_path, "a.ts", data + data)
    assert Code.TIMESTAMPS_BROKEN in codes(found)
    assert found.video is not None
    assert (found.video.sample_count, found.video.discontinuities) == (150, ())
    assert found.video.duration == timedelta(seconds=6)


def test_lost_packets_are_counted(tmp_path: Path) -> None:
    data = media.clip("hevc.ts").read_bytes()
    middle = len(data) // 376 * 188
    found = probed(tmp_path, "a.ts", data[:middle] + data[middle + 188 * 5 :])
    assert found.reader == "transport"
    assert Code.DECODER_ERROR in codes(found)
    assert any("packets are lost" in problem.detail for problem in found.problems)


def test_scrambled_packets_are_encrypted(tmp_path: Path) -> None:
    packets = np.frombuffer(media.clip("plain.ts").read_bytes(), np.uint8).reshape(-1, 188).copy()
    sound = ((packets[:, 1] & 0x1F) == 1) & (packets[:, 2] == 1)
    packets[sound, 3] |= 0x80
    assert Code.ENCRYPTED in codes(probed(tmp_path, "a.ts", packets.tobytes()))


@pytest.mark.parametrize("name", ["h264.vob", "h264.mpg"])
def test_a_recorders_block_named_mp4_is_a_program_stream(tmp_path: Path, name: str) -> None:
    data = media.clip(name).read_bytes()
    found = probed(tmp_path, "hiv00000.mp4", b"IMKH" + bytes(36) + data)
    assert (found.container, found.reader) == ("ps", "program")
    assert codes(found) == {Code.WRONG_EXTENSION}
    assert found.video is not None
    assert found.video.sample_count == 75


def test_a_program_stream_that_loses_its_way_finds_the_next_pack(tmp_path: Path) -> None:
    data = media.clip("h264.vob").read_bytes()
    found = probed(tmp_path, "a.vob", data[: 2048 * 20] + b"\xaa" * 700 + data[2048 * 20 :])
    assert found.reader == "program"
    assert any("places where no packet was" in problem.detail for problem in found.problems)
    assert found.video is not None
    assert found.video.sample_count == 75


def test_discs_with_packets_without_own_times_go_to_the_parser() -> None:
    assert probe_path(media.clip("plain.mpg")).reader == "libav"


def test_presentation_times_alone_may_step_back_by_frames() -> None:
    stamps = Stamps()
    shown = np.array([0, 3, 1, 2, 6, 4, 5]) * 3600
    stamps.add(shown, np.full(7, NONE), np.zeros(7, np.int64))
    problems = ProblemList()
    assert unrolled(stamps, "x", problems).shown.tolist() == shown.tolist()
    assert problems.all() == ()


def test_a_reordered_time_just_before_the_wrap_stays_on_its_side() -> None:
    """Decoded at WRAP - 1, shown at WRAP + 3600: written as 3600."""
    stamps = Stamps()
    stamps.add(np.array([WRAP - 3600, 3600]), np.array([WRAP - 7200, WRAP - 1]), np.zeros(2, np.int64))
    assert unrolled(stamps, "x", ProblemList()).shown.tolist() == [WRAP - 3600, WRAP + 3600]


@pytest.mark.parametrize("piece", [1, 3, 7, 100, 5000])
def test_frames_of_sound_are_the_same_in_pieces_of_any_length(piece: int) -> None:
    """Layer II at 64 kbit/s and 16 kHz: 1152 samples are 72 ms are 576 bytes."""
    data = (bytes.fromhex("fff588c0") + bytes(572)) * 40
    walk = FrameWalk(PARSERS["mp2"])
    found = [int(at) for begin in range(0, len(data), piece) for at in walk.frames(data[begin : begin + piece])]
    assert found == list(range(0, len(data), 576))
    assert walk.first is not None
    assert (walk.first.samples, walk.first.rate, walk.first.channels) == (1152, 16000, 1)


@pytest.mark.parametrize(
    ("codec", "data", "expected"),
    [
        ("h264", b"\0\0\1\x41\x9a" * 3, [False] * 3),
        ("h264", b"\0\0\1\x67abc\0\0\1\x68abc\0\0\1\x65\x88", [True]),
        ("h264", b"\0\0\1\x41\x9a" + b"\0\0\1\x41\x40", [False]),  # a second slice of the same picture
        ("h264", b"\0\0\1\x65\x88" + b"\0\0\1\x65\x0a" + b"\0\0\1\x61\x9a" + b"\0\0\1\x61\x05", [True, False]),
        ("h264", b"\0\0\1\x41\x9a" + b"\0\0\1\x09\x10\0\0\1\x65\x88" + b"\0\0\1\x41\x9a", [False, True, False]),
        ("h264", b"\0\0\1\x41\x9a" + b"\0\0\1\x67abc", [False, True]),  # parameters of a picture that is further on
        ("mpeg2video", b"\0\0\1\0\0\x08bc\0\0\1\1abc\0\0\1\0\0\x10bc", [True, False]),
        ("mpeg2video", b"\0\0\1\0\0\x08bc\0\0\1\0", [True, False]),  # cut off before it says what it is
        ("hevc", b"\0\0\1\x02\x01\x80abc\0\0\1\x02\x01\x40abc", [False]),
        ("hevc", b"\0\0\1\x40\x01abc\0\0\1\x26\x01\x80abc\0\0\1\x2a\x01\x80abc", [True, True]),
        ("svac", b"\0\0\1\x41\x9a", None),
    ],
)
def test_pictures_are_told_by_what_begins_one(codec: str, data: bytes, expected: list[bool] | None) -> None:
    assert pictures(codec, data, len(data)) == expected


def test_a_start_code_that_the_end_cuts_counts_where_it_begins() -> None:
    assert pictures("h264", b"abc\0\0\1" + b"\x41\x9a", 6) == [False]
    assert pictures("h264", b"abcdef" + b"\0\0\1\x41\x9a", 6) == []
    assert pictures("h264", b"abcdef" + b"\0\0\1\x65\x88", 6) == []
    assert pictures("h264", b"abc\0\0\1" + b"\x67abc\0\0\1\x65\x88", 6) == [True]


TENTH = {"an": None, "f": "vob", "g": 10}  # every tenth picture, which are 0.4 s
LARGE = media.LARGE | TENTH
KEYED: dict[str, dict[str, object]] = {
    "H.264": LARGE,
    "H.264 in four slices": LARGE | {"x264-params": "slices=4:b-adapt=0"},
    "H.264 with delimiters": LARGE | {"x264-params": "aud=1:b-adapt=0"},
    "H.265 of which pictures before a key picture refer to it": media.H265
    | TENTH
    | {"x265-params": "keyint=10:min-keyint=10:scenecut=0:open-gop=1:bframes=2:qp=2:log-level=none:pools=1"},
    "MPEG-2": TENTH | {"c:v": "mpeg2video", "bf": 0, "q:v": 2},
}


@pytest.mark.parametrize("name", KEYED)
def test_pictures_of_a_program_stream_that_can_be_decoded_alone_are_found(name: str) -> None:
    found = probe_path(media.encoded(f"keyed-{name.replace(' ', '-')}.mpg", KEYED[name], 3))
    assert (found.reader, found.problems) == ("program", ())
    assert found.video is not None
    assert (found.video.sync_spacing, found.video.sample_count) == (timedelta(seconds=0.4), 75)


def test_the_distance_is_not_told_where_such_pictures_have_no_time_of_their_own() -> None:
    """Small pictures, of which several begin in a packet: some that can be decoded alone are without a time."""
    recipe = media.H264 | TENTH | {"bf": 2, "qp": 5, "x264-params": "aud=1:b-adapt=0"}
    found = probe_path(media.encoded("keys-without-times.mpg", recipe, 3))
    assert found.reader == "libav"
    assert {problem.code for problem in found.problems} == {Code.TIMESTAMPS_BROKEN}
    assert found.video is not None
    assert found.video.sync_spacing is None


def headers_of(payloads: list[tuple[bytes, bool]]) -> tuple[np.ndarray, Headers]:
    """PES packets one behind the other, with a time or without."""
    data, starts, begins = b"", [], 9
    for content, _ in payloads:
        starts.append(len(data))
        data += b"\0\0\1\xe0" + (3 + len(content)).to_bytes(2) + b"\x80\0\0" + content
    raw = np.array([list(data[at : at + 32].ljust(32, b"\0")) for at in starts], np.uint8)
    places = np.array(starts, np.int64)
    timed = np.array([timed for _, timed in payloads])
    return np.frombuffer(data, np.uint8), Headers(raw, places, np.full(len(starts), begins), timed)


KEY, OTHER = b"\0\0\1\x65\x88\x84abc", b"\0\0\1\x41\x9a\x24abc"


@pytest.mark.parametrize(
    ("payloads", "marks"),
    [
        ([(KEY, True), (OTHER, True), (KEY, True)], [True, False, True]),
        ([(b"tail of one before" + KEY, True), (OTHER, True)], [True, False]),
        ([(b"\0\0\1\x67abcdef\0\0\1\x68ab", True), (b"cdef" + KEY, False), (OTHER, True)], [True, False]),
        ([(b"\0\0\1\x67abcdef\0\0", True), (KEY[2:], False), (OTHER, True)], [True, False]),
        ([(OTHER, True), (KEY, False)], [False]),  # the time is that of the first picture
        ([(KEY, False), (OTHER, True)], [False]),
        ([(b"\0\0\1\x67abcdef", True)], [False]),  # no picture follows
        ([(b"a" * 20_000, True), (KEY, False)], [False]),  # too far behind
    ],
)
def test_the_first_picture_behind_a_time_is_looked_at(payloads: list[tuple[bytes, bool]], marks: list[bool]) -> None:
    whole = Alone()
    whole.take("h264", *headers_of(payloads))
    apart = Alone()
    for one in payloads:
        apart.take("h264", *headers_of([one]))
    unknown = Alone()
    unknown.take("svac", *headers_of(payloads))
    assert (whole.marks, apart.marks, unknown.marks) == (marks, marks, [False] * len(marks))
