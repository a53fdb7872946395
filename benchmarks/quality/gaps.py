"""Causes of gaps against what truly made them: a confusion matrix."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select

from benchmarks.simulation.files import instant
from benchmarks.simulation.things import Piece, Stop, World
from domain.gap import Gap, GapCause
from storage.codec import decode
from storage.schema.tables import COVERAGE
from storage.versions import current

TRUE_CAUSES = {Stop.STOPPED: GapCause.STOPPED, Stop.POWER_LOSS: GapCause.POWER_LOSS, Stop.CARD_FULL: GapCause.CARD_FULL}
Confusion = Counter[tuple[str, str]]


def gaps(connection: Connection, world: World) -> Confusion:
    """(true cause, stated cause) of every gap inside an officer's required window while they were truly there."""
    by_officer: dict[str, list[Piece]] = {}
    for piece in world.pieces:
        by_officer.setdefault(piece.take.duty.officer, []).append(piece)
    for some in by_officer.values():
        some.sort(key=lambda piece: piece.start)
    there = {call.number: (instant(call.arrived), instant(call.left)) for call in world.calls}
    columns = (COVERAGE.c.number, COVERAGE.c.officer, COVERAGE.c.gaps)
    query = select(*columns).where(current(COVERAGE), COVERAGE.c.officer.is_not(None))
    found: Confusion = Counter()
    for row in connection.execute(query).all():
        for gap in row.gaps:
            span, cause = decode(Gap, gap).span, gap["cause"]
            arrived, left = there[row.number]
            if span.start < arrived or span.end > left:
                continue  # a record that was never closed: nobody was there any more
            found[_true_cause(by_officer.get(row.officer, []), span.start, span.end), cause] += 1
    return found


def _true_cause(pieces: list[Piece], begin: datetime, end: datetime) -> str:
    """By what the officer's files truly did there."""
    inside = [p for p in pieces if instant(p.start) < end and instant(p.end) > begin and _share(p, begin, end) > 0.5]
    if any(not piece.there for piece in inside):
        return GapCause.LOST_FILE.value
    if any(not piece.whole for piece in inside):
        return GapCause.POWER_LOSS.value
    before = [piece for piece in pieces if instant(piece.end) <= begin or _share(piece, begin, end) <= 0.5]
    before = [piece for piece in before if instant(piece.start) < begin]
    if not before:
        return GapCause.UNKNOWN.value
    after = [piece for piece in pieces if instant(piece.start) >= instant(before[-1].end)]
    if after and after[0].take is before[-1].take:
        return GapCause.ROLL_OVER.value
    return TRUE_CAUSES[before[-1].take.stop].value


def _share(piece: Piece, begin: datetime, end: datetime) -> float:
    """How much of a stretch lies in a file."""
    shared = min(instant(piece.end), end) - max(instant(piece.start), begin)
    return shared / (end - begin) if end > begin else 0.0


def accuracy(found: Confusion) -> tuple[float, float, float]:
    """Shares right, unknown and wrong."""
    total = max(sum(found.values()), 1)
    right = sum(count for (true, said), count in found.items() if true == said)
    unknown = sum(count for (true, said), count in found.items() if said == GapCause.UNKNOWN.value != true)
    return right / total, unknown / total, (total - right - unknown) / total


def rows(found: Confusion) -> Iterable[tuple[str, ...]]:
    said = sorted({stated for _, stated in found})
    yield ("true \\ stated", *said)
    for true in sorted({true for true, _ in found}):
        yield (true, *(str(found[true, stated]) for stated in said))
