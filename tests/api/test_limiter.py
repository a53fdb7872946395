"""How much one sender may ask, and what was done a short while ago."""

from api.identity import limiter
from api.identity.limiter import Limiter, Recent


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_sender_may_ask_so_often_at_once_and_then_one_by_one() -> None:
    clock = Clock()
    bucket = Limiter(clock)
    assert [bucket.wait("a", 3) for _ in range(3)] == [0, 0, 0]
    assert bucket.wait("a", 3) == 20
    assert bucket.wait("b", 3) == 0
    clock.now += 20
    assert bucket.wait("a", 3) == 0
    assert bucket.wait("a", 3) > 0


def test_a_refused_request_costs_nothing() -> None:
    clock = Clock()
    bucket = Limiter(clock)
    bucket.wait("a", 1)
    for _ in range(50):
        assert bucket.wait("a", 1) > 0
    clock.now += 60
    assert bucket.wait("a", 1) == 0


def test_memory_stays_bounded_and_the_longest_silent_is_forgotten() -> None:
    bucket = Limiter(Clock())
    for number in range(limiter.MOST + 10):
        bucket.wait(str(number), 1)
    assert len(bucket.buckets) == limiter.MOST
    assert bucket.wait("0", 1) == 0
    assert bucket.wait(str(limiter.MOST + 9), 1) > 0


def test_what_was_done_is_remembered_for_a_while() -> None:
    clock = Clock()
    seen = Recent(10, clock)
    assert not seen.has("x", "1")
    seen.note("x", "1")
    assert seen.has("x", "1")
    assert not seen.has("x", "2")
    clock.now += 10
    assert not seen.has("x", "1")
