"""Observations of one film against what is true of it: recall, false alarms, errors of edges, confusion of kinds.

A kind is said where its pieces lie within the limit of the rules (`domain.observation.stretches`). Long defects are
those of ten seconds and more: the goals are about them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf

from benchmarks.content.defects import Truth
from benchmarks.content.films import Film
from detectors.limits import Limits
from domain.observation import Observation, stretches
from domain.observation import ObservationKind as Kind

_USUAL = Limits()
LIMITS: Mapping[Kind, float] = {
    Kind.BLACK: _USUAL.black_grey,
    Kind.FROZEN: _USUAL.frozen_grey,
    Kind.COVERED: _USUAL.covered_grey,
    Kind.BLURRED: _USUAL.blurred_ratio,
    Kind.NO_SIGNAL: _USUAL.no_signal_ratio,
    Kind.TURNED: 360.0,
    Kind.SILENT: _USUAL.silence_dbfs,
    Kind.LOW_SOUND: _USUAL.low_sound_dbfs,
    Kind.UNDECODABLE: inf,
}
"""Where the rules draw the line by default."""
AT_LEAST = frozenset({Kind.NO_SIGNAL})
"""Kinds of which more is worse: the limit is the least that counts."""
HEARD = frozenset({Kind.SILENT, Kind.LOW_SOUND})
LONG = 10.0
NEAR = 2.0
"""Seconds by which an edge may be wrong; what is said no farther than this beyond a defect is part of its edge."""
SHARE = 0.5
"""A defect is found when this much of it is said."""
Stretch = tuple[float, float]


def said(observations: Sequence[Observation], kind: Kind, limits: Mapping[Kind, float] = LIMITS) -> list[Stretch]:
    """Where a kind holds at the limit, in seconds."""
    limit = limits[kind]
    if kind in AT_LEAST:
        observations = [one for one in observations if one.value is not None and one.value >= limit]
        limit = inf
    found = stretches(observations, kind, limit, timedelta(seconds=1))
    return [(start.total_seconds(), end.total_seconds()) for start, end in found]


def merged(parts: Iterable[Stretch], join: float = 1.0) -> list[Stretch]:
    """Parts in order, those that meet as one."""
    found: list[Stretch] = []
    for start, end in sorted(parts):
        if found and start <= found[-1][1] + join:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def outside(parts: Iterable[Stretch], holes: Iterable[Stretch]) -> list[Stretch]:
    """Parts without what lies in holes."""
    found = list(parts)
    for begin, finish in holes:
        found = [
            piece
            for start, end in found
            for piece in ((start, min(end, begin)), (max(start, finish), end))
            if piece[0] < piece[1]
        ]
    return found


@dataclass(frozen=True, slots=True)
class Met:
    """How one defect was met. `share`: of its length; `edges`: seconds by which begin and end are wrong, if found.

    `strict`: every kind of its sense, seen or heard, that was said during it.
    """

    truth: Truth
    where: Film
    share: float
    strict: frozenset[Kind]
    edges: tuple[float, float] | None

    @property
    def found(self) -> bool:
        return self.share >= SHARE

    @property
    def long(self) -> bool:
        return self.truth.length >= LONG


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something said where it is not true."""

    kind: Kind
    where: Film
    start: float
    end: float


@dataclass(slots=True)
class Score:
    """Of any number of films. `clean`: seconds that bear no defect of a kind, by kind."""

    met: list[Met] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    clean: Counter[Kind] = field(default_factory=Counter)
    films: list[Film] = field(default_factory=list)

    def add(self, film: Film, observations: Sequence[Observation]) -> None:
        """One film and what was measured in it."""
        self.films.append(film)
        truths = film.truths()
        by_kind = {kind: said(observations, kind) for kind in LIMITS}
        self.met += [_meet(truth, film, by_kind) for truth in truths if truth.required]
        for kind, parts in by_kind.items():
            holes = [(one.start - NEAR, one.end + NEAR) for one in truths if kind in one.also]
            self.clean[kind] += sum(end - start for start, end in outside([(0.0, film.seconds)], holes))
            self.alarms += [Alarm(kind, film, *part) for part in outside(parts, holes) if part[1] - part[0] > 0.04]

    def recall(self, long: bool, name: str | None = None) -> tuple[int, int]:
        """Defects found, and how many there are."""
        these = [one for one in self.met if one.long is long and name in (None, one.truth.name)]
        return sum(one.found for one in these), len(these)

    def edges(self, long: bool = True, name: str | None = None) -> list[float]:
        """Errors of all edges that were found, smallest first."""
        these = [one for one in self.met if one.long is long and name in (None, one.truth.name)]
        return sorted(error for one in these if one.found and one.edges for error in one.edges)


def _meet(truth: Truth, where: Film, by_kind: Mapping[Kind, Sequence[Stretch]]) -> Met:
    """Any accepted kind counts, and the edges are those of all of them together."""
    parts = merged(part for kind in truth.kinds for part in by_kind[kind])
    touching = [(start, end) for start, end in parts if start < truth.end and end > truth.start]
    inside = sum(min(end, truth.end) - max(start, truth.start) for start, end in touching)
    sense = [kind for kind in LIMITS if (kind in HEARD) is (truth.kinds <= HEARD)]
    strict = frozenset(
        kind for kind in sense if any(start < truth.end and end > truth.start for start, end in by_kind[kind])
    )
    edges = (abs(touching[0][0] - truth.start), abs(touching[-1][1] - truth.end)) if touching else None
    return Met(truth, where, inside / truth.length, strict, edges)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of sorted values does not exceed; no values: not a number."""
    return values[min(int(share * len(values)), len(values) - 1)] if values else float("nan")
