"""A scratch copy holds the facts that stood, with their numbers, and not what came later or is made anew."""

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from storage.schema import metadata
from storage.schema.tables import FINDING, LINK, SCAN, STORED, WORK
from storage.scratch import LEFT_OUT, scratch_copy
from storage.versions import current
from tests.builders import House, one_call
from tests.scanning import MORNING

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scans", [1, 2])
def test_every_current_fact_is_copied_as_it_is(database_url: str, tmp_path: Path, scans: int) -> None:
    house = House.new(tmp_path / "house", database_url)
    one_call(house)
    for _ in range(scans):
        house.scan(MORNING)
    with house.engine.begin() as connection:
        connection.execute(insert(WORK).values(step="link", subject="badge:1"))
    with house.engine.connect() as connection:
        copy = scratch_copy(connection, scans, tmp_path)
        for table in metadata.sorted_tables:
            where = [current(table)] if "until_scan" in table.c else []
            here = connection.execute(select(*table.c).where(*where).order_by(*table.primary_key)).all()
            with copy.connect() as other:
                there = other.execute(select(*table.c).order_by(*table.primary_key)).all()
            assert there == ([] if table in LEFT_OUT else here), table.name
    copy.dispose()
    house.engine.dispose()


def test_what_a_later_scan_did_is_not_in_it(database_url: str, tmp_path: Path) -> None:
    house = House.new(tmp_path / "house", database_url)
    one_call(house)
    house.scan(MORNING)
    with house.engine.begin() as connection:
        values = {"state": "running", "started_at": MORNING, "host": "h", "process": 1, "claimed_until": MORNING}
        connection.execute(insert(SCAN).values(**values))
        connection.execute(update(STORED).values(until_scan=2))
        (link,) = connection.execute(select(LINK)).mappings()
        again = {column.key: link[column] for column in LINK.c if column.key != "id"}
        connection.execute(update(LINK).values(until_scan=2))
        connection.execute(insert(LINK).values(**{**again, "since_scan": 2, "score": 0.125}))
    with house.engine.connect() as connection:
        copy = scratch_copy(connection, 1, tmp_path)
    with copy.connect() as connection:
        assert connection.execute(select(SCAN.c.id)).scalars().all() == [1]
        assert connection.execute(select(LINK.c.score)).scalars().all() == [link["score"]]
        assert len(connection.execute(select(STORED).where(current(STORED))).all()) == 1
        assert connection.execute(select(FINDING)).all() == []
    copy.dispose()
    house.engine.dispose()
