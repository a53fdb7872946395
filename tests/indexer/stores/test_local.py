"""The local store against the contract, and against everything a real disk holds besides videos."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.errors import ConfigError, StoreUnavailable
from indexer.stores import STORE_KINDS, open_store
from indexer.stores.base import Folder, Store, StoreSettings
from indexer.stores.local import LocalStore
from tests.contracts.store_contract import MODIFIED, TREE, StoreContract
from tests.spoken import in_both_languages

STAMP = int(MODIFIED.timestamp()) * 10**9 + 123_456_789


def local(root: Path) -> LocalStore:
    return LocalStore(StoreSettings("dock", str(root)), root)


def only(root: Path) -> Folder:
    (folder,) = local(root).walk()
    return folder


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, data in TREE.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        os.utime(place, ns=(STAMP, STAMP))
    return tmp_path


class TestLocalStore(StoreContract):
    @pytest.fixture
    def store(self, tree: Path) -> Store:
        return local(tree)


class TestFileUrl(StoreContract):
    @pytest.fixture
    def store(self, tree: Path) -> Store:
        return open_store(StoreSettings("dock", tree.as_uri()))


class TestStoreBehindALink(StoreContract):
    @pytest.fixture
    def store(self, tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
        link = tmp_path_factory.mktemp("links") / "root"
        link.symlink_to(tree)
        return local(link)


def state(root: Path) -> dict[str, tuple[object, ...]]:
    """Bytes, times, mode and inode of everything, read without touching access times."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        at = path.stat()
        found[str(path)] = (at.st_ino, at.st_mtime_ns, at.st_ctime_ns, at.st_atime_ns, at.st_mode, at.st_size)
    return found


WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.utime"}
CHANGING |= {"os.chmod", "os.chown", "os.setxattr", "os.removexattr", "shutil.move", "shutil.rmtree"}
heard: list[tuple[str, object]] = []
listening = False


def hear(event: str, arguments: tuple[object, ...]) -> None:
    if not listening:
        return
    if (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING) or event in CHANGING:
        heard.append((event, arguments))


@contextmanager
def listened() -> Iterator[list[tuple[str, object]]]:
    """Every opening for writing and every change of a file system that the interpreter makes meanwhile."""
    global listening
    if hear not in installed:
        sys.addaudithook(hear)
        installed.append(hear)
    heard.clear()
    listening = True
    try:
        yield heard
    finally:
        listening = False


installed: list[object] = []


def read_everything(store: Store) -> None:
    for file in [file for folder in store.walk() for file in folder.files]:
        assert store.stat(file.path) == file
        with store.open(file.path) as stream:
            stream.read()


def test_reading_everything_changes_nothing_not_even_in_a_tree_that_could_be_written(tree: Path) -> None:
    before = state(tree)
    with listened() as changes:
        read_everything(local(tree))
    assert changes == []
    assert state(tree) == before
    assert {path: (tree / path).read_bytes() for path in TREE} == TREE


def test_the_listener_of_the_test_above_hears_a_write(tmp_path: Path) -> None:
    with listened() as changes:
        (tmp_path / "x").write_bytes(b"")
        (tmp_path / "x").unlink()
    assert [event for event, _ in changes] == ["open", "os.remove"]


