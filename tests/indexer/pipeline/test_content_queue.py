"""What it costs to queue clips for looking at, and to ask whose turn it is."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from indexer.content import ContentSettings
from indexer.pipeline import Silent, detect_queue
from indexer.pipeline.plan import Lease, Scanning
from storage import content_queue, work
from storage.schema.tables import CLIP, CONTENT, FILE, LINK, PROBE, STORED, WINDOW, WORK
from storage.work import Mark
from tests.builders import House
from tests.indexer.pipeline.looking import looking
from tests.scanning import MORNING
from tests.storage.queries import rows as put

pytestmark = pytest.mark.slow
CLIPS = 10_000
MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    house = House.new(tmp_path / "house", database_url)
    looking(house, ContentSettings(share_ratio=1.0))
    with house.engine.begin() as connection:
        fill(connection)
    yield house
    house.engine.dispose()


def fill(connection: Connection) -> None:
    """So many clips of ten minutes; every other one is linked to a call of its own that lasted five of them."""
    put.scan(connection)
    put.store(connection, "dock")
    put.file(connection, "0.mp4")
    put.clip(connection, 1)
    put.probe(connection, 1)
    like = {table: first(connection, table) for table in (FILE, STORED, CLIP, PROBE)}
    for table, row in like.items():
        rows = [row | own(table, number) for number in range(2, CLIPS + 1)]
        connection.execute(insert(table), rows)
    window = {"kind": "incident", "party": "badge:1", "channels": [], "start_known": "stated", "end_known": "stated"}
    link = {"kind": "incident", "party": "badge:1", "basis": "badge", "overlap": 5 * MINUTE, "score": 0.9}
    link |= {"status": "linked", "method": "auto", "evidence": [], "since_scan": 1}
    for number in range(2, CLIPS + 1, 2):
        start = put.at(number)
        times = {"started_at": start, "ended_at": start + 5 * MINUTE, "since_scan": 1}
        connection.execute(insert(WINDOW).values(number=f"JQ{number}", **window, **times))
        connection.execute(insert(LINK).values(number=f"JQ{number}", file_id=number, at=start, **link))


def first(connection: Connection, table: object) -> dict[str, object]:
    (row,) = connection.execute(table.select()).mappings()  # type: ignore[attr-defined]
    return {column.key: row[column] for column in table.c if column.key != "id"}  # type: ignore[attr-defined]


def own(table: object, number: int) -> dict[str, object]:
    """What tells one row from another."""
    if table is FILE:
        return {"anchor": f"dock:{number}.mp4"}
    values: dict[str, object] = {"file_id": number}
    if table is STORED:
        values["path"] = f"{number}.mp4"
    if table is CLIP:
        values |= {"started_at": put.at(number), "ended_at": put.at(number + 10)}
    if table is PROBE:
        values["tracks"] = [{"kind": "video", "codec": "h264"}, {"kind": "audio", "codec": "aac"}]
    return values


def queue_all(house: House) -> float:
    """Seconds that it takes to queue every clip."""
    scan = Scanning(
        *(house.engine, house.plan, 1, MORNING, None, Silent(), lambda: MORNING, MORNING),  # type: ignore[arg-type]
        lease=Lease(MORNING + timedelta(days=1)),
    )
    with house.engine.begin() as connection:
        work.mark(connection, "content", [Mark(str(number)) for number in range(1, CLIPS + 1)])
    begun = time.perf_counter()
    detect_queue.queue_content(scan)
    return time.perf_counter() - begun


def test_ten_thousand_clips_cost_less_than_a_millisecond_each(house: House) -> None:
    """All of them at once, as in a first scan; then again, with nothing to change."""
    first_time, again = queue_all(house), queue_all(house)
    begun = time.perf_counter()
    with house.engine.connect() as connection:
        turn = content_queue.turn(connection, MORNING, 32)
        waiting = content_queue.backlog(connection)
    asked = time.perf_counter() - begun
    print(f"first {first_time / 10:.3f} ms, again {again / 10:.3f} ms a clip; whose turn {asked * 1000:.1f} ms")
    assert max(first_time, again) < CLIPS / 1000
    assert len(house.rows(CONTENT)) == CLIPS - 1  # the first has no track
    assert [(one.priority, one.clips) for one in waiting] == [(0, CLIPS // 2), (1, CLIPS // 2 - 1)]
    assert waiting[0].media < waiting[1].media
    newest = [row["started_at"] for row in turn]
    assert newest == sorted(newest, reverse=True)
    assert {row["priority"] for row in turn} == {0}
    assert [row for row in house.rows(WORK) if row["step"] == "content"] == []
