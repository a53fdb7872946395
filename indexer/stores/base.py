"""What a store is to this program: something that can be walked and read, and nothing more.

There is no method that writes, moves or deletes, so no code path can touch evidence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from domain.clip import StoredFile, StoreKind


class Addressing(StrEnum):
    """Where the name of a bucket stands in an address: before the host's name, or in the path."""

    AUTO = "auto"
    PATH = "path"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """`[[stores]]` of config.toml. `location` is a folder or a URL whose scheme names a store kind.

    `answer_seconds`: how long it may leave a question without any answer; 0 is for ever. From `endpoint` on: of object
    stores only. Credentials are no setting.
    """

    name: str
    location: str
    kind: StoreKind = StoreKind.RECORDER
    timezone: str = "Asia/Shanghai"
    unit: str | None = None
    settle_seconds: float = 120.0
    answer_seconds: float = 60.0
    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    addressing: Addressing = Addressing.AUTO
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as listed: `path` relative to the root ("" for the root itself), files sorted by path.

    `refused` says why the folder could not be listed (then `files` is empty). `skipped` are (name, why) of entries
    that are neither listed nor descended into: symbolic links, sockets, names that cannot be decoded.
    """

    path: str
    files: tuple[StoredFile, ...] = ()
    refused: str | None = None
    skipped: tuple[tuple[str, str], ...] = ()


class Store(Protocol):
    """A place where video lies, opened read-only."""

    @property
    def name(self) -> str: ...

    def walk(self) -> Iterator[Folder]:
        """Every folder once, parents before children, siblings in code-point order of their path.

        Raises StoreUnavailable when the root itself cannot be listed.
        """
        ...

    def stat(self, path: str) -> StoredFile | None:
        """The file as it is now, or None when it is gone. Raises StoreUnavailable when the root is gone."""
        ...

    def open(self, path: str) -> BinaryIO:
        """A seekable byte stream for reading. Raises OSError."""
        ...

    def local_path(self, path: str) -> Path | None:
        """Where libraries that want a path can read the file; None for remote stores."""
        ...


@runtime_checkable
class Forgets(Protocol):
    """A store that keeps what it fetched of a file for the next opening."""

    def forget(self, path: str) -> None:
        """The next opening fetches everything anew."""
        ...
