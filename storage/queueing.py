"""Marks that the database makes by itself, of as many files as there are: a million are never held in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, delete, insert, literal, select

from domain.clip import FileState
from domain.finding import SubjectKind
from storage.schema.tables import CLIP, EVALUATION, FILE, STORED, WORK
from storage.versions import current

CLIP_MARK = f"{SubjectKind.CLIP.value}:"


def queue_every_file(connection: Connection, step: str, upto: int) -> None:
    """Queue every file there is by its number; marks of the same files up to a number go: each is there once."""
    files = select(cast(STORED.c.file_id, String)).where(current(STORED), STORED.c.state != FileState.MOVED)
    queued = (WORK.c.step == step) & (WORK.c.id <= upto)
    connection.execute(delete(WORK).where(queued, WORK.c.subject.in_(files)))
    _add(connection, step, files.order_by(STORED.c.file_id))


def queue_clips(connection: Connection, *where: ColumnElement[bool]) -> None:
    """Queue clips to be judged: those that now lie as the conditions say."""
    _add(connection, "evaluate", select(_named(CLIP.c.file_id)).where(current(CLIP), *where))


def queue_due_clips(connection: Connection, due: Sequence[ColumnElement[bool]]) -> None:
    """Queue clips to be judged whose evaluation fulfils one of these conditions; evaluations know them by anchor.

    Those that a scan queued that could not go on are there once all the same, however often that happens.
    """
    joined = EVALUATION.join(FILE, FILE.c.anchor == EVALUATION.c.subject_key)
    for condition in due:
        query = select(_named(FILE.c.id)).select_from(joined).where(current(EVALUATION), condition, of_clips())
        connection.execute(delete(WORK).where(WORK.c.step == "evaluate", WORK.c.subject.in_(query)))
        _add(connection, "evaluate", query)


def of_clips() -> ColumnElement[bool]:
    """Evaluations of clips. Not by an index: it would be of all clips, where hardly one is looked for."""
    return literal("") + EVALUATION.c.kind == SubjectKind.CLIP.value


def due_for_review(now: datetime, rule_set: str) -> tuple[ColumnElement[bool], ...]:
    """Evaluations that time alone may have changed, or that other rules came to: one question an index.

    Below or above instead of unequal: where nothing is due, no evaluation is looked at.
    """
    return (EVALUATION.c.recheck_at <= now, EVALUATION.c.rule_set < rule_set, EVALUATION.c.rule_set > rule_set)


def _named(number: ColumnElement[int]) -> ColumnElement[str]:
    return literal(CLIP_MARK) + cast(number, String)


def _add(connection: Connection, step: str, subjects: Select[Any]) -> None:
    (subject,) = subjects.selected_columns
    chosen = subjects.with_only_columns(literal(step), subject)
    connection.execute(insert(WORK).from_select(["step", "subject"], chosen))
