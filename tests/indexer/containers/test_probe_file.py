"""Opening files for the readers: content against name, trouble with bytes and stores, the report."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.media import Discontinuity, Probe, Problem, Track, TrackKind
from domain.media import ProblemCode as Code
from domain.wording import halves
from indexer.containers import NONE_VERSION, READERS, probe_file, probe_path, reader_versions
from indexer.containers.report import probe_report
from indexer.stores.base import StoreSettings
from indexer.stores.local import LocalStore
from tests.boxes import movie, steady, track
from tests.golden import media, pictures

MP4 = movie(track(tables=steady("250x40", 250)))


def codes(found: Probe) -> list[Code]:
    return [problem.code for problem in found.problems]


def kept(folder: Path, name: str, data: bytes) -> tuple[LocalStore, StoredFile]:
    (folder / name).write_bytes(data)
    store = LocalStore(StoreSettings("dock", str(folder)), folder)
    file = store.stat(name)
    assert file is not None
    return store, file


def test_every_reader_has_a_name_of_its_own_and_a_version() -> None:
    names = ["none", "isobmff", "still", "matroska", "avi", "dav", "transport", "program", "libav"]
    assert list(reader_versions()) == names
    assert all(version >= 1 for version in reader_versions().values())
    assert len({reader.name for reader in READERS}) == len(READERS)


def test_a_file_without_a_byte(tmp_path: Path) -> None:
    found = probe_file(*kept(tmp_path, "a.mp4", b""))
    assert codes(found) == [Code.ZERO_LENGTH]
    assert (found.container, found.reader, found.reader_version, found.playable) == (
        "unknown",
        "none",
        NONE_VERSION,
        False,
    )


@pytest.mark.parametrize("name", ["letter.mp4", "letter.jpg", "letter.avi", "letter"])
def test_a_text_under_any_name_is_unrecognised_and_shown_as_it_begins(tmp_path: Path, name: str) -> None:
    found = probe_file(*kept(tmp_path, name, b"Dear Sir or Madam,\n" * 500))
    assert codes(found) == [Code.UNRECOGNISED]
    assert "'Dear Sir or Mada'" in found.problems[0].detail
    assert found.reader == "none"


@pytest.mark.parametrize(
    ("golden", "name", "container", "wrong"),
    [
        ("plain.mpg", "hiv00000.mp4", "ps", True),
        ("plain.mkv", "a.avi", "mkv", True),
        ("plain.mp4", "A.MOV", "mp4", False),
        ("plain.mp4", "a.avi", "mp4", True),
        ("plain.mp4", "a.b/no-extension", "mp4", False),
        ("plain.ts", "a.MTS", "ts", False),
        ("plain.mpg", "video.dav", "ps", False),
        ("plain.mpg", "block.bin", "ps", False),
    ],
)
def test_content_decides_and_a_name_that_contradicts_it_is_said(
    tmp_path: Path, golden: str, name: str, container: str, wrong: bool
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    found = probe_file(*kept(tmp_path, name, media.clip(golden).read_bytes()))
    assert found.container == container
    assert (Code.WRONG_EXTENSION in codes(found)) == wrong
    assert found.playable


def test_a_photograph_named_as_a_video_is_a_photograph(tmp_path: Path) -> None:
    found = probe_file(*kept(tmp_path, "a.mp4", pictures.jpeg()))
    assert (found.container, found.reader, codes(found)) == ("jpeg", "still", [Code.WRONG_EXTENSION])


def test_every_byte_that_was_read_is_counted_and_media_data_are_not_among_them(tmp_path: Path) -> None:
    data = movie(track(tables=steady("250x40", 250)), data=3_000_000)
    found = probe_file(*kept(tmp_path, "a.mp4", data))
    assert found.duration == timedelta(seconds=10)
    assert 4096 < found.bytes_read < 4096 + 2000


class Failing(io.BytesIO):
    """Bytes of which some cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("data", [MP4, b"OggS" + bytes(3_000_000)])
