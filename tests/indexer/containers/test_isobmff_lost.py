"""Recordings whose index was never written: how many bytes of media there are, and what they look like."""

import random
from pathlib import Path

import pytest

from domain.media import Probe
from domain.media import ProblemCode as Code
from domain.wording import halves
from indexer.containers import probe_path
from tests.boxes import build
from tests.golden import media
from tests.indexer.containers.test_isobmff import codes, probe
from tests.indexer.containers.test_isobmff_fragments import fragment

NOISE = random.Random(1).randbytes(300_000)


def torn(data: bytes, set_aside: int = 0) -> Probe:
    """A recording with nothing but its media data, in a box of which the rest was never filled."""
    length = len(data) + set_aside
    return probe(build("ftyp\n") + (length + 8).to_bytes(4) + b"mdat" + data + bytes(set_aside))


def parts(found: Probe) -> dict[str, str]:
    """The stable words behind the semicolon of the detail."""
    (detail,) = [problem.detail for problem in found.problems if problem.code is Code.INDEX_MISSING]
    return dict(word.split("=") for word in detail.partition("; ")[2].split())


def data_of(path: Path) -> bytes:
    whole = path.read_bytes()
    at = whole.index(b"mdat") - 4
    return whole[at + 8 : at + int.from_bytes(whole[at : at + 4])]


@pytest.mark.parametrize(
    ("name", "looks"),
    [("plain.mp4", "h264/lengths"), ("hevc.mp4", "hevc/lengths"), ("pcm.mov", "h264/lengths")],
)
def test_the_codec_is_seen_in_the_data_themselves(name: str, looks: str) -> None:
    data = data_of(media.clip(name))
    for kept in (len(data), len(data) // 2):
        found = torn(data[:kept])
        assert parts(found) == {"held": str(kept), "written": str(kept), "looks": looks}
        assert found.media_bytes == kept


@pytest.mark.parametrize("set_aside", [20_000, 1_000_000, 5_000_001])
def test_what_was_set_aside_and_never_filled_is_told_from_media(set_aside: int) -> None:
    data = data_of(media.clip("plain.mp4")).rstrip(b"\0")
    found = torn(data, set_aside)
    assert parts(found) == {
        "held": str(len(data) + set_aside),
        "written": str(len(data)),
        "looks": "h264/lengths",
    }
    assert found.media_bytes == len(data)


@pytest.mark.parametrize("filled", [1, 16_383, 16_384, 16_385, 65_536, 99_999])
def test_the_last_byte_that_was_written_is_found_wherever_it_lies(filled: int) -> None:
    assert torn(b"\1" * filled, 400_000).media_bytes == filled


def test_a_box_that_was_only_set_aside_holds_no_media() -> None:
    found = torn(b"", 3_000_000)
    assert (found.media_bytes, parts(found)["looks"]) == (0, "blank")
    assert torn(b"", 0).media_bytes == 0
    assert parts(torn(b"", 0))["looks"] == "nothing"


def test_noise_is_no_codec() -> None:
    for n in range(8):
        assert parts(torn(NOISE[n * 30_000 :]))["looks"] == "unknown"


@pytest.mark.parametrize(
    ("data", "looks"),
    [
        (b"\0\0\0\1\x67\x42\0\x1e\0\0\0\1\x68\xce\0\0\1\x65" + b"\x88" * 400, "h264/start-codes"),
        (b"\0\0\0\1\x40\1\x0c\0\0\0\1\x42\1\1\0\0\1\x44\1\xc1\0\0\1\x26\1" + b"\xaf" * 400, "hevc/start-codes"),
        (b"\0\0\1\xb0\1\0\0\1\xb5\x89\0\0\1\xb6\x10" + b"\x77" * 400, "mpeg4/start-codes"),
        (b"\xff\xd8\xff\xe0" + b"\x77" * 400, "mjpeg/plain"),
    ],
)
def test_other_framings_are_told_apart(data: bytes, looks: str) -> None:
    assert parts(torn(data))["looks"] == looks


def test_the_extent_of_a_terabyte_is_found_with_few_reads(tmp_path: Path) -> None:
    data = data_of(media.clip("plain.mp4")).rstrip(b"\0")
    path = tmp_path / "lost.mp4"
    path.write_bytes(build("ftyp\nmdat size=0\n") + data)
    with path.open("r+b") as stream:
        stream.truncate(1 << 40)
    found = probe_path(path)
    assert (found.media_bytes, parts(found)["looks"]) == (len(data), "h264/lengths")
    assert found.bytes_read < 1 << 20


def test_fragments_without_a_movie_say_how_much_media_they_hold() -> None:
    found = probe(build(fragment(0, "count=25", data=700) + fragment(1000, "count=25", data=300)))
    assert codes(found) == [Code.INDEX_MISSING]
    assert found.media_bytes == 1000
    zh, en = halves(found.problems[0].detail)
    assert zh.startswith("2 个分片，缺少 moov 索引：")
    assert zh.endswith(" 字节中 1000 字节为媒体数据")
    assert en.startswith("2 fragments without a moov box: 1000 of ")


def test_a_file_with_its_index_leaves_the_number_out() -> None:
    assert probe(media.clip("plain.mp4").read_bytes()).media_bytes is None
