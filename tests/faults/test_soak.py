"""Twenty seconds of everything at once; half an hour of it is `python -m benchmarks.faults.soak`."""

from pathlib import Path

import pytest

from benchmarks.faults.house import prepare
from benchmarks.faults.samples import Sample, concluded, slope
from benchmarks.faults.soak import Pace, soak


def samples(**grows: float) -> list[Sample]:
    """A hundred moments, five seconds apart; what is named grows by so much from one to the next."""
    level = {"memory": 200.0, "files": 40, "work": 3, "content": 10, "others": 0.0, "threads": 12}
    rest = {"clips": 0, "faults": 0, "slowest": 0.0}
    values = [{name: value + n * grows.get(name, 0) for name, value in level.items()} for n in range(100)]
    return [Sample(at=5.0 * n, **one, **rest) for n, one in enumerate(values)]  # type: ignore[arg-type]


def test_what_stays_as_it_is_is_well() -> None:
    assert all(one.well for one in concluded(samples()))
    assert slope(samples(memory=1), lambda one: one.memory) == pytest.approx(720)


@pytest.mark.parametrize(
    ("grows", "named"),
    [
        ({"memory": 1.0}, "memory is flat"),
        ({"files": 1}, "open files do not grow"),
        ({"work": 3}, "the queue of work does not grow"),
        ({"content": 3}, "the queue of content does not grow"),
    ],
)
def test_whatever_grows_and_grows_is_named(grows: dict[str, float], named: str) -> None:
    assert [one.name for one in concluded(samples(**grows)) if not one.well] == [named]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(600)
def test_twenty_seconds_of_everything_at_once_leave_all_that_was_done_once_and_no_error(tmp_path: Path) -> None:
    district = prepare(tmp_path, 40, 1, content=True)
    pace = Pace(sample=1, arrive=3, decide=0.5, report=4, scan=8, readers=10, pause=1, documents=1)
    verdicts = soak(district, 20, pace, 40)
    print("\n".join(map(str, verdicts)))
    grows = "memory is flat"  # not told by so short a time
    assert [str(one) for one in verdicts if not one.well and one.name != grows] == []
