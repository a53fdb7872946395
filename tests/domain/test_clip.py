"""What of a clip is really on record, and how wrong a recording's clock may be."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.clip import Clip, Recording, StoredFile
from domain.media import Discontinuity
from domain.timespan import ZERO, Span, merge, total, utc

EPOCH = utc(2026, 11, 20, 8)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def clip(length: float, *holes: tuple[float, float], error: float = 0) -> Clip:
    return Clip(
        file_id=1,
        store="dock-a",
        path="2026-11-20/a.mp4",
        device=None,
        officer=None,
        span=Span.of(EPOCH, s(length)),
        duration=s(length),
        clock_source=None,
        clock_error=s(error),
        discontinuities=tuple(Discontinuity(s(at), s(n)) for at, n in holes),
    )


def test_a_clip_without_holes_is_on_record_whole() -> None:
    assert clip(60).presented() == (Span.of(EPOCH, s(60)),)


def test_holes_split_what_is_on_record() -> None:
    parts = clip(60, (50, 20), (10, 5)).presented()
    assert parts == (Span.of(EPOCH, s(10)), Span.of(EPOCH + s(15), s(35)))


def test_a_hole_at_the_very_start_and_an_unplaced_clip() -> None:
    assert clip(60, (0, 10)).presented() == (Span.of(EPOCH + s(10), s(50)),)
    unplaced = Clip(1, "dock-a", "a.mp4", None, None, None, s(60), None, ZERO)
    assert unplaced.presented() == ()


@given(
    st.integers(0, 100),
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 40)), max_size=5),
)
def test_presented_is_the_span_without_its_holes(length: int, holes: list[tuple[int, int]]) -> None:
    parts = clip(length, *holes).presented()
    expected = set(range(length)) - {second for at, n in holes for second in range(at, at + n)}
    assert total(parts) == s(len(expected))
    assert merge(parts) == tuple(part for part in parts if part.duration)


def test_names_say_store_and_path() -> None:
    assert clip(1).name == "dock-a:2026-11-20/a.mp4"
    assert StoredFile("dock-a", "x/y.mp4", 1, EPOCH).name == "dock-a:x/y.mp4"


def test_a_recordings_clock_is_as_wrong_as_its_worst_clip() -> None:
    one = Recording(None, (clip(60, error=2), clip(60, error=7)), Span.of(EPOCH, s(60)))
    assert one.clock_error == s(7)
    assert Recording(None, (), Span.of(EPOCH, ZERO)).clock_error == ZERO