def test_bytes_that_cannot_be_read_are_a_problem_of_the_file(
    tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, file = kept(tmp_path, "a.bin", data)
    monkeypatch.setattr(store, "open", lambda path: Failing(data))
    found = probe_file(store, file)
    assert codes(found) == [Code.READ_ERROR]
    assert halves(found.problems[0].detail) == (
        "dock:a.bin：无法读取：Input/output error",
        "dock:a.bin: cannot be read: Input/output error",
    )


def test_a_file_that_is_gone_is_a_read_error_and_a_store_that_is_gone_is_not_the_files_fault(tmp_path: Path) -> None:
    folder = tmp_path / "root"
    folder.mkdir()
    store, file = kept(folder, "a.mp4", MP4)
    (folder / "a.mp4").unlink()
    assert codes(probe_file(store, file)) == [Code.READ_ERROR]
    folder.rmdir()
    with pytest.raises(StoreUnavailable):
        probe_file(store, file)


def test_a_file_outside_every_store_can_be_probed_and_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "real.mp4").write_bytes(MP4)
    (tmp_path / "link.mp4").symlink_to(tmp_path / "real.mp4")
    assert probe_path(tmp_path / "link.mp4").duration == timedelta(seconds=10)
    for path in (tmp_path, tmp_path / "nothing.mp4", tmp_path / "no" / "folder.mp4", Path("/")):
        assert codes(probe_path(path)) == [Code.READ_ERROR]


MEASURED = Probe(
    "mp4",
    "isobmff",
    1,
    timedelta(seconds=10),
    start=timedelta(milliseconds=500),
    creation_time=datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC),
    declared_duration=timedelta(seconds=11),
    writer="Lavf61",
    muxer="libebml",
    brand="isom",
    edits=1,
    parameter_changes=2,
    decodable_share=0.75,
    tags={"make": "ACME"},
    stated_times={"mvhd": datetime(2024, 1, 15, 14, 30, 25, tzinfo=UTC), "day": datetime(2024, 1, 15, 22, 30, 25)},
    tracks=(
        Track(
            1,
            TrackKind.VIDEO,
            "h264",
            timedelta(0),
            timedelta(seconds=10),
            250,
            1280,
            720,
            25.0000001,
            30.0000001,
            channels=2,
            sample_rate=16000,
            profile="High",
            level="4.1",
            rotation=90,
            sync_spacing=timedelta(seconds=1),
            changes_at=(timedelta(seconds=4, milliseconds=250),),
            constant_rate=False,
            discontinuities=(Discontinuity(timedelta(seconds=4), timedelta(seconds=1.5)),),
        ),
    ),
    problems=(Problem(Code.TRUNCATED, "cut", 7),),
    bytes_read=4096,
)

REPORTED = {
    "path": "x/a.mp4",
    "container": "mp4",
    "duration_s": 10.0,
    "start_s": 0.5,
    "creation_time": "2024-01-15T14:30:25+00:00",
    "times": {"mvhd": "2024-01-15T14:30:25+00:00", "day": "2024-01-15T22:30:25"},
    "writer": "Lavf61",
    "muxer": "libebml",
    "brand": "isom",
    "tags": {"make": "ACME"},
    "edits": 1,
    "parameter_changes": 2,
    "declared_duration_s": 11.0,
    "decodable_share": 0.75,
    "tracks": [
        {
            "kind": "video",
            "codec": "h264",
            "width": 1280,
            "height": 720,
            "frame_rate": 25.0,
            "duration_s": 10.0,
            "sample_count": 250,
            "start_s": 0.0,
            "profile": "High",
            "level": "4.1",
            "rotation": 90,
            "channels": 2,
            "sample_rate": 16000,
            "declared_frame_rate": 30.0,
            "constant_rate": False,
            "sync_spacing_s": 1.0,
            "changes_at_s": [4.25],
        }
    ],
    "gaps": [{"track": 1, "at_s": 4.0, "length_s": 1.5}],
    "problems": [{"code": "truncated", "detail": "cut"}],
    "bytes_read": 4096,
    "reader": "isobmff",
}


def test_the_report_has_exactly_the_promised_keys_and_is_json() -> None:
    assert json.loads(json.dumps(probe_report("x/a.mp4", MEASURED))) == REPORTED


def test_what_is_absent_is_null_in_the_report() -> None:
    report = probe_report("a", Probe("unknown", "none", 1, None))
    assert (report["duration_s"], report["creation_time"], report["tracks"], report["gaps"]) == (None, None, [], [])
    absent = ("writer", "muxer", "brand", "declared_duration_s", "decodable_share")
    assert [report[name] for name in absent] == [None] * len(absent)
    assert (report["times"], report["tags"], report["edits"], report["parameter_changes"]) == ({}, {}, 0, 0)
