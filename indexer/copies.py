"""Which other files hold the same footage, by fingerprints: many that agree, all with one difference of time.

Two that agree by chance are rare: of a hundred million pairs of moments some fifty have the same key and fine bits
(`domain.prints`), and those lie anywhere. What has to be told from a copy is another microphone beside the first: many
of its moments are similar, few are as near as a re-encoding's. So each moment speaks for or against, by how likely
either is, in nepers; a stretch is a copy when all its moments together make it eight thousand times as likely, and
enough of them differ from each other that no siren or jingle explains them.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from detectors.content.base import Part, Print
from domain.prints import alike, apart, is_run, is_still, key_of, keys_of

EVIDENCE = 9.0
"""Nepers from which a stretch is a copy: e^9 is 8000."""
SOUND = ((3, 1.9), (7, 1.3), (10, 0.2), (13, -0.6), (54, -1.0))
"""Of a moment of sound, by how many bits of 54 differ at most: measured, copies to 24 kbit/s AAC and AMR against a
microphone some metres beside the first (`benchmarks/content/copies.py`)."""
LACKS = -0.5
"""Of a moment of sound where the other file has none that is one."""
SEEN, UNLIKE = 3.5, -3.0
"""Of a picture that agrees, and of one that is another at the same time."""
LEAST_SOUNDS, LEAST_PICTURES = 4, 3
"""That differ from each other; of either, where the other is missing."""
SHORTEST = timedelta(seconds=10)
"""A siren's or a jingle's few seconds are no copy."""
SOUND_NEAR, PICTURE_NEAR = timedelta(milliseconds=120), timedelta(milliseconds=600)
"""How far moments of a copy may lie from where they should: hops of the analysis; pictures between pictures."""
SAME_PICTURE = timedelta(milliseconds=300)
STILL_NEAR = timedelta(seconds=16)
HEARD = timedelta(seconds=4)
"""Another file without a moment of sound this near was not heard there."""
OTHER_PICTURE = 18
"""Bits of 54 from which two pictures show other things."""
SAME_SOUND = 12
"""Bits of 54 up to which two moments count as one."""
MOST_ALIKE = 6
"""A moment that agrees with more moments of the other file says nothing: it comes again and again."""
MOST_LOOKED_AT = 200
"""The same of moments that only share a key: bounds what a clip of one sound costs."""
MOST_FILES = 20
"""Files that are compared in full with one: those with the most moments in common."""
ROUNDS = 12
"""Differences of time that are tried for one file: each part that was cut out makes another."""
ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Match:
    """Another file with the same footage: the stretch that both have, as each counts time, and how many agree."""

    file_id: int
    here: Part
    there: Part
    agreeing: int
    sound: bool
    picture: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """Two moments that agree: the place of each among its file's, and by how much mine is later."""

    mine: int
    other: int
    later: timedelta


def copies_of(mine: Sequence[Print], candidates: Mapping[int, Sequence[Print]]) -> list[Match]:
    """All stretches of the candidates that mine holds too, by file and time. Prints may come in any order."""
    ordered = _ordered(mine)
    found = [match for file_id in sorted(candidates) for match in _matches(file_id, ordered, candidates[file_id])]
    return sorted(found, key=lambda one: (one.file_id, one.here, one.there))


def likely(mine: Sequence[Print], found: Iterable[tuple[int, Print]]) -> list[int]:
    """Of moments that were found in other files, the files of which several agree with one difference of time."""
    by_key: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for place, one in enumerate(mine):
        if not is_still(one.value):
            for key in keys_of(one.value):
                by_key[one.sound, key].append(place)
    pairs: dict[int, list[Pair]] = defaultdict(list)
    for file_id, other in found:
        near = by_key.get((other.sound, key_of(other.value)), ())
        pairs[file_id] += [
            Pair(place, -1, mine[place].at - other.at) for place in near if alike(mine[place].value, other.value)
        ]
    counts = {
        file_id: agree[0]
        for file_id, some in pairs.items()
        if len(some) >= LEAST_PICTURES and (agree := _densest(some, PICTURE_NEAR)) and agree[0] >= LEAST_PICTURES
    }
    return sorted(counts, key=lambda one: (-counts[one], one))[:MOST_FILES]


