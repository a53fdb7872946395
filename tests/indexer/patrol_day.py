"""A seeded patrol day with its truth: calls of one officer, and the recordings made for them.

The truth is which call each recording was made for, written down when it is made, before any window is compared.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.clip import Clip
from domain.link import Link, LinkBasis, LinkStatus
from domain.timespan import Span
from indexer.scoring import ActivityWindow, Footage
from tests.indexer.clip_builder import clip, recording, span, window

SHIFT = 8 * 3600.0


@dataclass
class Call:
    number: str
    dispatched: float
    arrived: float
    finished: float
    stretch: tuple[float, float] | None = None  # what the officer recorded for it


@dataclass
class Day:
    footage: list[Footage] = field(default_factory=list)
    windows: list[ActivityWindow] = field(default_factory=list)
    truth: set[tuple[int, str]] = field(default_factory=set)
    undecided: set[int] = field(default_factory=set)


def calls(rng: random.Random, officer: str) -> list[Call]:
    """Arrivals as on a busy shift: on scene median 12 min with a long tail, one call in three taken over at once."""
    found: list[Call] = []
    now = rng.uniform(60, 1800)
    while now < SHIFT:
        arrived = now + rng.lognormvariate(6.0, 0.5)
        finished = arrived + max(40.0, rng.lognormvariate(6.58, 0.9))
        found.append(Call(f"{officer}-{len(found)}", now, arrived, finished))
        now = finished + (rng.uniform(5, 40) if rng.random() < 0.33 else rng.uniform(300, 3600))
    return found


def record(rng: random.Random, planned: list[Call]) -> None:
    """Usual pre- and post-roll; sometimes begun long before dispatch, late, ended early, or not at all."""
    previous = 0.0
    for call in planned:
        kind = rng.random()
        start, end = call.arrived - rng.uniform(5, 120), call.finished + rng.uniform(0, 60)
        if kind < 0.08:
            continue
        if kind < 0.16:
            start = call.dispatched - rng.uniform(30, 600)
        elif kind < 0.24:
            start = call.arrived + rng.uniform(0.05, 0.5) * (call.finished - call.arrived)
        elif kind < 0.32:
            end = call.arrived + rng.uniform(0.5, 0.9) * (call.finished - call.arrived)
        start = max(start, previous + 1)
        if start < end - 10:
            call.stretch, previous = (start, end), end


def segments_of(rng: random.Random, start: float, end: float, device: str) -> list[Clip]:
    cut = rng.choice((300.0, 600.0, 1800.0))
    found: list[Clip] = []
    while start < end - 1:
        found.append(clip(start, min(start + cut, end), error=2, device=device))
        start += cut + rng.uniform(0, 1.5)
    return found


def joint(rng: random.Random, planned: list[Call]) -> list[tuple[tuple[float, float], list[Call]]]:
    """What was recorded in one go: sometimes the officer lets the camera run from one call into the next."""
    found: list[tuple[tuple[float, float], list[Call]]] = []
    for call in planned:
        if call.stretch is None:
            continue
        close = bool(found) and call.stretch[0] - found[-1][0][1] < 600
        if close and rng.random() < 0.4:
            before, made_for = found.pop()
            found.append(((before[0], call.stretch[1]), [*made_for, call]))
        else:
            found.append((call.stretch, [call]))
    return found


def belongs(part: Span, made_for: list[Call]) -> list[Call] | None:
    """Truth for one clip, from what the officer did at the time: on scene, else on the way; None while idle.

    What was recorded for one call alone belongs to it whole.
    """
    if len(made_for) == 1:
        return made_for
    on_scene = [call for call in made_for if part.overlaps(span(call.arrived, call.finished))]
    middle = part.start + part.duration / 2
    on_the_way = [call for call in made_for if span(call.dispatched, call.arrived).contains(middle)]
    return on_scene or on_the_way or None


def day(seed: int, officers: int = 6) -> dict[str, Day]:
    """One day per officer, keyed by badge."""
    rng = random.Random(seed)
    return {f"03{n:04d}": officer_day(rng, f"03{n:04d}") for n in range(officers)}


def officer_day(rng: random.Random, officer: str) -> Day:
    made = Day()
    planned = calls(rng, officer)
    record(rng, planned)
    made.windows = [window(c.number, c.arrived, c.finished, dispatched=c.dispatched, officer=officer) for c in planned]
    for stretch, made_for in joint(rng, planned):
        clips = segments_of(rng, *stretch, device=f"CAM{officer}")
        made.footage.append(Footage(recording(*clips), LinkBasis.BADGE, officer))
        for part in clips:
            claimed = belongs(part.span, made_for) if part.span else None
            made.truth |= {(part.file_id, call.number) for call in claimed or ()}
            made.undecided |= set() if claimed else {part.file_id}
    return made


def confusion(made: Day, links: Iterable[Link]) -> tuple[int, int, int]:
    """True, false and overlooked links; clips without a definite truth are left out."""
    found = {(x.file_id, x.number) for x in links if x.status is LinkStatus.LINKED and x.file_id not in made.undecided}
    return len(found & made.truth), len(found - made.truth), len(made.truth - found)
