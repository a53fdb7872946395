"""Exact bounds of a share (Clopper and Pearson, Biometrika 26, 1934), also of a number that is not whole.

The chance of at most so many hits is an incomplete beta function, evaluated by its continued fraction.
"""

import math
from collections.abc import Callable

HALVINGS = 60
"""Of [0, 1]: the bounds are then exact to the last digits of a float."""
MOST_TERMS = 10_000
CLOSE, TINY = 1e-15, 1e-300
LEAST = 1e-9
"""Less than so much of a hit, or of a miss, is none: its bound is 0, or 1, as far as a float can say."""


def bounds(hits: float, count: float, confidence: float) -> tuple[float, float]:
    """Lower and upper bound of the share; 0 and 1 of nothing."""
    tail = (1 - confidence) / 2
    low = 0.0 if hits <= LEAST else _where(lambda p: _beta(p, hits, count - hits + 1) < tail)
    high = 1.0 if count - hits <= LEAST else _where(lambda p: _beta(p, hits + 1, count - hits) < 1 - tail)
    return low, high


def _where(below: Callable[[float], bool]) -> float:
    """The point of [0, 1] at which the condition ends to hold."""
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, for 0 <= x <= 1 and positive a and b."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # beyond its middle the fraction of the other side is the quick one
        return 1 - _beta(1 - x, b, a)
    whole = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(whole + a * math.log(x) + b * math.log1p(-x)) / a * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """1 ÷ (1 + d1 ÷ (1 + d2 ÷ (1 + …))), the continued fraction of the incomplete beta function (DLMF 8.17.22).

    Evaluated from the front by the ratio of two neighbours (Lentz): `ahead` and `behind` are those above and below.
    """
    ahead, behind = 1.0, 1 / _apart(1 + _part(1, x, a, b))
    value = behind
    for number in range(2, MOST_TERMS):
        part = _part(number, x, a, b)
        behind = 1 / _apart(1 + part * behind)
        ahead = _apart(1 + part / ahead)
        value *= ahead * behind
        if abs(ahead * behind - 1) < CLOSE:
            break
    return value


def _part(number: int, x: float, a: float, b: float) -> float:
    """Partial numerator d1, d2 … of the fraction."""
    half = number // 2
    if number % 2:
        return -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
    return half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))


def _apart(value: float) -> float:
    """The value, kept from being nothing: it is divided by."""
    return value if abs(value) > TINY else TINY
