"""From activities to the findings on their clips, step by step.

Put as one question, a database has to guess how many clips an activity has; where it guesses wrong it reads the
findings of the whole city for one page.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from domain.activity import ActivityKind
from domain.finding import SubjectKind
from domain.link import LinkStatus
from storage.schema.tables import FILE, FINDING, LINK
from storage.versions import chunks, current


def linked_anchors(connection: Connection, kind: ActivityKind, numbers: Iterable[str]) -> list[tuple[str, str]]:
    """(number, anchor) of every clip that is linked to one of the activities."""
    found: list[tuple[str, str]] = []
    for part in chunks(numbers):
        # The index that begins with the status holds all that is asked for.
        linked = (current(LINK), LINK.c.status == LinkStatus.LINKED, LINK.c.kind == kind, LINK.c.number.in_(part))
        query = select(LINK.c.number, FILE.c.anchor).select_from(LINK.join(FILE, FILE.c.id == LINK.c.file_id))
        found += [(number, anchor) for number, anchor in connection.execute(query.where(*linked)).all()]
    return found


def on_subjects(
    connection: Connection, column: ColumnElement[Any], kind: SubjectKind, keys: Iterable[str], *wanted: Any
) -> Sequence[tuple[str, Any]]:
    """(subject, value of a column) of the current findings on subjects of a kind."""
    found: list[tuple[str, Any]] = []
    for part in chunks(dict.fromkeys(keys)):
        mine = (current(FINDING), FINDING.c.kind == kind, FINDING.c.subject_key.in_(part))
        query = select(FINDING.c.subject_key, column).where(*mine, *wanted)
        found += [(subject, value) for subject, value in connection.execute(query).all()]
    return found


def about(connection: Connection, column: ColumnElement[Any], number: str) -> list[Any]:
    """Values of a column of the current findings on the activity of a number and on the clips linked to it."""
    found: list[Any] = []
    for kind in ActivityKind:
        own = on_subjects(connection, column, SubjectKind(kind.value), [number])
        anchors = [anchor for _, anchor in linked_anchors(connection, kind, [number])]
        found += [value for _, value in (*own, *on_subjects(connection, column, SubjectKind.CLIP, anchors))]
    return found
