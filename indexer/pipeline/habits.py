"""The habits of units: told by the clocks of all their cameras, period by period, as they become known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from domain.clip import Habit
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
        told += [(c.lead_s, c.trail_s) for c in others if c.lead_s is not None and c.trail_s is not None]
        found[group] = habit = habit_of(told, scan.plan.clock)
        middle = group[1] + PERIOD / 2
        outdated += [Mark(f"clock:{c.device}", Span(middle, middle)) for c in others if _outdated(c.habit, habit)]
    work.mark(connection, "place", outdated)
    return found


def _outdated(used: Habit | None, known: Habit | None) -> bool:
    return used != known


def habit_at(connection: Connection, scan: Scanning, unit: str, period: datetime) -> Habit | None:
    """A unit's habit in a period, as far as it is known now."""
    clocks = clocks_of_units(connection, [(unit, period)])[unit, period]
    told = [(c.lead_s, c.trail_s) for c in clocks if c.lead_s is not None and c.trail_s is not None]
    return habit_of(told, scan.plan.clock)
