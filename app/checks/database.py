"""The database: reachable, of this program's schema, whole, with room to grow; and the room of the caches."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, problem, warning
from app.locations import sqlite_file, without_password
from app.settings import Settings
from app.shell import any_database, one_line
from domain.errors import BwcError, NetworkDatabase, SchemaNewer, SchemaOlder
from domain.wording import say
from storage.settings import Use

LARGEST_CHECKED = 500_000_000
"""Bytes: a larger database takes minutes to look through; a backup checks it whole."""
LITTLE, LEAST = 1_000_000_000, 200_000_000
"""Bytes free below which the database's disk is a warning, and a problem."""
TROUBLES: Mapping[type[BwcError], Trouble] = {
    SchemaOlder: Trouble.SCHEMA_OLDER,
    SchemaNewer: Trouble.SCHEMA_NEWER,
    NetworkDatabase: Trouble.DATABASE_ON_NETWORK,
}


def check_database(settings: Settings) -> Iterator[Verdict]:
    """A database that is not there yet is fine and is not made."""
    from storage.engine import newest_version, refuse_network_file_system, require_current

    subject = f"database {without_password(settings.database.url)}"
    file = sqlite_file(settings.database.url)
    if file is not None and not file.exists():
        yield _absent_database(subject, file)
        return
    try:
        if file is not None:
            refuse_network_file_system(file)
        with any_database(settings, Use.READING) as engine:
            require_current(engine)
            yield ok(subject, say(f"可用，版本 {newest_version()}", f"reachable, schema {newest_version()}"))
            if file is not None:
                yield check_whole(engine, file)
    except BwcError as error:
        trouble = TROUBLES.get(type(error), Trouble.DATABASE_UNREACHABLE)
        yield problem(trouble, subject, one_line(error))
    if file is not None and not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        text = say("本用户不能写入该文件或其文件夹", "this user cannot write the file, or its folder")
        yield problem(Trouble.DATABASE_UNWRITABLE, subject, text)


def _absent_database(subject: str, file: Path) -> Verdict:
    nearest = nearest_folder(file)
    if not os.access(nearest, os.W_OK):
        text = say(f"无法创建：{nearest} 不可写", f"cannot be made: {nearest} is not writable")
        return problem(Trouble.DATABASE_UNWRITABLE, subject, text)
    return ok(subject, say("尚不存在，首次扫描时创建", "not there yet; the first scan makes it"))


def check_whole(engine: Engine, file: Path) -> Verdict:
    """SQLite's own quick check of the file."""
    size = file.stat().st_size
    if size > LARGEST_CHECKED:
        megabytes = size // 1_000_000
        text = say(
            f"{megabytes} MB，较大，未检查；bwc backup 会完整检查",
            f"{megabytes} MB: not looked through; bwc backup does",
        )
        return ok("integrity", text)
    with engine.connect() as connection:
        said = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    if said != "ok":
        return problem(
            Trouble.DATABASE_DAMAGED, "integrity", say(f"文件已损坏：{said}", f"the file is damaged: {said}")
        )
    return ok("integrity", say("文件完好", "the file is whole"))


def check_room(settings: Settings) -> Iterator[Verdict]:
    """Free space for the database and for each cache."""
    file = sqlite_file(settings.database.url)
    if file is not None:
        free = shutil.disk_usage(nearest_folder(file)).free
        text = say(f"{file.parent}：剩余 {_gigabytes(free)} GB", f"{file.parent}: {_gigabytes(free)} GB free")
        if free < LITTLE:
            make = problem if free < LEAST else warning
            yield make(Trouble.DISK_LITTLE, "disk of the database", text)
        else:
            yield ok("disk of the database", text)
    for name, section in (("content", settings.content), ("media", settings.media)):
        yield from _cache(name, Path(section.cache), section.cache_mb)


def _cache(name: str, folder: Path, megabytes: int) -> Iterator[Verdict]:
    if not megabytes:
        return
    free = shutil.disk_usage(nearest_folder(folder)).free
    if free < min(megabytes, 500) * 1_000_000:
        text = say(
            f"{folder}：剩余 {_gigabytes(free)} GB，上限为 {megabytes} MB",
            f"{folder}: {_gigabytes(free)} GB free, of up to {megabytes} MB that it may take",
        )
        yield warning(Trouble.CACHE_LITTLE, f"cache of [{name}]", text)


def nearest_folder(path: Path) -> Path:
    """The nearest folder that exists: the path itself, or one above it."""
    return next(one for one in (path, *path.absolute().parents) if one.is_dir())


def _gigabytes(size: int) -> str:
    return f"{size / 1_000_000_000:.1f}"
