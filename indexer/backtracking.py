"""Does a configured pattern take ever longer on names that nearly fit? A scan must not be held up by a file's name.

Names come from whoever can put a file into a store. For each part of a pattern that may be repeated without end, names
are made that fit up to there, repeat it more and more often, and then do not fit; the time they take tells. What it
costs is processor time of this thread, so other work on the machine does not count.
"""

import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from re import _constants as codes  # type: ignore[attr-defined]  # the grammar of a pattern is told nowhere else
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

COUNTS = (*range(2, 40), 60, 120, 250, 500)
"""How often a part is repeated: one by one while a step may double the time, then as long as names can be."""
MOST_SECONDS = 0.05
END = "\n\0"
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)


@cache
def slow_name(regex: re.Pattern[str]) -> str | None:
    """A name on which the pattern takes longer than any name is worth; None where none was found."""
    for head, unit in _attacks(parser.parse(regex.pattern, regex.flags), ""):
        for count in COUNTS:
            name = head + unit * count + END
            begun = time.thread_time()
            regex.fullmatch(name)
            if time.thread_time() - begun > MOST_SECONDS:
                return f"{head}{unit * count}"
    return None


def _attacks(pattern: Sequence[tuple[Any, Any]], head: str) -> Iterator[tuple[str, str]]:
    """(what fits up to a part that may be repeated without end, what fits that part)."""
    for code, value in pattern:
        if code in REPEATS:
            _, most, inner = value
            if most is codes.MAXREPEAT:
                yield from ((head, unit) for unit in _units(inner))
            yield from _attacks(inner, head)
        elif code is codes.SUBPATTERN:
            yield from _attacks(value[-1], head)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _attacks(branch, head)
        head += _fitting([(code, value)])


def _units(pattern: Sequence[tuple[Any, Any]]) -> set[str]:
    """What a part that is repeated may be: a text that fits all of it, and one for each of its branches."""
    units = {_fitting(pattern)}
    for code, value in pattern:
        inner = [value[-1]] if code is codes.SUBPATTERN else value[1] if code is codes.BRANCH else []
        for one in inner:
            units |= _units(one)
    return units - {""}


def _fitting(pattern: Sequence[tuple[Any, Any]]) -> str:
    """A short text that fits, or nearly: it need only lead to where time is spent."""
    return "".join(_one(code, value) for code, value in pattern)


def _one(code: Any, value: Any) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code in (codes.ANY, codes.NOT_LITERAL):
        return "a"
    if code is codes.IN:
        return _member(value)
    if code in REPEATS:
        return _fitting(value[2]) * max(1, min(int(value[0]), 64))
    if code is codes.SUBPATTERN:
        return _fitting(value[-1])
    return _fitting(value[1][0]) if code is codes.BRANCH else ""


def _member(members: Sequence[tuple[Any, Any]]) -> str:
    code, value = members[0]
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(value[0])
    return {codes.CATEGORY_SPACE: " ", codes.CATEGORY_NOT_WORD: "-"}.get(value, "0")
