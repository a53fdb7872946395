"""A folder on this machine (or mounted on it) as a store. Opens for reading only, follows no symbolic link.

The root itself may be a link: that is the operator's choice; everything below it is taken as it lies.
"""

import errno
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from indexer.stores.base import Folder, StoreSettings

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini"})
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
        self._check_root()
        waiting = [""]
        while waiting:
            folder, below = self._list(waiting.pop())
            waiting.extend(reversed(below))
            yield folder

    def stat(self, path: str) -> StoredFile | None:
        """The file as it is now; None when it is gone or no ordinary file. Raises ValueError for a path that leaves."""
        parts = _parts(path)
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
        parts = _parts(path)
        try:
            return self._open(parts)
        except OSError:
            self._check_root()
            raise

    def local_path(self, path: str) -> Path | None:
        """Where the file lies on this machine."""
        return Path(self._root, *_parts(path))

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
            raise StoreUnavailable(
                f"store {self.name}: root {self._root!r}: expected a folder that can be listed, got: {_why(error)}"
            ) from error

    def _list(self, path: str) -> tuple[Folder, list[str]]:
        """One folder and the paths of its sub-folders, both in order."""
        prefix = f"{path}/" if path else ""
        listing = _Listing(self.name, prefix)
        try:
            with os.scandir(os.path.join(self._root, path)) as entries:  # noqa: PTH118 (a Path per folder is slow)
                for entry in entries:
                    listing.take(entry)
        except OSError as error:
            self._check_root()
            if not path:
                raise StoreUnavailable(f"store {self.name}: root {self._root!r}: {_why(error)}") from error
            return Folder(path, refused=_why(error)), []
        return listing.folder(path), sorted(listing.below)


class _Listing:
    """What one folder holds, sorted into files, sub-folders and skipped entries."""

    def __init__(self, store: str, prefix: str) -> None:
        self.store = store
        self.prefix = prefix
        self.files: list[StoredFile] = []
        self.below: list[str] = []
        self.skipped: list[tuple[str, str]] = []

    def take(self, entry: os.DirEntry[str]) -> None:
        reason = _unnameable(entry.name)
        if reason:
            self.skipped.append((_escaped(entry.name), reason))
            return
        try:
            self._sort(entry)
        except OSError as error:
            self.skipped.append((entry.name, _why(error)))

    def _sort(self, entry: os.DirEntry[str]) -> None:
        folder = entry.is_dir(follow_symlinks=False)
        reason = _system(entry.name, folder) or ("" if folder else _unreadable_type(entry))
        if reason:
            self.skipped.append((entry.name, reason))
        elif folder:
            self.below.append(self.prefix + entry.name)
        else:
            self.files.append(_stored(self.store, self.prefix + entry.name, entry.stat(follow_symlinks=False)))

    def folder(self, path: str) -> Folder:
        self.files.sort(key=lambda file: file.path)
        return Folder(path, tuple(self.files), skipped=tuple(sorted(self.skipped)))


def _parts(path: str) -> list[str]:
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
    return StoredFile(store, path, found.st_size, _instant(found.st_mtime_ns))


def _instant(nanoseconds: int) -> datetime:
    """A file time as aware UTC; beyond the calendar, the end of the calendar."""
    try:
        return EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if nanoseconds > 0 else datetime.min.replace(tzinfo=UTC)


def _unnameable(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "name is not UTF-8"
    return ""


def _escaped(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _system(name: str, folder: bool) -> str:
    if name.startswith("."):
        return "hidden"
    known = SYSTEM_FOLDERS if folder else SYSTEM_NAMES
    return "system folder" if folder and name.lower() in known else "system file" if name.lower() in known else ""


def _unreadable_type(entry: os.DirEntry[str]) -> str:
    if entry.is_file(follow_symlinks=False):
        return ""
    if entry.is_symlink():
        return "symbolic link"
    return "no ordinary file (device, pipe or socket)"


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
