"""How SQLite answers what a scan asks: no question reads all clips, files, links or findings where it means a few.

At a million clips such a question takes a second, and there are thousands of them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from indexer.feeds.base import FeedKind
from storage.work import Mark, mark
from tests.builders import House, clip_name, film, one_call
from tests.scanning import MORNING

pytestmark = pytest.mark.slow

LARGE = frozenset(
    "activity_window clip content copy coverage evaluation feed_record feed_row file finding footage link observation "
    "print probe recording review_entry stored_file audit_entry".split()
)
ONCE_A_SCAN = {
    "SELECT DISTINCT probe.reader, probe.reader_version FROM probe": "which readers measured: by an index alone",
    "SELECT stored_file.state, count(*) AS files": "the summary: by an index alone",
    "CAST(stored_file.file_id AS VARCHAR) AS file_id FROM stored_file": "everything is placed again",
    "AND activity_window.started_at <= ? AND activity_window.ended_at >= ?": "whole days changed: a stretch or two",
}
SCANNED = re.compile(r"SCAN (\w+)")
OF_MANY = "ix_stored_file_state (state=?)"
"""Serves questions for what is missing or unreadable; nearly all files are present."""


@contextmanager
def plans(engine: Engine) -> Iterator[dict[str, tuple[list[str], Any]]]:
    """Statement → (its plan, its first parameters), of all that is read inside."""
    found: dict[str, tuple[list[str], Any]] = {}

    def before(connection: Any, _cursor: Any, statement: str, given: Any, _context: Any, many: bool) -> None:
        text = " ".join(statement.split())
        if re.match(r"SELECT|WITH|DELETE|UPDATE|INSERT INTO \w+ \([^)]*\) SELECT", text) and text not in found:
            parameters = given[0] if many else given
            rows = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            found[text] = ([row[-1] for row in rows], parameters)

    event.listen(engine, "before_cursor_execute", before)
    yield found
    event.remove(engine, "before_cursor_execute", before)


def reads_all(text: str, plan: list[str], parameters: Any) -> list[str]:
    """The lines of a plan that read a whole table, where the statement means a few rows."""
    if any(allowed in text for allowed in ONCE_A_SCAN):
        return []
    tables = {name: table for table, name in re.findall(r"(\w+) AS (\w+)", text)}
    scanned = [line for line in plan if (seen := SCANNED.match(line)) and tables.get(seen[1], seen[1]) in LARGE]
    return scanned + [line for line in plan if OF_MANY in line and "present" in parameters]


def test_no_question_of_a_scan_reads_everything(house: House) -> None:
    one_call(house)
    house.put("copy/" + clip_name("1100001", "031021", "08:11:30"), film(180, "one call"))
    house.put(clip_name("1100001", "031021", "12:00:00", 2), film(20, "another"))
    listed = {"name": clip_name("1100001", "031021", "08:11:30"), "device": "1100001", "start": "2026-11-20 08:11:30"}
    house.feed("list", FeedKind.CLIP_INDEX, [listed], store="dock")
    with plans(house.engine) as found:
        house.scan(MORNING)
        house.put(clip_name("1100001", "031021", "13:00:00", 3), film(30, "a third"))
        (house.root() / clip_name("1100001", "031021", "12:00:00", 2)).unlink()
        with house.engine.begin() as connection:
            mark(connection, "place", [Mark("all")])
        house.scan(MORNING + timedelta(days=1))
    assert len(found) > 100
    whole = {text: lines for text, (plan, given) in found.items() if (lines := reads_all(text, plan, given))}
    assert not whole, "\n".join(f"{lines}: {text}" for text, lines in whole.items())


def test_a_table_is_recognised_under_another_name() -> None:
    asked = "SELECT other.file_id FROM probe AS other WHERE other.size = ?"
    assert reads_all(asked, ["SCAN other"], ()) == ["SCAN other"]
    assert reads_all(asked, ["SEARCH other USING INDEX ix_probe_quick (quick_digest=?)"], ()) == []
