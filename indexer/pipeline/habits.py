"""The habits of units: told by the clocks of all their cameras, period by period, as they become known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from domain.clip import DeviceClock, Habit
from domain.timespan import Span
from indexer.clock import Told
from indexer.clock_periods import PERIOD
from indexer.habits import habit_of
from indexer.pipeline.plan import Scanning
from storage import work
from storage.clocks import clocks_of_units
from storage.work import Mark

UnitPeriod = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one camera's clips tell of one period."""

    serial: str
    unit: str
    period: datetime
    told: Told

    @property
    def key(self) -> tuple[str, datetime]:
        return self.serial, self.period

    @property
    def group(self) -> UnitPeriod:
        """Whose habit it shares."""
        return self.unit, self.period


def habits(connection: Connection, scan: Scanning, heard: Sequence[Heard]) -> dict[UnitPeriod, Habit | None]:
    """The habits by what these cameras tell and what is known of their unit's others.

    Others that were told beside another habit are queued: their clips are heard again in this same scan.
    """
    known = clocks_of_units(connection, {one.group for one in heard})
    mine = {one.key for one in heard}
    found: dict[UnitPeriod, Habit | None] = {}
    outdated: list[Mark] = []
    for group, clocks in known.items():
        others = [clock for clock in clocks if (clock.device, group[1]) not in mine]
        told = [pair for one in heard if one.group == group and (pair := one.told.habit)]
        told += _told_by(others)
        found[group] = habit = habit_of(told, scan.plan.clock)
        middle = group[1] + PERIOD / 2
        outdated += [Mark(f"clock:{c.device}", Span(middle, middle)) for c in others if c.habit != habit]
    work.mark(connection, "place", outdated)
    return found


def _told_by(clocks: Iterable[DeviceClock]) -> list[tuple[float, float]]:
    """Lead and trail of the clocks whose starts and ends both stand out."""
    return [(one.lead_s, one.trail_s) for one in clocks if one.lead_s is not None and one.trail_s is not None]


def habit_at(connection: Connection, scan: Scanning, unit: str, period: datetime) -> Habit | None:
    """A unit's habit in a period, as far as it is known now."""
    clocks = clocks_of_units(connection, [(unit, period)])[unit, period]
    return habit_of(_told_by(clocks), scan.plan.clock)
