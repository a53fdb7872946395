"""A folder on this machine (or mounted on it) as a store. Opens for reading only, follows no symbolic link.

The root itself may be a link: that is the operator's choice; everything below it is taken as it lies. Names with
control characters or those that Windows forbids are files like any other; a name that is not UTF-8 cannot be kept
as text and is reported as skipped, escaped.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.wording import say
from indexer.stores.base import Folder, StoreSettings
from indexer.stores.walking import Entry, Listing, instant

LONGEST_PATH = 4000  # bytes; the kernel takes 4095 at once, longer ones are walked step by step
SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
SYSTEM_LAST = frozenset("bBiI")  # the last letters of those names: few films end so
SYSTEM_FOLDERS = frozenset({"$recycle.bin", "system volume information", "lost+found", "@eadir", "#recycle"})
GONE = (FileNotFoundError, NotADirectoryError)

# O_NONBLOCK keeps a named pipe from holding us up; it means nothing to ordinary files.
READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
NO_ACCESS_TIME = getattr(os, "O_NOATIME", 0)
STEP_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW


class LocalStore:
    """A store whose files lie under `root`."""

    def __init__(self, settings: StoreSettings, root: Path) -> None:
        self._settings = settings
        self._root = os.fspath(root)

    @property
    def name(self) -> str:
        return self._settings.name

    def walk(self) -> Iterator[Folder]:
        """Every folder once, parents before children, siblings in code-point order of their path."""
        for listing in self.listings():
            files = tuple(StoredFile(self.name, path, size, instant(at)) for path, size, at in sorted(listing.files))
            yield Folder(listing.path, files, listing.refused, listing.skipped)

    def listings(self) -> Iterator[Listing]:
        """As `walk`, without making a value of every file."""
        self._check_root()
        waiting = [""]
        while waiting:
            listing, below = self._list(waiting.pop())
            waiting.extend(reversed(below))
            yield listing

    def stat(self, path: str) -> StoredFile | None:
        """The file as it is now; None when it is gone or no ordinary file. Raises ValueError for a path that leaves."""
        parts = parts_of_path(path)
        try:
            folder = self._descend(parts)
            try:
                found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
            finally:
                os.close(folder)
        except OSError as error:
            self._check_root()
            if isinstance(error, GONE) or error.errno == errno.ELOOP:
                return None
            raise
        return _stored(self.name, path, found) if stat.S_ISREG(found.st_mode) else None

    def open(self, path: str) -> BinaryIO:
        """The file's bytes, unbuffered: what is asked for is what is read. Raises OSError; StoreUnavailable when the
        root is gone; ValueError for a path that leaves the root."""
        parts = parts_of_path(path)
        try:
            return self._open(parts)
        except OSError:
            self._check_root()
            raise

    def local_path(self, path: str) -> Path | None:
        """Where the file lies on this machine."""
        return Path(self._root, *parts_of_path(path))

    def _open(self, parts: list[str]) -> BinaryIO:
        folder = self._descend(parts)
        try:
            descriptor = _open_for_reading(parts[-1], folder)
        finally:
            os.close(folder)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not an ordinary file", "/".join(parts))
        return os.fdopen(descriptor, "rb", buffering=0)

    def _descend(self, parts: list[str]) -> int:
        """A descriptor of the folder that holds the last part; no step on the way may be a symbolic link."""
        at = os.open(self._root, STEP_FLAGS & ~os.O_NOFOLLOW)
        for part in parts[:-1]:
            try:
                deeper = os.open(part, STEP_FLAGS, dir_fd=at)
            finally:
                os.close(at)
            at = deeper
        return at

    def _check_root(self) -> None:
        """Raises StoreUnavailable unless the root can be listed at this moment."""
        try:
            os.scandir(self._root).close()
        except OSError as error:
            why = _why(error)
            zh, en = f"应为可列出的文件夹，实为：{why}", f"expected a folder that can be listed, got: {why}"
            raise self._unavailable(zh, en) from error

    def _unavailable(self, zh: str, en: str) -> StoreUnavailable:
        at = self._root
        return StoreUnavailable(say(f"存储 {self.name}：根目录 {at!r}：{zh}", f"store {self.name}: root {at!r}: {en}"))

    def _list(self, path: str) -> tuple[Listing, list[str]]:
        """One folder and the paths of its sub-folders, in order."""
        taking = _Taking(f"{path}/" if path else "")
        try:
            self._take(path, taking)
        except OSError as error:
            self._check_root()
            if not path:
                raise self._unavailable(_why(error), _why(error)) from error
            return Listing(path, [], refused=_why(error)), []
        return Listing(path, taking.files, None, tuple(sorted(taking.skipped))), sorted(taking.below)

    def _take(self, path: str, taking: "_Taking") -> None:
        full = os.path.join(self._root, path)  # noqa: PTH118 (a Path for every folder is slow)
        if len(os.fsencode(full)) <= LONGEST_PATH:
            with os.scandir(full) as entries:
                return taking.take(entries)
        parts = path.split("/")
        above = self._descend(parts)
        try:
            folder = os.open(parts[-1], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=above)
        finally:
            os.close(above)
        try:
            with os.scandir(folder) as entries:
                return taking.take(entries)
        finally:
            os.close(folder)


class _Taking:
    """What one folder holds, sorted into files, sub-folders and skipped entries."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.files: list[Entry] = []
        self.below: list[str] = []
        self.skipped: list[tuple[str, str]] = []

    def take(self, entries: Iterable[os.DirEntry[str]]) -> None:
        """The loop that a re-scan spends its time in: plain files of plain names go straight through."""
        prefix, add = self.prefix, self.files.append
        for entry in entries:
            name = entry.name
            try:
                if (
                    not name.isascii()
                    or name[0] == "."
                    or name[-1] in SYSTEM_LAST
                    or not entry.is_file(follow_symlinks=False)
                ):
                    self._sort(entry, name)
                    continue
                found = entry.stat(follow_symlinks=False)
                add((prefix + name, found.st_size, found.st_mtime_ns // 1000))
            except FileNotFoundError:  # gone since the folder was listed: as if it had never been seen
                continue
            except OSError as error:
                self.skipped.append((_escaped(name), _why(error)))

    def _sort(self, entry: os.DirEntry[str], name: str) -> None:
        if _undecodable(name):
            self.skipped.append((_escaped(name), "name is not UTF-8"))
        elif name[0] == ".":
            self.skipped.append((name, "hidden"))
        elif entry.is_file(follow_symlinks=False):
            self._file(entry, name)
        elif entry.is_dir(follow_symlinks=False):
            self._folder(name)
        else:
            link = entry.is_symlink()
            self.skipped.append((name, "symbolic link" if link else "no ordinary file (device, pipe or socket)"))

    def _file(self, entry: os.DirEntry[str], name: str) -> None:
        if name.lower() in SYSTEM_NAMES:
            self.skipped.append((name, "system file"))
            return
        found = entry.stat(follow_symlinks=False)
        self.files.append((self.prefix + name, found.st_size, found.st_mtime_ns // 1000))

    def _folder(self, name: str) -> None:
        if name.lower() in SYSTEM_FOLDERS:
            self.skipped.append((name, "system folder"))
        else:
            self.below.append(self.prefix + name)


def parts_of_path(path: str) -> list[str]:
    """The steps of a path inside a store. Raises ValueError for anything that could lead out of it."""
    parts = path.split("/")
    if not path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"path in a store: expected a relative path without '..', got {path!r}")
    return parts


def _open_for_reading(name: str, folder: int) -> int:
    try:
        return os.open(name, READ_FLAGS | NO_ACCESS_TIME, dir_fd=folder)
    except PermissionError:  # leaving the access time alone is the owner's privilege
        return os.open(name, READ_FLAGS, dir_fd=folder)


def _stored(store: str, path: str, found: os.stat_result) -> StoredFile:
    return StoredFile(store, path, found.st_size, instant(found.st_mtime_ns // 1000))


def _undecodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return True
    return False


def _escaped(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
