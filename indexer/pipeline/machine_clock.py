"""The clock of the machine that scans may jump; nothing may be settled, missing or late because of that.

A scan's instant never runs backwards, and does not leap ahead of everything that bears a date: then it stays at the
last scan's, deadlines stand still, and the doubt is said until the clock agrees again or somebody confirms it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.wording import say

BACK = timedelta(seconds=5)
AHEAD = timedelta(days=366)
CONFIRM = "clock"
"""What is confirmed, beside names of stores."""


@dataclass(frozen=True, slots=True)
class Believed:
    """The instant that a scan goes by, and why it is not the machine's (None: it is)."""

    now: datetime
    doubt: str | None = None


def believe(machine: datetime, last: datetime | None, newest: datetime | None = None) -> Believed:
    """Judge the machine's clock by the last scan and, once the stores were walked, by the newest file seen.

    A clock set back, or more than a year ahead of both, is not believed. A machine that was switched off for so long
    is believed as soon as a store holds a file of the last year.
    """
    if last is None:
        return Believed(machine)
    if machine < last - BACK:
        text = say(
            f"本机时钟倒退：现为 {machine:%F %T}Z，上次扫描在 {last:%F %T}Z；赶上之前各时限暂停",
            f"this machine's clock went back: it says {machine:%F %T}Z, the last scan was at {last:%F %T}Z;"
            " deadlines stand still until it has caught up",
        )
        return Believed(last, text)
    witness = max(last, newest) if newest is not None and newest <= machine else last
    if machine - witness > AHEAD:
        text = say(
            f"本机时钟为 {machine:%F %T}Z，但上次扫描在 {last:%F %T}Z，且没有一年内的文件；确认之前各时限暂停",
            f"this machine's clock says {machine:%F %T}Z, but the last scan was at {last:%F %T}Z"
            " and no file is younger than a year; deadlines stand still until it is confirmed",
        )
        return Believed(last, text)
    return Believed(max(machine, last))
