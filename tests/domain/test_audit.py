"""The hash chain: what is changed, taken away or put in is told, and where."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import NOTHING, Action, ChainFault, ChainRow, Entry, FaultKind, Head, chained, detail_text, faults

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def chain(length: int) -> list[ChainRow]:
    head, rows = Head(), []
    for number in range(length):
        entry = Entry(f"account:{number}", Action.REVIEWED, f"f{number}", "u", detail_text(note="属实", number=number))
        rows.append(chained(entry, NOW, head))
        head = Head(rows[-1].sequence, rows[-1].digest)
    return rows


def end_of(rows: list[ChainRow]) -> Head:
    return Head(rows[-1].sequence, rows[-1].digest)


def test_a_digest_can_be_made_again_from_the_documented_text_alone() -> None:
    import hashlib

    row = chained(Entry("visitor", Action.MEDIA_VIEWED, "clip:1", None, '{"a":1}', "127.0.0.1"), NOW, Head())
    values: list[object] = [1, 0, "visitor", "127.0.0.1", "media.viewed", "clip:1", None, '{"a":1}', NOTHING]
    values[1] = int(NOW.timestamp()) * 1_000_000
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    assert row.digest == hashlib.sha256(text.encode()).hexdigest()


def test_a_whole_chain_has_no_fault() -> None:
    rows = chain(20)
    assert list(faults(rows, end_of(rows))) == []
    assert list(faults([], Head())) == []


@pytest.mark.parametrize("field", ["at_us", "actor", "origin", "action", "subject", "unit", "detail", "digest"])
@pytest.mark.parametrize("at", [0, 7, 19])
def test_a_changed_row_is_told_at_its_place(field: str, at: int) -> None:
    rows = chain(20)
    head = end_of(rows)
    value = 1 if field == "at_us" else "x"
    rows[at] = replace(rows[at], **{field: value})
    found = list(faults(rows, head))
    assert found[0] == ChainFault(FaultKind.CHANGED, at + 1)
    assert {one.sequence for one in found} <= {at + 1, at + 2, 20}


def test_a_row_hashed_again_after_a_change_breaks_the_next_link() -> None:
    rows = chain(5)
    forged = replace(rows[2], actor="account:other")
    from domain.audit import digest_of

    rows[2] = replace(forged, digest=digest_of(forged, rows[1].digest))
    assert list(faults(rows, end_of(rows))) == [ChainFault(FaultKind.CHANGED, 4)]


@given(st.integers(2, 12), st.data())
def test_any_rows_taken_away_are_told(length: int, data: st.DataObject) -> None:
    rows = chain(length)
    head = end_of(rows)
    first = data.draw(st.integers(0, length - 1))
    last = data.draw(st.integers(first, length - 1))
    left = rows[:first] + rows[last + 1 :]
    found = list(faults(left, head))
    if last == length - 1:
        assert found == [ChainFault(FaultKind.HEAD, length, first + 1)]
    else:
        assert found == [ChainFault(FaultKind.MISSING, last + 2, first + 1)]


def test_a_row_put_in_twice_and_rows_after_the_head_are_told() -> None:
    rows = chain(4)
    assert list(faults([*rows[:2], rows[1], *rows[2:]], end_of(rows))) == [ChainFault(FaultKind.ORDER, 2)]
    assert list(faults(rows, end_of(rows[:3]))) == [ChainFault(FaultKind.HEAD, 3, 5)]


def test_part_of_a_chain_is_verified_from_the_digest_before_it() -> None:
    rows = chain(10)
    assert list(faults(rows[4:], end_of(rows), end_of(rows[:4]))) == []
    assert list(faults(rows[4:], end_of(rows), Head(4, "1" * 64))) == [ChainFault(FaultKind.CHANGED, 5)]
