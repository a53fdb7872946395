"""Locations that name many files: `*` and `?` stand inside one name, `**/` for any number of folders.

Listing and stat only. As in the stores, hidden names, system folders and symbolic links are passed over, and case does
not count. Folder by folder in code-point order, so that equal trees give equal sequences.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.name_patterns import MEDIA_EXTENSIONS
from indexer.stores.local import SYSTEM_FOLDERS

ANY_FOLDERS = "**"
PER_CLIP = frozenset({"json", "xml", "txt"})
"""Suffixes of lists that may speak of the one clip beside them."""

_WILD = re.compile(r"[*?]")
_DEEPEST = 64
_MEDIA = frozenset(MEDIA_EXTENSIONS)


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a set: its folder, its path below the fixed part, and the clips that lie beside it."""

    folder: str
    inside: str
    size: int
    modified_ns: int
    clips: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.inside.rpartition("/")[2]

    @property
    def path(self) -> Path:
        return Path(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class Place:
    """A location taken apart: the folder before the first wildcard, and the names from there on."""

    fixed: str
    parts: tuple[str, ...]

    @classmethod
    def of(cls, location: Path) -> "Place":
        """An absolute place; the last name is always among the parts."""
        names = str(location.absolute()).split("/")
        first = next((at for at, name in enumerate(names) if _WILD.search(name)), len(names) - 1)
        return cls("/".join(names[:first]) or "/", tuple(names[first:]))

    @property
    def wild(self) -> bool:
        return any(map(_WILD.search, self.parts))

    def pattern(self) -> re.Pattern[str]:
        """What the path below the fixed part must look like."""
        texts = ["(?:[^/]+/)*" if part == ANY_FOLDERS else f"{_name(part)}/" for part in self.parts[:-1]]
        return re.compile("".join(texts) + _name(self.parts[-1]), re.IGNORECASE)

    def found(self) -> Iterator[Found]:
        """Every file of the set. Raises FeedUnreadable when a folder cannot be listed: half a set is no set."""
        free = self.parts.index(ANY_FOLDERS) if ANY_FOLDERS in self.parts else len(self.parts)
        folders = [re.compile(_name(part), re.IGNORECASE) for part in self.parts[:-1][:free]]
        deepest = _DEEPEST if free < len(self.parts) else len(self.parts) - 1
        wanted = self.pattern()
        waiting = [""]
        while waiting:
            below = waiting.pop()
            listing = _list(f"{self.fixed}/{below}" if below else self.fixed, gone_is_fine=bool(below))
            yield from _matching(listing, below, wanted)
            depth = below.count("/") + bool(below)
            if depth < deepest:
                names = [name for name in listing.folders if depth >= len(folders) or folders[depth].fullmatch(name)]
                waiting.extend(f"{below}/{name}" if below else name for name in reversed(names))


@dataclass(frozen=True, slots=True)
class _Listing:
    folder: str
    files: tuple[os.DirEntry[str], ...] = ()
    folders: tuple[str, ...] = ()


def _name(part: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(letter) or re.escape(letter) for letter in part)


def _list(folder: str, *, gone_is_fine: bool) -> _Listing:
    try:
        with os.scandir(folder) as entries:
            seen = [entry for entry in entries if not entry.name.startswith(".") and _is_text(entry.name)]
            seen.sort(key=lambda entry: entry.name)
            files = tuple(entry for entry in seen if entry.is_file(follow_symlinks=False))
            below = tuple(entry.name for entry in seen if entry.is_dir(follow_symlinks=False))
    except FileNotFoundError as error:
        if gone_is_fine:  # removed since its parent was listed
            return _Listing(folder)
        raise _cannot_list(folder, error) from error
    except OSError as error:
        raise _cannot_list(folder, error) from error
    return _Listing(folder, files, tuple(name for name in below if name.lower() not in SYSTEM_FOLDERS))


def _is_text(name: str) -> bool:
    """A name that is not UTF-8 can be kept nowhere; the store's own walk reports it."""
    return name.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in name)


def _cannot_list(folder: str, error: OSError) -> FeedUnreadable:
    cause = error.strerror or str(error)
    return FeedUnreadable(
        say(f"{folder}: 应为可列出的文件夹，实为 {cause}", f"{folder}: expected a folder to list, got {cause}")
    )


def _matching(listing: _Listing, below: str, wanted: re.Pattern[str]) -> Iterator[Found]:
    lists: list[tuple[str, os.DirEntry[str]]] = []
    for entry in listing.files:
        inside = f"{below}/{entry.name}" if below else entry.name
        if wanted.fullmatch(inside):
            lists.append((inside, entry))
    clips = _clips(listing.files) if any(_suffix(inside) in PER_CLIP for inside, _ in lists) else frozenset()
    for inside, entry in lists:
        try:
            stat = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # gone since its folder was listed
            continue
        except OSError as error:
            raise _cannot_list(f"{listing.folder}/{entry.name}", error) from error
        yield Found(listing.folder, inside, stat.st_size, stat.st_mtime_ns, clips)


def _clips(files: Sequence[os.DirEntry[str]]) -> frozenset[str]:
    return frozenset(entry.name for entry in files if _suffix(entry.name) in _MEDIA)


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()
