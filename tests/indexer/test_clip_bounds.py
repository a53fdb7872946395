"""Clips without a time are bounded by their numbers and their import, and never more tightly than these allow."""

from datetime import datetime, timedelta

import pytest

from domain.timespan import Span, utc
from indexer.clip_bounds import Numbered, bounds_of

DAY = utc(2026, 11, 20)
IMPORT = DAY + timedelta(days=1)


def at(minute: float) -> datetime:
    return DAY + timedelta(minutes=minute)


def placed(file_id: int, number: int | None, minute: float, length: float = 10) -> Numbered:
    return Numbered(file_id, number, Span.of(at(minute), timedelta(minutes=length)), IMPORT)


def lost(file_id: int, number: int | None, imported: datetime | None = IMPORT) -> Numbered:
    return Numbered(file_id, number, None, imported)


def test_a_clip_lies_between_its_neighbours_in_number() -> None:
    clips = [placed(1, 11, 0), placed(2, 12, 60), lost(3, 13), lost(4, 14), placed(5, 15, 200)]
    assert bounds_of(clips) == {3: (at(70), at(200)), 4: (at(70), at(200))}


def test_the_last_clip_lies_before_its_import_and_the_first_after_nothing_known() -> None:
    assert bounds_of([placed(1, 11, 0), lost(2, 12)]) == {2: (at(10), IMPORT)}
    assert bounds_of([placed(1, 11, 0), lost(2, 10)]) == {2: (None, at(0))}


@pytest.mark.parametrize("number", [None, 5000])
def test_without_a_number_that_fits_only_the_import_bounds_it(number: int | None) -> None:
    assert bounds_of([placed(1, 11, 0), placed(2, 12, 60), lost(3, number)]) == {3: (None, IMPORT)}


def test_where_numbers_begin_anew_each_day_it_lies_on_any_day_that_may_hold_it() -> None:
    """Two days with numbers 1, 2, 4: number 3 may be of either; nothing is claimed that one of them refutes."""
    first = [placed(n, number, 60 * number) for n, number in enumerate((1, 2, 4))]
    second = [placed(10 + n, number, 1440 + 60 * number) for n, number in enumerate((1, 2, 4))]
    assert bounds_of([*first, *second, lost(99, 3, None)]) == {99: (at(130), at(1440 + 240))}


def test_after_the_counter_ran_over_the_far_run_does_not_widen_the_bounds() -> None:
    clips = [placed(1, 9997, 0), lost(2, 9998), placed(3, 9999, 60), placed(4, 1, 120), placed(5, 2, 180)]
    assert bounds_of(clips) == {2: (at(10), at(60))}


def test_numbers_that_contradict_the_import_bound_nothing_but_the_end() -> None:
    clips = [placed(1, 11, 0), lost(2, 12, DAY - timedelta(hours=1)), placed(3, 13, 60)]
    assert bounds_of(clips) == {2: (None, DAY - timedelta(hours=1))}


def test_two_lenses_with_one_number_are_one_step() -> None:
    clips = [placed(1, 11, 0), placed(2, 11, 0), lost(3, 12), placed(4, 13, 60)]
    assert bounds_of(clips) == {3: (at(10), at(60))}
