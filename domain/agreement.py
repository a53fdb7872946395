"""How far two people who judged the same things independently agree, beyond what chance alone would give.

Cohen's κ (Educational and Psychological Measurement 20, 1960) with the large-sample standard error of Fleiss, Cohen
and Everitt (Psychological Bulletin 72, 1969). Both are of pairs of verdicts in any number of categories.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from domain.sampling import CONFIDENCE, interval


class Undefined(StrEnum):
    """Why there is no κ."""

    NO_PAIRS = "no-pairs"
    ONE_CATEGORY = "one-category"  # both only ever said the same one thing: chance would agree as often


@dataclass(frozen=True, slots=True)
class Kappa:
    """Of `pairs` pairs `same` agree. `value` is 1 for full agreement, 0 for that of chance, None where `why` says why.

    `low` and `high`: where it lies with this confidence; None where there is no value. Of few pairs the bounds are
    rough: they rest on the normal approximation. That knows no doubt where all pairs agree, or none does: there they
    are what the exact interval of the share of agreement leaves open.
    """

    pairs: int
    same: int
    value: float | None
    low: float | None = None
    high: float | None = None
    why: Undefined | None = None
    confidence: float = CONFIDENCE

    @property
    def share(self) -> float | None:
        """Of the pairs, those that agree; None where there are none."""
        return self.same / self.pairs if self.pairs else None


def kappa(pairs: Iterable[tuple[Hashable, Hashable]], confidence: float = CONFIDENCE) -> Kappa:
    """Agreement of pairs of verdicts, each (one's, the other's)."""
    table = Counter(pairs)
    count, same = table.total(), sum(times for (one, other), times in table.items() if one == other)
    if not count:
        return Kappa(0, 0, None, why=Undefined.NO_PAIRS, confidence=confidence)
    first, second = _margins(table)
    # Whole numbers as long as possible: whether chance agrees always must not depend on rounding.
    by_chance = sum(times * second[category] for category, times in first.items())
    if by_chance == count * count:
        return Kappa(count, same, None, why=Undefined.ONE_CATEGORY, confidence=confidence)
    value = (same * count - by_chance) / (count * count - by_chance)
    if same in (0, count):
        exact, chance = interval(same, count, confidence), by_chance / count**2
        low, high = ((bound - chance) / (1 - chance) for bound in (exact.low, exact.high))
    else:
        reach = NormalDist().inv_cdf((1 + confidence) / 2) * _standard_error(table, value)
        low, high = value - reach, value + reach
    return Kappa(count, same, value, max(-1.0, min(low, value)), min(1.0, max(high, value)), None, confidence)


def _margins(table: Counter[tuple[Hashable, Hashable]]) -> tuple[Counter[Hashable], Counter[Hashable]]:
    """How often each of the two said what."""
    first: Counter[Hashable] = Counter()
    second: Counter[Hashable] = Counter()
    for (one, other), times in table.items():
        first[one] += times
        second[other] += times
    return first, second


def _standard_error(table: Counter[tuple[Hashable, Hashable]], value: float) -> float:
    """Equation 13 of Fleiss, Cohen and Everitt, in one sum over the cells of the table."""
    count = table.total()
    first, second = _margins(table)
    by_chance = sum(times * second[category] for category, times in first.items()) / count**2
    spread = 0.0
    for (one, other), times in table.items():
        usual = (second[one] + first[other]) / count * (1 - value)
        spread += times / count * ((one == other) - usual) ** 2
    spread -= (value - by_chance * (1 - value)) ** 2
    return math.sqrt(max(0.0, spread) / count) / (1 - by_chance)
