"""How faulty a simulated world is. Shares are 0..1; the figures of `time-and-linking.md` § 4 are the defaults."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Records:
    """Faults of the 110 records. `noise_seconds`: standard deviation of times that somebody entered."""

    arrival_missing: float = 0.0
    dispatch_missing: float = 0.0
    finish_missing: float = 0.0
    order_wrong: float = 0.0
    never_closed: float = 0.0  # finished hours or days too late: the call was forgotten on the screen
    noise_seconds: float = 0.0
    sentinels: float = 0.0  # of missing times: written as 1900-01-01, NULL or **:**:** instead of nothing
    doubled: float = 0.0  # the row comes twice, an older version first


@dataclass(frozen=True, slots=True)
class Clocks:
    """Shares of cameras by fault; the rest is right to a second or two."""

    constant: float = 0.0
    drift: float = 0.0
    zone: float = 0.0  # the whole clock
    container_zone: float = 0.0  # only the time inside the file: local time written as UTC
    reset: float = 0.0  # of duties: the clock starts again at 2000-01-01
    most_minutes: float = 10.0  # of constant offsets, and of drift at the end of the days


@dataclass(frozen=True, slots=True)
class Habits:
    """What officers do with the button."""

    forget: float = 0.05
    late: float = 0.06
    early: float = 0.05
    pause: float = 0.03
    on_the_way: float = 0.15
    joint: float = 0.4  # of neighbouring calls: the camera is left running between them
    all_day: float = 0.01  # of duties


@dataclass(frozen=True, slots=True)
class Losses:
    """What becomes of files and badges."""

    no_badge: float = 0.0
    wrong_badge: float = 0.0
    lost_file: float = 0.0
    power_loss: float = 0.0  # of recordings
    card_full: float = 0.0  # of duties
    late_docking: float = 0.0  # of duties: read out days later
    station_list: bool = False  # the collection station keeps a list, by its own clock
    sequence: bool = True  # the camera numbers its files


@dataclass(frozen=True, slots=True)
class Conditions:
    """One kind of world, by name."""

    name: str
    records: Records = Records()
    clocks: Clocks = Clocks()
    habits: Habits = Habits()
    losses: Losses = Losses()


CLEAN = Conditions("clean")
HURRIED = Conditions("arrivals missing 10 %", Records(arrival_missing=0.10))
BADGES = Conditions("badge missing 1 %, wrong 2 %", losses=Losses(no_badge=0.01, wrong_badge=0.02))
DRIFTING = Conditions("drift and offsets to 10 min", clocks=Clocks(constant=0.1, drift=0.2))
ZONES = Conditions("zone faults 1 %", clocks=Clocks(zone=0.01, container_zone=0.01))
ASTRAY = Conditions("a station 8 h off", clocks=Clocks(zone=1.0))
RESETS = Conditions("reset clocks 2 %", clocks=Clocks(reset=0.02))
DIRTY = Conditions(
    "all of these",
    Records(arrival_missing=0.10, noise_seconds=10.0),
    Clocks(constant=0.1, drift=0.2, zone=0.01, container_zone=0.01, reset=0.02),
    losses=Losses(no_badge=0.01, wrong_badge=0.02),
)
WORST = Conditions(
    "all, records as in a real city",
    Records(
        arrival_missing=0.125,
        dispatch_missing=0.275,
        finish_missing=0.05,
        order_wrong=0.004,
        never_closed=0.005,
        noise_seconds=15.0,
        sentinels=0.5,
        doubled=0.02,
    ),
    DIRTY.clocks,
    losses=Losses(
        no_badge=0.01, wrong_badge=0.02, lost_file=0.004, power_loss=0.004, card_full=0.002, late_docking=0.02
    ),
)
LISTED = replace(WORST, name="the same with the station's list", losses=replace(WORST.losses, station_list=True))
ALL = (CLEAN, HURRIED, BADGES, DRIFTING, ZONES, ASTRAY, RESETS, DIRTY, WORST, LISTED)
