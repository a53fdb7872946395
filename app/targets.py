"""Files and folders that commands write: never inside a store, never over something, whole or not at all."""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from app.locations import folder
from app.settings import Settings
from domain.errors import UsageError
from domain.wording import say

BACKUPS = "var/backups"
"""Where backups go unless said otherwise, beside the configuration."""
STALE_S = 24 * 3600
"""A scratch folder this old is of a process that was killed."""


def refuse_inside_store(settings: Settings, target: Path, option: str) -> None:
    """Raises UsageError for a place inside a store, by whatever links: nothing is ever written there."""
    for store in settings.stores:
        root = folder(store.location)
        if root is not None and target.resolve().is_relative_to(root.resolve()):
            raise UsageError(
                say(
                    f"{option}：应在各存储之外，{target} 位于存储 {store.name} 内",
                    f"{option}: expected a place outside every store, got {target} inside store {store.name}",
                )
            )


def refuse_little_space(target: Path, wanted: int, option: str) -> None:
    """Raises UsageError when the disk that holds the nearest existing folder has less than `wanted` bytes free."""
    nearest = next(one for one in (target, *target.absolute().parents) if one.exists())
    free = shutil.disk_usage(nearest).free
    if free < wanted:
        raise UsageError(
            say(
                f"{option} {target}：约需 {megabytes(wanted)} MB，磁盘只剩 {megabytes(free)} MB；请清理或另选位置",
                f"{option} {target}: expected about {megabytes(wanted)} MB free on the disk, got {megabytes(free)} MB; "
                "make room or choose another place",
            )
        )


def megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"


def unwritable(option: str, target: Path, error: OSError) -> UsageError:
    """What to say when the system refuses to write, ready to raise."""
    why = error.strerror or str(error)
    return UsageError(say(f"{option} {target}：无法写入：{why}", f"{option} {target}: cannot be written: {why}"))


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A hidden folder for the owner alone that is gone afterwards, as are older ones of processes that were killed."""
    for stale in parent.glob(f".{prefix}-*"):
        with suppress(OSError):
            if stale.is_dir() and not stale.is_symlink() and time.time() - stale.stat().st_mtime > STALE_S:
                shutil.rmtree(stale)
    made = Path(tempfile.mkdtemp(prefix=f".{prefix}-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def whole_file(target: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """A file to write that takes its name, and the place of an older one, when all of it is on the disk.

    Until then it lies beside under a hidden name, which goes when the disk is full. A device or a pipe is written
    to as it is. Raises OSError.
    """
    target = target.resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    part = target.with_name(f".part-{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
        sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def put_in_place(made: Path, target: Path) -> None:
    """Give a finished file its name, on the disk and at once. Raises FileExistsError when the name is taken."""
    with made.open("rb") as stream:
        os.fsync(stream.fileno())
    try:
        os.link(made, target)  # unlike renaming, it never takes another file's place
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        made.rename(target)
    sync_folder(target.parent)


def sync_folder(path: Path) -> None:
    """Have the names in a folder outlive a power cut; where folders cannot be opened (Windows), nothing happens."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
