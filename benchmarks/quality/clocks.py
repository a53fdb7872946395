"""Inferred camera clocks against the true ones: claimed, right, wrong, declined."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy import Connection, select

from benchmarks.simulation.files import instant
from benchmarks.simulation.things import Camera, ClockFault, Piece, World
from domain.clip import ClockKind, DeviceClock
from storage.codec import decode
from storage.schema.tables import CLIP, DEVICE_CLOCK, STORED
from storage.versions import current

ENOUGH = 15  # clips
WITHIN: Mapping[ClockFault, float] = {
    ClockFault.CONSTANT: 5.0,
    ClockFault.DRIFT: 15.0,
    ClockFault.ZONE: 5.0,
    ClockFault.CONTAINER_ZONE: 5.0,
    ClockFault.NONE: 5.0,
    ClockFault.RESET: 60.0,
}
NAMED: Mapping[ClockFault, frozenset[str]] = {
    ClockFault.CONSTANT: frozenset({ClockKind.CONSTANT, ClockKind.DRIFT}),
    ClockFault.DRIFT: frozenset({ClockKind.DRIFT, ClockKind.CONSTANT}),
    ClockFault.ZONE: frozenset({ClockKind.ZONE}),
    ClockFault.CONTAINER_ZONE: frozenset({ClockKind.ZONE}),
    ClockFault.NONE: frozenset({ClockKind.NONE}),
    ClockFault.RESET: frozenset({ClockKind.RESET}),
}


@dataclass(slots=True)
class ClockScore:
    """Per kind of fault. `bounded`: the truth lies within the stated error, whether anything was claimed or not."""

    cameras: Counter[str] = field(default_factory=Counter)
    claimed: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    bounded: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterable[tuple[str, ...]]:
        columns = (self.cameras, self.claimed, self.right, self.wrong, self.declined, self.bounded, self.named)
        for fault in sorted(self.cameras):
            yield (fault, *(str(column[fault]) for column in columns))


HEADING = ("true fault", "cameras", "claimed", "right", "wrong", "declined", "within bound", "named rightly")


def clocks(connection: Connection, world: World) -> ClockScore:
    """Every camera with enough clips that carry a believable time of their own."""
    known: dict[str, list[DeviceClock]] = {}
    for body in connection.execute(select(DEVICE_CLOCK.c.body).where(current(DEVICE_CLOCK))).scalars():
        clock = decode(DeviceClock, body)
        known.setdefault(clock.device, []).append(clock)
    query = select(STORED.c.path, CLIP.c.started_at, CLIP.c.clock_error).select_from(
        CLIP.join(STORED, STORED.c.file_id == CLIP.c.file_id)
    )
    placed = {row.path: row for row in connection.execute(query.where(current(CLIP), current(STORED))).all()}
    by_camera: dict[str, list[Piece]] = {}
    for piece in world.stored():
        if piece.whole:
            by_camera.setdefault(piece.take.duty.camera.serial, []).append(piece)
    found = ClockScore()
    for camera in world.cameras:
        mine = by_camera.get(camera.serial, [])
        reset = [piece for piece in mine if piece.shown < piece.start - 86_400 * 365]
        told = [piece for piece in mine if piece not in reset]
        if len(told) >= ENOUGH:
            _judge(found, camera, [(piece, placed.get(piece.path)) for piece in told], known.get(camera.serial, []))
        if reset:
            _reset(found, [(piece, placed.get(piece.path)) for piece in reset], known.get(camera.serial, []))
    return found


def _errors(told: Iterable[tuple[Piece, object]]) -> list[tuple[float, float]]:
    """(seconds between placed and true start, seconds of the stated bound) of every placed clip."""
    return [
        (abs((row.started_at - instant(piece.start)).total_seconds()), row.clock_error.total_seconds())  # type: ignore[attr-defined]
        for piece, row in told
        if row is not None and row.started_at is not None  # type: ignore[attr-defined]
    ]


def _judge(found: ClockScore, camera: Camera, told: list[tuple[Piece, object]], clocks: list[DeviceClock]) -> None:
    fault = camera.clock.fault
    found.cameras[fault] += 1
    kinds = {clock.kind for clock in clocks}
    errors = _errors(told)
    # A reset beside an otherwise right clock is a claim about the reset only.
    claims = bool(kinds - {ClockKind.NONE, ClockKind.RESET})
    typical = median(error for error, _ in errors) if errors else 0.0
    if claims:
        found.claimed[fault] += 1
        good = typical <= WITHIN[fault]
        (found.right if good else found.wrong)[fault] += 1
    elif fault is not ClockFault.NONE:
        found.declined[fault] += 1
    found.bounded[fault] += all(error <= bound + 1.0 for error, bound in errors)
    found.named[fault] += bool(kinds & NAMED[fault]) or (fault is ClockFault.NONE and not claims)


def _reset(found: ClockScore, told: list[tuple[Piece, object]], clocks: list[DeviceClock]) -> None:
    """Clips whose clock had lost its time: placed near the truth, placed wrongly, or left without a place."""
    fault = ClockFault.RESET
    found.cameras[fault] += 1
    errors = _errors(told)
    if errors:
        found.claimed[fault] += 1
        good = median(error for error, _ in errors) <= WITHIN[fault]
        (found.right if good else found.wrong)[fault] += 1
    else:
        found.declined[fault] += 1
    found.bounded[fault] += all(error <= bound + 1.0 for error, bound in errors)
    found.named[fault] += any(clock.lost_clips for clock in clocks)
