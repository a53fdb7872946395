"""Every list: columns as promised, pages that add up to the stream, cursors and filters that are refused in words."""

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event

from domain.activity import Incident, InterrogationSession
from domain.errors import UsageError
from domain.gap import Gap, GapCause
from storage.queries import LISTS, Filters, UnusableQuery
from storage.schema import tables as t
from tests.storage.queries import rows

pytestmark = pytest.mark.slow

PROMISED = {
    "clips": "id store path bytes state device officer started_at ended_at duration_s clock_source clock_error_s "
    "clock_offset_s container video_codec width height frame_rate audio_codec gaps problems time_sources",
    "recordings": "id device officer started_at ended_at clips gaps",
    "incidents": "number received_at dispatched_at arrived_at finished_at feedback_at unit officers category status "
    "address longitude latitude case_number result coverage_ratio flags",
    "sessions": "number case_number kind room person_code officers started_at signed_at interruptions channels "
    "result coverage_ratio flags",
    "coverage": "kind number officer from to required_s covered_s ratio late_s early_s gaps",
    "links": "kind number officer store path basis overlap_s score runner_up method",
    "observations": "store path detector version kind from_s to_s value unit detail clip",
    "devices": "serial model kind unit room channel clock_offset_s clock_error_s clock_kind evidence",
    "findings": "id rule flag severity result status kind subject officer unit from to measured evidence "
    "first_seen_at last_seen_at due_at",
}
WHAT = "clips recordings gaps incidents sessions coverage links observations findings feed-rows devices stores scans"


def fill(connection: Connection) -> None:
    """Seven of everything; recordings with none to three gaps, so that page ends fall inside one."""
    for number in range(7):
        file_id = rows.file(connection, f"day/{number}.mp4")
        lane = f"device:C{number % 3}"
        rows.clip(connection, file_id, number, number + 1, lane=lane, device=f"C{number}")
        gaps = [Gap(rows.span(number + n / 10, number + n / 10 + 0.05), GapCause.DROPPED) for n in range(number % 4)]
        rows.recording(connection, [file_id], number, number + 1, gaps, lane=lane)
        rows.footage(connection, file_id, "badge:031021", number, lane=lane)
        rows.incident(connection, Incident(f"110-{number}", arrived_at=rows.at(number), officers=("031021",)))
        rows.session(connection, InterrogationSession(f"s-{number}", started_at=rows.at(number)))
        rows.coverage(connection, f"110-{number}", "all", number, number + 1)
        rows.link(connection, f"110-{number % 2}", file_id)
        rows.observation(connection, file_id, 7 - number, 9)
        rows.finding(connection, f"{number:016x}", "incident", f"110-{number % 3}")
        rows.scan(connection, started=number)
        rows.store(connection, f"dock-{number}")
        values = {"fate": "accepted", "notes": [], "raw": {"n": str(number)}, "since_scan": 1}
        rows.put(connection, t.FEED_ROW, feed="110", number=number, **values)


def test_every_list_of_the_interface_exists_in_its_order() -> None:
    assert list(LISTS) == WHAT.split()
    assert all(query.name == name for name, query in LISTS.items())


@pytest.mark.parametrize("name", PROMISED)
def test_columns_come_in_the_promised_order_and_others_only_in_between_or_after(name: str) -> None:
    promised = PROMISED[name].split()
    assert [column for column in LISTS[name].columns if column in promised] == promised


@pytest.mark.parametrize("name", WHAT.split())
def test_rows_have_exactly_the_columns_and_pages_add_up_to_the_stream(connection: Connection, name: str) -> None:
    fill(connection)
    query = LISTS[name]
    whole = list(query.rows(connection, Filters(), None))
    assert len(whole) >= 7
    assert all(tuple(row) == query.columns for row in whole)
    for limit in (1, 2, 3, 5, 100):
        paged: list[Any] = []
        cursor = None
        while True:
            page = query.page(connection, Filters(), limit, cursor)
            assert len(page.rows) == limit or page.next_cursor is None
            paged += page.rows
            if (cursor := page.next_cursor) is None:
                break
        assert paged == whole
        assert list(query.rows(connection, Filters(), limit)) == whole[:limit]


@pytest.mark.slow
@pytest.mark.parametrize("name", WHAT.split())
def test_a_stream_is_the_same_however_many_rows_are_read_at_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    fill(connection)
    whole = list(LISTS[name].rows(connection, Filters(), None))
    for size in (1, 2, 3):
        monkeypatch.setattr("storage.queries.paging.chunk_size", lambda size=size: size)
        assert list(LISTS[name].rows(connection, Filters(), None)) == whole


