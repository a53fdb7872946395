"""Pictures for whoever asks: kept ones without touching the store, others made behind the wall; refusals say why."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from detectors.content.base import Still
from domain.clip import StoredFile
from indexer.still_cache import FileBytes, StillCache
from indexer.stills import Bounds, Lacking, NoStill, Stills
from indexer.stores import open_store
from indexer.stores.base import StoreSettings
from tests.indexer import still_makers
from tests.indexer.still_makers import ABORT, HANG, NOTHING, SLOW

SHORT = Bounds(seconds=1.0, memory=256 << 20, grace=0.2, waiting=2, patience=20)
Make = Callable[..., Stills]


def s(*seconds: float) -> list[timedelta]:
    return [timedelta(seconds=one) for one in seconds]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "calls.log"
    path.touch()
    monkeypatch.setenv(still_makers.LOG, str(path))
    return path


@pytest.fixture
def store(tmp_path: Path) -> StoreSettings:
    (tmp_path / "dock").mkdir()
    (tmp_path / "dock" / "a.mp4").write_bytes(b"12345678 and more")
    return StoreSettings("dock", str(tmp_path / "dock"))


@pytest.fixture
def make(store: StoreSettings, tmp_path: Path, log: Path) -> Iterator[Make]:
    made: list[Stills] = []

    def build(megabytes: int = 10, bounds: Bounds = SHORT) -> Stills:
        made.append(Stills([store], StillCache(tmp_path / "c", megabytes), f"{still_makers.__name__}:make", bounds))
        return made[-1]

    yield build
    for one in made:
        one.end()


@pytest.fixture
def file(store: StoreSettings) -> FileBytes:
    found = open_store(store).stat("a.mp4")
    assert found
    return FileBytes("dock:a.mp4", found)


def calls(log: Path) -> list[str]:
    return log.read_text().splitlines()


def why(ask: Callable[[], object]) -> tuple[Lacking, str]:
    with pytest.raises(NoStill) as told:
        ask()
    return told.value.why, told.value.said


def test_a_picture_is_made_once_and_then_kept(make: Make, file: FileBytes, log: Path) -> None:
    stills = make()
    first = stills.at(file, s(5)[0])
    assert (first.at, first.jpeg) == (s(5)[0], b"\xff\xd812345678\xff\xd9")
    assert stills.at(file, s(5)[0]) == first
    assert calls(log) == ["5 exact"]


def test_what_a_scan_kept_is_shown_though_the_store_is_gone(
    make: Make, file: FileBytes, log: Path, tmp_path: Path
) -> None:
    StillCache(tmp_path / "c", 10).keep(file, [Still(s(5.4)[0], "black", b"\xff\xd8scan\xff\xd9")])
    shutil.rmtree(tmp_path / "dock")
    assert make().at(file, s(5)[0]).at == s(5.4)[0]
    assert why(lambda: make().at(file, s(7)[0]))[0] is Lacking.UNREACHABLE


def test_a_moment_of_the_strip_brings_the_whole_strip(make: Make, file: FileBytes, log: Path) -> None:
    stills, strip = make(), s(10, 30, 50)
    assert stills.at(file, strip[1], strip).at == s(31)[0]
    assert [one.at for one in stills.strip(file, strip)] == s(11, 31, 51)
    assert calls(log) == ["10,30,50 strip"]


def test_a_strip_takes_what_lies_near_and_makes_the_rest(
    make: Make, file: FileBytes, log: Path, tmp_path: Path
) -> None:
    StillCache(tmp_path / "c", 10).keep(file, [Still(at, None, b"\xff\xd8scan\xff\xd9") for at in s(12, 57)])
    assert [one.at for one in make().strip(file, s(10, 30, 50))] == s(12, 31, 51)
    assert calls(log) == ["30,50 strip"]


def test_without_room_only_the_asked_picture_is_made_each_time(make: Make, file: FileBytes, log: Path) -> None:
    stills, strip = make(megabytes=0), s(10, 30, 50)
    stills.at(file, strip[1], strip)
    stills.at(file, strip[1], strip)
    assert calls(log) == ["30 strip", "30 strip"]


@pytest.mark.parametrize(("moment", "word"), [(HANG, "too long"), (ABORT, "fell over"), (NOTHING, "nothing there")])
def test_what_cannot_be_made_says_why_and_is_not_tried_again_at_once(
    moment: int, word: str, make: Make, file: FileBytes, log: Path
) -> None:
    stills = make()
    for _ in range(3):
        reason, said = why(lambda: stills.at(file, s(moment)[0]))
        assert (reason, word in said) == (Lacking.NONE, True)
    assert len(calls(log)) == 1
    assert stills.at(file, s(5)[0]).jpeg  # the wall stands again


def test_a_file_that_has_gone_or_changed_is_never_shown_as_the_one_that_was(
    make: Make, file: FileBytes, tmp_path: Path, log: Path
) -> None:
    path, stills = tmp_path / "dock" / "a.mp4", make()
    path.write_bytes(b"other bytes")
    assert why(lambda: stills.at(file, s(5)[0]))[0] is Lacking.GONE
    path.unlink()
    assert why(lambda: stills.strip(file, s(5)))[0] is Lacking.GONE
    path.symlink_to("/etc/hostname")
    assert why(lambda: stills.at(file, s(5)[0]))[0] is Lacking.GONE
    assert calls(log) == []


@pytest.mark.parametrize("path", ["../calls.log", "/etc/hostname", "x/../../calls.log"])
def test_a_path_that_leads_out_of_the_store_reads_nothing(path: str, make: Make, file: FileBytes, log: Path) -> None:
    stray = FileBytes("x", StoredFile("dock", path, file.stored.size, file.stored.modified_at))
    with pytest.raises(ValueError, match="without"):
        make().at(stray, s(5)[0])
    assert calls(log) == []


def test_a_store_that_is_no_longer_configured_is_not_opened(make: Make, file: FileBytes, log: Path) -> None:
    other = FileBytes("x", StoredFile("elsewhere", "a.mp4", file.stored.size, file.stored.modified_at))
    reason, said = why(lambda: make().at(other, s(5)[0]))
    assert (reason, "elsewhere" in said) == (Lacking.UNREACHABLE, True)


@pytest.mark.skipif(os.getuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read_is_told(make: Make, file: FileBytes, tmp_path: Path) -> None:
    (tmp_path / "dock" / "a.mp4").chmod(0)
    assert why(lambda: make().at(file, s(5)[0]))[0] is Lacking.UNREACHABLE


@pytest.mark.slow
def test_one_at_a_time_and_whoever_comes_too_much_is_sent_away(make: Make, file: FileBytes, log: Path) -> None:
    stills = make(bounds=Bounds(seconds=20, memory=256 << 20, grace=0.2, waiting=2))
    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(stills.at, file, s(SLOW)[0]) for _ in range(4)]
        outcomes = [one.exception() or one.result() for one in asked]
    assert sum(isinstance(one, NoStill) and one.why is Lacking.BUSY for one in outcomes) == 2
    assert calls(log) == [f"{SLOW} exact"]  # the second found what the first had made


def test_a_full_disk_costs_nothing_but_the_keeping(
    make: Make, file: FileBytes, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert make().at(file, s(5)[0]).jpeg
