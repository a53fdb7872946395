"""A day of the schedule from midnight to midnight on a driven clock: what comes in, is found, filed, told to whom."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from app.commands.run import works
from app.jobs import Jobs
from app.live import Turns
from app.settings import Settings
from app.timetable import timetable
from domain.jobs import JobState
from domain.notices import NoticeState
from indexer.feeds.base import FeedKind
from storage.filed_reports import filed_runs
from storage.jobs import Holder, JobRun, job_runs
from storage.notices import Notice, notices
from tests.app.configs import load
from tests.builders import UNIT, ZONE, House, clip_name, film, incident, registers
from tests.sink import Sink, sink

pytestmark = pytest.mark.slow
BRANCH = "310114000000"
SUNDAY, MONDAY, TUESDAY = 22, 23, 24
STEP = timedelta(minutes=5)
ISSUED = {"1100001": "031021", "1100002": "031022", "1100003": "031023"}
CALLS = [
    incident("JQ1", "031021", "08:12:00", "08:14:00"),
    incident("JQ2", "031022", "09:00:00", "09:02:00"),
    incident("JQ3", "031023", "10:00:00", "10:02:00"),
]


def at(clock: str, day: int = MONDAY) -> datetime:
    return datetime.fromisoformat(f"2026-11-{day}T{clock}").replace(tzinfo=ZONE)


def clock_of(moment: datetime | None) -> str:
    assert moment is not None
    return moment.astimezone(ZONE).strftime("%H:%M")


@dataclass
class Day:
    """The world of one day. `events`: what happens in it, by the local clock."""

    house: House
    settings: Settings
    place: Sink
    now: datetime
    events: dict[str, Callable[[], object]] = field(default_factory=dict)
    jobs: Jobs | None = None

    def start(self, process: int) -> None:
        """A process begins."""
        timed = timetable(self.settings.schedule, self.settings.zone, telling=True)
        done = works(self.settings, (self.house.engine, self.house.engine), Turns(), threading.Event())
        holder = Holder("station", process)
        self.jobs = Jobs(self.house.engine, timed, done, now=lambda: self.now, holder=holder)
        self.jobs.begin()

    def pass_until(self, end: datetime) -> None:
        """Let time pass; the jobs of a running process are looked at every five minutes."""
        with patch("indexer.pipeline.steps._wall", lambda: self.now):
            while self.now < end:
                self.now += STEP
                happens = self.events.pop(f"{self.now.astimezone(ZONE):%H:%M}", None)
                if happens:
                    happens()
                if self.jobs is not None:
                    self.jobs.run_all_due()
                    self.jobs.keep()

    def runs(self) -> list[JobRun]:
        """Of the day, oldest first."""
        with self.house.engine.connect() as connection:
            return [one for one in job_runs(connection, 2000)[::-1] if one.due_at >= at("00:00")]

    def told(self) -> list[Notice]:
        """Oldest first."""
        with self.house.engine.connect() as connection:
            return notices(connection, 500)[::-1]


def config(house: House, place: Sink) -> str:
    stores = "".join(
        f'[[stores]]\nname = "{name}"\nlocation = "{house.root(name)}"\nunit = "{UNIT}"\n' for name in house.stores
    )
    feeds = "".join(
        f'[[feeds]]\nname = "{name}"\nkind = "{one.kind}"\nlocation = "{one.location}"\n'
        for name, one in house.feeds.items()
    )
    return f"""
