"""Which parts of a clip are worth looking at: arithmetic on media time."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from detectors.content.base import Part
from domain.timespan import Span, utc
from indexer.content import (
    ZERO,
    ContentSettings,
    chosen,
    first,
    in_windows,
    length,
    merged,
    seconds_allowed,
    without,
)

EIGHT = utc(2026, 11, 20, 8)
PARTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda ends: part(min(ends), max(ends))))


def part(start: float, end: float) -> Part:
    return timedelta(seconds=start), timedelta(seconds=end)


def span(start: float, end: float) -> Span:
    """Minutes after eight."""
    return Span(EIGHT + timedelta(minutes=start), EIGHT + timedelta(minutes=end))


def test_media_time_begins_with_the_clip_and_ends_with_it() -> None:
    clip = span(10, 20)
    assert in_windows(clip, [span(12, 14)]) == (part(120, 240),)
    assert in_windows(clip, [span(0, 60)]) == (part(0, 600),)
    assert in_windows(clip, [span(30, 40)]) == ()
    assert in_windows(clip, [span(12, 14)], timedelta(seconds=30)) == (part(90, 270),)
    assert in_windows(clip, [span(21, 30)], timedelta(minutes=2)) == (part(540, 600),)


def test_windows_that_nearly_touch_are_looked_at_as_one_part_but_required_apart() -> None:
    clip, near = span(0, 10), [span(1, 2), span(2.1, 3)]
    assert in_windows(clip, near) == (part(60, 120), part(126, 180))
    assert in_windows(clip, near, timedelta(seconds=1)) == (part(59, 181),)


def test_a_rest_shorter_than_a_second_is_not_worth_opening_a_file() -> None:
    assert without([part(0, 100)], [part(0, 99.5)]) == ()
    assert without([part(0, 100)], [part(10, 98)]) == (part(0, 10), part(98, 100))
    assert without([part(0, 0.5)], [], ZERO) == (part(0, 0.5),)


def test_the_beginning_of_a_long_clip_comes_first() -> None:
    parts = [part(0, 100), part(200, 300)]
    assert first(parts, timedelta(seconds=150)) == (part(0, 100), part(200, 250))
    assert first(parts, timedelta(seconds=100)) == (part(0, 100),)
    assert first(parts, timedelta(hours=1)) == tuple(parts)


def test_long_parts_may_take_longer_in_proportion() -> None:
    settings = ContentSettings(seconds_per_clip=60)
    assert seconds_allowed([part(0, 5)], settings) == 60
    assert seconds_allowed([part(0, 3600)], settings) == 360


def test_the_share_is_about_the_share_and_grows_without_losing_anybody() -> None:
    names = [f"dock:{number}.mp4" for number in range(10_000)]
    small, large = ({name for name in names if chosen(name, share)} for share in (0.05, 0.2))
    assert 400 < len(small) < 600
    assert 1800 < len(large) < 2200
    assert small < large
    assert [name for name in names if chosen(name, 0)] == []
    assert all(chosen(name, 1) for name in names)
    assert chosen("dock:\udcff.mp4", 1)


@given(PARTS, PARTS)
def test_what_is_left_and_what_was_taken_are_the_whole(parts: list[Part], gone: list[Part]) -> None:
    left = without(parts, gone, ZERO)
    both = merged([*parts, *gone])
    assert merged([*left, *gone]) == both
    assert length(left) + length(merged(gone)) == length(both)
