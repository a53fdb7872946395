"""What all readings of a clip's on-screen clock tell together. One reading alone is never believed.

A clock that shows whole seconds shows the last one that passed: of a clock that runs right, shown less media time lies
within one second. Readings that agree like that form a run; what agrees with nothing is a misreading. The offset steps
and stays: a jump. The same is shown while media time passes: it stands still. Offsets grow evenly: its rate is wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations, pairwise
from math import ceil
from statistics import linear_regression, median

NARROW = 2.0  # s within which an edge or an offset is to be known
SLACK = 0.6  # s by which pictures are late or early against the clock in them
STANDS = 3  # readings of the same second before a clock is said to stand still
RATE_READINGS = 4  # readings that a wrong rate must explain
UNSURE = 0.8  # below it a figure may be its lookalike
TWINS = frozenset("08 38 68 06 56 58 89 17 14 39 35 27 69 59".split())
"""Figures that are taken for each other."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`at`: media time, s. `shown`: s since 1970 of the local time. `step`: finest that is shown, s. `sure`: 0..1."""

    at: float
    shown: float
    step: float
    text: str
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """Readings that follow each other and agree. `zero`: what the clock showed at media time zero, `wide` the seconds
    within which that is known; of a run whose rate is wrong, as the middle of the run tells."""

    readings: tuple[Reading, ...]
    zero: float
    wide: float = 1.0
    rate: float = 1.0


@dataclass(frozen=True, slots=True)
class Jump:
    """Between the last reading of one run and the first of the next the clock gained this, s."""

    before: Reading
    after: Reading
    gained: float


@dataclass(frozen=True, slots=True)
class Story:
    """`doubts`: stretches of media time in which another picture would tell more; `turns`: moments at which one would
    tell when the minute turns of a clock that shows no seconds."""

    runs: tuple[Run, ...] = ()
    stops: tuple[tuple[Reading, ...], ...] = ()
    jumps: tuple[Jump, ...] = ()
    doubts: tuple[tuple[float, float], ...] = ()
    turns: tuple[float, ...] = ()


def story(readings: Iterable[Reading]) -> Story:
    """What the readings tell."""
    ordered = sorted(readings, key=lambda one: one.at)
    stops, halts = standstills(ordered)
    still = {id(one) for stop in stops for one in stop}
    moving = [one for one in ordered if id(one) not in still]
    rate, pieces = _simplest(moving, stops)
    believed = _settled([piece for piece in pieces if len(piece) > 1], rate)
    runs = tuple(_run(piece, rate) for piece in believed)
    jumps = tuple(
        Jump(a.readings[-1], b.readings[0], _gained(a, b))
        for a, b in pairwise(runs)
        if not _explained(a, b, stops) and abs(_gained(a, b)) > _slack(a.readings[-1], b.readings[0])
    )
    turns = tuple(at for run in runs for at in _turn(run))
    return Story(runs, tuple(stops), jumps, tuple(_doubts(ordered, pieces, stops, halts)), turns)


def _simplest(moving: Sequence[Reading], stops: Sequence[tuple[Reading, ...]]) -> tuple[float, list[list[Reading]]]:
    """A clock that runs right, unless a wrong rate explains the readings with fewer breaks."""
    right = _pieces(moving, 1.0, stops)
    rate = common_rate(moving)
    wrong = _pieces(moving, rate, stops)
    return (rate, wrong) if len(wrong) < len(right) else (1.0, right)


def standstills(ordered: Sequence[Reading]) -> tuple[list[tuple[Reading, ...]], list[tuple[float, float]]]:
    """Stretches that show the same second, and pairs of readings that may be the ends of one."""
    groups: list[list[Reading]] = []
    for one in ordered:
        if groups and groups[-1][-1].shown == one.shown:
            groups[-1].append(one)
        else:
            groups.append([one])
    still = [group for group in groups if group[0].step <= 1 and group[-1].at - group[0].at > group[0].step + SLACK]
    stops = [tuple(group) for group in still if len(group) >= STANDS]
    return stops, [(group[0].at, group[-1].at) for group in still if len(group) < STANDS]


def common_rate(moving: Sequence[Reading]) -> float:
    """Seconds shown per second of media where one wrong rate explains nearly all readings, else 1."""
    if len(moving) < RATE_READINGS:
        return 1.0
    slopes = [(b.shown - a.shown) / (b.at - a.at) for a, b in combinations(moving, 2) if b.at - a.at > 1]
    rate = median(slopes) if slopes else 1.0
    drift = abs(rate - 1) * (moving[-1].at - moving[0].at)
    offsets = [one.shown - one.at for one in moving]
    if max(offsets) - min(offsets) <= max(one.step for one in moving) + SLACK:
        return 1.0  # a clock that runs right explains every reading
    if not 0.05 < rate < 20 or drift <= max(one.step for one in moving) + SLACK:
        return 1.0
    agreeing = sum(_agree(a, b, rate) for a, b in pairwise(moving))
    base = median(one.shown - rate * one.at for one in moving)
    near = sum(abs(one.shown - rate * one.at - base) <= one.step + SLACK for one in moving)
    if min(agreeing, near - 1) < 0.85 * (len(moving) - 1):
        return 1.0
    line = [one for one in moving if abs(one.shown - rate * one.at - base) <= one.step + SLACK]
    return linear_regression([one.at for one in line], [one.shown - base for one in line]).slope


