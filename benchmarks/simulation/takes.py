"""What officers record: one press of the button after the other, with the habits that make findings."""

from random import Random

from benchmarks.simulation.conditions import Conditions, Habits, Losses
from benchmarks.simulation.things import Call, Duty, Stop, Take, World

LEAST = 12.0  # seconds of a recording worth the name
NEIGHBOURS = 600.0  # calls this close may be recorded in one go
LATE, PAUSE = (75.0, 900.0), (15.0, 300.0)
EARLY_LEAST = 130.0
BOOT = (40.0, 120.0)


def press(world: World, random: Random, conditions: Conditions) -> None:
    """Recordings of every duty."""
    by_duty: dict[int, list[Call]] = {}
    for call in world.calls:
        for duty in call.duties:
            by_duty.setdefault(id(duty), []).append(call)
    for duty in world.duties:
        calls = sorted(by_duty.get(id(duty), []), key=lambda call: (call.arrived, call.number))
        takes = (
            _all_day(duty, calls)
            if random.random() < conditions.habits.all_day
            else _takes(duty, calls, random, conditions.habits)
        )
        world.takes += _broken(_apart(takes), random, conditions.losses)


def _all_day(duty: Duty, calls: list[Call]) -> list[Take]:
    return [Take(duty, duty.start, duty.end, calls)]


def _takes(duty: Duty, calls: list[Call], random: Random, habits: Habits) -> list[Take]:
    takes: list[Take] = []
    for call in calls:
        for start, end in _stretches(call, random, habits):
            before = takes[-1] if takes else None
            if (
                before
                and before.calls[-1] is not call
                and start - before.end < NEIGHBOURS
                and random.random() < habits.joint
            ):
                before.end, before.calls = max(before.end, end), [*before.calls, call]
            elif end - start > LEAST:
                takes.append(Take(duty, start, end, [call]))
    return takes


def _stretches(call: Call, random: Random, habits: Habits) -> list[tuple[float, float]]:
    """What is recorded for one call: nothing, one stretch, or two with a pause between."""
    stay = call.left - call.arrived
    start = call.arrived + random.gauss(-20, 12)
    end = call.left + random.uniform(2, 60)
    drawn = random.random()
    if (drawn := drawn - habits.forget) < 0:
        return []
    if (drawn := drawn - habits.late) < 0:
        start = call.arrived + random.uniform(*LATE) if stay > 2 * LATE[0] else start
        start = min(start, call.left - LEAST)
    elif (drawn := drawn - habits.on_the_way) < 0:
        start = random.uniform(call.dispatched, call.arrived)
    if random.random() < habits.early and stay > 2 * EARLY_LEAST:
        end = max(call.left - random.uniform(EARLY_LEAST, 0.6 * stay), start + LEAST)
    if random.random() < habits.pause and end - start > 2 * PAUSE[1]:
        stop = random.uniform(start + LEAST, end - PAUSE[1] - LEAST)
        return [(start, stop), (stop + random.uniform(*PAUSE), end)]
    return [(start, end)]


def _apart(takes: list[Take]) -> list[Take]:
    """One camera records one thing at a time: what begins while the other runs is part of it."""
    found: list[Take] = []
    for take in sorted(takes, key=lambda take: (take.start, take.end)):
        before = found[-1] if found else None
        if before and take.start < before.end + 1:
            before.end = max(before.end, take.end)
            before.calls += [call for call in take.calls if call not in before.calls]
        else:
            found.append(take)
    return found


def _broken(takes: list[Take], random: Random, losses: Losses) -> list[Take]:
    """Power that is lost in the middle of a recording, and cards that are full for the rest of the duty."""
    full = random.random() < losses.card_full and len(takes) > 1
    stop_after = random.randrange(len(takes)) if full else len(takes)
    found: list[Take] = []
    for place, take in enumerate(takes[: stop_after + 1]):
        if place == stop_after:
            take.end, take.stop = random.uniform(take.start + LEAST / 2, take.end), Stop.CARD_FULL
        elif random.random() < losses.power_loss and take.end - take.start > 3 * BOOT[1]:
            end, lost = take.end, random.uniform(take.start + LEAST, take.end - 2 * BOOT[1])
            take.end, take.stop = lost, Stop.POWER_LOSS
            found.append(take)
            take = Take(take.duty, lost + random.uniform(*BOOT), end, take.calls)
        found.append(take)
    return found
