"""Rows that wait for being written are the same afterwards, and a long feed's do not fill the memory."""

import tracemalloc
from collections.abc import Iterator
from itertools import islice

import pytest

from domain.people import Unit
from indexer.feeds.base import Fate, FeedRow
from indexer.feeds.kept_rows import PORTION, KeptRows


def rows(count: int) -> Iterator[FeedRow]:
    """Rows of every fate; texts as they come: Chinese, quotes, half a surrogate pair, nothing."""
    for number in range(1, count + 1):
        raw = {"警情编号": f"J{number:08d}", "处警单位": "城东派出所", "备注": '他说"好"\ud83d' if number % 3 else ""}
        match number % 3:
            case 0:
                yield FeedRow(
                    number, raw, Fate.REJECTED, ("应有值 / expected a value", "first"), None, "a.csv", "b/c.mp4"
                )
            case 1:
                yield FeedRow(number, raw, Fate.CORRECTED, ("一 / one",), Unit(f"{number}", "城东派出所"))
            case _:
                yield FeedRow(number, raw, Fate.ACCEPTED, (), Unit(f"{number}", "城东派出所"))


def kept(count: int) -> KeptRows:
    found = KeptRows()
    for row in rows(count):
        found.add(row)
    return found


@pytest.mark.parametrize("count", [0, 1, PORTION - 1, PORTION, PORTION + 1, 3 * PORTION + 7])
def test_rows_come_back_as_they_were_in_their_order(count: int) -> None:
    found = kept(count)
    assert list(found) == list(rows(count))
    assert len(found) == count


def test_each_row_is_found_by_its_place() -> None:
    found, count = kept(2 * PORTION + 5), 2 * PORTION + 5
    told = list(rows(count))
    for place in (0, PORTION - 1, PORTION, 2 * PORTION, count - 1, -1, -count, -PORTION):
        assert found[place] == told[place]
    assert found[PORTION - 2 : PORTION + 2] == tuple(told[PORTION - 2 : PORTION + 2])
    for place in (count, -count - 1):
        with pytest.raises(IndexError):
            found[place]


def test_a_record_is_the_one_that_was_added_not_a_copy() -> None:
    given = list(rows(PORTION + 1))
    found = KeptRows()
    for row in given:
        found.add(row)
    assert all(one.record is other.record for one, other in zip(found, given, strict=True))


def test_a_long_feed_needs_a_fraction_of_its_rows() -> None:
    """A row of a few short cells takes 0.9 KB as it is; kept, less than a fifth of that."""
    tracemalloc.start()
    found = KeptRows()
    for row in islice(rows(30 * PORTION), 20 * PORTION):
        found.add(FeedRow(row.number, row.raw, row.fate, row.notes))
    needed, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert needed / len(found) < 180
