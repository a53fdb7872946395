"""What time sources, clock estimate and placement share: limits, samples, and the arithmetic of whole half hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clip import ClockSource, TimeSource
from domain.timespan import ZERO

HALF_HOUR = timedelta(minutes=30)
WIDEST_ZONES = timedelta(hours=26)
"""Between UTC−12 and UTC+14: a larger difference is a wrong date, whatever its remainder."""
CAMERA_SOURCES = (ClockSource.NAME, ClockSource.CONTAINER, ClockSource.EXIF)
"""Sources that state the camera's own clock: agreement among them proves nothing about the truth."""


@dataclass(frozen=True, slots=True)
class ClockLimits:
    """`[clock]` of config.toml. Reasons for the defaults: `docs/design/time.md`."""

    default_clock_error_seconds: float = 10.0  # unverified camera clock: three days between dockings at 3 s a day
    modified_error_seconds: float = 86_400.0  # a modification time may be the time of a copy
    name_error_seconds: float = 1.0
    container_error_seconds: float = 1.0
    clip_index_error_seconds: float = 2.0
    lost_before_year: int = 2015
    lost_ahead_hours: float = 24.0
    zone_tolerance_seconds: float = 5.0
    end_tolerance_seconds: float = 2.0  # a time that equals start + duration this closely states the end
    agreement_seconds: float = 2.0
    fault_min_share: float = 0.25  # below this share of its clips a fault is not the device's
    zone_residual_seconds: float = 60.0  # what may be left beside a whole zone, by another clock than the camera's
    docking_spread_seconds: float = 60.0
    docking_min_share: float = 0.5
    drift_min_pairs: int = 6
    drift_min_days: float = 3.0
    drift_min_seconds_per_day: float = 0.5
    search_hours: float = 14.0
    alignment_min_clips: int = 15
    alignment_min_recordings: int = 10  # begun by hand: as good as more clips that only go on
    alignment_width_seconds: float = 90.0
    alignment_min_share: float = 0.5
    alignment_margin: float = 2.0
    alignment_resolution_seconds: float = 5.0  # what entered times and the habit of a unit cannot tell
    alignment_claim_seconds: float = 20.0  # no smaller offset, no smaller growth is claimed from habits
    drift_most_seconds_per_day: float = 60.0
    habit_seconds: float = 60.0  # how far from arrival people press the button, where their habit is not known
    doubt_near_seconds: float = 1200.0  # a recording with an arrival this near was made for a call
    doubt_min_recordings: int = 4
    doubt_min_elsewhere: int = 2  # recordings and calls that have nothing to do with each other
    doubt_max_share: float = 0.3  # when no more of them begin with an arrival, the clock is not believed
    doubt_error_seconds: float = 600.0
    habit_min_cameras: int = 5  # so many cameras of a unit tell its habit
    habit_step_seconds: float = 2.0  # a habit is told in such steps: a little more evidence moves nothing
    zone_min_clips: int = 4
    zone_many_clips: int = 8
    zone_many_share: float = 0.75
    zone_start_seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class ClockSample:
    """One clip of a device, as evidence about its clock. `imported_at`: by then it existed (import or first scan)."""

    file_id: int
    sources: tuple[TimeSource, ...]
    duration: timedelta | None
    imported_at: datetime | None = None


def whole_zone(difference: timedelta, tolerance: timedelta) -> timedelta | None:
    """The nearest whole number of half hours other than zero, when the difference is that close to it."""
    nearest = HALF_HOUR * round(difference / HALF_HOUR)
    near = abs(difference - nearest) <= tolerance
    return nearest if near and ZERO < abs(nearest) <= WIDEST_ZONES else None


def signed(difference: timedelta) -> str:
    """`+8:00:00`, `-0:00:37`; fractions of a second only where there are any."""
    return ("-" if difference < ZERO else "+") + str(abs(difference))


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)