def test_a_tree_that_nobody_may_write_is_read_like_any_other(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        files = [file for folder in local(tree).walk() for file in folder.files]
        assert len(files) == len(TREE)
        for file in files:
            with local(tree).open(file.path) as stream:
                assert stream.read() == TREE[file.path]
    finally:
        for path in [tree, *tree.rglob("*")]:
            path.chmod(0o755)


def test_hidden_and_system_entries_are_skipped_with_the_reason(tmp_path: Path) -> None:
    for name in (".DS_Store", "._clip.mp4", "Thumbs.db", "desktop.ini", "clip.mp4"):
        (tmp_path / name).write_bytes(b"x")
    for name in (".Trashes", "$RECYCLE.BIN", "System Volume Information"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old.mp4").write_bytes(b"x")
    folder = only(tmp_path)
    assert [file.path for file in folder.files] == ["clip.mp4"]
    assert dict(folder.skipped) == {
        ".DS_Store": "hidden",
        "._clip.mp4": "hidden",
        ".Trashes": "hidden",
        "Thumbs.db": "system file",
        "desktop.ini": "system file",
        "$RECYCLE.BIN": "system folder",
        "System Volume Information": "system folder",
    }


def test_a_name_that_is_not_utf_8_is_skipped_and_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xc2\xbc\xcf\xf1.mp4")).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"\xd2\xff.d")).mkdir()
    (tmp_path / "ok.mp4").write_bytes(b"x")
    folder = only(tmp_path)
    assert [file.path for file in folder.files] == ["ok.mp4"]
    assert folder.skipped == (("\\xd2\\xff.d", "name is not UTF-8"), ("¼\\xcf\\xf1.mp4", "name is not UTF-8"))


def test_links_are_neither_listed_nor_followed(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.mp4").write_bytes(b"secret")
    (tree / "link.mp4").symlink_to(outside / "secret.mp4")
    (tree / "folder").symlink_to(outside)
    (tree / "loop").symlink_to(tree)
    (tree / "dangling").symlink_to(tree / "nothing")
    store = local(tree)
    folders = list(store.walk())
    assert [folder.path for folder in folders] == ["", "Day", "a b", "day", "day/early", "夜班"]
    links = ("dangling", "folder", "link.mp4", "loop")
    assert folders[0].skipped == tuple((name, "symbolic link") for name in links)
    for path in ("link.mp4", "folder/secret.mp4", "loop/a.mp4"):
        assert store.stat(path) is None
        with pytest.raises(OSError):
            store.open(path)


def test_pipes_and_sockets_are_skipped_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.mp4"))
        folder = only(tmp_path)
    assert folder.files == ()
    assert [name for name, _ in folder.skipped] == ["pipe.mp4", "s.mp4"]
    assert local(tmp_path).stat("pipe.mp4") is None
    with pytest.raises(OSError, match="not an ordinary file"):
        local(tmp_path).open("pipe.mp4")


@pytest.mark.parametrize("make", ["missing", "file"])
def test_a_root_that_is_no_folder_makes_the_store_unavailable_whatever_is_asked(tmp_path: Path, make: str) -> None:
    root = tmp_path / "root"
    if make == "file":
        root.write_bytes(b"")
    store = local(root)
    for use in (lambda: list(store.walk()), lambda: store.stat("a.mp4"), lambda: store.open("a.mp4")):
        with pytest.raises(StoreUnavailable, match=r"store dock: root '.*root': expected a folder .*, got: ") as gone:
            use()
        assert in_both_languages(str(gone.value))


def test_a_root_that_disappears_in_the_middle_of_a_walk_is_a_store_that_is_gone(tree: Path) -> None:
    walk = local(tree).walk()
    next(walk)
    tree.rename(tree.with_name("moved"))
    with pytest.raises(StoreUnavailable) as gone:
        list(walk)
    assert in_both_languages(str(gone.value))


def test_a_folder_that_disappears_in_the_middle_of_a_walk_is_refused_not_empty(tree: Path) -> None:
    walk = local(tree).walk()
    next(walk)
    (tree / "Day" / "z.mp4").unlink()
    (tree / "Day").rmdir()
    gone = next(walk)
    assert (gone.path, gone.files, gone.refused) == ("Day", (), "No such file or directory")
    assert [folder.path for folder in walk] == ["a b", "day", "day/early", "夜班"]


def test_a_refused_folder_says_so(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("/day"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    folders = {folder.path: folder for folder in local(tree).walk()}
    assert (folders["day"].refused, folders["day"].files) == ("Permission denied", ())
    assert set(folders) == {"", "Day", "a b", "day", "夜班"}


def test_a_time_beyond_the_calendar_is_the_end_of_the_calendar(tmp_path: Path) -> None:
    place = tmp_path / "far.mp4"
    place.write_bytes(b"x")
    try:
        os.utime(place, (0, 400_000_000_000))
    except OSError:
        pytest.skip("this file system keeps no such time")
    (file,) = only(tmp_path).files
    assert (
        file.modified_at == datetime.fromtimestamp(place.stat().st_mtime, UTC)
        if place.stat().st_mtime < 2e11
        else (datetime.max.replace(tzinfo=UTC))
    )


def test_an_unknown_scheme_is_answered_with_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"stores\.dock\.location: expected a folder, file://, s3://, got 'ftp://host/x'"
    ):
        open_store(StoreSettings("dock", "ftp://host/x"))
    with pytest.raises(ConfigError, match="location"):
        open_store(StoreSettings("dock", ""))
    with pytest.raises(ConfigError, match="on this machine"):
        open_store(StoreSettings("dock", "file://other/x"))


def test_a_store_kind_is_a_line_in_one_mapping() -> None:
    assert "file" in STORE_KINDS
    assert open_store(StoreSettings("dock", "some/folder")).name == "dock"
