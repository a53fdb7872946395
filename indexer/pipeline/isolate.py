"""The program's one broad `except`: a subject that makes our own code fail is recorded and left out, not fatal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from indexer.pipeline.plan import Scanning
from storage import work
from storage.work import Mark


@contextmanager
def isolated(
    connection: Connection, scan: Scanning, step: str, marks: Sequence[Mark], *, writes: bool = True
) -> Iterator[None]:
    """Do one subject's work in a savepoint; what goes wrong with it is recorded against it and goes no further.

    Its marks are queued again, for the next scan. The database's own failures are not the subject's: they end the
    scan.
    """
    subject = marks[0].subject
    savepoint = connection.begin_nested() if writes else None
    try:
        yield
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 (the one place where any failure is a fact about a subject)
        if savepoint:
            savepoint.rollback()
        work.fail(connection, step, subject, error, scan.now)
        work.mark(connection, step, marks)
        scan.progress.note(f"{step}: {subject}: {type(error).__name__}: {error}")
    else:
        if savepoint:
            savepoint.commit()
