"""What cells say about time. Expected instants were taken from `date`, GNU coreutils, or from a calendar."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.feeds.draft import Draft
from indexer.feeds.placing import end_time, ordered_times, placed_times
from indexer.feeds.times import Unstated, read_time, to_utc
from tests.statements import english, in_english

SHANGHAI, NEW_YORK = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York")
LOCAL = datetime(2026, 11, 20, 8, 1, 2)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20 08:01:02",
        "2026-11-20T08:01:02",
        "2026/11/20 8:01:02",
        "2026.11.20 08.01.02",
        "20261120080102",
        "20261120 080102",
        "20261120_080102",
        "2026年11月20日 8时1分2秒",
        "2026年11月20日08:01:02",
        "２０２６－１１－２０ ０８：０１：０２",
        "2026-11-20 星期五 08:01:02",
        "2026-11-20 上午 8:01:02",
        "2026-11-20 8:01:02 AM",
        "11/20/2026 8:01:02 AM",
        "20/11/2026 08:01:02",
        "20-NOV-26 08.01.02.000000 AM",
        "20-11月-26 08.01.02 上午",
        "Nov 20 2026  8:01:02AM",
        "  2026-11-20 08:01:02\t",
        '="2026-11-20 08:01:02"',
    ],
)
def test_one_local_time_in_every_form_that_exports_use(text: str) -> None:
    assert read_time(text) == LOCAL


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 08:01:02+08:00", datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
        ("2026-11-20T00:01:02Z", datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
        ("2026-11-20T00:01:02.500Z", datetime(2026, 11, 20, 0, 1, 2, 500_000, tzinfo=UTC)),
        ("20261119T190102-0500", datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
        ("1795132862", datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
        ("1795132862000", datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
        ("1795132862123", datetime(2026, 11, 20, 0, 1, 2, 123_000, tzinfo=UTC)),
        (1795132862000.0, datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC)),
    ],
)
def test_a_time_with_an_offset_or_an_epoch_is_the_instant_it_names(text: str | float, expected: datetime) -> None:
    assert read_time(text) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (46346.5, datetime(2026, 11, 20, 12, 0)),  # days since 1899-12-30, as spreadsheets count
        ("46346.33405", datetime(2026, 11, 20, 8, 1, 2)),
        (Decimal("46346"), datetime(2026, 11, 20)),
        (0.25, time(6, 0)),
        (time(0, 12, 30), time(0, 12, 30)),
        (timedelta(hours=23, minutes=5), time(23, 5)),
        (date(2026, 11, 20), date(2026, 11, 20)),
        (LOCAL, LOCAL),
    ],
)
def test_cells_that_a_spreadsheet_or_database_holds_as_numbers_or_dates(cell: object, expected: object) -> None:
    assert read_time(cell) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00:12:30", time(0, 12, 30)),
        ("8:01", time(8, 1)),
        ("8时1分", time(8, 1)),
        ("下午3:05", time(15, 5)),
        ("12:05 AM", time(0, 5)),
        ("12:05 PM", time(12, 5)),
        ("24:00", time(0, 0)),
        ("1900-01-01 00:12:30", time(0, 12, 30)),  # a program's way to keep a time without a date
        ("1899-12-30 23:50:00", time(23, 50)),
    ],
)
def test_a_time_of_day_without_a_date(text: str, expected: time) -> None:
    assert read_time(text) == expected


PLACEHOLDERS = """
**:**:** | NULL | null | - | -- | / | N/A | 无 | 0 | 00:00:00 | 1900-01-01 | 1900-01-01 00:00:00 | 0000-00-00 00:00:00
0000-00-00 | 9999-12-31 23:59:59 | 9999-12-31 | 1970-01-01 08:00:00 | 2099-01-01 00:00
"""


@pytest.mark.parametrize("text", [part.strip() for part in PLACEHOLDERS.replace("\n", "|").strip("|").split("|")])
def test_placeholders_are_no_times(text: str) -> None:
    assert read_time(text) is Unstated.PLACEHOLDER


@pytest.mark.parametrize("text", ["", "   ", "\u3000", None, "\ufeff"])
def test_an_empty_cell_is_empty(text: str | None) -> None:
    assert read_time(text) is Unstated.EMPTY


UNREADABLE = """
abc | 2026-13-01 00:01 | 2026-02-30 | 25:10 | 8:60 | 03/04/2026 08:00 | 2026 | 20261320 | 昨天 | 1e999
2026-11-20 08:01:02+99:00 | 99999999999999 | 031021 | 8888888888888888888888888888888888888888888888888888
"""


@pytest.mark.parametrize("text", [part.strip() for part in UNREADABLE.replace("\n", "|").strip("|").split("|")])
def test_what_cannot_be_read_in_exactly_one_way_is_unreadable(text: str) -> None:
    assert read_time(text) is Unstated.UNREADABLE


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2098, 12, 31)), st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y%m%d%H%M%S"])
)
def test_every_time_written_is_the_time_read(moment: datetime, form: str) -> None:
    whole = moment.replace(microsecond=0)
    assert read_time(whole.strftime(form)) == whole


@given(
    st.one_of(
        st.text(), st.floats(), st.integers(), st.decimals(), st.timedeltas(), st.datetimes(), st.dates(), st.times()
    )
)
def test_reading_a_cell_never_raises(cell: object) -> None:
    read_time(cell)  # type: ignore[arg-type]


def test_local_time_is_placed_in_its_zone() -> None:
    assert to_utc(LOCAL, SHANGHAI) == (datetime(2026, 11, 20, 0, 1, 2, tzinfo=UTC), None)


def test_an_hour_that_happens_twice_is_taken_as_the_first_and_noted() -> None:
    instant, note = to_utc(datetime(2026, 11, 1, 1, 30), NEW_YORK)  # EDT, UTC-4
    assert instant == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert (
        english(note or "")
        == "2026-11-01 01:30:00 happens twice in America/New_York (clocks went back), taken as the first"
    )


def test_an_hour_that_happens_twice_is_the_second_when_the_event_before_it_says_so() -> None:
    before = datetime(2026, 11, 1, 5, 50, tzinfo=UTC)  # 01:50 EDT
    instant, note = to_utc(datetime(2026, 11, 1, 1, 10), NEW_YORK, before)
    assert instant == datetime(2026, 11, 1, 6, 10, tzinfo=UTC)
    assert note is not None
    assert note.endswith("taken as the second")


def test_a_local_time_that_never_was_is_noted() -> None:
    instant, note = to_utc(datetime(2026, 3, 8, 2, 30), NEW_YORK)
    assert instant == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)
    assert note is not None
    assert "does not exist" in note


@given(st.datetimes(datetime(1990, 1, 1), datetime(2098, 12, 31)), st.sampled_from([SHANGHAI, NEW_YORK]))
def test_placing_a_time_and_reading_its_zone_again_gives_the_time_unless_noted(
    moment: datetime, zone: ZoneInfo
) -> None:
    instant, note = to_utc(moment, zone)
    back = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    assert back == moment or (note is not None and "does not exist" in note)


def draft(zone: ZoneInfo = SHANGHAI, **cells: str | None) -> Draft:
    return Draft(cells, zone)


def test_a_bare_time_before_the_first_dated_one_takes_its_date_backwards() -> None:
    row = draft(received_at="23:58", arrived_at="2026-11-21 00:05:00")
    times = placed_times(row, ("received_at", "arrived_at"))
    assert times["received_at"] == datetime(2026, 11, 20, 15, 58, tzinfo=UTC)


def test_a_column_with_the_day_dates_every_bare_time() -> None:
    row = draft(date="2026-11-20", received_at="23:58", arrived_at="00:05")
    times = placed_times(row, ("received_at", "arrived_at"), anchor="date")
    assert list(times.values()) == [
        datetime(2026, 11, 20, 15, 58, tzinfo=UTC),
        datetime(2026, 11, 20, 16, 5, tzinfo=UTC),
    ]


def test_a_bare_time_a_few_minutes_backwards_stays_on_its_day() -> None:
    times = placed_times(draft(a="2026-11-20 08:05:00", b="08:02:00"), ("a", "b"))
    assert times["b"] == datetime(2026, 11, 20, 0, 2, tzinfo=UTC)


def test_a_bare_time_that_nothing_dates_is_left_empty_with_a_note() -> None:
    row = draft(a="08:02")
    assert placed_times(row, ("a",)) == {"a": None}
    assert list(in_english(row.notes)) == [
        "a: 08:02:00 has no date, and no other time of the row gives one; left empty"
    ]
    assert row.corrected


def test_a_day_alone_is_no_time_of_arrival_but_dates_what_follows() -> None:
    times = placed_times(draft(a="2026-11-20", b="08:02"), ("a", "b"))
    assert times == {"a": None, "b": datetime(2026, 11, 20, 0, 2, tzinfo=UTC)}


def test_a_clean_row_leaves_no_notes() -> None:
    row = draft(a="2026-11-20 08:00:00", b="2026/11/20 8:05", c="", d=None)
    placed_times(row, ("a", "b", "c", "d"))
    assert row.notes == []


def test_of_times_out_of_order_the_fewest_are_dropped() -> None:
    row = draft(a="2026-11-20 08:00", b="2026-11-20 09:30", c="2026-11-20 08:10", d="2026-11-20 08:40")
    names = ("a", "b", "c", "d")
    times = ordered_times(row, placed_times(row, names), names)
    assert [name for name, moment in times.items() if moment is None] == ["b"]


def test_less_than_a_minute_backwards_is_a_matter_of_resolution() -> None:
    row = draft(a="2026-11-20 08:01:30", b="2026-11-20 08:01")
    times = ordered_times(row, placed_times(row, ("a", "b")), ("a", "b"))
    assert None not in times.values()
    assert row.notes == []


@given(st.lists(st.one_of(st.none(), st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 2))), min_size=5, max_size=5))
def test_what_is_left_is_in_order_to_the_minute(moments: list[datetime | None]) -> None:
    names = ("a", "b", "c", "d", "e")
    times = dict(zip(names, (m and m.replace(tzinfo=UTC) for m in moments), strict=True))
    left = [m for m in ordered_times(draft(), times, names).values() if m is not None]
    assert all(a <= b + timedelta(minutes=1) for a, b in pairwise(left))
    assert bool(left) == any(moments)


def test_the_end_of_a_period_given_as_a_day_lasts_to_its_midnight() -> None:
    row = draft(to="2026-11-20")
    assert end_time(row, "to", datetime(2026, 11, 19, 0, 0, tzinfo=UTC)) == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
    assert row.corrected


def test_the_end_of_a_period_given_as_a_bare_time_follows_its_start() -> None:
    start = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # 20:00 local
    assert end_time(draft(to="06:00"), "to", start) == datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
