"""Where a name first differs from a file-name pattern, as well as can be said of a regular expression.

The pattern is taken apart into its outermost steps. The longest row of first steps that still fits the beginning of
the name is found, and the next step is what the name lacks there. With alternatives inside a step, the difference may
lie a little before the place that is named.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[?+]?")
_GROUP = re.compile(r"\(\?P<(\w+)>(.*)\)", re.DOTALL)
LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a text fits: its first `at` characters; then `rest` stands where `expected` should (None: nothing)."""

    text: str
    at: int
    rest: str
    expected: str | None
    group: str | None


def first_difference(regex: re.Pattern[str], texts: Sequence[str]) -> Difference | None:
    """The difference from the text that fits longest; None when one fits whole."""
    found = [_difference(regex, text) for text in texts]
    if any(difference is None for difference in found):
        return None
    return max((each for each in found if each is not None), key=lambda each: each.at, default=None)


def _difference(regex: re.Pattern[str], text: str) -> Difference | None:
    if regex.fullmatch(text):
        return None
    parts = list(steps(regex.pattern))
    count, at = _fitting([], parts, regex.flags, text)
    expected = parts[count] if count < len(parts) else None
    group = _GROUP.fullmatch(expected) if expected else None
    if group is not None:
        inner = list(steps(group[2]))
        within, at = _fitting(parts[:count], inner, regex.flags, text)
        expected = inner[within] if within < len(inner) else group[2]
    return Difference(text, at, text[at:], expected and _short(expected), group[1] if group else None)


def _fitting(before: Sequence[str], parts: Sequence[str], flags: int, text: str) -> tuple[int, int]:
    """How many of the parts, behind those before, fit the beginning of the text, and how many characters that is."""
    for size in range(len(parts), -1, -1):
        end = _begins([*before, *parts[:size]], flags, text)
        if end is not None:
            return size, end
    return 0, 0


def _begins(parts: Sequence[str], flags: int, text: str) -> int | None:
    """How many characters the steps take from the beginning of the text, None when they do not fit."""
    try:
        match = re.compile("".join(parts), flags).match(text)
    except re.error:  # a reference to a group that comes later, a condition: this cut is no pattern of its own
        return None
    return match.end() if match else None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def steps(pattern: str) -> Iterator[str]:
    """The outermost steps of a regular expression, each with its quantifier; one with alternatives is a single step."""
    if "|" in (parts := list(_steps(pattern))):
        yield pattern
        return
    yield from parts


def _steps(pattern: str) -> Iterator[str]:
    at = 0
    while at < len(pattern):
        end = _end_of_step(pattern, at)
        if pattern[at] != "|" and (quantifier := _QUANTIFIER.match(pattern, end)):
            end = quantifier.end()
        yield pattern[at:end]
        at = end


def _end_of_step(pattern: str, at: int) -> int:
    """Behind the character, escape, class or group that begins here."""
    if pattern[at] == "\\":
        return min(at + 2, len(pattern))
    if pattern[at] == "[":
        return _end_of_class(pattern, at)
    if pattern[at] != "(":
        return at + 1
    depth, here = 0, at
    while here < len(pattern):
        depth += (pattern[here] == "(") - (pattern[here] == ")")
        if pattern[here] == ")" and depth == 0:
            return here + 1
        here = here + 1 if pattern[here] in "()" else _end_of_step(pattern, here)
    return len(pattern)


def _end_of_class(pattern: str, at: int) -> int:
    here = at + 1 + (pattern[at + 1 : at + 2] == "^")
    here += pattern[here : here + 1] == "]"
    while here < len(pattern) and pattern[here] != "]":
        here += 2 if pattern[here] == "\\" else 1
    return here + 1