[database]
url = "sqlite:///unused.db"
{stores}{feeds}
[content]
enabled = false
[fixity]
enabled = false
[workers]
kind = "threads"
count = 1
[schedule]
scan = "*/30 * * * *"
reports = [
    {{ report = "completeness", period = "yesterday", units = ["{UNIT}"], formats = ["csv"] }},
    {{ report = "units", period = "last-week", formats = ["csv"] }},
]
[api]
public = "https://bwc.example"
[notify]
urls = ["{place.url("everything")}"]
quiet = "22:00-07:00"
[[notify.to]]
name = "station"
urls = ["{place.url("station")}"]
units = ["{UNIT}"]
kinds = ["morning", "deadline"]
[[notify.to]]
name = "branch"
urls = ["{place.url("branch")}"]
units = ["{BRANCH}"]
kinds = ["overdue"]
language = "en"
"""


def world(folder: Path) -> House:
    """Three cameras; JQ1 is recorded, of JQ2 nothing has come in, JQ3 is not in the feed yet."""
    house = House.new(folder, f"sqlite:///{folder / 'day.db'}")
    house.store("annex")
    house.put("x.mp4", film(5, "annex"), store="annex")
    registers(house, ISSUED)
    units = [{"code": UNIT, "name": "示范一所", "parent": BRANCH}, {"code": BRANCH, "name": "示范分局", "parent": ""}]
    house.feed("units", FeedKind.UNITS, units)
    house.feed("110", FeedKind.INCIDENTS, CALLS[:2])
    house.put(clip_name("1100001", "031021", "08:11:30"), film(180, "JQ1"))
    return house


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """The day as it was, from Sunday evening to the midnight after Monday."""
    folder = tmp_path_factory.mktemp("day")
    house = world(folder)
    with sink() as place:
        settings = load(folder, config(house, place))
        made = Day(house, settings, place, at("20:00", SUNDAY))
        made.events = {
            "05:10": lambda: house.feed("110", FeedKind.INCIDENTS, CALLS),
            "10:20": lambda: house.put(clip_name("1100002", "031022", "08:59:30"), film(180, "JQ2"), at("10:15")),
            "13:10": lambda: house.root("annex").rename(folder / "unplugged"),
            "14:10": lambda: Path(house.feeds["devices"].location).rename(folder / "devices.csv"),
        }
        blocked = Path(settings.schedule.reports_folder) / "2026-W47"
        blocked.parent.mkdir(parents=True)
        blocked.touch()  # the folder of last week's files cannot be made
        made.start(process=1)
        made.pass_until(at("00:00"))
        made.pass_until(at("15:00") - STEP)
        made.jobs = None  # killed; the machine is off for more than an hour
        made.pass_until(at("16:10") - STEP)
        made.start(process=2)
        made.pass_until(at("00:00", TUESDAY) - STEP)
        yield made
    house.engine.dispose()


def test_each_job_ran_at_its_times_and_what_was_missed_was_made_up_for_once(day: Day) -> None:
    runs = day.runs()
    done = Counter(one.job for one in runs if one.state is JobState.DONE)
    assert done["scan"] == 48 - 2  # of 15:00, 15:30 and 16:00 the last was made up for
    assert done["deadlines"] == 24 - 1
    assert (done["retention"], done["morning"], done["report:completeness-yesterday"]) == (1, 1, 1)
    assert done["notices"] == 288 - 14  # none of 15:00 … 16:05
    late = [one for one in runs if one.process == 2 and one.due_at < at("16:10")]
    assert {(one.job, clock_of(one.due_at), clock_of(one.started_at)) for one in late} == {
        ("scan", "16:00", "16:10"),
        ("deadlines", "16:05", "16:10"),
    }
    weekly = [(one.state, clock_of(one.started_at)) for one in runs if one.job == "report:units-last-week"]
    assert weekly == [
        (JobState.TAKEN_OVER, "07:30"),
        (JobState.TAKEN_OVER, "07:35"),
        (JobState.FAILED, "08:05"),
    ]
    others = {one.state for one in runs if one.job != "report:units-last-week"}
    assert others == {JobState.DONE}


def test_every_due_time_is_there_once(day: Day) -> None:
    seen = Counter((one.job, one.due_at) for one in day.runs() if one.state is not JobState.TAKEN_OVER)
    assert set(seen.values()) == {1}


def test_the_report_of_yesterday_was_filed_and_written_and_last_weeks_file_was_not(day: Day) -> None:
    with day.house.engine.connect() as connection:
        filed = [(one.name, one.period, one.unit, one.actor) for one in filed_runs(connection, None)]
    assert ("completeness", "2026-11-22", UNIT, "system") in filed
    folder = Path(day.settings.schedule.reports_folder)
    (written,) = (path for path in folder.rglob("*") if path.is_file() and path.suffix)
    assert written == folder / "2026-11-22" / f"completeness-yesterday_{UNIT}.csv"
    assert written.read_bytes().startswith(b"\xef\xbb\xbf") or "," in written.read_text(encoding="utf-8")


def sent(day: Day, kind: str) -> list[tuple[str, str, str]]:
    """(receiver, made at, sent at) of the notices of a kind."""
    return [
        (one.receiver, clock_of(one.created_at), clock_of(one.sent_at))
        for one in day.told()
        if one.kind.value == kind and one.created_at >= at("00:00")
    ]


def messages(day: Day, path: str, title: str) -> list[list[str]]:
    return [
        one["message"].splitlines() for one in day.place.messages if (one["path"], one["title"]) == (f"/{path}", title)
    ]


def test_what_was_due_on_sunday_is_told_to_the_branch_once_the_quiet_hours_are_over(day: Day) -> None:
    assert sent(day, "overdue")[:2] == [("all", "00:05", "07:00"), ("branch", "00:05", "07:00")]
    (lines,) = messages(day, "branch", "Past their deadline")
    assert lines[0].startswith("示范一所: ")
    assert lines[0].endswith("past their deadline without a decision")
    assert lines[1] == "see https://bwc.example/findings?due=overdue"


def test_the_morning_list_names_what_is_open_and_comes_once(day: Day) -> None:
    assert sent(day, "morning") == [("all", "08:00", "08:00"), ("station", "08:00", "08:00")]
    (lines,) = messages(day, "station", "今日自查清单")
    assert lines[0].startswith("示范一所：待核实 ")
    assert any("JQ2" in line for line in lines)
    assert any("JQ3" in line for line in lines)
    assert not any("JQ1" in line for line in lines)
    assert messages(day, "branch", "Today's self-check") == []  # it asked for what is overdue only


def test_what_becomes_due_at_midnight_is_told_six_hours_before(day: Day) -> None:
    assert sent(day, "deadline") == [("all", "18:05", "18:05"), ("station", "18:05", "18:05")]
    sunday, monday = messages(day, "station", "到期提前预警")
    assert "最早 11-23 00:00" in sunday[0]
    assert "最早 11-24 00:00" in monday[0]


def test_footage_that_came_in_at_ten_has_answered_its_question_by_half_past(day: Day) -> None:
    holds = {subject for subject, rule in day.house.findings() if rule == "missing.no-recording"}
    assert holds == {"JQ3"}


def test_an_unplugged_store_and_a_feed_that_is_gone_are_told_once_within_the_half_hour(day: Day) -> None:
    assert sent(day, "store") == [("all", "13:30", "13:30")]
    assert messages(day, "everything", "存储异常")[0][0] == "存储 annex：无法访问"
    assert sent(day, "feed") == [("all", "14:30", "14:30")]
    assert messages(day, "everything", "接入数据异常")[0][0] == "数据源 devices：无法读取"


def test_the_job_that_failed_is_told_without_what_went_wrong_where(day: Day) -> None:
    assert sent(day, "job") == [("all", "07:35", "07:35")]
    (lines,) = messages(day, "everything", "定时任务未完成")
    assert lines[0] == "任务 report:units-last-week：11-23 07:30 未完成"
    assert str(day.house.folder) not in str(day.place.messages)


def test_nothing_was_sent_twice_nor_left_over(day: Day) -> None:
    assert {one.state for one in day.told()} == {NoticeState.SENT}
    numbers = Counter((one["path"], one["message"].splitlines()[-1]) for one in day.place.messages)
    assert set(numbers.values()) == {1}
    assert not [one for one in day.place.messages if "0310" in one["message"]]  # nobody's badge
