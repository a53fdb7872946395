"""A full disk: foreseen, told in words, and no reason for a program that serves others to end."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from domain.wording import say

FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
SQLITE_FULL = frozenset(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"))
"""The second one: there was not even room for the 32 KiB that processes share beside the database."""
SERVER_FULL = "53100"
MAKE_ROOM = say(
    "数据库所在磁盘已满，请腾出空间后重试；已写入的内容完好",
    "the disk of the database is full: make room and try again; what was written before is whole",
)


def is_full(error: OSError) -> bool:
    """Whether the system had no room for what was written."""
    return error.errno in FULL


def database_is_full(error: SQLAlchemyError) -> bool:
    """Whether the database had no room, by the code of its driver."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorname", "") in SQLITE_FULL or getattr(cause, "sqlstate", "") == SERVER_FULL


@contextmanager
def unheard() -> Iterator[None]:
    """What is said inside may find no room: the log lies on a full disk. Whoever says it goes on."""
    try:
        yield
    except OSError as error:
        if not is_full(error):
            raise
