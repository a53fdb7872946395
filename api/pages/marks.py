"""Stretches of a clip as places on paper: findings above, measurements below, each a link to its moment.

Measurements are no judgement: they reach far beyond what any rule would accept, and are drawn as what they are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.pages.rendering import Reader
from api.pages.scale import STEPS
from api.pages.strips import STRETCH
from domain.observation import ObservationKind

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 1200.0, 150.0, 1188.0, 30.0, 26.0, 16.0
LEAST = 3.0
"""Width of the shortest mark."""
MOST_MARKS = 160
"""In one row; more are joined until they are fewer."""
LOOKED = (ObservationKind.PICTURE_CHECKED, ObservationKind.SOUND_CHECKED)
DRAWN = (
    *(ObservationKind.UNDECODABLE, ObservationKind.NO_SIGNAL, ObservationKind.BLACK, ObservationKind.COVERED),
    *(ObservationKind.FROZEN, ObservationKind.STILL, ObservationKind.BLURRED, ObservationKind.TURNED),
    *(ObservationKind.SILENT, ObservationKind.LOW_SOUND, ObservationKind.CLOCK_MISSING),
    *(ObservationKind.CLOCK_STOPPED, ObservationKind.CLOCK_JUMP),
)
"""In this order, those that there are."""
MOST_TICKS = 10

Piece = tuple[float, float]
"""Beginning and end, s of media time."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One stretch: its place, when it begins, and what it is called."""

    x: float
    width: float
    at: float
    title: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One kind; `form` chooses colour and pattern."""

    y: float
    name: str
    form: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class MarkTick:
    """A labelled line of the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Marks:
    """The whole drawing; `stops` are the moments that keys jump to."""

    height: float
    rows: tuple[MarkRow, ...]
    ticks: tuple[MarkTick, ...]
    stops: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What is drawn of one clip, in seconds of media time."""

    duration: float
    started_at: datetime | None
    findings: Sequence[tuple[str, Piece]]
    holes: Sequence[Piece]
    pieces: Mapping[str, Sequence[Piece]]


def media_time(seconds: float) -> str:
    """`0:01:05.2`, as findings write it."""
    tenths = round(max(seconds, 0.0) * 10)
    whole = f"{tenths // 36000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}"
    return f"{whole}.{tenths % 10}" if tenths % 10 else whole


def stretches_of(measured: Mapping[str, Any]) -> list[Piece]:
    """The stretches that a finding tells of."""
    listed = measured.get("stretches")
    found = (STRETCH.fullmatch(str(one)) for one in listed) if isinstance(listed, list) else ()
    return [(_seconds(match.groups()[:3]), _seconds(match.groups()[3:])) for match in found if match]


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds = parts
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def joined(pieces: Iterable[Piece], most: int = MOST_MARKS) -> list[Piece]:
    """In order, those that touch as one; over ever wider breaks until they are few enough."""
    found, within = _within(pieces, 0.5), 1.0
    while len(found) > most:
        found, within = _within(found, within), within * 2
    return found


def _within(pieces: Iterable[Piece], within: float) -> list[Piece]:
    found: list[Piece] = []
    for start, end in sorted(pieces):
        if found and start <= found[-1][1] + within:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def draw_marks(measured: Measured, reader: Reader) -> Marks | None:
    """The drawing, None of a clip whose length is not known."""
    if measured.duration <= 0:
        return None
    rows = tuple(
        MarkRow(TOP + number * ROW, name, form, tuple(_marks(pieces, name, measured, reader)))
        for number, (name, form, pieces) in enumerate(_rows(measured, reader))
    )
    stops = {mark.at for row in rows if row.form != "looked" for mark in row.marks}
    flagged = {round(piece[0], 3) for _, piece in measured.findings}
    height = TOP + len(rows) * ROW + 6
    return Marks(height, rows, tuple(_ticks(measured.duration)), tuple(sorted(flagged or stops)))


def _rows(measured: Measured, reader: Reader) -> Iterator[tuple[str, str, Sequence[Piece]]]:
    if measured.findings:
        yield reader.t("clip.row.findings"), "flagged", [piece for _, piece in measured.findings]
    if measured.holes:
        yield reader.t("clip.row.holes"), "hole", measured.holes
    for kind in DRAWN:
        if pieces := measured.pieces.get(kind):
            yield reader.of_kind("seen", kind), kind, pieces
    looked = [(kind, measured.pieces[kind]) for kind in LOOKED if measured.pieces.get(kind)]
    for kind, pieces in looked:
        yield reader.of_kind("seen", kind), "looked", pieces


def _marks(pieces: Sequence[Piece], name: str, measured: Measured, reader: Reader) -> Iterator[Mark]:
    for start, end in joined(pieces):
        left, right = _x(start, measured.duration), _x(end, measured.duration)
        width = max(right - left, LEAST)
        said = f"{name} {media_time(start)}–{media_time(end)} · {reader.length(end - start)}"
        if measured.started_at is not None:
            said += f" · {reader.clock(measured.started_at + timedelta(seconds=start))}"
        yield Mark(min(left, RIGHT - width), round(width, 1), round(start, 3), said)


def _x(at: float, duration: float) -> float:
    return round(LEFT + min(max(at / duration, 0.0), 1.0) * (RIGHT - LEFT), 1)


def _ticks(duration: float) -> Iterator[MarkTick]:
    step = next((s.total_seconds() for s in STEPS if duration / s.total_seconds() <= MOST_TICKS), 86400.0)
    for number in range(int(duration // step) + 1):
        yield MarkTick(_x(number * step, duration), media_time(number * step))
