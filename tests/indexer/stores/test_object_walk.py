"""Folders out of flat names: the same as a disk would show, whatever the names, and in few requests."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.stores.object_walk import Page, walked
from indexer.stores.walking import Listing

PAGE = 10


@dataclass
class Names:
    """A lister over names alone, with pages of ten, that counts what it is asked."""

    keys: Sequence[str]
    sizes: dict[str, int] = field(default_factory=dict)
    asked: int = 0

    def page(self, prefix: str, *, level: bool = False, after: str = "", following: str | None = None) -> Page:
        self.asked += 1
        shown: dict[str, None] = {}
        for key in sorted(self.keys, key=str.encode):
            if key.startswith(prefix) and key > after:
                name, deeper, _ = key[len(prefix) :].partition("/")
                shown[prefix + name + "/" if level and deeper else key] = None
        left = [one for one in shown if following is None or one > following]
        taken = left[:PAGE]
        prefixes = [one for one in taken if level and one.endswith("/") and one != prefix]
        objects = [(one, self.sizes.get(one, 1), 0) for one in taken if one not in prefixes]
        return Page(objects, prefixes, taken[-1] if len(left) > PAGE else None)


def tree(names: Names, root: str = "", most: int = 1000) -> list[Listing]:
    return list(walked(names, root, most))


def shown(folders: Sequence[Listing]) -> dict[str, list[str]]:
    return {one.path: sorted(path for path, _, _ in one.files) for one in folders}


AWKWARD = ["a-/x", "a b/x", "a.mp4", "a/x", "a/y/z", "a-b", "b/x", "a0/x", "z"]


@pytest.mark.parametrize("most", [0, 1, 3, 1000])
def test_siblings_come_in_the_order_of_their_names_not_of_their_keys(most: int) -> None:
    folders = tree(Names(AWKWARD), most=most)
    assert [one.path for one in folders] == ["", "a", "a/y", "a b", "a-", "a0", "b"]
    assert shown(folders)[""] == ["a-b", "a.mp4", "z"]


PARTS = st.text(st.sampled_from("ab -./0"), max_size=3)
KEYS = st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join).filter(bool), max_size=40, unique=True)


@given(KEYS, st.integers(0, 12))
def test_every_key_is_listed_once_or_lies_below_a_name_that_is_skipped_however_much_is_held(
    keys: list[str], most: int
) -> None:
    folders = tree(Names(keys), most=most)
    assert folders == tree(Names(keys), most=10_000)
    paths = [one.path for one in folders]
    assert paths == sorted(set(paths), key=lambda path: path.split("/") if path else [])
    listed = [path for one in folders for path, _, _ in one.files]
    assert len(listed) == len(set(listed))
    skipped = {f"{one.path}/{name}".lstrip("/") for one in folders for name, _ in one.skipped}
    for key in keys:
        parts = key.split("/")
        plain = all(part and not part.startswith(".") for part in parts)
        marker = key.endswith("/")
        assert (key in listed) == plain
        assert plain or marker or skipped
    assert set(listed) <= set(keys)


def test_a_folder_that_is_only_named_is_an_empty_folder() -> None:
    folders = tree(Names(["day/", "day/night/", "a.mp4"], {"day/": 0, "day/night/": 0}))
    assert shown(folders) == {"": ["a.mp4"], "day": [], "day/night": []}
    assert all(one.skipped == () for one in folders)


@pytest.mark.parametrize("most", [0, 1000])
def test_keys_that_make_no_path_are_skipped_with_a_reason(most: int) -> None:
    keys = ["/lead.mp4", "a//twice.mp4", "a/../up.mp4", "a/./here.mp4", "x/", ".hidden", "a/.Trashes/old.mp4"]
    keys += ["lost+found/1.mp4", "Thumbs.db", "bad\N{REPLACEMENT CHARACTER}.mp4", "a/ok.mp4", ".."]
    folders = {one.path: one for one in tree(Names(keys, {"x/": 5}), most=most)}
    assert shown(list(folders.values())) == {"": [], "a": ["a/ok.mp4"], "x": []}
    assert dict(folders[""].skipped) == {
        "//": "name is no step of a path",
        "..": "name is no step of a path",
        ".hidden": "hidden",
        "Thumbs.db": "system file",
        "lost+found": "system folder",
        "bad\N{REPLACEMENT CHARACTER}.mp4": "name is not UTF-8",
    }
    assert dict(folders["a"].skipped) == {
        "//": "name is no step of a path",
        "..": "name is no step of a path",
        ".": "name is no step of a path",
        ".Trashes": "hidden",
    }
    assert folders["x"].skipped == (("/", "an object with the name of a folder"),)


def test_what_fits_into_memory_is_listed_in_one_request_for_a_page_of_names() -> None:
    names = Names([f"device{n % 7}/day{n % 11}/{n:05}.mp4" for n in range(500)])
    assert sum(len(one.files) for one in tree(names)) == 500
    assert names.asked == 50


def test_a_tree_that_does_not_fit_costs_few_requests_more() -> None:
    names = Names([f"d{n % 40:02}/{n:05}.mp4" for n in range(2000)])
    folders = tree(names, most=100)
    assert sum(len(one.files) for one in folders) == 2000
    assert len(folders) == 41
    assert names.asked < 2 * 200 + 50


def test_below_a_prefix_paths_count_from_there_and_nothing_else_is_seen() -> None:
    names = Names(["other/x.mp4", "town/dock/1.mp4", "town/dock/day/2.mp4", "town/dock2/3.mp4"])
    for most in (0, 1000):
        assert shown(tree(names, "town/dock/", most)) == {"": ["1.mp4"], "day": ["day/2.mp4"]}
