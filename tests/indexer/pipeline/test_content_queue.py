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
    numbers = range(2, CLIPS + 1, 2)
    times = {n: {"started_at": put.at(n), "ended_at": put.at(n + 5), "since_scan": 1} for n in numbers}
    connection.execute(insert(WINDOW), [{"number": f"JQ{n}", **window, **times[n]} for n in numbers])
    connection.execute(insert(LINK), [{"number": f"JQ{n}", "file_id": n, "at": put.at(n), **link} for n in numbers])


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


def queue_all(house: House) -> tuple[float, float]:
    """Milliseconds that it takes to queue one clip of all: of this process, and by the clock."""
    scan = Scanning(
        *(house.engine, house.plan, 1, MORNING, None, Silent(), lambda: MORNING, MORNING),  # type: ignore[arg-type]
        lease=Lease(MORNING + timedelta(days=1)),
    )
    with house.engine.begin() as connection:
        work.mark(connection, "content", [Mark(str(number)) for number in range(1, CLIPS + 1)])
    begun, spent = time.perf_counter(), time.process_time()
    detect_queue.queue_content(scan)
    scale = 1000 / CLIPS
    return (time.process_time() - spent) * scale, (time.perf_counter() - begun) * scale


def test_ten_thousand_clips_cost_less_than_a_millisecond_each(house: House) -> None:
    """All of them at once, as in a first scan; then again, with nothing to change."""
    spent = [queue_all(house), queue_all(house)]
    begun = time.perf_counter()
    with house.engine.connect() as connection:
        turn = content_queue.turn(connection, MORNING, 32)
        waiting = content_queue.backlog(connection)
    asked = time.perf_counter() - begun
    print(f"processor and clock, ms a clip, first and again: {spent}; whose turn {asked * 1000:.1f} ms")
    assert max(mine for mine, _ in spent) < 1
    assert max(clock for _, clock in spent) < 5  # with a server at work beside, and others on the machine
    assert len(house.rows(CONTENT)) == CLIPS - 1  # the first has no track
    assert [(one.priority, one.clips) for one in waiting] == [(0, CLIPS // 2), (1, CLIPS // 2 - 1)]
    assert waiting[0].media < waiting[1].media
    newest = [row["started_at"] for row in turn]
    assert newest == sorted(newest, reverse=True)
    assert {row["priority"] for row in turn} == {0}
    assert [row for row in house.rows(WORK) if row["step"] == "content"] == []
