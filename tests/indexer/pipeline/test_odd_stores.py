"""Whatever else lies in a store: no access, pipes and devices, names of every kind, a root behind a link."""

import errno
import os
import socket
import stat
import unicodedata
from datetime import timedelta
from pathlib import Path

import pytest

from indexer.digests import FixitySettings
from indexer.feeds.base import FeedKind
from indexer.pipeline import discover as discovering
from storage.schema.tables import FAILURE, FOLDER, PROBE, STORE_SCAN
from tests.builders import House, clip_name, film, incident, registers, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
CALL = clip_name("1100001", "031021", "08:11:30")


def deny(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Make files of this name unreadable, for the superuser too."""
    real = os.open

    def refusing(path: object, flags: int, *more: int, **options: int) -> int:
        if path == name and not flags & os.O_DIRECTORY:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path, flags, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("indexer.stores.local.os.open", refusing)


def test_a_file_that_may_not_be_read_is_said_and_nobody_is_told_that_nothing_was_found(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    registers(house, {"1100001": "031021"})
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ1", "031021", "08:12:00", "08:14:00")])
    house.put(CALL, film(180))
    house.put("b.mp4", film(20, "b"))
    with monkeypatch.context() as during:
        deny(during, CALL)
        for n in range(2):
            summary = house.scan(MORNING + n * HOUR)
            assert any("Permission denied" in problem for problem in summary.problems)
            assert house.states() == {CALL: "unreadable", "b.mp4": "present"}
            assert (f"dock:{CALL}", "incomplete.unreadable") in house.findings()
            assert results(house) == {"JQ1": "unknown"}
    assert [row["attempts"] for row in house.rows(FAILURE)] == [2]
    summary = house.scan(MORNING + 2 * HOUR)  # access was given; neither size nor time of the file changed
    assert summary.problems == ()
    assert results(house) == {"JQ1": "compliant"}
    assert house.findings("incomplete.unreadable") == set()
    assert house.rows(FAILURE) == []


@pytest.mark.timeout(60)
def test_pipes_sockets_and_devices_are_counted_as_skipped_and_never_opened(house: House) -> None:
    house.put("a.mp4", film(20))
    os.mkfifo(house.root() / "pipe.mp4")
    expected = 2
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(house.root())  # the name of a socket may have 108 bytes at most
        try:
            server.bind("socket.mp4")
        finally:
            os.chdir(here)
        try:
            os.mknod(house.root() / "device.mp4", stat.S_IFCHR | 0o600, os.makedev(1, 5))  # endless zeros
            expected += 1
        except OSError:
            pass  # only the superuser may
        house.scan(MORNING)
    assert house.states() == {"a.mp4": "present"}
    assert [row["skipped"] for row in house.rows(STORE_SCAN)] == [expected]


def test_a_name_that_a_mac_spells_in_another_form_of_unicode_is_the_same_file(house: House) -> None:
    composed = "Überwachung-é.mp4"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    file = house.put(composed, film(20))
    house.put("stays.mp4", film(10, "stays"))
    house.scan(MORNING)
    file.rename(file.with_name(decomposed))
    house.scan(MORNING + HOUR)
    assert house.anchors() == {decomposed: f"dock:{composed}", "stays.mp4": "dock:stays.mp4"}


def test_both_forms_of_a_name_side_by_side_are_two_files(house: House) -> None:
    house.put(unicodedata.normalize("NFC", "é.mp4"), film(20, "composed"))
    house.put(unicodedata.normalize("NFD", "é.mp4"), film(21, "decomposed"))
    house.scan(MORNING)
    assert sorted(house.states().values()) == ["present", "present"]


@pytest.mark.parametrize(
    "name",
    ["录" * 83 + ".mp4", "x" * 251 + ".mp4", "🎥👮🏽‍♀️.mp4", " .mp4", "a.mp4 ", "a. .mp4", "-rf.mp4", "*.mp4", "C:.mp4"],
)
def test_names_as_long_as_they_may_be_and_of_any_character_are_walked_read_and_left_alone(
    house: House, name: str
) -> None:
    assert len(name.encode()) <= 255
    house.put(f"{name}.d" if len(name.encode()) < 250 else "d", film(10, "beside"))
    house.put(f"folder/{name}", film(20))
    assert house.scan(MORNING).problems == ()
    assert house.states()[f"folder/{name}"] == "present"
    assert house.scan(MORNING + HOUR).probed == 0


TEMPORARY = ["a.mp4.part", "a.mp4.crdownload", "a.mp4.filepart", "a.mp4~", "a.MP4.TMP", "a.mp4.partial", "a.download"]
HIDDEN = ["._a.mp4", ".nfs0000000001", ".a.mp4.Xy12Zz", "Thumbs.db", "THUMBS.DB", "desktop.ini", ".DS_Store"]


def test_temporary_names_arrive_for_ever_and_what_systems_leave_behind_is_skipped(house: House) -> None:
    for name in [*TEMPORARY, *HIDDEN]:
        house.put(name, film(10, name))
    house.scan(MORNING)
    house.scan(MORNING + HOUR)
    assert house.states() == dict.fromkeys(TEMPORARY, "arriving")
    (folder,) = house.rows(FOLDER)
    assert sorted(name for name, _ in folder["skipped"]) == sorted(HIDDEN)


def test_a_root_behind_a_link_is_a_store_and_a_link_that_turns_to_an_empty_folder_loses_nothing(house: House) -> None:
    house.put("a.mp4", film(20))
    real = house.root().rename(house.folder / "real")
    house.root().symlink_to(real)
    house.scan(MORNING)
    assert house.states() == {"a.mp4": "present"}
    (house.folder / "empty").mkdir()
    house.root().unlink()
    house.root().symlink_to(house.folder / "empty")
    house.scan(MORNING + HOUR)
    assert house.states() == {"a.mp4": "present"}
    assert [row["state"] for row in house.rows(STORE_SCAN)] == ["online", "doubtful"]


def test_a_file_that_claims_a_terabyte_and_has_no_byte_on_disk_is_read_in_no_time(house: House) -> None:
    file = house.put("a.mp4", film(20))
    with file.open("r+b") as stream:
        try:
            stream.truncate(1 << 40)
        except OSError:
            pytest.skip("this file system has no file of that size")
    os.utime(file, (MORNING.timestamp() - 9999, MORNING.timestamp() - 9999))
    house.changes = {"fixity": FixitySettings(enabled=False)}
    house.scan(MORNING)
    assert [row["bytes_read"] < 1 << 22 for row in house.rows(PROBE)] == [True]


def test_a_folder_of_more_files_than_one_bundle_takes_is_seen_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovering, "FILES_AT_ONCE", 10)
    for n in range(45):
        house.put(f"day/{n:03}.bin", f"file {n}".encode())
    house.put("other/x.bin", b"x")
    assert house.scan(MORNING).files == 46
    (house.root() / "day" / "017.bin").unlink()
    summary = house.scan(MORNING + HOUR)
    assert (summary.files, summary.missing, summary.probed) == (45, 1, 0)