def _ordered(prints: Sequence[Print]) -> list[Print]:
    return sorted(prints, key=lambda one: (one.at, one.sound, one.value))


def _matches(file_id: int, mine: Sequence[Print], candidate: Sequence[Print]) -> Iterator[Match]:
    others = _ordered(candidate)
    pairs = pairs_of(mine, others)
    for _ in range(ROUNDS):
        later = _commonest(pairs, mine)
        if later is None:
            return
        near = [one for one in pairs if _near(one, later, mine)]
        match = _judged(file_id, Compared(mine, others, near, later))
        if match:
            yield match
        used, taken = {one.mine for one in near}, {one.other for one in near}
        pairs = [one for one in pairs if one.mine not in used and one.other not in taken]


def pairs_of(mine: Sequence[Print], others: Sequence[Print]) -> list[Pair]:
    """Moments that agree and do not come again and again."""
    by_key: dict[tuple[bool, int], list[int]] = defaultdict(list)
    exact: dict[tuple[bool, int], list[int]] = defaultdict(list)
    for place, one in enumerate(others):
        if not is_still(one.value):
            exact[one.sound, key_of(one.value)].append(place)
            for key in keys_of(one.value):
                by_key[one.sound, key].append(place)
    found = []
    for place, one in enumerate(mine):
        if is_still(one.value):
            continue
        near = set(by_key[one.sound, key_of(one.value)])
        near.update(other for key in keys_of(one.value) for other in exact[one.sound, key])
        if len(near) > MOST_LOOKED_AT:
            continue
        found += [Pair(place, it, one.at - others[it].at) for it in sorted(near) if alike(one.value, others[it].value)]
    here, there = Counter(one.mine for one in found), Counter(one.other for one in found)
    return [one for one in found if here[one.mine] <= MOST_ALIKE and there[one.other] <= MOST_ALIKE]


def _commonest(pairs: Sequence[Pair], mine: Sequence[Print]) -> timedelta | None:
    """The difference of time that most moments have; sound and coded pictures tell it best."""
    sharp = [one for one in pairs if mine[one.mine].sound or is_run(mine[one.mine].value)]
    found = _densest(sharp, SOUND_NEAR)
    if found is None or found[0] < LEAST_PICTURES:
        found = _densest(pairs, PICTURE_NEAR)
    return None if found is None or found[0] < LEAST_PICTURES else found[1]


