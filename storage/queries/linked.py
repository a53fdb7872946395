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
from storage.schema.tables import CLIP, FILE, FINDING, LINK
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


def cameras_of_findings(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """By key of a current finding on a clip the camera that the clip is of, where that is known."""
    found: dict[str, str] = {}
    joined = FINDING.join(FILE, FILE.c.anchor == FINDING.c.subject_key).join(CLIP, CLIP.c.file_id == FILE.c.id)
    for part in chunks(dict.fromkeys(keys)):
        on_clip = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, FINDING.c.key.in_(part), current(CLIP))
        query = select(FINDING.c.key, CLIP.c.device).select_from(joined).where(*on_clip, CLIP.c.device.is_not(None))
        found |= {row[0]: row[1] for row in connection.execute(query).all()}
    return found


def activities_of_findings(connection: Connection, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By key of a current finding on a clip the numbers of the activities that the clip is linked to, in order."""
    found: dict[str, set[str]] = {}
    for part in chunks(dict.fromkeys(keys)):
        on_clip = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, FINDING.c.key.in_(part))
        joined = FINDING.join(FILE, FILE.c.anchor == FINDING.c.subject_key).join(LINK, LINK.c.file_id == FILE.c.id)
        query = select(FINDING.c.key, LINK.c.number).select_from(joined).where(*on_clip)
        for key, number in connection.execute(query.where(current(LINK), LINK.c.status == LinkStatus.LINKED)).all():
            found.setdefault(key, set()).add(number)
    return {key: tuple(sorted(numbers)) for key, numbers in found.items()}


def about(connection: Connection, column: ColumnElement[Any], number: str) -> list[Any]:
    """Values of a column of the current findings on the activity of a number and on the clips linked to it."""
    found: list[Any] = []
    for kind in ActivityKind:
        own = on_subjects(connection, column, SubjectKind(kind.value), [number])
        anchors = [anchor for _, anchor in linked_anchors(connection, kind, [number])]
        found += [value for _, value in (*own, *on_subjects(connection, column, SubjectKind.CLIP, anchors))]
    return found
