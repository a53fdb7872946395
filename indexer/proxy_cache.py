"""A bounded folder of proxies, outside every store: short films made of clips, each of which can be made again.

One file a proxy, named by digests and numbers alone. A proxy is written under another name and appears whole or not
at all; those that nobody has looked at for longest go first (time of modification = last use).
"""

import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from indexer.still_cache import MILLISECOND, NEW, FileBytes

MADE = 1
"""Raised when proxies are made in another way: earlier ones are then nobody's, and go in time."""
ROOM = 0.9
"""A folder that was full is emptied to this share of its room."""
ABANDONED = 3600.0
"""Half-made files of a process that died go after so many seconds."""
NAME = re.compile(r"[0-9a-f]{32}-\d{1,10}-\d{1,6}-\d{1,3}\.mp4")
HALF = re.compile(r"\.new-[0-9a-f]{16}\.mp4")
"""Only files of such names are ever taken for ours."""
LEAST_SECONDS, MOST_SECONDS = 2, 60
READ = os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """`[media]`: playing clips that a browser cannot play by itself."""

    cache_mb: int = 2000
    cache: str = "var/media"
    proxy_seconds: int = 30

    def __post_init__(self) -> None:
        if not LEAST_SECONDS <= self.proxy_seconds <= MOST_SECONDS:
            expected = f"expected {LEAST_SECONDS} to {MOST_SECONDS}"
            raise ValueError(f"proxy_seconds: {expected}, got {self.proxy_seconds}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a clip, media time; `length` at most what the settings allow."""

    start: timedelta
    length: timedelta


class ProxyCache:
    """The folder. Nothing is touched before the first proxy."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        self._room = megabytes * 1_000_000

    @property
    def keeps(self) -> bool:
        """Whether there is room for any."""
        return self._room > 0

    def open(self, file: FileBytes, stretch: Stretch) -> BinaryIO | None:
        """The proxy, None when it has not been made or has gone. An open one stays whole even when it goes."""
        path = self._path(file, stretch)
        try:
            stream = os.fdopen(os.open(path, READ), "rb", buffering=0)
        except OSError:
            return None
        with suppress(OSError):
            os.utime(path)
        return stream

    def half(self) -> Path:
        """A new empty file to write a proxy into. Raises OSError: a full disk, a lost right."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._folder.is_symlink():
            raise NotADirectoryError(20, "expected a folder, got a symbolic link", str(self._folder))
        path = self._folder / f".new-{secrets.token_hex(8)}.mp4"
        os.close(os.open(path, NEW, 0o600))
        return path

    def keep(self, half: Path, file: FileBytes, stretch: Stretch) -> None:
        """The file that was written appears as the proxy; others make room for it. Raises OSError."""
        path = self._path(file, stretch)
        half.replace(path)
        self._shrink(path)

    def _path(self, file: FileBytes, stretch: Stretch) -> Path:
        name = f"{file.key}-{stretch.start // MILLISECOND}-{stretch.length // MILLISECOND}-{MADE}.mp4"
        return self._folder / name

    def _shrink(self, newest: Path) -> None:
        kept: list[tuple[float, int, Path]] = []
        for path in self._folder.iterdir():
            with suppress(OSError):
                found = path.lstat()
                if HALF.fullmatch(path.name) and time.time() - found.st_mtime > ABANDONED:
                    path.unlink()
                elif NAME.fullmatch(path.name):
                    kept.append((found.st_mtime, found.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept) if total > self._room else ():
            if total <= self._room * ROOM:
                return
            if path != newest:
                with suppress(OSError):
                    path.unlink()
                total -= size
