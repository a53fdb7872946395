"""What a simulated world is made of. Times are seconds of POSIX time, true ones unless a field says otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class ClockFault(StrEnum):
    NONE = "none"
    CONSTANT = "constant"
    DRIFT = "drift"
    ZONE = "zone"
    CONTAINER_ZONE = "container-zone"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Clock:
    """A camera's clock: `fast` seconds ahead of the truth at `since`, gaining `gain` seconds a day."""

    fault: ClockFault
    fast: float
    since: float
    gain: float = 0.0

    def shows(self, true: float) -> float:
        return true + self.fast + self.gain * (true - self.since) / 86_400


@dataclass(slots=True)
class Camera:
    """`cut`: seconds after which it begins a new file; `written`: how many files it has written."""

    serial: str
    unit: str
    cut: float
    clock: Clock
    written: int = 0


@dataclass(slots=True)
class Duty:
    """An officer with a camera, from issue to return. `read_out`: when the station read the camera."""

    officer: str
    camera: Camera
    start: float
    end: float
    read_out: float
    reset_at: float | None = None  # the camera's clock begins anew at 2000-01-01 here, until it is docked


@dataclass(slots=True)
class Stated:
    """What the record says; None where nothing was entered."""

    dispatched: float | None
    arrived: float | None
    finished: float | None
    feedback: float | None


@dataclass(slots=True)
class Call:
    """A 110 call that was attended. `officers`: who was there, each with duty."""

    number: str
    unit: str
    received: float
    dispatched: float
    arrived: float
    left: float
    duties: list[Duty]
    stated: Stated


class Stop(StrEnum):
    """Why a recording ended."""

    STOPPED = "stopped"
    POWER_LOSS = "power-loss"
    CARD_FULL = "card-full"


@dataclass(slots=True)
class Take:
    """One press of the button: for which calls, from when to when, and why it ended."""

    duty: Duty
    start: float
    end: float
    calls: list[Call]
    stop: Stop = Stop.STOPPED


@dataclass(slots=True)
class Piece:
    """One file as it was written. `calls`: whose on-scene time it shows; `near`: also allowed, but not asked for.

    `shown`: the start as the camera's clock has it; `inside`: as the file states it inside. `badge`: what is in the
    name. `whole` is False for a file that lost power. `there`: it reached the store.
    """

    take: Take
    number: int
    start: float
    end: float
    shown: float
    inside: float
    badge: str | None
    calls: tuple[str, ...]
    near: tuple[str, ...]
    whole: bool = True
    there: bool = True
    path: str = ""


@dataclass(slots=True)
class World:
    """Everything that happened."""

    start: float
    days: int
    units: list[str]
    officers: dict[str, str] = field(default_factory=dict)  # badge → unit
    cameras: list[Camera] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    takes: list[Take] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def stored(self) -> Iterator[Piece]:
        return (piece for piece in self.pieces if piece.there)
