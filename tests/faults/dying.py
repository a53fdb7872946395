"""Processes that do the work of the small world and are killed (SIGKILL) on the way, at a statement or by the clock.

They are forked by a warm server that has imported everything and opened nothing: a death costs what was done before it.
"""

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from multiprocessing.context import ForkServerContext
from random import Random
from typing import Any

from sqlalchemy import Engine, event

from storage.engine import DatabaseSettings, open_engine
from tests.faults.world import World, work

BEFORE, AFTER, COMMIT = "before a statement", "after a statement", "before a commit"
EVENTS = {BEFORE: "before_cursor_execute", AFTER: "after_cursor_execute", COMMIT: "commit"}
PARTS = ("scan", "link", "evaluate", "review", "report")
OWN = frozenset(PARTS)


@dataclass(frozen=True, slots=True)
class Point:
    """The n-th time, from 0, that something happens in a part of the work."""

    part: str
    when: str
    number: int


@dataclass(slots=True)
class Watch:
    """Counts what happens to an engine, part by part; at its point the process ends at once."""

    point: Point | None = None
    part: str = "scan"
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begin(self, step: str) -> None:
        """A step begins: it is a part by itself, or belongs to what is called the scan."""
        self.part = step if step in OWN else "scan"

    def on(self, engine: Engine) -> None:
        for when, name in EVENTS.items():
            event.listen(engine, name, self._counting(when))

    def _counting(self, when: str) -> Any:
        def count(*_arguments: Any) -> None:
            happened = (self.part, when)
            if self.point == Point(*happened, self.seen[happened]):
                os.kill(os.getpid(), signal.SIGKILL)
            self.seen[happened] += 1

        return count


def do(world: World, url: str, watch: Watch, ready: Any = None) -> None:
    """All of the work, watched."""
    engine = open_engine(DatabaseSettings(url))
    watch.on(engine)
    if ready is not None:
        ready.set()
    work(world.at(engine), watch.begin)
    engine.dispose()


def counted(world: World, url: str) -> Counter[tuple[str, str]]:
    """How often each thing happens in each part when nobody is killed."""
    watch = Watch()
    do(world, url, watch)
    return watch.seen


def spread(seen: Counter[tuple[str, str]], count: int, random: Random) -> list[Point]:
    """So many points, as many in each part as in every other, drawn from each kind in turn while it has any left."""
    points: list[Point] = []
    for part in PARTS:
        kinds = [[Point(part, when, number) for number in range(seen[part, when])] for when in EVENTS]
        for kind in kinds:
            random.shuffle(kind)
        turns = [point for turn in zip_longest(*kinds) for point in turn if point is not None]
        points += turns[: count // len(PARTS)]
    return points


def warm() -> ForkServerContext:
    """A server whose children have everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.dying"])
    return context


def die_at(context: ForkServerContext, world: World, url: str, point: Point) -> None:
    """Work until the point is reached."""
    process = context.Process(target=do, args=(world, url, Watch(point)))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, (point, process.exitcode)
    process.close()


def die_after(context: ForkServerContext, world: World, url: str, seconds: float) -> bool:
    """Work for so long; False when all was done by then."""
    ready = context.Event()
    process = context.Process(target=do, args=(world, url, Watch(), ready))
    process.start()
    assert ready.wait(60)
    process.join(seconds)
    process.kill()
    process.join()
    killed = process.exitcode == -signal.SIGKILL
    process.close()
    return killed


def moments(count: int, seconds: float, random: Random) -> Iterator[float]:
    """So many moments of a time, one in each part of it."""
    return (seconds * (number + random.random()) / count for number in range(count))


def told(points: Sequence[Point]) -> str:
    """How many of each."""
    parts = Counter(point.part for point in points)
    ways = Counter(point.when for point in points)
    return ", ".join(f"{name} {number}" for name, number in (*parts.items(), *ways.items()))