def _densest(pairs: Sequence[Pair], width: timedelta) -> tuple[int, timedelta] | None:
    """How many moments of mine share a difference of time within a width on both sides, and its middle."""
    ordered = sorted(pairs, key=lambda one: (one.later, one.mine, one.other))
    best: tuple[int, timedelta] | None = None
    counts: Counter[int] = Counter()
    first = 0
    for last, pair in enumerate(ordered):
        counts[pair.mine] += 1
        while pair.later - ordered[first].later > width:
            gone = ordered[first].mine
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            first += 1
        if best is None or len(counts) > best[0]:
            best = len(counts), ordered[(first + last) // 2].later
    return best


def _near(pair: Pair, later: timedelta, mine: Sequence[Print]) -> bool:
    one = mine[pair.mine]
    sharp = one.sound or is_run(one.value)
    return abs(pair.later - later) <= (SOUND_NEAR if sharp else PICTURE_NEAR)


class Compared:
    """Two files laid beside each other with one difference of time."""

    def __init__(self, mine: Sequence[Print], others: Sequence[Print], pairs: Sequence[Pair], later: timedelta) -> None:
        self.mine, self.later = mine, later
        self.agreeing = {one.mine for one in pairs}
        self._sounds = [one for one in others if one.sound]
        self._pictures = [one for one in others if not one.sound and not is_run(one.value)]

    def weights(self) -> list[tuple[int, float]]:
        """What each moment of mine says, by its place; those that say nothing are left out."""
        found, seen = [], _Different()
        for place, one in enumerate(self.mine):
            weight = self._weight(place, one, seen)
            if weight:
                found.append((place, weight))
        return found

    def _weight(self, place: int, one: Print, seen: "_Different") -> float:
        if one.sound:
            weight = self._heard(one)
        elif place in self.agreeing:
            weight = SEEN
        else:
            weight = UNLIKE if not is_run(one.value) and self._another(one) else 0.0
        return weight if weight <= 0 or seen.add(one) else 0.0

    def _heard(self, one: Print) -> float:
        near = self._beside(self._sounds, one, SOUND_NEAR)
        if near:
            bits = min(apart(one.value, other.value) for other in near)
            return next(weight for most, weight in SOUND if bits <= most)
        return LACKS if self._beside(self._sounds, one, HEARD) else 0.0

    def _beside(self, others: Sequence[Print], one: Print, near: timedelta) -> Sequence[Print]:
        at = one.at - self.later
        first = bisect_left(others, at - near, key=_at)
        return others[first : bisect_right(others, at + near, key=_at)]

    def _another(self, one: Print) -> bool:
        """Whether the other file shows something else at this time, in every picture that it has then."""
        near = STILL_NEAR if is_still(one.value) else SAME_PICTURE
        beside = self._beside(self._pictures, one, near)
        told = [it for it in beside if is_still(it.value) == is_still(one.value)]
        return bool(told) and all(apart(one.value, it.value) >= OTHER_PICTURE for it in told)

    def pictures_agree(self, places: Sequence[int]) -> bool:
        """Whether any picture of these moments is the same, and no more of them are others."""
        same = other = 0
        for one in (self.mine[place] for place in range(places[0], places[-1] + 1)):
            if not one.sound and is_still(one.value):
                told = [it for it in self._beside(self._pictures, one, STILL_NEAR) if is_still(it.value)]
                near = any(apart(one.value, it.value) < OTHER_PICTURE for it in told)
                same, other = same + near, other + (bool(told) and not near)
        same += sum(not self.mine[place].sound for place in places)
        return same > other


def _at(one: Print) -> timedelta:
    return one.at


class _Different:
    """Moments that differ from each other: from the hundred before, longer than any siren's turn."""

    def __init__(self) -> None:
        self._known: deque[Print] = deque(maxlen=100)

    def add(self, one: Print) -> bool:
        """Whether none that was added before is about the same."""
        if not is_run(one.value) and any(
            it.sound == one.sound and not is_run(it.value) and apart(it.value, one.value) <= SAME_SOUND
            for it in self._known
        ):
            return False
        self._known.append(one)
        return True


def _judged(file_id: int, compared: Compared) -> Match | None:
    """The stretch for which most speaks, where that is enough."""
    stretch, evidence = _strongest(compared.weights())
    if evidence < EVIDENCE:
        return None
    mine = compared.mine
    told = [place for place, weight in stretch if weight > 0]
    sounds = sum(mine[place].sound for place in told)
    pictures = len(told) - sounds
    start, end = mine[told[0]].at, mine[told[-1]].at
    if end - start < SHORTEST or (sounds < LEAST_SOUNDS and pictures < LEAST_PICTURES):
        return None
    there = (max(start - compared.later, ZERO), max(end - compared.later, ZERO))
    picture = compared.pictures_agree(told)
    return Match(file_id, (start, end), there, len(told), sounds >= LEAST_SOUNDS, picture)


def _strongest(weights: Sequence[tuple[int, float]]) -> tuple[Sequence[tuple[int, float]], float]:
    """The run of moments with the greatest sum (Kadane), and the sum."""
    best, found, total, first = 0.0, (0, 0), 0.0, 0
    for place, (_, weight) in enumerate(weights):
        if total <= 0:
            total, first = 0.0, place
        total += weight
        if total > best:
            best, found = total, (first, place + 1)
    return weights[slice(*found)], best
