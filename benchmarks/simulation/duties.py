"""Stations with officers, cameras and shifts: who carries which camera when."""

from random import Random

from benchmarks.simulation.conditions import Clocks, Conditions
from benchmarks.simulation.things import Camera, Clock, ClockFault, Duty, World

DAY = 86_400.0
SHIFT = 8 * 3600.0
SHIFTS = 3
OFFICERS_A_SHIFT = 12
CUTS = (300.0, 600.0, 1800.0)
RIGHT = 1.5  # seconds that a right clock may be off
ZONE = 8 * 3600.0
LATE_DAYS = (2.0, 6.0)


def staff(world: World, random: Random, conditions: Conditions) -> None:
    """Officers and cameras of every station, and a duty for each officer and day."""
    for place, unit in enumerate(world.units):
        badges = [f"{place + 1:02d}{n:04d}" for n in range(OFFICERS_A_SHIFT * SHIFTS)]
        world.officers.update(dict.fromkeys(badges, unit))
        cameras = [
            _camera(f"{place + 1:03d}{n:04d}", unit, (world, conditions.clocks), random) for n in range(len(badges))
        ]
        world.cameras += cameras
        for day in range(world.days):
            _day(world, (badges, cameras, day), random, conditions)


def _camera(serial: str, unit: str, where: tuple[World, Clocks], random: Random) -> Camera:
    world, clocks = where
    return Camera(serial, unit, random.choice(CUTS), _clock(world, clocks, random))


def _clock(world: World, clocks: Clocks, random: Random) -> Clock:
    drawn = random.random()
    most = clocks.most_minutes * 60
    right = random.uniform(-RIGHT, RIGHT)
    if (drawn := drawn - clocks.constant) < 0:
        return Clock(ClockFault.CONSTANT, random.choice((-1, 1)) * random.uniform(90, most), world.start)
    if (drawn := drawn - clocks.drift) < 0:
        gain = random.choice((-1, 1)) * random.uniform(4, most / world.days)
        return Clock(ClockFault.DRIFT, right, world.start, gain)
    if (drawn := drawn - clocks.zone) < 0:
        return Clock(ClockFault.ZONE, random.choice((-ZONE, ZONE)) + right, world.start)
    if drawn - clocks.container_zone < 0:
        return Clock(ClockFault.CONTAINER_ZONE, right, world.start)
    return Clock(ClockFault.NONE, right, world.start)


def _day(world: World, who: tuple[list[str], list[Camera], int], random: Random, conditions: Conditions) -> None:
    """Each officer serves one shift; cameras are handed out as they come, so that most officers change theirs."""
    badges, cameras, day = who
    order = list(badges)
    random.shuffle(order)
    free = {shift: list(cameras[shift::SHIFTS]) for shift in range(SHIFTS)}
    for place, badge in enumerate(order):
        shift = place % SHIFTS
        camera = free[shift].pop(random.randrange(len(free[shift])))
        start = world.start + day * DAY + shift * SHIFT + random.uniform(-600, 600)
        end = start + SHIFT + random.uniform(-300, 900)
        late = random.uniform(*LATE_DAYS) * DAY if random.random() < conditions.losses.late_docking else 0.0
        read_out = end + random.uniform(300, 3600) + late
        reset = start + random.uniform(0, 0.2) * SHIFT if random.random() < conditions.clocks.reset else None
        world.duties.append(Duty(badge, camera, start, end, read_out, reset))
