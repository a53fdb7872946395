"""Copies of clips for a package: read through the read-only stores, hashed on the way, compared with what is known."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from blake3 import blake3

from app.evidence.bag import Bag
from domain.clip import StoredFile
from domain.errors import StoreUnavailable
from domain.wording import joined, say
from indexer.stores.base import Store
from storage.queries.evidence import LinkedFile

BLOCK = 1 << 20


class Copied(StrEnum):
    """What became of one clip."""

    SAME = "same"  # all bytes are those of the first whole reading
    SIZE = "same-size"  # size and time are as indexed; no digest of all bytes was known
    CHANGED = "changed"
    GONE = "gone"
    UNREADABLE = "unreadable"
    LEFT_OUT = "left-out"  # --no-media


WORDS: Mapping[Copied, str] = {
    Copied.SAME: say("已复制，与首次读取时逐字节相同", "copied; every byte as when it was first read"),
    Copied.SIZE: say(
        "已复制，大小与时间同索引；此前未通读，无全文校验值", "copied; size and time as indexed, no digest known"
    ),
    Copied.CHANGED: say("已复制，但与索引不同", "copied, but not what was indexed"),
    Copied.GONE: say("文件已不在存储中，未能复制", "no longer in the store; not copied"),
    Copied.UNREADABLE: say("无法读取，未能复制", "cannot be read; not copied"),
    Copied.LEFT_OUT: say("按要求未复制影像", "left out, as asked"),
}
IN_ORDER = (Copied.SAME, Copied.SIZE, Copied.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class ClipCopy:
    """One clip in the package: `path` there, None when it is not in it; `sha256` and `blake3` of what was copied."""

    file: LinkedFile
    became: Copied
    note: str = ""
    path: str | None = None
    size: int | None = None
    sha256: str | None = None
    blake3: str | None = None

    @property
    def said(self) -> str:
        """What became of it, and why, in both languages."""
        return joined([WORDS[self.became], self.note])

    @property
    def in_order(self) -> bool:
        return self.became in IN_ORDER


def copy_clip(bag: Bag, stores: Mapping[str, Store], number: int, file: LinkedFile) -> ClipCopy:
    """Copy one clip. What is wrong with it is data; only trouble with writing raises OSError."""
    store = stores.get(file.store)
    if store is None:
        return ClipCopy(file, Copied.UNREADABLE, say("存储不在配置中", "its store is not configured"))
    try:
        now = store.stat(file.path)
        if now is None:
            return ClipCopy(file, Copied.GONE)
        stream = store.open(file.path)
    except (OSError, StoreUnavailable, ValueError) as error:
        return ClipCopy(file, Copied.UNREADABLE, str(error))
    path = bag.name("clips", f"{number:03}_{file.path.rpartition('/')[2]}")
    with stream:
        copied, trouble = _copied(bag, path, stream, now.size)
    if trouble is not None:
        bag.drop(path)
        return ClipCopy(file, Copied.UNREADABLE, trouble)
    return _judged(store, ClipCopy(file, Copied.SAME, "", path, *copied), now)


def _copied(bag: Bag, path: str, stream: BinaryIO, size: int) -> tuple[tuple[int, str, str], str | None]:
    """Size, SHA-256 and BLAKE3 of what was written, and why reading ended early; no more than `size` bytes."""
    state = blake3()
    with bag.payload(path) as payload:
        trouble: str | None = None
        while payload.size < size and trouble is None:
            block, trouble = _read(stream, min(BLOCK, size - payload.size))
            if not block:
                break
            state.update(block)
            payload.write(block)
    return (payload.size, payload.digest.hexdigest(), state.hexdigest()), trouble


def _read(stream: BinaryIO, size: int) -> tuple[bytes, str | None]:
    try:
        return stream.read(size), None
    except OSError as error:
        return b"", error.strerror or str(error)


def _judged(store: Store, copy: ClipCopy, begun: StoredFile) -> ClipCopy:
    """Is it what was indexed, and did it stay as it was while it was read?"""
    file, differs = copy.file, []
    after = None
    with suppress(OSError, StoreUnavailable):
        after = store.stat(file.path)
    if after != begun or copy.size != begun.size:
        differs.append(say("复制期间文件有变化", "it changed while it was copied"))
    if begun.size != file.size:
        differs.append(say(f"索引 {file.size} 字节，现为 {begun.size}", f"{file.size} bytes indexed, {begun.size} now"))
    if file.digest is not None and file.digest != copy.blake3:
        differs.append(say(f"索引 BLAKE3 {file.digest}", f"BLAKE3 {file.digest} indexed"))
    if begun.modified_at != file.modified_at and file.digest is None:
        differs.append(say("修改时间与索引不同", "its time is not the one indexed"))
    became = Copied.CHANGED if differs else Copied.SAME if file.digest is not None else Copied.SIZE
    return ClipCopy(
        *(file, became, joined(differs), copy.path, copy.size, copy.sha256, copy.blake3),
    )
