"""Marks that the database makes: every file once, clips by what holds of them."""

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection

from indexer.pipeline import Silent
from indexer.pipeline.drain import drain
from storage import work
from storage.engine import DatabaseSettings, open_engine
from storage.findings import due_subjects
from storage.queueing import due_for_review, queue_clips, queue_due_clips, queue_every_file
from storage.schema.tables import CLIP
from storage.work import Batch, Mark
from tests.databases import migrate
from tests.storage.queries import rows

RULES = "m"
"""Between "a" and "z": other rule sets lie on both sides of it."""


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        rows.scan(connection)
        rows.store(connection)
        yield connection
    engine.dispose()


def queued(connection: Connection, step: str) -> list[str]:
    return sorted(mark.subject for mark in work.take(connection, step, 100, work.newest(connection, step)).marks)


def test_every_file_is_queued_once_however_often_it_was_named_before(connection: Connection) -> None:
    first, second = (rows.file(connection, name) for name in ("a.mp4", "b.mp4"))
    gone, moved = rows.file(connection, "c.mp4", state="missing"), rows.file(connection, "d.mp4", state="moved")
    rows.seen(connection, first, "old.mp4", until_scan=1)
    named = [Mark(str(first)), Mark(str(first)), Mark(str(moved)), Mark("all"), Mark("clock:1100001")]
    for one in named:
        work.mark(connection, "place", [one])
    work.mark(connection, "probe", [Mark(str(first))])
    queue_every_file(connection, "place", work.newest(connection, "place"))
    kept = ["all", "clock:1100001", str(moved)]
    assert queued(connection, "place") == sorted([str(first), str(second), str(gone), *kept])
    assert queued(connection, "probe") == [str(first)]


def test_clips_are_queued_by_where_they_lie(connection: Connection) -> None:
    for number, start in enumerate((0, 100, 200)):
        rows.clip(connection, rows.file(connection, f"{number}.mp4"), start, start + 10)
    rows.clip(connection, 2, 0, 10, until_scan=1)
    queue_clips(connection, CLIP.c.started_at <= rows.at(150), CLIP.c.ended_at >= rows.at(50))
    assert queued(connection, "evaluate") == ["clip:2"]


def test_what_is_due_is_queued_if_it_is_a_clip_and_named_if_it_is_not(connection: Connection) -> None:
    for name in ("fresh", "due", "older", "newer"):
        rows.file(connection, name)
    rows.evaluation(connection, "clip", "dock-a:fresh", rule_set=RULES, recheck_at=rows.at(500))
    rows.evaluation(connection, "clip", "dock-a:due", rule_set=RULES, recheck_at=rows.at(5))
    rows.evaluation(connection, "clip", "dock-a:older", rule_set="a")
    rows.evaluation(connection, "clip", "dock-a:newer", rule_set="z")
    rows.evaluation(connection, "incident", "JQ1", rule_set=RULES, recheck_at=rows.at(5))
    rows.evaluation(connection, "incident", "JQ2", rule_set=RULES)
    rows.evaluation(connection, "incident", "JQ3", rule_set="a", until_scan=1)
    rows.evaluation(connection, "device", "dock-a:fresh", rule_set="a")
    due = due_for_review(rows.at(10), RULES)
    for _ in range(2):  # the second time after a scan that could not go on
        queue_due_clips(connection, due)
    assert queued(connection, "evaluate") == ["clip:2", "clip:3", "clip:4"]
    assert due_subjects(connection, due) == {("incident", "JQ1"), ("device", "dock-a:fresh")}


def test_marks_can_be_read_cleared_and_looked_for_by_how_they_begin(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for subject in ("clip:1", "clip:1", "12", "all", "clock:7", "device:1"):
        work.mark(connection, "place", [Mark(subject)])
    upto = work.newest(connection, "place")
    assert [mark.subject for mark in work.wordy(connection, "place", upto, but="clip:").marks] == [
        "all",
        "clock:7",
        "device:1",
    ]
    assert work.holds(connection, "place", "clock:")
    assert not work.holds(connection, "evaluate", "clock:")
    taken = work.take_by_subject(connection, "place", 1, upto, after=None, prefix="c")
    assert taken.marks == (Mark("clip:1"),)
    monkeypatch.setattr(work, "AT_ONCE", 2)
    taken_off = list(work.taken_off(connection, "place", upto, but="cl"))
    assert sorted(mark.subject for mark in taken_off) == ["12", "all", "device:1"]
    assert queued(connection, "place") == ["clip:1", "clip:1", "clock:7"]


def test_a_mark_whose_writing_ends_while_others_are_read_stays_queued(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("has one writer: nobody writes a mark while others are read")
    monkeypatch.setattr(work, "AT_ONCE", 1)
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.connect() as slow, engine.connect() as quick:
        work.mark(slow, "evaluate", [Mark("incident:slow")])
        work.mark(quick, "evaluate", [Mark("incident:1")])
        work.mark(quick, "evaluate", [Mark("incident:2")])
        quick.commit()
        taken = work.taken_off(quick, "evaluate", work.newest(quick, "evaluate"))
        assert next(taken) == Mark("incident:1")
        slow.commit()
        assert list(taken) == [Mark("incident:2")]
        assert queued(quick, "evaluate") == ["incident:slow"]
    engine.dispose()


def test_what_is_queued_again_is_not_met_again_by_those_who_have_passed_it(connection: Connection) -> None:
    """SQLite gives a new mark the number of one that was the last and is cleared."""
    work.mark(connection, "evaluate", [Mark("clip:3"), Mark("clip:2"), Mark("clip:1")])
    upto = work.newest(connection, "evaluate")
    first = work.take_by_subject(connection, "evaluate", 3, upto, after=None)
    assert [mark.subject for mark in first.marks] == ["clip:1", "clip:2", "clip:3"]
    work.clear(connection, first.ids)
    work.mark(connection, "evaluate", [Mark("clip:2")])
    after = first.marks[-1].subject, first.ids[-1]
    assert work.take_by_subject(connection, "evaluate", 3, upto, after=after).ids == ()
    assert queued(connection, "evaluate") == ["clip:2"]


@pytest.mark.parametrize("size", [1, 2, 10])
def test_what_fails_is_met_once_in_a_scan_and_stays_queued(connection: Connection, size: int) -> None:
    """The last one above all: marks of other steps are there or not, and SQLite gives numbers again."""
    work.mark(connection, "link", [Mark(name) for name in "edcba"])
    met: list[str] = []

    def each(connection: Connection, batch: Batch) -> None:
        met.extend(mark.subject for mark in batch.marks)
        work.mark(connection, "link", [mark for mark in batch.marks if mark.subject in "be"])

    scan: Any = SimpleNamespace(transaction=lambda: nullcontext(connection), progress=Silent())
    drain(scan, "link", size, each, by_subject=True)
    assert met == list("abcde")
    assert queued(connection, "link") == ["b", "e"]
