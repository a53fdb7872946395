"""Notices to people outside the pages: what they are about, when nobody is to be disturbed, when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

Word = tuple[str, str]


class NoticeKind(StrEnum):
    MORNING = "morning"  # 晨间清单
    DEADLINE = "deadline"  # 到期提前预警
    OVERDUE = "overdue"  # 超时上报
    STORE = "store"  # 存储异常
    FEED = "feed"  # 数据缺口
    JOB = "job"  # 任务未完成


class NoticeState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given-up"


TITLES: Mapping[NoticeKind, Word] = MappingProxyType(
    {
        NoticeKind.MORNING: ("今日自查清单", "Today's self-check"),
        NoticeKind.DEADLINE: ("到期提前预警", "Deadlines ahead"),
        NoticeKind.OVERDUE: ("超过时限未处理", "Past their deadline"),
        NoticeKind.STORE: ("存储异常", "Stores in doubt"),
        NoticeKind.FEED: ("接入数据异常", "Feeds in trouble"),
        NoticeKind.JOB: ("定时任务未完成", "Scheduled work not done"),
    }
)

FIRST_DISTANCE = timedelta(minutes=1)
LONGEST_DISTANCE = timedelta(hours=2)
GIVEN_UP_AFTER = timedelta(days=1)


def next_distance(attempts: int) -> timedelta:
    """How long to wait after so many attempts, at least one: a minute, two, four … two hours."""
    return min(LONGEST_DISTANCE, FIRST_DISTANCE * (1 << min(attempts - 1, 10)))


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the local clock in which nobody is disturbed; they may pass midnight."""

    begin: time
    end: time

    def now(self, now: datetime, zone: ZoneInfo) -> bool:
        """Whether they last at an instant: told by the clock on the wall, whatever it was put to that night."""
        clock = now.astimezone(zone).time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end


def parse_quiet(text: str) -> Quiet:
    """`22:00-07:00`. Raises ValueError."""
    begin, dash, end = text.partition("-")
    try:
        quiet = Quiet(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))
    except ValueError:
        quiet = None
    usable = quiet is not None and dash and quiet.begin != quiet.end
    if quiet is None or not usable or quiet.begin.tzinfo or quiet.end.tzinfo:
        raise ValueError(f'expected hours such as "22:00-07:00", got "{text[:40]}"')
    return quiet
