"""A scan that somebody waits for leaves the reading of whole digests to the next one."""

from datetime import timedelta

import pytest

from tests.builders import House, film
from tests.indexer.pipeline.test_fixity import read_at
from tests.scanning import MORNING

pytestmark = pytest.mark.slow
HOUR = timedelta(hours=1)


def test_a_scan_that_is_hurried_leaves_the_rest_to_the_next_one(house: House) -> None:
    for n in range(4):
        house.put(f"{n}.mp4", film(30, f"{n}"))
    asked = iter([False])
    house.scan(MORNING, hurried=lambda: next(asked, True))
    assert sum(at is not None for at in read_at(house).values()) < 4
    house.scan(MORNING + HOUR)
    assert sum(at is not None for at in read_at(house).values()) == 4
