"""Ways through lists of activities by what was concluded: verdicts and findings, those on linked clips as well.

Put as one question, a database has to guess how many clips lead to how many activities, and guesses wrong. So each is a
walk in small steps, in which a bounded number of things are looked up by their key.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, literal_column, select

from domain.activity import RECORD_KINDS, ActivityKind
from domain.finding import SubjectKind
from domain.link import LinkStatus
from storage.queries.filters import Filters, finding_conditions
from storage.queries.linked import linked_anchors, on_subjects
from storage.queries.ways import Key, unindexed
from storage.schema.tables import EVALUATION, FILE, FINDING, LINK, RECORD
from storage.tallies import counted_none
from storage.versions import chunks, current

MOST = 2000
"""Subjects that are followed to their activities at once."""

Numbers = Mapping[str, str]
"""Numbers of activities, each with the subject by which it was found, in the order of these."""
Stage = Callable[[Connection, str, int], Iterator[Numbers]]
"""From a subject on, that subject included, in parts of which the first is of about the size given."""


@dataclass(frozen=True, slots=True)
class SubjectWay:
    """Activities in order of the subject by which they are found, one stage after the other; each comes once for every
    record of it, in the units asked for.
    """

    name: str
    kind: ActivityKind
    units: Sequence[str] | None
    stages: tuple[Stage, ...]
    answered: tuple[str, ...]

    @property
    def row(self) -> ColumnElement[Any]:
        return RECORD.c.id

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return literal_column("0", Integer), FINDING.c.subject_key, RECORD.c.id

    def keys(self, connection: Connection, after: Key | None, inclusive: bool, size: int) -> list[Key]:
        """The next keys in order; fewer than `size` at the end."""
        rank, begin = (0, "") if after is None else (int(after[0]), str(after[1]))
        walked = self._walk(connection, rank, begin, size)
        return list(islice((key for key in walked if _beyond(key, after, inclusive)), size))

    def _walk(self, connection: Connection, rank: int, begin: str, size: int) -> Iterator[Key]:
        for at, stage in enumerate(self.stages[max(rank, 0) :], start=max(rank, 0)):
            for numbers in stage(connection, begin if at == rank else "", min(size + size // 4, MOST)):
                yield from self._numbered(connection, at, numbers)

    def _numbered(self, connection: Connection, rank: int, numbers: Numbers) -> list[Key]:
        keys: list[Key] = []
        for part in chunks(numbers):
            mine = (current(RECORD), RECORD.c.kind == RECORD_KINDS[self.kind], RECORD.c.key.in_(part))
            query = select(RECORD.c.key, RECORD.c.id).where(*mine)
            if self.units is not None:
                query = query.where(unindexed(RECORD.c.unit).in_(self.units))
            keys += [(rank, numbers[number], row) for number, row in connection.execute(query).all()]
        # In the order in which the database gave the subjects: its order of letters need not be ours.
        order = {subject: at for at, subject in enumerate(dict.fromkeys(numbers.values()))}
        return sorted(keys, key=lambda key: (order[key[1]], key[2]))


def _beyond(key: Key, after: Key | None, inclusive: bool) -> bool:
    """Whether a key of a walk that began at the subject of `after` lies after it."""
    if after is None or key[:2] != after[:2]:
        return True
    return bool(key[2] >= after[2] if inclusive else key[2] > after[2])


def finding_way(kind: ActivityKind, filters: Filters, units: Sequence[str] | None) -> SubjectWay:
    """Activities with such a finding of their own; then those that have it by the first of their clips."""
    stages = (partial(_own, kind, filters), partial(_of_clips, kind, filters))
    return SubjectWay("finding", kind, units, stages, ("rule", "flag"))


def status_way(kind: ActivityKind, status: str, units: Sequence[str] | None) -> SubjectWay:
    """Activities with such a verdict; then those of which the feed says so and the verdict does not."""
    stages = (partial(_judged, kind, status), partial(_stated, kind, status))
    return SubjectWay("status", kind, units, stages, ("status",))


def _parts(connection: Connection, query: Select[Any], begin: str, step: int) -> Iterator[list[str]]:
    """Subjects that a query of one column gives, in order, in parts that grow."""
    column = query.selected_columns[0]
    query, place = query.order_by(column), column >= begin
    while True:
        found = list(connection.execute(query.where(place).limit(step)).scalars())
        if found:
            yield list(dict.fromkeys(found))
        if len(found) < step:
            return
        place, step = column > found[-1], min(2 * step, MOST)


def _own(kind: ActivityKind, filters: Filters, connection: Connection, begin: str, step: int) -> Iterator[Numbers]:
    mine = (current(FINDING), FINDING.c.kind == SubjectKind(kind.value), *finding_conditions(filters))
    for numbers in _parts(connection, select(FINDING.c.subject_key).where(*mine), begin, step):
        yield {number: number for number in numbers}


def _judged(kind: ActivityKind, status: str, connection: Connection, begin: str, step: int) -> Iterator[Numbers]:
    mine = (current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.result == status)
    for numbers in _parts(connection, select(EVALUATION.c.subject_key).where(*mine), begin, step):
        yield {number: number for number in numbers}


def _stated(kind: ActivityKind, status: str, connection: Connection, begin: str, step: int) -> Iterator[Numbers]:
    mine = (current(RECORD), RECORD.c.kind == RECORD_KINDS[kind], RECORD.c.status == status)
    for numbers in _parts(connection, select(RECORD.c.key).where(*mine), begin, step):
        judged: set[str] = set()
        for part in chunks(numbers):
            same = (current(EVALUATION), EVALUATION.c.kind == kind, EVALUATION.c.subject_key.in_(part))
            query = select(EVALUATION.c.subject_key).where(*same, unindexed(EVALUATION.c.result) == status)
            judged |= set(connection.execute(query).scalars())
        yield {number: number for number in numbers if number not in judged}


def _of_clips(kind: ActivityKind, filters: Filters, connection: Connection, begin: str, step: int) -> Iterator[Numbers]:
    """Activities without such a finding of their own, each at the first of its clips that has one."""
    if counted_none(connection, kind.value, filters.rule, filters.flag):
        return  # ten thousand clips would be followed to find no session
    wanted = finding_conditions(filters)
    for pairs in _linked_parts(connection, kind, wanted, begin, step):
        shown: dict[str, str] = {}
        for anchor, number in pairs:
            shown.setdefault(number, anchor)
        if shown:
            own = {one for one, _ in on_subjects(connection, FINDING.c.key, SubjectKind(kind.value), shown, *wanted)}
            first = _firsts(connection, kind, [number for number in shown if number not in own], wanted)
            yield {number: anchor for number, anchor in shown.items() if first.get(number) == anchor}


def _linked_parts(
    connection: Connection, kind: ActivityKind, wanted: Sequence[ColumnElement[bool]], begin: str, step: int
) -> Iterator[list[tuple[str, str]]]:
    """Clips with such a finding in order, each with the activities that it is linked to: (anchor, number)."""
    mine = (current(FINDING), FINDING.c.kind == SubjectKind.CLIP, *wanted)
    made = and_(current(LINK), unindexed(LINK.c.kind) == kind, unindexed(LINK.c.status) == LinkStatus.LINKED)
    place = FINDING.c.subject_key >= begin
    while True:
        part = select(FINDING.c.subject_key).where(*mine, place).order_by(FINDING.c.subject_key).limit(step).subquery()
        joined = part.outerjoin(FILE, FILE.c.anchor == part.c.subject_key)
        linked = joined.outerjoin(LINK, and_(LINK.c.file_id == FILE.c.id, made))
        query = select(part.c.subject_key, LINK.c.number).select_from(linked).order_by(part.c.subject_key)
        found = connection.execute(query).all()
        yield [(anchor, number) for anchor, number in found if number is not None]
        if len(found) < step:
            return
        place, step = FINDING.c.subject_key > found[-1][0], min(2 * step, MOST)


def _firsts(
    connection: Connection, kind: ActivityKind, numbers: Sequence[str], wanted: Sequence[ColumnElement[bool]]
) -> dict[str, str]:
    """Of all clips of activities the first one with such a finding, by the database's order of letters."""
    pairs = linked_anchors(connection, kind, numbers)
    found = {anchor for anchor, _ in on_subjects(connection, FINDING.c.key, SubjectKind.CLIP, _seconds(pairs), *wanted)}
    several: dict[str, list[str]] = {}
    for number, anchor in pairs:
        if anchor in found:
            several.setdefault(number, []).append(anchor)
    doubtful = {anchor for anchors in several.values() if len(anchors) > 1 for anchor in anchors}
    order = _in_order(connection, doubtful)
    return {number: min(anchors, key=lambda one: order.get(one, 0)) for number, anchors in several.items()}


def _seconds(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return [second for _, second in pairs]


def _in_order(connection: Connection, anchors: set[str]) -> dict[str, int]:
    found: list[str] = []
    for part in chunks(sorted(anchors), max(1, len(anchors))):
        query = select(FILE.c.anchor).where(FILE.c.anchor.in_(part)).order_by(FILE.c.anchor)
        found += connection.execute(query).scalars()
    return {anchor: at for at, anchor in enumerate(found)}
