"""The exported audit log: whatever is changed in it is found, and the line is told."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit import Action, ChainRow, Entry, FaultKind, Head, chained, detail_text, digest_of
from domain.audit_checking import checked, read_head, shown, told
from domain.audit_file import AuditFile, file_lines
from domain.errors import UsageError
from domain.wording import halves

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def chain(length: int, actor: str = "account:li") -> list[ChainRow]:
    head, rows = Head(), []
    for number in range(1, length + 1):
        entry = Entry(actor, Action.REVIEWED, f"finding:{number}", "310114010000", detail_text(note="属实"), "10.0.0.1")
        rows.append(chained(entry, NOW, head))
        head = Head(number, rows[-1].digest)
    return rows


def end_of(rows: list[ChainRow]) -> Head:
    return Head(rows[-1].sequence, rows[-1].digest)


def exported(rows: list[ChainRow]) -> list[str]:
    return list(file_lines(rows, Head(), end_of(rows)))


def test_a_file_as_it_was_exported_is_whole() -> None:
    rows = chain(7)
    file = AuditFile(exported(rows))
    assert list(file.faults()) == []
    assert (file.count, file.start, file.head) == (7, Head(), end_of(rows))


def test_a_part_of_the_log_is_whole_by_itself_and_says_where_it_begins() -> None:
    rows = chain(7)
    start = Head(3, rows[2].digest)
    file = AuditFile(list(file_lines(rows[3:], start, end_of(rows))))
    assert list(file.faults(end_of(rows))) == []
    assert (file.count, file.start.sequence) == (4, 3)


@given(
    st.integers(0, 8), st.sampled_from(["sequence", "at_us", "actor", "origin", "action", "subject", "unit", "detail"])
)
def test_any_value_changed_in_any_line_is_found_at_that_line(at: int, name: str) -> None:
    lines = exported(chain(9))
    content = json.loads(lines[at + 1])
    content[name] = content[name] + 1 if isinstance(content[name], int) else content[name] + " "
    lines[at + 1] = json.dumps(content, ensure_ascii=False) + "\n"
    found = list(AuditFile(lines).faults())
    assert found
    assert found[0].line == at + 2
    if name != "sequence":
        assert (found[0].kind, found[0].sequence) == (FaultKind.CHANGED, at + 1)


@given(st.integers(0, 10))
def test_any_line_taken_away_is_found(at: int) -> None:
    lines = exported(chain(9))
    del lines[at]
    found = list(AuditFile(lines).faults())
    assert found
    if 0 < at < 9:  # neither the header, nor the last row, nor the head
        assert (found[0].kind, found[0].first, found[0].line) == (FaultKind.MISSING, at, at + 1)


@given(st.integers(1, 10), st.integers(1, 10))
def test_any_line_put_in_again_is_found_where_it_stands(source: int, target: int) -> None:
    lines = exported(chain(9))
    lines.insert(target, lines[source])
    found = list(AuditFile(lines).faults())
    assert found
    assert found[0].line in (target + 1, target + 2)


@given(st.integers(1, 9), st.integers(1, 9))
def test_any_two_rows_that_changed_places_are_found(one: int, other: int) -> None:
    lines = exported(chain(9))
    lines[one], lines[other] = lines[other], lines[one]
    found = list(AuditFile(lines).faults())
    assert bool(found) == (one != other)
    if found:
        assert found[0].line is not None
        assert found[0].line <= min(one, other) + 2


@pytest.mark.parametrize(
    "line", ["", "{", "[]", "null", "0", '{"sequence":2}', '{"sequence":1,"sequence":2}', "[" * 100_000, "\udcff"]
)
def test_a_line_that_is_no_row_is_told(line: str) -> None:
    lines = exported(chain(3))
    lines[2] = line + "\n"
    found = list(AuditFile(lines).faults())
    assert (found[0].kind, found[0].line) == (FaultKind.UNREADABLE, 3)


def test_a_row_with_a_word_beside_what_is_hashed_is_no_row() -> None:
    lines = exported(chain(3))
    lines[2] = json.dumps({**json.loads(lines[2]), "remark": "approved"}) + "\n"
    assert next(AuditFile(lines).faults()).kind is FaultKind.UNREADABLE


@pytest.mark.parametrize(
    "lines", [[], ["\n"], ["not json\n"], ['{"format":"bwc-audit/2","start":{"sequence":0,"digest":""}}\n']]
)
def test_what_is_no_exported_log_is_not_called_whole(lines: list[str]) -> None:
    assert next(AuditFile(lines).faults()).kind is FaultKind.UNREADABLE


def test_a_log_made_anew_is_told_by_a_head_that_was_printed_before() -> None:
    true, forged = chain(6), chain(9, actor="account:wang")
    assert list(AuditFile(exported(forged)).faults()) == []
    found = list(AuditFile(exported(forged)).faults(end_of(true)))
    assert [(one.kind, one.sequence) for one in found] == [(FaultKind.PRINTED, 6)]


def test_a_head_printed_when_the_log_was_shorter_is_found_in_it() -> None:
    rows = chain(9)
    assert list(checked(rows, end_of(rows), None, Head(4, rows[3].digest))) == []
    beyond = list(checked(rows[:3], end_of(rows[:3]), None, Head(4, rows[3].digest)))
    assert [one.kind for one in beyond] == [FaultKind.PRINTED]


def test_a_row_changed_with_its_digest_is_told_at_the_next_row() -> None:
    rows = chain(5)
    changed = ChainRow(**{name: getattr(rows[2], name) for name in rows[2].__slots__} | {"actor": "account:zhao"})
    rows[2] = ChainRow(
        **{name: getattr(changed, name) for name in changed.__slots__} | {"digest": digest_of(changed, rows[1].digest)}
    )
    (fault,) = checked(rows, end_of(rows))
    assert fault.sequence == 4
    assert "第 4 条" in told(fault)
    assert "the row before together with its digest" in told(fault)


def test_every_kind_of_fault_has_words_in_both_languages() -> None:
    rows = chain(6)
    lines = exported([rows[0], rows[3], rows[2], rows[5]])
    lines[3] = lines[3].replace("属实", "不属实")
    for fault in AuditFile([*lines[:-1], "x\n"]).faults(Head(5, "f" * 64)):
        zh, en = halves(told(fault))
        assert "第" in zh
        assert "row" in en or "head" in en


def test_a_head_is_read_as_it_is_printed_and_nothing_else_is() -> None:
    head = end_of(chain(3))
    assert read_head(shown(head)) == head
    for text in ("", "3", "3:", f"x:{head.digest}", f"3:{head.digest[:-1]}", f"-1:{head.digest}", f"3:{'g' * 64}"):
        with pytest.raises(UsageError):
            read_head(text)