def test_rows_that_a_filter_drops_late_do_not_end_a_page_early(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`031021` is in the text of every record, but the officer of the last two only."""
    monkeypatch.setattr("storage.queries.paging.chunk_size", lambda: 2)
    for number in range(9):
        badge = "031021" if number > 6 else "x031021"
        rows.incident(connection, Incident(f"110-{number}", officers=(badge,)))
    page = LISTS["incidents"].page(connection, Filters(officer="031021"), 1)
    assert [row["number"] for row in page.rows] == ["110-7"]
    rest = LISTS["incidents"].page(connection, Filters(officer="031021"), 1, page.next_cursor)
    assert ([row["number"] for row in rest.rows], rest.next_cursor) == (["110-8"], None)


def test_a_page_that_ends_with_the_list_has_no_cursor(connection: Connection) -> None:
    fill(connection)
    assert LISTS["clips"].page(connection, Filters(), 7).next_cursor is None
    assert LISTS["clips"].page(connection, Filters(), 6).next_cursor is not None


def test_a_cursor_survives_the_end_of_the_row_it_points_at(connection: Connection) -> None:
    fill(connection)
    first = LISTS["findings"].page(connection, Filters(), 3)
    rows.supersede(connection, t.FINDING, t.FINDING.c.key == first.rows[-1]["id"], 1)
    rest = LISTS["findings"].page(connection, Filters(), 100, first.next_cursor)
    assert len(rest.rows) == 4
    assert not {row["id"] for row in rest.rows} & {row["id"] for row in first.rows}


def cursor_of(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "?",
        "ä",
        "AAAA",
        cursor_of("links", 1, "incident", "110-1", 1, "p"),
        cursor_of("clips", 1),
        cursor_of("clips", 1, "7"),
        cursor_of("clips", 1, 7, 8),
        cursor_of("clips", -1, 7),
        cursor_of("clips", True, 7),
        cursor_of("clips", 1, True),
        cursor_of("clips", 1, 2**63),
        cursor_of("clips", 1, None),
        cursor_of("clips", 1, [7]),
    ],
)
def test_a_cursor_that_is_not_of_this_list_is_refused(connection: Connection, cursor: str) -> None:
    with pytest.raises(ValueError, match="list clips: cursor: expected a next_cursor of this list, got"):
        LISTS["clips"].page(connection, Filters(), 10, cursor)


@pytest.mark.parametrize("key", [("a\x00b", 0), ("\ud800", 0), ("lane", 2**63 - 1), ("lane", "x"), ({}, 0)])
def test_keys_that_no_database_takes_are_refused(connection: Connection, key: tuple[Any, ...]) -> None:
    with pytest.raises(UnusableQuery):
        LISTS["recordings"].page(connection, Filters(), 10, cursor_of("recordings", 0, *key))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_no_text_as_cursor_does_anything_but_a_refusal(cursor: str) -> None:
    from storage.queries.paging import Position

    try:
        found = LISTS["clips"]._position(cursor)
    except ValueError:
        return
    assert isinstance(found, Position)


def test_a_filter_without_meaning_for_a_list_is_refused_not_ignored(connection: Connection) -> None:
    with pytest.raises(UsageError, match=r"list stores: expected --unit --status, got --officer"):
        LISTS["stores"].rows(connection, Filters(officer="031021"), None)
    with pytest.raises(ValueError, match=r"list devices: expected --unit, got --from"):
        LISTS["devices"].page(connection, Filters(since=rows.at(0)), 5)


@pytest.mark.parametrize("text", ["a\x00b", "\udc80"])
def test_text_that_no_database_takes_is_refused_in_words(connection: Connection, text: str) -> None:
    with pytest.raises(UnusableQuery, match="--officer: expected plain text"):
        LISTS["clips"].rows(connection, Filters(officer=text), None)


def test_a_page_needs_room_for_one_row(connection: Connection) -> None:
    with pytest.raises(ValueError, match="limit: expected at least 1, got 0"):
        LISTS["clips"].page(connection, Filters(), 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["clips", "recordings", "gaps", "incidents", "links", "coverage", "findings"])
def test_the_number_of_statements_does_not_grow_with_the_rows_of_a_chunk(
    connection: Connection, engine: Engine, name: str
) -> None:
    fill(connection)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert len(list(LISTS[name].rows(connection, Filters(), None))) >= 7
    assert len(statements) <= 6  # of incidents: rows, verdicts, coverage, and flags in three steps


@pytest.mark.slow
@pytest.mark.parametrize("name", list(LISTS))
def test_every_offered_filter_is_accepted_by_the_database(connection: Connection, name: str) -> None:
    fill(connection)
    values: dict[str, Any] = {"since": rows.at(-1000), "until": rows.at(9000), "due": rows.span(-1000, 9000)}
    for offered in LISTS[name].offers:
        list(LISTS[name].rows(connection, Filters(**{offered: values.get(offered, "x%_'")}), None))
