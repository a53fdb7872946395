"""One backup from settings: where it goes, whether there is room, the archive, and which older ones go.

`back_up` is what `bwc backup` runs and what a job of a schedule can call.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.locations import sqlite_file, without_password
from app.settings import Settings
from app.shell import any_database, refuse_absent
from app.targets import BACKUPS, put_in_place, refuse_inside_store, refuse_little_space, scratch_folder, unwritable
from app.version import program_version
from domain.audit import Action, Entry, detail_text
from domain.audit_checking import shown
from domain.errors import BackupUnusable, UsageError
from domain.wording import say
from storage.audit import append
from storage.backups import About, Manifest, opened, write_backup
from storage.engine import newest_version
from storage.settings import Use

logger = logging.getLogger("bwc.backup")
PREFIX = "bwc-backup"
NAME = re.compile(rf"{PREFIX}-\d{{8}}T\d{{6}}Z(?:-\d+)?\.zip")
ROOM = 1.6
"""Times the size of an SQLite database: its copy and, at worst, the archive beside it."""
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup. `digest`: SHA-256 of the file; `removed`: older ones that went."""

    file: Path
    manifest: Manifest
    size: int
    digest: str
    removed: tuple[Path, ...]


def back_up(settings: Settings, output: Path | None, now: datetime, actor: str, keep: int | None = None) -> Made:
    """Write a backup to a file, or under a name of its own into a folder (by default beside the configuration).

    `keep`: of the backups of this database in that folder only so many of the newest stay. Raises UsageError for a
    place that will not do, StorageError for the database.
    """
    target = chosen_target(settings, output, now)
    if keep is not None and output is not None and not output.is_dir():
        raise UsageError(
            say(f"--keep：-o 须为文件夹，实为 {output}", f"--keep: expected a folder with -o, got {output}")
        )
    refuse_absent(settings, create=False)
    size = database_size(settings)
    refuse_little_space(target, int(size * ROOM), "-o")
    try:
        made = _made(settings, target, now)
    except FileExistsError:
        raise UsageError(say(f"-o：{target} 已存在", f"-o: expected a new file, got {target}")) from None
    except OSError as error:
        raise unwritable("-o", target, error) from None
    _tell_audit(settings, made, now, actor)
    removed = tuple(pruned(target.parent, keep, made.manifest)) if keep is not None and not _doubtful(made) else ()
    figures = {"file": str(made.file), "rows": made.manifest.rows, "bytes": made.size, "removed": len(removed)}
    logger.info("backup made", extra=figures)
    return Made(made.file, made.manifest, made.size, made.digest, removed)


def chosen_target(settings: Settings, output: Path | None, now: datetime) -> Path:
    """The file to write. Raises UsageError when it exists, lies in a store, or its folder does not exist."""
    if output is None:
        output = settings.file.parent / BACKUPS
        refuse_inside_store(settings, output, "-o")
        output.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = free_name(output, now) if output.is_dir() else output
    refuse_inside_store(settings, target, "-o")
    if target.exists() or target.is_symlink():
        raise UsageError(
            say(f"-o：{target} 已存在，不覆盖", f"-o: expected a new file, got {target}; nothing is replaced")
        )
    if not target.parent.is_dir():
        raise UsageError(
            say(f"-o：没有文件夹 {target.parent}", f"-o: expected an existing folder, got {target.parent}")
        )
    return target


def free_name(folder: Path, now: datetime) -> Path:
    """`bwc-backup-20261127T041300Z.zip`; another one of the same second gets a number.

    A number beyond all that are there: names tell which backup is the newest, also where an older one was removed.
    """
    stem = f"{PREFIX}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    taken = [_number(path.name, stem) for path in folder.glob(f"{stem}*.zip")]
    return folder / (f"{stem}-{max(taken) + 1}.zip" if taken else f"{stem}.zip")


def _number(name: str, stem: str) -> int:
    end = name.removeprefix(stem).removesuffix(".zip").removeprefix("-")
    return int(end) if end.isdigit() else 1


def database_size(settings: Settings) -> int:
    """Bytes of an SQLite database; 0 for a server's, of which no copy is made here."""
    file = sqlite_file(settings.database.url)
    return file.stat().st_size if file is not None and file.exists() else 0


def _made(settings: Settings, target: Path, now: datetime) -> Made:
    """Written and read again under another name, then given its own."""
    about = About(program_version(), without_password(settings.database.url), now)
    with scratch_folder(target.parent, PREFIX) as scratch:
        written = scratch / "backup.zip"
        with any_database(settings, Use.READING) as engine:
            manifest = write_backup(engine, written, scratch, about)
        written.chmod(0o600)  # it holds what the database holds: names, decisions, digests of passwords
        with opened(written) as archive:
            archive.verify()
        made = Made(target, manifest, written.stat().st_size, file_digest(written), ())
        put_in_place(written, target)
    return made


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _tell_audit(settings: Settings, made: Made, now: datetime, actor: str) -> None:
    """That all of it left the house is itself logged; a database of an older schema is only read."""
    manifest = made.manifest
    if manifest.schema != newest_version() or manifest.audit is None:
        return
    said = detail_text(what="backup", file=made.file.name, digest=made.digest, head=shown(manifest.audit))
    with any_database(settings, Use.DECIDING) as engine, engine.begin() as connection:
        append(connection, now, [Entry(actor, Action.EXPORTED, "backup", None, said)])


def _doubtful(made: Made) -> bool:
    """Older backups are kept while the log is broken: they may be the last whole ones."""
    return made.manifest.audit_faults > 0


def pruned(folder: Path, keep: int, newest: Manifest) -> Iterator[Path]:
    """Remove all but the `keep` newest backups of the same database in a folder; what is no backup stays."""
    mine = sorted(
        (path for path in folder.iterdir() if NAME.fullmatch(path.name) and _is_of(path, newest)),
        key=lambda path: (path.name[: len(PREFIX) + 17], len(path.name), path.name),
    )
    for path in mine[: max(0, len(mine) - max(1, keep))]:
        path.unlink()
        yield path


def _is_of(path: Path, newest: Manifest) -> bool:
    try:
        with opened(path) as archive:
            return archive.manifest.origin == newest.origin
    except BackupUnusable:
        return False
