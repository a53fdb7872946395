"""One check under way: what it was asked, what it found so far, and what its time went into."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf

from detectors.content.base import Answer, Print, Region, Request, Still
from detectors.content.frames import Damage
from domain.media import Problem, ProblemCode
from domain.observation import Observation, ObservationKind
from domain.wording import say

SEGMENT = 600.0
"""Seconds of media whose pictures are compared with each other at a time: bounds what is held in memory."""
LONGEST = 7 * 86400.0
"""No file lasts longer, whatever its header says."""
OFTEN = 0.2
"""Seconds between two looks at the clock."""
NEAR = 10.0
"""Seconds: damage this near to other damage is one stretch, for pictures are looked at nine seconds apart."""


def at_time(seconds: float) -> timedelta:
    """Media time as observations hold it, to the millisecond; never before the beginning."""
    return timedelta(milliseconds=max(0, round(seconds * 1000)))


@dataclass(slots=True)
class Running:
    """One clip being checked. `over`: its time is used up, and what is not looked at yet stays so.

    `complete`: neither time nor memory has run out so far.
    """

    request: Request
    began: float = field(default_factory=time.process_time)
    observations: list[Observation] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stills: list[Still] = field(default_factory=list)
    prints: list[Print] = field(default_factory=list)
    regions: tuple[Region, ...] = ()
    versions: dict[str, int] = field(default_factory=dict)
    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    complete: bool = True
    _asked: float = -inf
    _is_over: bool = False
    _share: float = 1.0

    @property
    def allowed(self) -> float:
        """Processor seconds that may be used up by the time of asking."""
        return self.request.seconds * self._share

    @contextmanager
    def holding_back(self, share: float) -> Iterator[None]:
        """Leave a share of the time for what comes after."""
        self._share = 1.0 - share
        try:
            yield
        finally:
            self._share, self._asked, self._is_over = 1.0, -inf, False

    def over(self) -> bool:
        """Whether the processor time that the request allows is used up; the clock itself is costly to read."""
        now = time.monotonic()
        if now - self._asked >= OFTEN:
            self._asked, self._is_over = now, time.process_time() - self.began > self.allowed
            self.complete = self.complete and not self._is_over
        return self._is_over

    @contextmanager
    def spending(self, on: str) -> Iterator[None]:
        """Count processor time towards a purpose."""
        since = time.process_time()
        try:
            yield
        finally:
            self.spent[on] += time.process_time() - since

    def parts(self, until: float) -> list[tuple[float, float]]:
        """What is to be looked at, in seconds and in order, inside the clip, none longer than a segment."""
        until = min(until, LONGEST)
        asked = [(start.total_seconds(), end.total_seconds()) for start, end in self.request.parts] or [(0.0, until)]
        inside = sorted((max(0.0, start), min(end, until)) for start, end in asked)
        return [piece for part in inside if part[1] >= part[0] for piece in _segments(*part)]

    def damaged(self, damage: Damage, zh: str, en: str) -> None:
        """What the decoder refused: one problem in words, and where, as observations."""
        self.complete = self.complete and not damage.memory
        if not damage.at:
            return
        detail = say(
            f"{zh}有 {len(damage.at)} 处无法解码：{damage.words}", f"{len(damage.at)} {en} refused: {damage.words}"
        )
        self.problems.append(Problem(ProblemCode.DECODER_ERROR, detail))
        for start, end, count in clustered(damage.at):
            self.observations.append(
                Observation("decode", 1, ObservationKind.UNDECODABLE, at_time(start), at_time(end), count, "count", en)
            )

    def answer(self) -> Answer:
        """All of it, measurements in order of time."""
        self.observations.sort(key=lambda one: (one.start, one.kind.value, one.end))
        return Answer(
            tuple(self.observations),
            tuple(self.problems),
            tuple(self.stills),
            tuple(self.prints),
            self.regions,
            dict(self.versions),
            time.process_time() - self.began,
            dict(self.spent),
            self.complete,
        )


def _segments(start: float, end: float) -> Iterator[tuple[float, float]]:
    while end - start > SEGMENT:
        yield start, start + SEGMENT
        start += SEGMENT
    yield start, end


def clustered(times: Iterable[float]) -> list[tuple[float, float, int]]:
    """Moments near each other as stretches: from, to, how many."""
    found: list[tuple[float, float, int]] = []
    for at in sorted(times):
        if found and at - found[-1][1] <= NEAR:
            start, _, count = found[-1]
            found[-1] = (start, at, count + 1)
        else:
            found.append((at, at, 1))
    return found
