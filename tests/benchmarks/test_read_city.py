"""The city of the read benchmark is one that the program itself can read: lists, time line, explanation, overview."""

from datetime import date

import pytest
from sqlalchemy import Engine

from benchmarks.read.load import build
from benchmarks.read.world import Size, district_code, station_code
from storage.engine import DatabaseSettings, open_engine
from storage.queries import LISTS, Filters, explain, incident_timeline
from storage.queries.overview import overview

SIZE = Size(400, 40)


@pytest.mark.parametrize("database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True)
@pytest.mark.slow
@pytest.mark.long
def test_lists_time_lines_explanations_and_counts_work_on_it(database_url: str) -> None:
    engine = open_engine(DatabaseSettings(database_url))
    build(engine, SIZE)
    _look(engine)
    engine.dispose()


def _look(engine: Engine) -> None:
    with engine.connect() as connection:
        for query in LISTS.values():
            assert query.page(connection, Filters(), 5).rows, query.name
        line = incident_timeline(connection, SIZE.number(0))
        assert line is not None
        assert len(line.links) == 9  # of ten clips one cannot be read
        assert explain(connection, SIZE.number(0)).sections
        station = list(LISTS["clips"].rows(connection, Filters(unit=station_code(0)), None))
        assert len(station) == 10  # of the first station's only incident
        district = list(LISTS["incidents"].rows(connection, Filters(unit=district_code(0)), None))
        assert len(district) == 20
        found = overview(connection, None, date(2026, 5, 1), date(2026, 11, 1))
        assert found.waterfall[0].value == SIZE.incidents + SIZE.sessions
