"""The queue of each step, and its failures. Marks are written in the transaction that changed the fact."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Executable, delete, func, insert, select, true, tuple_, update

from domain.errors import ReaderFailed
from domain.timespan import Span
from storage.among import among
from storage.bulk import add_rows
from storage.schema.tables import FAILURE, WORK
from storage.versions import chunks

AT_ONCE = 10_000
"""Marks of one statement."""
FIRST_LETTER = "a"
"""Words begin with a small letter, numbers with a digit, which every collation puts before it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something a step has to look at again; `span` is the stretch of time the change touches."""

    subject: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Marks taken from the queue, and up to which row they may be cleared."""

    marks: tuple[Mark, ...]
    ids: tuple[int, ...]

    def parts(self, size: int) -> Iterator["Batch"]:
        """The same marks in batches of at most `size`, in order."""
        for start in range(0, len(self.ids), size):
            yield Batch(self.marks[start : start + size], self.ids[start : start + size])

    def of_subjects(self, size: int) -> Iterator["Batch"]:
        """The same marks, which are in order of what they name, in batches of at most `size` subjects.

        All marks of one subject come together: there may be several, and it is one piece of work.
        """
        following = (*self.marks[1:], None) if self.marks else ()
        ends = [
            place
            for place, (one, then) in enumerate(zip(self.marks, following, strict=True), 1)
            if then is None or then.subject != one.subject
        ]
        start = 0
        for end in [*ends[size - 1 : -1 : size], *ends[-1:]]:
            yield Batch(self.marks[start:end], self.ids[start:end])
            start = end


def mark(connection: Connection, step: str, marks: Iterable[Mark]) -> None:
    """Queue subjects for a step; doubles are allowed and cheap."""
    for part in chunks(dict.fromkeys(marks), AT_ONCE):
        rows = [
            {"step": step, "subject": m.subject, "from_at": m.span and m.span.start, "to_at": m.span and m.span.end}
            for m in part
        ]
        add_rows(connection, WORK, rows)


def newest(connection: Connection, step: str) -> int:
    """Number of the youngest mark of a step, 0 when there is none: what is queued later is for the next scan."""
    return connection.execute(select(func.max(WORK.c.id)).where(WORK.c.step == step)).scalar() or 0


def take(
    connection: Connection,
    step: str,
    limit: int,
    upto: int,
    *,
    after: int = 0,
) -> Batch:
    """The oldest marks of a step up to a number, `after` another one (they stay queued until cleared)."""
    mine = (WORK.c.step == step) & (WORK.c.id > after) & (WORK.c.id <= upto)
    return _batch(connection, select(WORK).where(mine).order_by(WORK.c.id).limit(limit))


Place = tuple[str, int]
"""Where a mark stands among those of its step by subject: what it names, and its number."""


def take_by_subject(
    connection: Connection, step: str, limit: int, upto: int, *, after: Place | None, prefix: str = ""
) -> Batch:
    """The first marks of a step up to a number by subject, so that all of one come together; those after a place.

    `prefix`: those alone whose subjects begin so. The place matters where SQLite gives a new mark the number of one
    that is cleared: what could not be worked on, and is queued again, is not met again by those who have passed it.
    """
    mine = (WORK.c.step == step) & (WORK.c.id <= upto)
    mine &= WORK.c.subject.startswith(prefix, autoescape=True) if prefix else true()
    order = (WORK.c.subject, WORK.c.id)
    mine &= tuple_(*order) > after if after else true()
    return _batch(connection, select(WORK).where(mine).order_by(*order).limit(limit))


def _batch(connection: Connection, query: Executable) -> Batch:
    rows = connection.execute(query).all()
    marks = [
        Mark(row.subject, Span(row.from_at, row.to_at) if row.from_at is not None and row.to_at is not None else None)
        for row in rows
    ]
    return Batch(tuple(marks), tuple(row.id for row in rows))


def page(connection: Connection, step: str, upto: int, after: int) -> list[tuple[int, str]]:
    """(number, subject) of the next marks of a step after a number, in order: a page of them."""
    query = select(WORK.c.id, WORK.c.subject).where(WORK.c.step == step, WORK.c.id > after, WORK.c.id <= upto)
    return [(row.id, row.subject) for row in connection.execute(query.order_by(WORK.c.id).limit(AT_ONCE)).all()]


def these(connection: Connection, ids: Sequence[int]) -> Batch:
    """Marks by their numbers, in the order given; those that are gone are left out."""
    found: dict[int, Mark] = {}
    for part in chunks(ids):
        batch = _batch(connection, select(WORK).where(among(WORK.c.id, part)))
        found |= dict(zip(batch.ids, batch.marks, strict=True))
    there = [number for number in ids if number in found]
    return Batch(tuple(found[number] for number in there), tuple(there))


