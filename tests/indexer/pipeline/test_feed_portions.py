"""A feed is written a portion at a time: whatever the portion, the same rows, records, windows and verdicts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.feeds.base import FeedKind
from indexer.pipeline import feed as feeding
from indexer.pipeline import feed_effects, windows
from indexer.pipeline.register import load_register
from storage.schema.tables import COVERAGE, EVALUATION, FEED_ROW, FINDING, LINK, RECORD, WINDOW, WORK
from tests.builders import House, clip_name, film, incident, registers
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

OFFICERS = {"1100001": "031021", "1100002": "031022"}
FIRST = [
    incident("JQ1", "031021", "08:12:00", "08:14:00"),
    incident("JQ2", "031022", "09:00:00", "09:05:00"),
    incident("JQ2", "031021", "09:00:00", "09:05:00"),
    incident("", "031021", "09:30:00", "09:31:00"),
    incident("JQ3", "031021", "10:00:00", "10:05:00"),
    incident("JQ4", "031021", "11:00:00", "11:05:00"),
    incident("JQ5", "031022", "11:30:00", "11:35:00"),
]
REASONS = [{"activity": "JQ1", "officer": "031021", "reason": "设备故障", "note": note} for note in ("a", "b")]
THEN = [FIRST[0], FIRST[4] | {"officers": "031022"}, FIRST[6], incident("JQ6", "031021", "12:00:00", "12:05:00")]
TOLD = (FEED_ROW, RECORD, WINDOW, LINK, COVERAGE, EVALUATION, FINDING)


def twice_read(folder: Path, portion: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Everything that holds after a feed was read, and read again with rows gone, moved, changed and new."""
    monkeypatch.setattr(feeding, "PORTION", portion)
    house = House.new(folder, f"sqlite:///{folder}.db")
    registers(house, OFFICERS)
    house.put(clip_name("1100001", "031021", "08:11:30"), film(180, "one call"))
    for rows, reasons in ((FIRST, REASONS), (THEN, [*REASONS, REASONS[0] | {"reason": "电量不足"}])):
        house.feed("110", FeedKind.INCIDENTS, rows)
        house.feed("why", FeedKind.EXPLANATIONS, reasons)
        house.scan(MORNING)
    assert house.rows(WORK) == []
    found = {table.name: _plain(house.rows(table)) for table in TOLD}
    house.engine.dispose()
    return found


def _plain(rows: list[dict[str, Any]]) -> list[list[str]]:
    return sorted([str(value) for name, value in row.items() if name != "id"] for row in rows)


def test_portions_of_any_size_write_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = twice_read(tmp_path / "whole", 5000, monkeypatch)
    assert {row[2] for row in whole["evaluation"] if row[0] == "incident"} == {"JQ1", "JQ3", "JQ5", "JQ6"}
    for portion in (1, 3):
        assert twice_read(tmp_path / str(portion), portion, monkeypatch) == whole


def test_what_ends_is_written_in_portions_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next export of a city has other calls: all of the last one end at once. So they do with the feed itself."""
    house = House.new(tmp_path, f"sqlite:///{tmp_path / 'house.db'}")
    registers(house, OFFICERS)
    house.feed("110", FeedKind.INCIDENTS, FIRST)
    house.scan(MORNING)
    monkeypatch.setattr(feeding, "PORTION", 2)
    ended: list[int] = []
    for name in ("replace_records", "replace_feed_rows"):
        monkeypatch.setattr(feeding.activities, name, _counting(getattr(feeding.activities, name), ended))
    loads: list[int] = []
    real = load_register
    for module in (windows, feed_effects):
        monkeypatch.setattr(module, "load_register", lambda connection: (loads.append(1), real(connection))[1])
    house.feed("110", FeedKind.INCIDENTS, [incident("JQ9", "031021", "12:00:00", "12:05:00")])
    house.scan(MORNING)
    assert len(loads) == 2  # before and after the feed, not for each portion
    del house.feeds["110"]
    house.scan(MORNING)
    assert max(ended) == 2
    assert sum(ended) == (1 + 6 + 1) + (1 + 5 + 1)  # rows, records: the new call, those of before, and at last its own
    assert [row["key"] for row in house.rows(RECORD) if row["kind"] == "incidents"] == []
    house.engine.dispose()


def _counting(real: Callable[..., Any], ended: list[int]) -> Callable[..., Any]:
    def count(connection: Any, feed: str, rows: Any, scan: int, among: Any = ()) -> Any:
        if feed == "110":
            ended.append(len(among))
        return real(connection, feed, rows, scan, among)

    return count
