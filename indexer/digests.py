"""Digests of files: a quick one over size, head and tail, and full ones in the algorithm that is asked for."""

import hashlib
import io
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from blake3 import blake3

from domain.clip import StoredFile
from indexer.stores.base import Forgets, Store

EDGE = 16 * 1024
BLOCK = 1 << 20
BY_LENGTH = {32: ("md5",), 40: ("sha1",), 64: ("sha256", "sm3"), 128: ("sha512",)}


@dataclass(frozen=True, slots=True)
class FixitySettings:
    """`[fixity]`: how fast and how long each scan reads whole files, to tell that their bytes are still the same."""

    enabled: bool = True
    megabytes_per_second: float = 20.0
    seconds_per_scan: float = 60.0
    again_after_days: float = 30.0


class _Hash(Protocol):
    def update(self, data: bytes, /) -> object: ...

    def hexdigest(self) -> str: ...


def quick_digest(store: Store, file: StoredFile) -> str:
    """BLAKE3 over size, first and last 16 KiB: tells a moved file from another one. Raises OSError."""
    state = blake3(file.size.to_bytes(8, "big"))
    with store.open(file.path) as stream:
        state.update(stream.read(EDGE))
        if file.size > EDGE:
            stream.seek(max(EDGE, file.size - EDGE))
            state.update(stream.read(EDGE))
    return state.hexdigest(length=16)


def full_digest(store: Store, file: StoredFile, read: Callable[[int], None] | None = None) -> str:
    """BLAKE3 over all bytes; `read` is told of every block, and may wait or raise. Raises OSError."""
    return _digests(store, file, [blake3()], read)[0]


def listed_digest(store: Store, file: StoredFile, listed: str) -> str:
    """The file's digest in the algorithm of `listed`, told by its length (64 digits: SHA-256, else SM3).

    Returns "" when no known algorithm has that length. Raises OSError.
    """
    listed = listed.strip().lower()
    names = [name for name in BY_LENGTH.get(len(listed), ()) if name in hashlib.algorithms_available]
    if not names:
        return ""
    found = _digests(store, file, [hashlib.new(name, usedforsecurity=False) for name in names])
    return listed if listed in found else found[0]


def _digests(
    store: Store, file: StoredFile, states: list[_Hash], read: Callable[[int], None] | None = None
) -> list[str]:
    """One pass over the bytes for all the algorithms."""
    with store.open(file.path) as stream:
        while block := stream.read(BLOCK):
            for state in states:
                state.update(block)
            if read is not None:
                read(len(block))
    return [state.hexdigest() for state in states]


def forget_cached(store: Store, file: StoredFile) -> None:
    """Ask the system to read the file from its medium next time. Where it cannot be asked, nothing happens."""
    if isinstance(store, Forgets):
        store.forget(file.path)
        return
    with suppress(OSError, io.UnsupportedOperation, AttributeError), store.open(file.path) as stream:
        _forget(stream)


def _forget(stream: BinaryIO) -> None:
    os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
