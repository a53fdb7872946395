"""Digests of files: a quick one over size, head and tail, and full ones in the algorithm that is asked for."""

import hashlib
from typing import Protocol

from blake3 import blake3

from domain.clip import StoredFile
from indexer.stores.base import Store

EDGE = 16 * 1024
BLOCK = 1 << 20
BY_LENGTH = {32: ("md5",), 40: ("sha1",), 64: ("sha256", "sm3"), 128: ("sha512",)}


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


def full_digest(store: Store, file: StoredFile) -> str:
    """BLAKE3 over all bytes. Raises OSError."""
    return _digest(store, file, blake3())


def listed_digest(store: Store, file: StoredFile, listed: str) -> str:
    """The file's digest in the algorithm of `listed`, told by its length (64 digits: SHA-256, else SM3).

    Returns "" when no known algorithm has that length. Raises OSError.
    """
    found = ""
    for name in BY_LENGTH.get(len(listed), ()):
        if name not in hashlib.algorithms_available:
            continue
        digest = _digest(store, file, hashlib.new(name, usedforsecurity=False))
        found = found or digest
        if digest == listed:
            return digest
    return found


def _digest(store: Store, file: StoredFile, state: _Hash) -> str:
    with store.open(file.path) as stream:
        while block := stream.read(BLOCK):
            state.update(block)
    return state.hexdigest()
