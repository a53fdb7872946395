"""A bounded folder of small pictures, outside every store: what is lost in it can be made again, so all of it may be.

One file a picture, named by digests and numbers alone. The folder has sixteen parts, each with a sixteenth of the room,
so that keeping a clip's pictures looks through one part, and several processes need not agree on anything. When a part
is full those go that nobody has looked at for longest (time of modification = last use).
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from detectors.content.base import Still
from domain.clip import StoredFile

MADE = 1
"""Raised when pictures are made in another way: earlier ones are then nobody's, and go in time."""
PARTS = 16
ROOM = 0.9
"""A part that was full is emptied to this share of its room."""
NAME = re.compile(r"(?P<key>[0-9a-f]{32})-(?P<asked>\d{1,10})-(?P<shown>\d{1,10})\.jpg|\.new-[0-9a-f]{16}")
"""Only files of such names are ever taken for ours."""
MILLISECOND = timedelta(milliseconds=1)
BEGIN, END = b"\xff\xd8", b"\xff\xd9"
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file by its stable name, in one version of its bytes."""

    anchor: str
    stored: StoredFile

    @property
    def key(self) -> str:
        """32 hex digits, the same on every machine; moves keep it, other bytes have another one."""
        version = (self.anchor, str(self.stored.size), self.stored.modified_at.isoformat(), str(MADE))
        return hashlib.blake2b("\x1f".join(version).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Known:
    """A picture that lies in the cache: the moment it was asked for, and its true time."""

    asked: timedelta
    shown: timedelta


class StillCache:
    """The folder. Nothing is touched before the first picture; no `megabytes`: nothing is kept."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self._folder = folder
        self._room = megabytes * 1_000_000 // PARTS

    @property
    def keeps(self) -> bool:
        """Whether anything is kept at all."""
        return self._room > 0

    def keep(self, file: FileBytes, stills: Sequence[Still]) -> None:
        """Keep what a scan found, each picture under its own time. Raises OSError."""
        self.put(file, [(still.at, still) for still in stills])

    def put(self, file: FileBytes, stills: Iterable[tuple[timedelta, Still]]) -> None:
        """Keep pictures under the moments that they were asked for. Raises OSError: a full disk, a lost right."""
        if not self.keeps:
            return
        part = self._part(file)
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
        if part.is_symlink():
            raise NotADirectoryError(20, "expected a folder, got a symbolic link", str(part))
        try:
            for asked, still in stills:
                _write(part, f"{file.key}-{asked // MILLISECOND}-{still.at // MILLISECOND}.jpg", still.jpeg)
        finally:
            self._shrink(part)

    def known(self, file: FileBytes) -> list[Known]:
        """Which pictures of these bytes lie here, in order of what they show."""
        key, found = file.key, []
        for name in _names(self._part(file)):
            match = NAME.fullmatch(name)
            if match and match["key"] == key:
                found.append(Known(int(match["asked"]) * MILLISECOND, int(match["shown"]) * MILLISECOND))
        return sorted(found, key=lambda one: (one.shown, one.asked))

    def read(self, file: FileBytes, one: Known) -> bytes | None:
        """The picture, None when it has gone or is broken."""
        path = self._part(file) / f"{file.key}-{one.asked // MILLISECOND}-{one.shown // MILLISECOND}.jpg"
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if not (content.startswith(BEGIN) and content.endswith(END)):  # the power went while it was written
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)
        return content

    def _part(self, file: FileBytes) -> Path:
        return self._folder / f"stills-{int(file.key[0], 16) % PARTS:x}"

    def _shrink(self, part: Path) -> None:
        """Remove what was not looked at for longest until there is room again."""
        kept = []
        with suppress(OSError), os.scandir(part) as entries:
            kept = [(*_use(entry), entry.path) for entry in entries if NAME.fullmatch(entry.name)]
        total = sum(size for _, size, _ in kept)
        if total <= self._room:
            return
        for _, size, path in sorted(kept):
            if total <= self._room * ROOM:
                return
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 (a Path for each is slow)
            total -= size


def _use(entry: "os.DirEntry[str]") -> tuple[int, int]:
    """When it was last looked at, and its bytes; what has just gone was never there."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _names(part: Path) -> list[str]:
    try:
        return os.listdir(part)  # noqa: PTH208 (names are all that is wanted)
    except OSError:
        return []


def _write(part: Path, name: str, content: bytes) -> None:
    """All of it or nothing, whatever happens meanwhile: what somebody else deletes under our hands is not kept."""
    new = part / f".new-{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(new, NEW, 0o600), "wb") as file:
            file.write(content)
        new.replace(part / name)
    except FileNotFoundError:
        return
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