def taken_off(connection: Connection, step: str, upto: int, *, but: str = "") -> Iterator[Mark]:
    """What the marks of a step up to a number say, those aside that begin so; read, and off the queue, in one.

    Not first read and then cleared: on a server somebody may end the writing of a mark between the two.
    """
    after = 0
    while True:
        mine = select(WORK.c.id).where(_upto(step, upto, but), WORK.c.id > after).order_by(WORK.c.id).limit(AT_ONCE)
        taken = delete(WORK).where(WORK.c.id.in_(mine)).returning(*WORK.c)
        batch = _batch(connection, taken)
        if not batch.ids:
            return
        after = max(batch.ids)
        yield from dict.fromkeys(batch.marks)


def clear_upto(connection: Connection, step: str, upto: int) -> None:
    """Take the marks of a step up to a number off the queue."""
    connection.execute(delete(WORK).where(_upto(step, upto, "")))


def _upto(step: str, upto: int, but: str) -> ColumnElement[bool]:
    others = ~WORK.c.subject.startswith(but, autoescape=True) if but else true()
    return (WORK.c.step == step) & (WORK.c.id <= upto) & others


def wordy(connection: Connection, step: str, upto: int, *, but: str) -> Batch:
    """The marks of a step up to a number that name files by a word instead of by number, those aside that begin so."""
    query = select(WORK).where(_upto(step, upto, but), WORK.c.subject >= FIRST_LETTER).order_by(WORK.c.id)
    return _batch(connection, query)


def holds(connection: Connection, step: str, prefix: str) -> bool:
    """Whether a mark of a step begins so."""
    like = WORK.c.subject.startswith(prefix, autoescape=True)
    return connection.execute(select(WORK.c.id).where(WORK.c.step == step, like).limit(1)).first() is not None


def clear_subjects(connection: Connection, step: str, subjects: Sequence[str], upto: int) -> None:
    """Take all marks of some subjects up to a number off the queue."""
    for part in chunks(subjects):
        mine = (WORK.c.step == step) & (WORK.c.id <= upto) & among(WORK.c.subject, part)
        connection.execute(delete(WORK).where(mine))


def named(connection: Connection, step: str, prefix: str) -> set[str]:
    """What the marks of a step name after a prefix; they stay queued."""
    like = WORK.c.subject.startswith(prefix, autoescape=True)
    found = connection.execute(select(WORK.c.subject).where(WORK.c.step == step, like).distinct()).scalars()
    return {subject.removeprefix(prefix) for subject in found}


def clear(connection: Connection, ids: Sequence[int]) -> None:
    """Take finished marks off the queue: in the transaction that wrote the step's results."""
    for part in chunks(ids):
        connection.execute(delete(WORK).where(among(WORK.c.id, part)))


def waiting(connection: Connection, step: str) -> int:
    """How many marks a step has before it."""
    return connection.execute(select(func.count()).select_from(WORK).where(WORK.c.step == step)).scalar_one()


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong, as text: it travels between processes, and any database can keep it."""

    kind: str
    message: str
    retryable: bool = False

    @classmethod
    def of(cls, error: BaseException) -> "Fault":
        """The fault that an exception is."""
        return cls(type(error).__name__, str(error), isinstance(error, OSError | ReaderFailed))


def fail(connection: Connection, step: str, subject: str, error: BaseException | Fault, now: datetime) -> None:
    """Record one subject's failure; a repeated one counts its attempts."""
    fault = error if isinstance(error, Fault) else Fault.of(error)
    where = (FAILURE.c.step == step) & (FAILURE.c.subject == subject)
    message = fault.message.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")[:2000]
    values = {"error": fault.kind, "message": message, "retryable": fault.retryable, "last_at": now}
    known = connection.execute(update(FAILURE).where(where).values(attempts=FAILURE.c.attempts + 1, **values))
    if known.rowcount == 0:
        connection.execute(insert(FAILURE).values(step=step, subject=subject, attempts=1, **values))


def failing(connection: Connection) -> frozenset[tuple[str, str]]:
    """(step, subject) of every recorded failure."""
    return frozenset((row.step, row.subject) for row in connection.execute(select(FAILURE.c.step, FAILURE.c.subject)))


def succeed(connection: Connection, step: str, subjects: Sequence[str]) -> None:
    """Forget earlier failures of subjects that went through."""
    if connection.execute(select(FAILURE.c.subject).where(FAILURE.c.step == step).limit(1)).first() is None:
        return  # as nearly always: then no list of subjects has to be sent
    for part in chunks(subjects):
        connection.execute(delete(FAILURE).where(FAILURE.c.step == step, among(FAILURE.c.subject, part)))
