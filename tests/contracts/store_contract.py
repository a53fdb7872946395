"""What every kind of store must do. A kind's test module inherits `StoreContract` and gives a store over a tree."""

from datetime import UTC, datetime

import pytest

from domain.clip import StoredFile
from indexer.stores.base import Folder, Store

TREE = {
    "b.mp4": b"second",
    "a.mp4": b"first",
    "day/2.mp4": b"22",
    "day/1.mp4": b"1",
    "day/early/x.mp4": b"",
    "Day/z.mp4": b"upper case sorts first",
    "夜班/录像.mp4": "中文".encode(),
    "a b/c d.mp4": b"blanks",
}
MODIFIED = datetime(2024, 1, 15, 6, 30, 25, 123456, tzinfo=UTC)


class StoreContract:
    """Needs a fixture `store`: a store named `dock` that holds exactly TREE, every file modified at MODIFIED.

    `told`: MODIFIED as far as the kind can tell it; an object store knows whole seconds, and only when it took a file.
    """

    told = MODIFIED

    def test_every_folder_is_listed_once_parents_before_children_siblings_in_code_point_order(
        self, store: Store
    ) -> None:
        assert [folder.path for folder in store.walk()] == ["", "Day", "a b", "day", "day/early", "夜班"]

    def test_every_file_is_listed_with_its_size_and_time_in_order(self, store: Store) -> None:
        files = [file for folder in store.walk() for file in folder.files]
        assert [file.path for file in files if file.path.count("/") == 0] == ["a.mp4", "b.mp4"]
        assert {file.path: file.size for file in files} == {path: len(data) for path, data in TREE.items()}
        assert {(file.store, file.modified_at) for file in files} == {("dock", self.told)}

    def test_walking_twice_gives_the_same(self, store: Store) -> None:
        assert list(store.walk()) == list(store.walk())

    def test_nothing_is_refused_or_skipped_in_a_plain_tree(self, store: Store) -> None:
        assert all(folder.refused is None and folder.skipped == () for folder in store.walk())

    def test_stat_agrees_with_the_walk(self, store: Store) -> None:
        listed = [file for folder in store.walk() for file in folder.files]
        assert [store.stat(file.path) for file in listed] == listed

    def test_stat_of_what_is_not_there_is_none(self, store: Store) -> None:
        assert store.stat("day/3.mp4") is None
        assert store.stat("no/such/folder.mp4") is None
        assert store.stat("a.mp4/below-a-file") is None

    def test_stat_of_a_folder_is_none(self, store: Store) -> None:
        assert store.stat("day") is None

    @pytest.mark.parametrize("path", sorted(TREE))
    def test_open_gives_the_bytes_and_can_seek(self, store: Store, path: str) -> None:
        with store.open(path) as stream:
            assert stream.read() == TREE[path]
            stream.seek(1)
            assert stream.read(3) == TREE[path][1:4]
            assert stream.seek(0, 2) == len(TREE[path])

    def test_an_opened_file_cannot_be_written(self, store: Store) -> None:
        with store.open("a.mp4") as stream, pytest.raises(OSError):
            stream.write(b"x")

    def test_opening_what_is_not_there_is_an_os_error(self, store: Store) -> None:
        for path in ("nothing.mp4", "day", "day/early/none.mp4"):
            with pytest.raises(OSError):
                store.open(path)

    @pytest.mark.parametrize(
        "path", ["", "/etc/hostname", "../x", "day/../../x", "day//1.mp4", "./a.mp4", "a\0b", "day/"]
    )
    def test_a_path_that_could_leave_the_root_is_refused(self, store: Store, path: str) -> None:
        for use in (store.open, store.stat, store.local_path):
            with pytest.raises(ValueError, match="relative path"):
                use(path)

    def test_the_local_path_if_there_is_one_leads_to_the_bytes(self, store: Store) -> None:
        path = store.local_path("day/1.mp4")
        assert path is None or path.read_bytes() == b"1"


def listed(folder: Folder) -> dict[str, StoredFile]:
    return {file.path: file for file in folder.files}
