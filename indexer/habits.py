"""How the officers of one unit use the button, told by all of its cameras whose starts and ends stand out.

A camera that is wrong by minutes is one of many here: medians do not follow it. What remains is habit, and it is the
same for all: people press a little before they arrive, and stop a little after they leave.
"""

import math
from collections.abc import Collection
from statistics import median

from domain.clip import Habit
from indexer.clock_terms import ClockLimits

ROBUST = 1.4826
"""Median absolute deviation to standard deviation."""


def habit_of(told: Collection[tuple[float, float]], limits: ClockLimits) -> Habit | None:
    """The habit that (lead, trail) of a unit's cameras show, seconds; None where too few tell it.

    In steps, so that a little more evidence does not move every clip of the unit.
    """
    if len(told) < limits.habit_min_cameras:
        return None
    lead, trail = median([lead for lead, _ in told]), median([trail for _, trail in told])
    apart = [abs(one - lead) for one, _ in told]
    step = limits.habit_step_seconds
    spread = ROBUST * median(apart)
    # How many told it is no part of what the habit is: only that they were enough.
    return Habit(
        _near(lead, step), _near(trail, step), math.ceil(spread / step * 2) * step / 2, limits.habit_min_cameras
    )


def _near(value: float, step: float) -> float:
    return round(value / step) * step
