"""Counts again what is marked, in pieces: nobody who decides meanwhile waits for a whole city to be counted.

In each piece the marks go first and the counting follows, in one transaction: whatever is marked while a piece is being
counted keeps its mark, and a process that is killed leaves the marks of what it did not finish.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from domain.activity import RECORD_KINDS
from storage import tallies
from storage.tallies import ALL, STEP, Place
from storage.work import clear_subjects, named, newest

Begin = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction of its own for each piece."""

PIECE = 500
"""Activities whose days are counted together."""


def recount(begin: Begin, zone: ZoneInfo) -> None:
    """Count again what is marked up to now."""
    with begin() as connection:
        upto = newest(connection, STEP)
        subjects = named(connection, STEP, "") if upto else set()
    if ALL in subjects:
        _everything(begin, zone, sorted(subjects - {ALL}), upto)
        return
    for kind in RECORD_KINDS:
        prefix = f"activity:{kind}:"
        if mine := sorted(one for one in subjects if one.startswith(prefix)):
            _activities(begin, zone, kind, mine, upto)


def _everything(begin: Begin, zone: ZoneInfo, others: Sequence[str], upto: int) -> None:
    """Unit after unit; the mark of all goes last, so that whoever comes after a killed process begins again."""
    with begin() as connection:
        clear_subjects(connection, STEP, others, upto)
        units = tallies.units_counted(connection)
    for kind, unit in units:
        with begin() as connection:
            tallies.rebuild_unit(connection, kind, unit, zone)
    with begin() as connection:
        clear_subjects(connection, STEP, [ALL], upto)


def _activities(begin: Begin, zone: ZoneInfo, kind: str, subjects: Sequence[str], upto: int) -> None:
    with begin() as connection:
        numbers = [_number(subject) for subject in subjects]
        places = tallies.places_of(connection, kind, numbers, zone)
    for part in _pieces(subjects, places):
        with begin() as connection:
            clear_subjects(connection, STEP, part, upto)
            again = tallies.places_of(connection, kind, [_number(subject) for subject in part], zone)
            tallies.count_places(connection, set().union(*again.values()), zone)


def _pieces(subjects: Sequence[str], places: dict[str, set[Place]]) -> Iterator[Sequence[str]]:
    """Those of one day and unit together, so that hardly any day is counted twice."""
    ordered = sorted(subjects, key=lambda subject: (sorted(places.get(_number(subject), ())), subject))
    for start in range(0, len(ordered), PIECE):
        yield ordered[start : start + PIECE]


def _number(subject: str) -> str:
    """The activity of a mark."""
    return subject.split(":", 2)[2]
