"""Links against the truth of a simulated world, beside the market leader's rule on the same days."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from benchmarks.simulation.things import Call, Piece, World
from domain.link import LinkStatus
from storage.schema.tables import LINK, STORED
from storage.versions import current

BEFORE_DISPATCH = 240.0
Pair = tuple[str, str]
"""Path of a file, number of a call."""


@dataclass(frozen=True, slots=True)
class LinkScore:
    """Counts of links that are right, wrong and lacking; `allowed` are neither (the file shows no call)."""

    right: int
    wrong: int
    lacking: int
    proposed_right: int = 0
    proposed_wrong: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.lacking, 1)


def truth(world: World) -> tuple[set[Pair], set[Pair]]:
    """What must be linked, and what may be."""
    must = {(piece.path, number) for piece in world.stored() if piece.whole for number in piece.calls}
    may = {(piece.path, number) for piece in world.stored() for number in (*piece.near, *piece.calls)}
    return must, may


def score(found: set[Pair], world: World, proposed: Iterable[Pair] = ()) -> LinkScore:
    must, may = truth(world)
    extra = set(proposed) - found
    return LinkScore(
        len(found & must),
        len(found - may),
        len(must - found),
        len(extra & may),
        len(extra - may),
    )


def ours(connection: Connection, world: World) -> LinkScore:
    """What the database holds."""
    joined = LINK.join(STORED, STORED.c.file_id == LINK.c.file_id)
    query = select(STORED.c.path, LINK.c.number, LINK.c.status).select_from(joined)
    rows = connection.execute(query.where(current(LINK), current(STORED))).all()
    by_status = {status: {(row.path, row.number) for row in rows if row.status == status} for status in LinkStatus}
    return score(by_status[LinkStatus.LINKED], world, by_status[LinkStatus.PROPOSED])


def baseline(world: World) -> LinkScore:
    """Same badge, and the clip begins between dispatch less 4 min and clear, by the camera's clock and the record."""
    by_badge: dict[str, list[tuple[float, str]]] = {}
    for piece in world.stored():
        if piece.badge and piece.whole:
            by_badge.setdefault(piece.badge, []).append((piece.shown, piece.path))
    for some in by_badge.values():
        some.sort()
    found: set[Pair] = set()
    for call in world.calls:
        span = _span(call)
        for duty in call.duties if span else ():
            found |= {(path, call.number) for path in _begun(by_badge.get(duty.officer, []), span)}
    return score(found, world)


def _span(call: Call) -> tuple[float, float] | None:
    """A missing dispatch counts as the arrival, a missing clear as the feedback."""
    stated = call.stated
    begin = stated.dispatched if stated.dispatched is not None else stated.arrived
    end = stated.finished if stated.finished is not None else stated.feedback
    return (begin - BEFORE_DISPATCH, end) if begin is not None and end is not None else None


def _begun(starts: list[tuple[float, str]], span: tuple[float, float] | None) -> Iterable[str]:
    if span is None:
        return
    for at, path in starts[bisect_left(starts, (span[0], "")) :]:
        if at > span[1]:
            return
        yield path


def explain(piece: Piece) -> str:
    """A wrong or lacking link in a line, for looking into."""
    clock = piece.take.duty.camera.clock
    return f"{piece.path}: {piece.start:.0f}..{piece.end:.0f}, clock {clock.fault} {piece.shown - piece.start:+.0f} s"
