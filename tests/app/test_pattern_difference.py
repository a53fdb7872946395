"""Where a name first differs from a pattern: the steps of a regular expression, and the longest beginning that fits."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pattern_difference import Difference, first_difference, steps
from indexer.name_patterns import BUILT_IN, Pattern


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ab", ["a", "b"]),
        (r"a\d{2,3}?b+", ["a", r"\d{2,3}?", "b+"]),
        ("(?P<x>a(b|c))*d", ["(?P<x>a(b|c))*", "d"]),
        (r"[^]()]x[\]]{2}", ["[^]()]", "x", r"[\]]{2}"]),
        ("a|b", ["a|b"]),
        (r"(?!x\))y", [r"(?!x\))", "y"]),
        ("", []),
    ],
)
def test_a_pattern_is_taken_apart_into_its_outermost_steps(pattern: str, expected: list[str]) -> None:
    assert list(steps(pattern)) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"A(?P<n>\d{3})-x", "A12-x", Difference("A12-x", 1, "12-x", r"\d{3}", "n")),
        (r"A(?P<n>\d\d-\d)x", "A12_3x", Difference("A12_3x", 3, "_3x", "-", "n")),
        ("ab", "abc", Difference("abc", 2, "c", None, None)),
        ("ab", "a", Difference("a", 1, "", "b", None)),
        ("a|b", "c", Difference("c", 0, "c", "a|b", None)),
        ("ab", "ab", None),
    ],
)
def test_the_difference_is_where_the_longest_beginning_ends(
    pattern: str, text: str, expected: Difference | None
) -> None:
    assert first_difference(re.compile(pattern), [text]) == expected


def test_of_several_texts_the_one_that_fits_longest_is_told() -> None:
    found = first_difference(re.compile("a/b/c"), ["x/a/b/d", "a/b/d", "b/d", "d"])
    assert found is not None
    assert (found.text, found.at) == ("a/b/d", 4)


@pytest.mark.parametrize("pattern", BUILT_IN, ids=[pattern.name for pattern in BUILT_IN])
def test_the_steps_of_every_shipped_pattern_are_the_pattern(pattern: Pattern) -> None:
    text = pattern.regex.pattern
    parts = list(steps(text))
    assert "".join(parts) == text
    assert len(parts) > 1
    for part in parts:
        re.compile(part)


@pytest.mark.filterwarnings("ignore:Possible (nested set|set union|set difference|set inter):FutureWarning")
@given(st.text(alphabet="ab(|)[]\\d*+?{2}^.:P<n>", max_size=16), st.text(alphabet="ab2", max_size=6))
def test_any_pattern_that_compiles_gives_a_difference_or_fits(pattern: str, text: str) -> None:
    try:
        regex = re.compile(pattern)
    except re.error:
        return
    assert "".join(steps(pattern)) == pattern
    found = first_difference(regex, [text])
    assert (found is None) == (regex.fullmatch(text) is not None)
    assert found is None or found.text[: found.at] + found.rest == text
