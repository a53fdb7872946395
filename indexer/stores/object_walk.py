"""Folders out of the flat names of an object store, in few requests and bounded memory.

A listing of everything below a prefix gives 1,000 names a request and knows no folders; a listing of one level costs a
request for each folder. So whole trees are listed flat as far as `most` names are held at once; only where a tree is
larger its own level is listed by itself and its sub-folders one after the other, out of the same flat listing.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from indexer.stores.local import SYSTEM_FOLDERS, SYSTEM_NAMES
from indexer.stores.walking import Entry, Listing

MOST = 100_000
"""Names held at once: about 40 MB."""
LAST = "\U0010fffd"
"""The last character there is."""
UNDECODED = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: objects as (key, bytes, microseconds since 1970), prefixes of deeper levels, and how to go on."""

    objects: Sequence[Entry]
    prefixes: Sequence[str] = ()
    following: str | None = None


class OutOfOrder(Exception):
    """A listing goes back, or round in circles: what lies in the store cannot be told from it."""


class Lister(Protocol):
    """Lists keys in the order of their bytes, which for UTF-8 is the order of code points."""

    def page(self, prefix: str, *, level: bool = False, after: str = "", following: str | None = None) -> Page:
        """One page of what begins with `prefix`; `level`: what lies deeper is told by its prefix only."""
        ...


@dataclass(slots=True)
class Folding:
    """One folder in the making."""

    files: list[Entry] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


def walked(lister: Lister, root: str, most: int = MOST) -> Iterator[Listing]:
    """Every folder below `root` ("" or ending in "/") once, parents before children, siblings in code-point order."""
    return _tree(_Window(lister, root, most), root, "")


def _tree(window: "_Window", root: str, path: str) -> Iterator[Listing]:
    prefix = f"{root}{path}/" if path else root
    objects = window.below(prefix)
    if objects is not None:
        yield from folded(objects, root, path)
        return
    level, children = _level(window.lister, root, prefix)
    yield Listing(path, level.files, None, _skipped(level))
    for child in children:
        yield from _tree(window, root, child)


def _level(lister: Lister, root: str, prefix: str) -> tuple[Folding, list[str]]:
    """The files of one folder, and the paths of its sub-folders in order."""
    folding, children, following = Folding(), set(), None
    while True:
        page = lister.page(prefix, level=True, following=following)
        for key, size, at in page.objects:
            name = key[len(prefix) :]
            if _taken(folding, name, size):
                folding.files.append((key[len(root) :], size, at))
        for deeper in page.prefixes:
            name = deeper[len(prefix) : -1]
            why = folder_refused(name)
            if why is None:
                children.add(deeper[len(root) : -1])
            else:
                folding.skipped[name or "//"] = why
        if page.following is None:
            return folding, sorted(children)
        if page.following == following:
            raise OutOfOrder
        following = page.following


def _taken(folding: Folding, name: str, size: int) -> bool:
    """Whether a name at the end of a key is a file of the folder; what else it is, is noted there."""
    if not name:  # "folder/" itself
        if size:
            folding.skipped["/"] = "an object with the name of a folder"
        return False
    why = file_refused(name)
    if why is not None:
        folding.skipped[name] = why
    return why is None


def folded(objects: Iterable[Entry], root: str, path: str) -> Iterator[Listing]:
    """The folders that hold these objects, that called `path` first; keys that make no path are skipped in theirs."""
    folders: dict[tuple[str, ...], Folding] = {}
    top = tuple(path.split("/")) if path else ()
    folders[top] = Folding()
    for key, size, at in objects:
        *steps, name = key[len(root) :].split("/")
        folder = _descended(folders, top, steps)
        if folder is not None and _taken(folder, name, size):
            folder.files.append((key[len(root) :], size, at))
    for place in sorted(folders):
        yield Listing("/".join(place), folders[place].files, None, _skipped(folders[place]))


def _descended(folders: dict[tuple[str, ...], Folding], top: tuple[str, ...], steps: list[str]) -> Folding | None:
    """The folder at the end of these steps, made with those above it; None where a step leads nowhere."""
    known = folders.get(tuple(steps))
    if known is not None:
        return known
    at = folders[top]
    for depth in range(len(top), len(steps)):
        why = folder_refused(steps[depth])
        if why is not None:
            at.skipped[steps[depth] or "//"] = why
            return None
        at = folders.setdefault(tuple(steps[: depth + 1]), Folding())
    return at


def folder_refused(name: str) -> str | None:
    """Why what lies below such a name is passed over; None when it is a folder like any other."""
    if name in ("", ".", ".."):
        return "name is no step of a path"
    return "system folder" if name.lower() in SYSTEM_FOLDERS else _odd(name)


def file_refused(name: str) -> str | None:
    """Why an object of such a name is passed over."""
    if name in (".", ".."):
        return "name is no step of a path"
    return "system file" if name.lower() in SYSTEM_NAMES else _odd(name)


def _odd(name: str) -> str | None:
    if UNDECODED in name or "\0" in name:
        return "name is not UTF-8"
    return "hidden" if name[0] == "." else None


def _skipped(folder: Folding) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(folder.skipped.items()))


class _Window:
    """What is held of the flat listing: the keys from `_from` on, as far as they were listed."""

    def __init__(self, lister: Lister, root: str, most: int) -> None:
        self.lister, self._root, self._most = lister, root, most
        self._held: list[Entry] = []
        self._from: str | None = None
        self._following: str | None = None

    def below(self, prefix: str) -> Sequence[Entry] | None:
        """All objects whose keys begin with the prefix; None when there are too many to be held."""
        if self._from is None or prefix < self._from or self._ends_before(prefix):
            self._begin(prefix)
        begin = bisect_left(self._held, (prefix,))
        while self._following is not None and not self._past(prefix):
            if len(self._held) - begin > self._most:
                return None
            begin = self._dropped(begin, prefix)
            self._extend(self.lister.page(self._root, following=self._following))
        end = bisect_left(self._held, (beyond(prefix),)) if prefix else len(self._held)
        return self._held[begin:end]

    def _begin(self, prefix: str) -> None:
        """List anew from a prefix on, not all that lies between."""
        self._held, self._from, self._following = [], prefix, None
        # right before the prefix: an object may have its very name
        after = "" if prefix == self._root else f"{prefix[:-1]}.{LAST}"
        self._extend(self.lister.page(self._root, after=after))

    def _extend(self, page: Page) -> None:
        """Raises OutOfOrder where it does not go on from what is held."""
        keys = [one[0] for one in (*self._held[-1:], *page.objects)]
        turning = page.following is not None and page.following == self._following
        if turning or any(one >= other for one, other in pairwise(keys)):
            raise OutOfOrder
        self._held += page.objects
        self._following = page.following

    def _dropped(self, begin: int, prefix: str) -> int:
        """Forget what lies before the prefix, where that is most of what is held."""
        if begin <= len(self._held) // 2:
            return begin
        del self._held[:begin]
        self._from = prefix
        return 0

    def _ends_before(self, prefix: str) -> bool:
        """Whether listing would have to go on through other keys before it comes to the prefix."""
        return self._following is not None and (not self._held or self._held[-1][0] < prefix)

    def _past(self, prefix: str) -> bool:
        return bool(prefix) and bool(self._held) and self._held[-1][0] >= beyond(prefix)


def beyond(prefix: str) -> str:
    """The first key after all that begin with a prefix ending in "/"."""
    return f"{prefix[:-1]}0"
