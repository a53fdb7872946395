"""The queue: marks stay until they are cleared; failures are counted and forgotten."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from domain.timespan import Span, utc
from storage import work
from storage.engine import DatabaseSettings, open_engine
from storage.schema.tables import FAILURE
from storage.work import Mark
from tests.databases import migrate

NOW = utc(2026, 11, 27)
SPAN = Span(NOW, NOW.replace(hour=1))


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def subjects(connection: Connection, step: str) -> list[str]:
    return [mark.subject for mark in work.take(connection, step, 100, work.newest(connection, step)).marks]


def test_marks_stay_until_they_are_cleared(connection: Connection) -> None:
    work.mark(connection, "link", [Mark("a", SPAN), Mark("b")])
    for _ in range(2):
        batch = work.take(connection, "link", 100, work.newest(connection, "link"))
        assert batch.marks == (Mark("a", SPAN), Mark("b"))
    work.clear(connection, batch.ids[:1])
    assert subjects(connection, "link") == ["b"]
    assert work.waiting(connection, "link") == 1


def test_marks_queued_while_a_step_runs_are_for_the_next_scan(connection: Connection) -> None:
    work.mark(connection, "link", [Mark("a")])
    upto = work.newest(connection, "link")
    work.mark(connection, "link", [Mark("late")])
    assert work.take(connection, "link", 100, upto).marks == (Mark("a"),)


def test_the_oldest_marks_come_first_and_no_more_than_asked(connection: Connection) -> None:
    for name in "abc":
        work.mark(connection, "probe", [Mark(name)])
    batch = work.take(connection, "probe", 2, work.newest(connection, "probe"))
    assert [mark.subject for mark in batch.marks] == ["a", "b"]


def test_steps_do_not_see_each_others_marks(connection: Connection) -> None:
    work.mark(connection, "probe", [Mark("a")])
    assert (subjects(connection, "place"), work.newest(connection, "place")) == ([], 0)


def test_the_same_mark_twice_in_one_go_is_one(connection: Connection) -> None:
    work.mark(connection, "probe", [Mark("a"), Mark("a"), Mark("a", SPAN)])
    assert subjects(connection, "probe") == ["a", "a"]


def test_nothing_to_mark_or_clear_is_no_statement(connection: Connection) -> None:
    work.mark(connection, "probe", [])
    work.clear(connection, ())
    work.succeed(connection, "probe", [])


def test_a_failure_counts_its_attempts_and_keeps_the_last_message(connection: Connection) -> None:
    work.fail(connection, "probe", "a", OSError("first"), NOW)
    work.fail(connection, "probe", "a", ValueError("second" * 1000), NOW.replace(hour=2))
    work.fail(connection, "place", "a", ValueError("elsewhere"), NOW)
    row = connection.execute(select(FAILURE).where(FAILURE.c.step == "probe")).one()
    assert (row.attempts, row.error, row.last_at, len(row.message)) == (2, "ValueError", NOW.replace(hour=2), 2000)


def test_a_success_forgets_only_its_own_failure(connection: Connection) -> None:
    for step, subject in (("probe", "a"), ("probe", "b"), ("place", "a")):
        work.fail(connection, step, subject, ValueError("x"), NOW)
    work.succeed(connection, "probe", ["a", "never failed"])
    left = connection.execute(select(FAILURE.c.step, FAILURE.c.subject).order_by(FAILURE.c.step)).all()
    assert [tuple(row) for row in left] == [("place", "a"), ("probe", "b")]


def test_a_message_with_characters_that_a_database_cannot_keep_is_kept_as_far_as_it_can(
    connection: Connection,
) -> None:
    work.fail(connection, "probe", "a", ValueError("a tag that holds \0 and \ud800"), NOW)
    assert "a tag that holds" in connection.execute(select(FAILURE.c.message)).scalar_one()


@pytest.mark.parametrize(
    ("named", "size", "batches"),
    [
        ("", 2, []),
        ("a", 2, ["a"]),
        ("aaab", 1, ["aaa", "b"]),
        ("aabbc", 2, ["aabb", "c"]),
        ("abcd", 2, ["ab", "cd"]),
        ("abbbcdd", 3, ["abbbc", "dd"]),
    ],
)
def test_all_marks_of_a_subject_come_in_one_batch(named: str, size: int, batches: list[str]) -> None:
    marks = work.Batch(tuple(map(Mark, named)), tuple(range(len(named))))
    found = list(marks.of_subjects(size))
    assert ["".join(mark.subject for mark in batch.marks) for batch in found] == batches
    assert [number for batch in found for number in batch.ids] == list(range(len(named)))
