"""Which time of a crontab line has come last, and when the next one comes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cron import cron_trigger
from app.schedule_settings import PeriodWord, ReportEntry, ScheduleSettings
from app.timetable import Timed, timetable
from domain.timespan import utc

ZONE = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def timed(line: str, zone: ZoneInfo = ZONE) -> Timed:
    return Timed("x", line, cron_trigger(line, zone))


def local(text: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("line", "now", "due"),
    [
        ("*/15 * * * *", "2026-11-23T08:14:59", "2026-11-23T08:00:00"),
        ("*/15 * * * *", "2026-11-23T08:15:00", "2026-11-23T08:15:00"),
        ("30 7 * * *", "2026-11-23T07:29:00", "2026-11-22T07:30:00"),
        ("30 7 * * 1", "2026-11-22T12:00:00", "2026-11-16T07:30:00"),  # 16 November is a Monday
        ("30 7 1 * *", "2026-11-30T23:00:00", "2026-11-01T07:30:00"),
        ("0 0 1 1 *", "2026-11-30T23:00:00", "2026-01-01T00:00:00"),
        ("0 0 29 2 *", "2026-11-30T23:00:00", "2024-02-29T00:00:00"),
    ],
)
def test_the_last_time_that_has_come(line: str, now: str, due: str) -> None:
    assert timed(line).last_due(local(now)) == local(due)


def test_on_the_night_that_has_an_hour_twice_every_quarter_comes_as_often_as_it_happens() -> None:
    """Berlin, 25 October 2026: three o'clock summer time becomes two o'clock."""
    quarter, times, at = timed("*/15 * * * *", BERLIN), set(), utc(2026, 10, 25, 0)
    while at < utc(2026, 10, 25, 3):
        times.add(quarter.last_due(at))
        at += timedelta(minutes=5)
    assert len(times) == 12


def test_on_the_night_that_lacks_an_hour_a_daily_job_still_has_a_last_time() -> None:
    """Berlin, 29 March 2026: there is no half past two."""
    assert timed("30 2 * * *", BERLIN).last_due(local("2026-03-29T12:00:00", BERLIN)) is not None


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["*/15 * * * *", "5 * * * *", "30 7 * * *", "0 8 * * 1", "10 9 1 * *"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),
)
def test_between_the_last_and_the_next_time_there_is_none(line: str, moment: datetime) -> None:
    one, now = timed(line), moment.replace(tzinfo=ZONE)
    last, after = one.last_due(now), one.next_due(now)
    assert last is not None
    assert after is not None
    assert last <= now < after
    assert one.next_due(last) == after


def test_a_job_that_is_never_due_and_one_that_tells_nobody_are_left_out() -> None:
    schedule = ScheduleSettings(scan="@hourly", deadlines="never")
    assert [one.job for one in timetable(schedule, ZONE, telling=False)] == ["scan", "retention"]
    assert [one.job for one in timetable(schedule, ZONE, telling=True)] == ["scan", "retention", "morning", "notices"]


def test_parts_of_a_scan_get_a_job_only_where_they_have_times_of_their_own() -> None:
    jobs = timetable(ScheduleSettings(content="0 1 * * *"), ZONE, telling=False)
    assert {one.job: one.line for one in jobs}["content"] == "0 1 * * *"
    assert {"feeds", "fixity"} & {one.job for one in jobs} == set()


def test_a_report_is_due_when_its_period_is_over_unless_it_says_when() -> None:
    entries = (ReportEntry("units", PeriodWord.LAST_WEEK), ReportEntry("units", name="noon", when="0 12 * * *"))
    jobs = timetable(ScheduleSettings(reports=entries), ZONE, telling=False)
    found = {one.job: one.line for one in jobs}
    assert (found["report:units-last-week"], found["report:noon"]) == ("30 7 * * 1", "0 12 * * *")
