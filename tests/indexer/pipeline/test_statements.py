"""A step asks about a batch, not about each of its subjects: ten times the calls are no more statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, select

from indexer.pipeline import evaluate as evaluating
from storage.schema.tables import WORK
from tests.builders import House, clip_name, film, incident, one_call, registers, results
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

MOST = 120
"""Statements of judging a small world: one batch, its five kinds of subjects loaded and written."""


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """The statements that the database is given meanwhile."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(house.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(house.engine, "before_cursor_execute", note)


def calls(house: House, count: int) -> None:
    """So many calls of twenty officers, each of whom recorded one."""
    one_call(house)
    officers = {f"{1100001 + n}": f"{31021 + n:06}" for n in range(20)}
    registers(house, officers)
    for n, (device, officer) in enumerate(officers.items()):
        house.put(clip_name(device, officer, "10:00:00"), film(60, f"film {n}"))
    badges = list(officers.values())
    rows = [
        incident(
            f"JQ{n:04}", badges[n % 20], f"{10 + n // 120}:{n // 2 % 60:02}:00", f"{10 + n // 120}:{n // 2 % 60:02}:50"
        )
        for n in range(count)
    ]
    house.feed("110", house.feeds["110"].kind, rows)


def of_judging(house: House, count: int) -> int:
    """Statements of the whole step `evaluate` for a world with so many calls."""
    calls(house, count)
    counted: list[int] = []
    real = evaluating.judge_all

    def judge_all(*arguments: object, **options: object) -> int:
        with statements(house) as found:
            judged = real(*arguments, **options)  # type: ignore[arg-type]
        counted.append(len(found))
        return judged

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(evaluating, "judge_all", judge_all)
        house.scan(MORNING)
    assert len(results(house)) == count
    return counted[0]


def test_two_hundred_calls_are_judged_by_no_more_statements_than_twenty(house: House, tmp_path: Path) -> None:
    few = of_judging(House.new(tmp_path / "few", f"sqlite:///{tmp_path / 'few.db'}"), 20)
    many = of_judging(house, 200)
    assert many <= few + 10
    assert many <= MOST
    with house.engine.connect() as connection:
        assert connection.execute(select(WORK.c.id)).all() == []
