"""Every input that once broke a reader, kept as a tiny file: it gives problems, never an error of ours."""

from pathlib import Path

import pytest

from domain.media import ProblemCode as Code
from indexer.containers import probe_path
from tests.golden import media, pictures

KEPT = Path(__file__).parents[2] / "golden" / "broken"


@pytest.mark.parametrize("path", sorted(KEPT.iterdir()), ids=lambda path: path.name)
def test_an_input_that_once_broke_a_reader_gives_problems(path: Path) -> None:
    found = probe_path(path)
    assert not found.playable
    assert found.problems
    assert Code.READ_ERROR not in {problem.code for problem in found.problems}, "no disk failed here"


@pytest.mark.parametrize("name", ["plain.mkv", "h264.avi", "plain.ts", "h264.vob", "plain.flv", "plain.mp4"])
def test_a_structure_that_is_torn_in_the_middle_is_measured_by_whoever_can(tmp_path: Path, name: str) -> None:
    """Bytes in the middle are gone: the reader of the format or the fallback still says how long the rest lasts."""
    data = media.clip(name).read_bytes()
    path = tmp_path / name
    path.write_bytes(data[: len(data) // 2] + data[len(data) // 2 + 1001 :])
    found = probe_path(path)
    assert Code.READ_ERROR not in {problem.code for problem in found.problems}
    assert found.playable or found.problems


def test_a_stated_length_that_rounds_to_nothing_is_no_length(tmp_path: Path) -> None:
    data = bytearray(media.clip("plain.mkv").read_bytes())
    at = data.index(b"\x44\x89\x88") + 3
    data[at : at + 8] = bytes(7) + b"\1"  # the smallest number above 0
    path = tmp_path / "a.mkv"
    path.write_bytes(data[:-5000])
    found = probe_path(path)
    assert (found.reader, found.declared_duration) == ("matroska", None)
    assert Code.TRUNCATED in {problem.code for problem in found.problems}


def test_media_data_without_an_index_say_how_much_there_is(tmp_path: Path) -> None:
    data = media.clip("plain.mp4").read_bytes()
    at = data.index(b"mdat") - 4
    path = tmp_path / "lost.mp4"
    path.write_bytes(data[: at + 20_008])
    found = probe_path(path)
    detail = next(problem.detail for problem in found.problems if problem.code is Code.INDEX_MISSING)
    assert f"20000 of {at + 20_008} bytes are media" in detail
    assert "not closed" in detail


def test_text_under_a_video_name_and_a_photograph_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no video\n" * 1000)
    (tmp_path / "b.mp4").write_bytes(pictures.jpeg())
    assert probe_path(tmp_path / "a.mp4").container == "unknown"
    assert probe_path(tmp_path / "b.mp4").container == "jpeg"


def test_a_sparse_file_of_a_terabyte_is_done_at_once(tmp_path: Path) -> None:
    """Every format's first bytes, and then nothing for a terabyte."""
    for name in ("plain.mp4", "plain.mkv"):
        path = tmp_path / name
        path.write_bytes(media.clip(name).read_bytes()[:3000])
        with path.open("r+b") as stream:
            stream.truncate(1 << 40)
        assert probe_path(path).bytes_read < 1 << 20, name
