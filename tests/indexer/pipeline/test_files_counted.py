"""How many files a store has is counted when it changed, and kept while it did not."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from storage.schema.tables import SCAN, STORE, STORE_SCAN
from tests.builders import House
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)


def counted(house: House) -> list[tuple[str, int | None]]:
    """Store and count of each look, in order."""
    with house.engine.connect() as connection:
        query = select(STORE.c.name, STORE_SCAN.c.known).join(STORE).order_by(STORE_SCAN.c.id)
        return [(row.name, row.known) for row in connection.execute(query)]


class Counting:
    """How often the files of a store were counted."""

    def __init__(self, engine: Engine) -> None:
        self.times = 0
        event.listen(engine, "before_cursor_execute", self)

    def __call__(self, *given: object) -> None:
        statement = str(given[2])
        self.times += "count(*)" in statement and "FROM stored_file" in statement and "store_id = " in statement


@pytest.fixture
def house(house: House) -> House:
    house.put("a.bin", b"1")
    house.put("b.bin", b"2")
    house.store("other")
    house.put("c.bin", b"3", store="other")
    house.scan(MORNING)
    return house


def test_an_unchanged_store_keeps_its_number_and_is_not_counted_again(house: House) -> None:
    counting = Counting(house.engine)
    house.scan(MORNING + HOUR)
    assert counted(house) == [("dock", 2), ("other", 1)] * 2
    assert counting.times == 0


def test_a_store_that_gained_a_file_is_counted_and_the_other_is_not(house: House) -> None:
    house.put("d.bin", b"4", store="other")
    counting = Counting(house.engine)
    house.scan(MORNING + HOUR)
    assert counted(house)[2:] == [("dock", 2), ("other", 2)]
    assert counting.times == 1


def test_after_a_scan_that_was_broken_off_every_store_is_counted(house: House) -> None:
    house.put("d.bin", b"4")
    house.scan(MORNING + HOUR)
    with house.engine.begin() as connection:  # as if it had been killed after it saw the file, before it wrote the look
        connection.execute(update(SCAN).where(SCAN.c.id == 2).values(state="interrupted"))
        connection.execute(STORE_SCAN.delete().where(STORE_SCAN.c.scan_id == 2))
    house.scan(MORNING + 2 * HOUR)
    assert counted(house)[2:] == [("dock", 3), ("other", 1)]
