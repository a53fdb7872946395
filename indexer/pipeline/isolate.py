"""The program's one broad `except`: a subject that makes our own code fail is recorded and left out, not fatal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from indexer.pipeline.plan import Scanning
from storage import work
from storage.work import Fault, Mark


@dataclass(slots=True)
class Caught:
    """What went wrong inside `catching`, None when nothing did."""

    error: Exception | None = None


@contextmanager
def catching() -> Iterator[Caught]:
    """Take any failure of one subject's work as a fact. The database's own failures are not the subject's."""
    caught = Caught()
    try:
        yield caught
    except SQLAlchemyError:
        raise
    except Exception as error:  # noqa: BLE001 (the one place where any failure is a fact about a subject)
        caught.error = error


@contextmanager
def isolated(
    connection: Connection,
    scan: Scanning,
    step: str,
    marks: Sequence[Mark],
    *,
    writes: bool = True,
    subject: str | None = None,
) -> Iterator[Caught]:
    """Do one subject's work in a savepoint; what goes wrong with it is recorded against it and goes no further.

    Its marks are queued again, for the next scan; success forgets an earlier failure. `writes` False spares the
    savepoint where nothing is written; `subject` names work that stands for several marks.
    """
    subject = subject or marks[0].subject
    savepoint = connection.begin_nested() if writes else None
    with catching() as caught:
        yield caught
    if caught.error is None:
        if savepoint:
            savepoint.commit()
        if (step, subject) in scan.failing:
            work.succeed(connection, step, [subject])
        return
    if savepoint:
        savepoint.rollback()
    leave_out(connection, scan, step, marks, Fault.of(caught.error), subject=subject)


def leave_out(
    connection: Connection,
    scan: Scanning,
    step: str,
    marks: Sequence[Mark],
    fault: Fault,
    *,
    subject: str | None = None,
) -> None:
    """Record what went wrong with one subject, and queue its marks for the next scan."""
    subject = subject or marks[0].subject
    work.fail(connection, step, subject, fault, scan.now)
    work.mark(connection, step, marks)
    scan.progress.note(f"{step}: {subject}: {fault.kind}: {fault.message}")
