"""Clocks that their own clips speak against, where too little is known to say what is right: a bound, no claim.

Police record for calls. A camera whose recordings do not begin with its officers' arrivals, or do not touch their calls
at all, is more likely to be wrong than used for nothing; what depends on it is left open instead of accusing somebody.
"""

from domain.clip import ClockKind
from domain.timespan import ZERO
from domain.wording import say
from indexer.clock_alignment import Alignment
from indexer.clock_docking import Estimate
from indexer.clock_terms import ClockLimits, seconds


def in_doubt(found: Alignment, calls: int, limits: ClockLimits) -> Estimate | None:
    """No claim, but a bound that covers what the recordings suggest; None where nothing speaks against the clock.

    `calls`: how many required windows the officers had.
    """
    return _elsewhere(found, calls, limits) or _better_line(found, limits) or _hardly_fitting(found, limits)


def _elsewhere(found: Alignment, calls: int, limits: ClockLimits) -> Estimate | None:
    """Several recordings, several calls, and next to none share any time: perhaps another zone."""
    if found.recordings < limits.doubt_min_elsewhere or calls < limits.doubt_min_elsewhere or found.fitting:
        return None
    if found.touching > limits.fault_min_share * found.recordings:
        return None
    text = say(
        f"{found.recordings} 段记录中只有 {found.touching} 段触及 {calls} 个应记录时段：时钟存疑，可能差整数时区",
        f"only {found.touching} of {found.recordings} recordings touch any of {calls} required windows: "
        "the clock is in doubt, it may be a zone off",
    )
    return Estimate(ClockKind.NONE, ZERO, seconds(limits.search_hours * 3600), (text,))


def _better_line(found: Alignment, limits: ClockLimits) -> Estimate | None:
    """More recordings would fit another clock than fit this one."""
    line = found.weak
    if found.near < limits.doubt_min_recordings or line is None:
        return None
    farthest = abs(line.shift) + abs(line.gain) * line.days / 2
    if line.events <= max(found.fitting, limits.doubt_min_recordings) or farthest <= 2 * limits.habit_seconds:
        return None
    text = say(
        f"{found.near} 段记录中有 {line.events} 段更合另一时钟（差至多 {farthest:.0f} 秒），不足断定",
        f"{line.events} of {found.near} recordings would fit another clock, up to {farthest:.0f} s off: "
        "too few to claim it",
    )
    return Estimate(ClockKind.NONE, ZERO, seconds(round(farthest + limits.habit_seconds)), (text,))


def _hardly_fitting(found: Alignment, limits: ClockLimits) -> Estimate | None:
    """Recordings were made near arrivals, but hardly any begins with one."""
    if found.near < limits.doubt_min_recordings or found.fitting > limits.doubt_max_share * found.near:
        return None
    text = say(
        f"{found.near} 段前后有到达时间的记录中只有 {found.fitting} 段与到达同时开始：时钟存疑",
        f"only {found.fitting} of {found.near} recordings near an arrival begin with it: the clock is in doubt",
    )
    return Estimate(ClockKind.NONE, ZERO, seconds(limits.doubt_error_seconds), (text,))