def _slack(a: Reading, b: Reading) -> float:
    return max(a.step, b.step) + SLACK


def _agree(a: Reading, b: Reading, rate: float) -> bool:
    """The clock ran from one reading to the other as the media did."""
    return abs((b.shown - a.shown) - rate * (b.at - a.at)) <= _slack(a, b)


def _pieces(moving: Sequence[Reading], rate: float, stops: Sequence[tuple[Reading, ...]]) -> list[list[Reading]]:
    """Readings one after another that agree; a stray one between two that agree does not part them."""
    pieces: list[list[Reading]] = []
    for one in moving:
        home = next((piece for piece in reversed(pieces[-3:]) if _agree(piece[-1], one, rate)), None)
        if home is not None and not _parted(home[-1], one, pieces, stops):
            home.append(one)
        else:
            pieces.append([one])
    return sorted(pieces, key=lambda piece: piece[0].at)


def _parted(
    last: Reading, one: Reading, pieces: Sequence[Sequence[Reading]], stops: Sequence[tuple[Reading, ...]]
) -> bool:
    """Between the two lies a run of two or more, or a standstill."""
    inside = [piece for piece in pieces if len(piece) > 1 and last.at < piece[0].at < one.at]
    return bool(inside) or any(last.at < stop[0].at < one.at for stop in stops)


def _settled(pieces: list[list[Reading]], rate: float) -> list[list[Reading]]:
    """Pieces without those that only a figure taken for its lookalike parts from the larger part of the readings."""
    if len(pieces) < 2:
        return pieces
    main = max(pieces, key=len)
    kept = [piece for piece in pieces if piece is main or not _lookalike(main, piece, rate)]
    joined: list[list[Reading]] = []
    for piece in kept:
        if joined and _agree(joined[-1][-1], piece[0], rate):
            joined[-1].extend(piece)
        else:
            joined.append(piece)
    return joined


def _lookalike(main: Sequence[Reading], piece: Sequence[Reading], rate: float) -> bool:
    """All readings of the piece differ from what the main run says by one figure that is easily misread."""
    if len(piece) >= STANDS and median(one.sure for one in piece) >= UNSURE:
        return False
    base = main[0]
    return all(_one_figure(base.shown + rate * (one.at - base.at), one.shown) for one in piece)


def _one_figure(expected: float, got: float) -> bool:
    """The two moments, written, differ in one figure and by twins; a second more or less in what is expected is one."""
    return any(_differ(expected + shift, got) for shift in (-1.0, 0.0, 1.0))


def _differ(expected: float, got: float) -> bool:
    a, b = _written(expected), _written(got)
    other = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    return len(other) == 1 and "".join(sorted(other[0])) in TWINS


def _written(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y%m%d%H%M%S")


def _run(piece: Sequence[Reading], rate: float) -> Run:
    """The offset that all readings allow, in the middle; a rate of its own if the run drifts."""
    if rate == 1.0 and len(piece) >= RATE_READINGS:
        rate = common_rate(piece)
    middle = (piece[0].at + piece[-1].at) / 2 if rate != 1.0 else 0.0
    offsets = [one.shown - rate * (one.at - middle) - middle for one in piece]
    low, high = max(offsets), min(offset + one.step for offset, one in zip(offsets, piece, strict=True))
    if rate != 1.0:
        step = median(one.step for one in piece)
        return Run(tuple(piece), median(offsets) + step / 2, step, rate)
    return Run(tuple(piece), (low + high) / 2, max(0.0, high - low), rate)


def _turn(run: Run) -> list[float]:
    """Where to look to halve what is not known of a clock without seconds: it turns before or after that moment."""
    first, last = run.readings[0], run.readings[-1]
    step = first.step
    if step <= 1 or run.rate != 1.0 or run.wide <= NARROW:
        return []
    near = (first.at + last.at) / 2 + run.zero
    at = ceil(near / step) * step - run.zero
    return [at if at <= last.at else max(first.at, at - step)]


def _gained(a: Run, b: Run) -> float:
    if a.rate == b.rate == 1.0:
        return b.zero - a.zero
    last, first = a.readings[-1], b.readings[0]
    return (first.shown - last.shown) - a.rate * (first.at - last.at)


def _explained(a: Run, b: Run, stops: Sequence[tuple[Reading, ...]]) -> bool:
    """A standstill between the two runs is the whole of what was lost, or nothing was."""
    inside = [stop for stop in stops if a.readings[-1].at <= stop[0].at and stop[-1].at <= b.readings[0].at]
    if not inside:
        return False
    least = sum(stop[-1].at - stop[0].at for stop in inside)
    most = b.readings[0].at - a.readings[-1].at
    return -most - 1 <= _gained(a, b) <= 1 - least or abs(_gained(a, b)) <= 1 + SLACK


def _doubts(
    ordered: Sequence[Reading],
    pieces: Sequence[Sequence[Reading]],
    stops: Sequence[tuple[Reading, ...]],
    halts: Iterable[tuple[float, float]],
) -> list[tuple[float, float]]:
    """Between two readings of different pieces, and between two that show the same."""
    group = {id(one): number for number, piece in enumerate([*pieces, *stops]) for one in piece}
    edges = [(a.at, b.at) for a, b in pairwise(ordered) if group[id(a)] != group[id(b)]]
    return sorted({*edges, *halts})
