"""The bytes of clips for whoever asks: opened through their store, read-only, and only while they are those listed.

No path of a request comes here: a file is known by its row, its store by the configuration. What is compared is the
open file itself, so that nothing can be put in its place between looking and opening.
"""

import io
import os
import stat
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import BinaryIO

from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.wording import COLON, joined, say
from indexer.still_cache import FileBytes
from indexer.stores import open_store
from indexer.stores.base import Store, StoreSettings
from indexer.stores.object_stream import ObjectStream

SAME_TIME = timedelta(seconds=2)
"""Clocks of shared folders tell times of modification apart no better."""


class Lacking(StrEnum):
    """Why there is nothing to play."""

    GONE = "gone"  # the file is not there any more, or holds other bytes
    NONE = "none"  # nothing in it could be decoded there
    UNREACHABLE = "unreachable"  # the store, or the means to make a proxy
    BUSY = "busy"
    LEFT = "left"  # nobody waits for it any more


class NoMedia(Exception):
    """There is nothing to play, and why, in both languages."""

    def __init__(self, why: Lacking, said: str) -> None:
        super().__init__(said)
        self.why, self.said = why, said


class Originals:
    """The files of these stores."""

    def __init__(self, stores: Sequence[StoreSettings]) -> None:
        self._stores = {one.name: one for one in stores}

    def open(self, file: FileBytes) -> BinaryIO:
        """The listed file's bytes, to be closed by whoever asked. Raises NoMedia."""
        listed = file.stored
        try:
            store = self._store(listed.store)
            _same(store.stat(listed.path), listed)
            stream = store.open(listed.path)
        except FileNotFoundError as error:
            raise _gone() from error
        except (OSError, StoreUnavailable, ValueError) as error:
            raise unreachable(listed.store, error) from error
        try:
            _same(_as_opened(stream, listed), listed)
        except NoMedia:
            stream.close()
            raise
        return stream

    def _store(self, name: str) -> Store:
        settings = self._stores.get(name)
        if settings is None:
            said = say(f"存储 {name} 不在配置中", f"store {name} is not among the configured ones")
            raise NoMedia(Lacking.UNREACHABLE, said)
        return open_store(settings)


def unreachable(store: str, error: Exception) -> NoMedia:
    """The refusal after an error of a store, without a path: where stores lie is the operator's business."""
    cause = error if isinstance(error, OSError) else error.__cause__
    words = (cause.strerror or "") if isinstance(cause, OSError) else ""
    told = say(f"存储 {store}：无法读取", f"store {store}: cannot be read")
    return NoMedia(Lacking.UNREACHABLE, joined((told, words), COLON))


def _gone() -> NoMedia:
    return NoMedia(Lacking.GONE, say("文件已不在存储中", "the file is not in its store any more"))


def _same(now: StoredFile | None, listed: StoredFile) -> None:
    """Raises NoMedia when the file is not the one that was listed."""
    if now is None:
        raise _gone()
    if now.size != listed.size or abs(now.modified_at - listed.modified_at) > SAME_TIME:
        said = say("文件在扫描后有变化，下次扫描后再看", "the file has changed since it was scanned; see the next scan")
        raise NoMedia(Lacking.GONE, said)


def _as_opened(stream: BinaryIO, listed: StoredFile) -> StoredFile:
    """The open file as it is; streams that are no files of this machine are taken at their store's word."""
    if isinstance(stream, ObjectStream):
        return StoredFile(listed.store, listed.path, stream.ranges.size, stream.ranges.modified_at)
    try:
        found = os.fstat(stream.fileno())
    except (io.UnsupportedOperation, AttributeError):
        return listed
    if not stat.S_ISREG(found.st_mode):
        raise _gone()
    return StoredFile(listed.store, listed.path, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))
