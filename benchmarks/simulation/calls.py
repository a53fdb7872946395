"""110 calls: when they come, who goes, how long it takes, and what is entered about it (`time-and-linking.md` § 4)."""

import math
from bisect import bisect_right
from random import Random

from benchmarks.simulation.conditions import Records
from benchmarks.simulation.things import Call, Duty, Stated, World

DAY, HOUR = 86_400.0, 3600.0
CALLS_A_DAY = 60  # at one station
BY_HOUR = (5, 4, 3, 2, 2, 2, 3, 5, 7, 8, 8, 8, 8, 7, 7, 8, 8, 9, 10, 10, 10, 9, 8, 6)  # shares of a day
ON_SCENE_MEDIAN, ON_SCENE_SPREAD = 12 * 60.0, 1.38  # log-normal: p95 near 120 min
SHORT_STAY = 0.03
LONGEST = 6 * HOUR
CREW = ((0.62, 1), (0.90, 2), (0.97, 3), (0.995, 4))
MOST_CREW = 12
TWICE = 0.02  # of attendances: the officer is entered on two calls at once
RETURN = (300.0, 1200.0)
RECENT = 40  # duties begun last: two shifts and more
FORGOTTEN_HOURS = (8.0, 400.0)


def attend(world: World, random: Random, records: Records) -> None:
    """Calls of every station over all days, in order of time."""
    for place, unit in enumerate(world.units):
        mine = sorted((duty for duty in world.duties if duty.camera.unit == unit), key=lambda duty: duty.start)
        _station(world, (place, unit, mine), random, records)
    world.calls.sort(key=lambda call: (call.dispatched, call.number))


def _station(world: World, where: tuple[int, str, list[Duty]], random: Random, records: Records) -> None:
    place, unit, duties = where
    starts = [duty.start for duty in duties]
    busy: dict[str, float] = {}
    number = 0
    for received in _arrivals(world, random):
        dispatched = received + random.lognormvariate(math.log(90), 0.6)
        last = bisect_right(starts, dispatched)
        here = [duty for duty in duties[max(0, last - RECENT) : last] if dispatched < duty.end - 1200]
        crew = _crew(here, busy, dispatched, random)
        if not crew:
            continue
        arrived = dispatched + random.lognormvariate(math.log(360), 0.5)
        stay = random.uniform(1, 10) if random.random() < SHORT_STAY else _stay(random)
        left = arrived + stay
        for duty in crew:
            busy[duty.officer] = left
            _stay_on(duty, left + random.uniform(*RETURN))
        number += 1
        call = Call(
            f"J{place:02d}{number:07d}", unit, received, dispatched, arrived, left, crew, Stated(None, None, None, None)
        )
        call.stated = _entered(call, random, records)
        world.calls.append(call)


def _stay_on(duty: Duty, until: float) -> None:
    """A call that lasts beyond the shift is finished first; the camera is returned and read out after it."""
    if until > duty.end:
        duty.read_out += until - duty.end
        duty.end = until


def _arrivals(world: World, random: Random) -> list[float]:
    """A Poisson process whose rate follows the hour."""
    found = []
    for day in range(world.days):
        for hour, share in enumerate(BY_HOUR):
            expected = CALLS_A_DAY * share / sum(BY_HOUR)
            at = 0.0
            while (at := at + random.expovariate(expected / HOUR)) < HOUR:
                found.append(world.start + day * DAY + hour * HOUR + at)
    return found


def _stay(random: Random) -> float:
    return min(max(random.lognormvariate(math.log(ON_SCENE_MEDIAN), ON_SCENE_SPREAD), 40.0), LONGEST)


def _crew(here: list[Duty], busy: dict[str, float], now: float, random: Random) -> list[Duty]:
    """Free officers, rarely one who is still at another call."""
    drawn = random.random()
    size = next((size for share, size in CREW if drawn < share), min(len(here), random.randint(5, MOST_CREW)))
    free = [duty for duty in here if busy.get(duty.officer, 0.0) <= now]
    random.shuffle(free)
    crew = free[:size]
    others = [duty for duty in here if duty not in crew and busy.get(duty.officer, 0.0) > now]
    if others and crew and random.random() < TWICE * size:
        crew[-1] = random.choice(others)
    return crew


def _entered(call: Call, random: Random, records: Records) -> Stated:
    """What the record says: with noise, holes, and the slips that real exports show."""

    def near(true: float) -> float:
        return round(true + (random.gauss(0, records.noise_seconds) if records.noise_seconds else 0.0))

    dispatched = None if random.random() < records.dispatch_missing else near(call.dispatched)
    arrived = None if random.random() < records.arrival_missing else near(call.arrived)
    finished = None if random.random() < records.finish_missing else max(near(call.left), arrived or 0.0)
    feedback = round(call.left + random.uniform(120, 2400))
    if arrived is not None and finished is not None and random.random() < records.order_wrong:
        arrived, finished = finished + 60.0, arrived
    if finished is not None and random.random() < records.never_closed:
        finished = round(call.left + random.uniform(*FORGOTTEN_HOURS) * HOUR)
        feedback = max(feedback, finished + 60)
    return Stated(dispatched, arrived, finished, feedback)
