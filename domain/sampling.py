"""Inspection samples: a seeded draw that anybody can repeat, its size, and what a share found in it tells.

The draw: every member gets the number SHA-256(JSON of [seed, key]); the lowest numbers of a stratum are drawn. So the
sample follows from seed, population and quotas alone: the same on every machine, in whatever order members come, and
who is added to one stratum changes nobody's number in another. Whoever fixes the seed before seeing the population
cannot choose whom it falls on. Intervals are exact ones (Clopper and Pearson, Biometrika 26, 1934): they hold at least
as often as they say for any share and size, also for none found among few, where approximations promise too much.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from domain.exact import bounds

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Member:
    """One of those that can be drawn, and the part of the population it belongs to."""

    key: str
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Precision:
    """What a sample is to tell: any share within ± `margin`, in so many of a hundred draws. Both are shares."""

    margin: float = 0.1
    confidence: float = CONFIDENCE

    def size(self, population: int) -> int:
        """How many to draw of so many."""
        return size_for(population, self.margin, self.confidence)


@dataclass(frozen=True, slots=True)
class Interval:
    """A share `hits / count` of what was looked at, and where the share of all lies with this confidence."""

    hits: int
    count: int
    low: float
    high: float
    confidence: float = CONFIDENCE

    @property
    def share(self) -> float | None:
        """None where nothing was looked at: no share is not a share of nought."""
        return self.hits / self.count if self.count else None


def rank(seed: str, key: str) -> str:
    """The member's number in the draw of this seed, as 64 hex digits."""
    text = json.dumps([seed, key], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def strata_of(members: Iterable[Member]) -> dict[str, int]:
    """How many members each stratum has, in order of name. Raises ValueError for a member that is there twice."""
    members = list(members)
    doubled = [key for key, count in Counter(member.key for member in members).items() if count > 1]
    if doubled:
        raise ValueError(f"population: expected every member once, got {min(doubled)} twice")
    return dict(sorted(Counter(member.stratum for member in members).items()))


def quotas(sizes: Mapping[str, int], size: int, least: int = 0) -> dict[str, int]:
    """How many to draw of each stratum: in proportion (largest remainder), of every stratum at least `least`.

    The quotas add up to `size`, or to more where the minima alone are more; nobody is drawn twice, so never to more
    than there are.
    """
    floors = {name: min(least, count) for name, count in sizes.items()}
    wanted = min(max(size, sum(floors.values())), sum(sizes.values()))
    total = sum(sizes.values())
    given = {name: max(floors[name], wanted * count // total) for name, count in sizes.items()} if total else {}
    # Remainders are compared as whole numbers: no rounding can decide who is drawn.
    by_remainder = sorted(given, key=lambda name: (-(wanted * sizes[name] % total), name))
    while (missing := wanted - sum(given.values())) > 0:
        for name in [name for name in by_remainder if given[name] < sizes[name]][:missing]:
            given[name] += 1
    while sum(given.values()) > wanted:  # minima took more than their part: the largest surplus gives way
        spare = [name for name in given if given[name] > floors[name]]
        given[min(spare, key=lambda name: (wanted * sizes[name] - given[name] * total, name))] -= 1
    return given


def draw(members: Iterable[Member], seed: str, wanted: Mapping[str, int]) -> list[Member]:
    """The drawn members in order of their numbers, all strata mixed: whoever stops midway has a sample as well."""
    numbered = sorted((rank(seed, member.key), member.key, member) for member in members)
    left = dict(wanted)
    drawn = []
    for _, _, member in numbered:
        if left.get(member.stratum, 0) > 0:
            left[member.stratum] -= 1
            drawn.append(member)
    return drawn


def population_digest(members: Iterable[Member]) -> str:
    """SHA-256 over the sorted [key, stratum] pairs: tells whether two populations are the same."""
    pairs = sorted([member.key, member.stratum] for member in members)
    text = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def size_for(population: int, margin: float, confidence: float = CONFIDENCE, share: float = 0.5) -> int:
    """How many to draw so that a share is known within ± `margin` (Cochran 1977, 4.4 and 4.5: the normal
    approximation with the correction for a finite population). Without an idea of the share, 0.5 asks for most.
    """
    if not 0 < margin < 1 or not 0 < confidence < 1 or not 0 < share < 1:
        raise ValueError("size: expected margin, confidence and share between 0 and 1")
    if population <= 0:
        return 0
    endless = NormalDist().inv_cdf((1 + confidence) / 2) ** 2 * share * (1 - share) / margin**2
    return min(population, math.ceil(endless / (1 + (endless - 1) / population)))


def margin_of(population: int, size: int, confidence: float = CONFIDENCE, share: float = 0.5) -> float:
    """The ± of a share when `size` of `population` are looked at, by the same formulas; 0.0 when all are."""
    if size >= population or size <= 0:
        return 0.0 if size > 0 else 1.0
    correction = (population - size) / (population - 1)
    spread = math.sqrt(share * (1 - share) / size * correction)
    return min(1.0, NormalDist().inv_cdf((1 + confidence) / 2) * spread)


def interval(hits: int, count: int, confidence: float = CONFIDENCE) -> Interval:
    """The exact two-sided interval of a share (Clopper-Pearson). Of nothing looked at it is 0 to 1.

    It leaves out that the population is finite, so it is rather too wide than too narrow.
    """
    if not 0 <= hits <= count:
        raise ValueError(f"share: expected 0 to {count} hits, got {hits}")
    return Interval(hits, count, *bounds(hits, count, confidence), confidence)


@dataclass(frozen=True, slots=True)
class Weighted:
    """The share in a whole population, from strata that need not have been drawn in proportion, and where it lies."""

    share: float
    low: float
    high: float


def weighted(parts: Sequence[tuple[int, int, int, int]], confidence: float = CONFIDENCE) -> Weighted | None:
    """The share in the whole population, from strata of (members, looked at, of these counted, of these hits).

    Every stratum weighs as much as it has members (ratio estimator, Cochran 1977, 6.11). None while a stratum that
    has members was not looked at, or nothing was counted: then it is not known. The interval is the exact one of as
    many as there would be, did each weigh what the heaviest does. So it is that of `interval` where all weigh the
    same (strata only narrow it: Hoeffding, Annals of Mathematical Statistics 27, 1956), and wider elsewhere.
    """
    parts = [part for part in parts if part[0]]
    if any(looked == 0 for _, looked, _, _ in parts):
        return None
    whole = sum(size * count / looked for size, looked, count, _ in parts)
    if not whole:
        return None
    every = all(hits == count for _, _, count, hits in parts)
    share = 1.0 if every else sum(size * hits / looked for size, looked, _, hits in parts) / whole
    as_many = whole / max(size / looked for size, looked, count, _ in parts if count)
    return Weighted(share, *bounds(share * as_many, as_many, confidence))
