"""Clocks told by lines through starts and ends of recordings, with the unit's habit taken off: the method to come.

Measured beside what the program claims now (`clocks.py`), without a database: from what cameras and records state.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.clock_line import DAY, Line, Search, Seconds, fit, rest, strong
from benchmarks.quality.clocks import ENOUGH, WITHIN
from benchmarks.simulation.things import Camera, Piece, World

SEARCH = Search(reach=14 * 3600, most_gain=60.0, width=90.0)
JOINED, AROUND = 5.0, 3600.0
MOVING, MOVED = 5.0, 20.0  # standard errors, and seconds in all, from which a gain is a drift
LOST = 1.2e9  # no clock of these worlds shows less unless it was reset


@dataclass(frozen=True, slots=True)
class Told:
    """One camera: how many clips, and the lines of its starts and its ends."""

    camera: Camera
    clips: int
    begun: Line | None
    ended: Line | None


def told(world: World) -> list[Told]:
    """Every camera's lines."""
    by_camera: dict[str, list[Piece]] = {}
    for piece in world.stored():
        if piece.whole and piece.shown > LOST:
            by_camera.setdefault(piece.take.duty.camera.serial, []).append(piece)
    calls = _calls(world)
    found = []
    for camera in world.cameras:
        mine = sorted(by_camera.get(camera.serial, []), key=lambda piece: piece.shown)
        starts, ends = _pressed(mine)
        arrivals, departures = calls.get(camera.serial, (np.empty(0), np.empty(0)))
        found.append(Told(camera, len(mine), fit(starts, arrivals, SEARCH), fit(ends, departures, SEARCH)))
    return found


def _calls(world: World) -> dict[str, tuple[Seconds, Seconds]]:
    """By camera the entered arrivals and departures of those who carried it."""
    stated: dict[str, list[tuple[float, float | None]]] = {}
    for call in world.calls:
        if call.stated.arrived is not None:
            for duty in call.duties:
                stated.setdefault(duty.officer, []).append((call.stated.arrived, call.stated.finished))
    found: dict[str, list[tuple[float, float | None]]] = {}
    for duty in world.duties:
        held = [one for one in stated.get(duty.officer, ()) if duty.start - AROUND <= one[0] <= duty.end + AROUND]
        found.setdefault(duty.camera.serial, []).extend(held)
    return {
        serial: (_sorted([at for at, _ in some]), _sorted([end for _, end in some if end is not None]))
        for serial, some in found.items()
    }


def _sorted(times: Sequence[float]) -> Seconds:
    return np.array(sorted(set(times)), dtype=np.float64)


def _pressed(pieces: Sequence[Piece]) -> tuple[Seconds, Seconds]:
    """Starts and ends by the camera's clock, files that go on in the next one joined."""
    starts: list[float] = []
    ends: list[float] = []
    for piece in pieces:
        end = piece.shown + piece.end - piece.start
        if ends and piece.shown - ends[-1] <= JOINED:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(piece.shown)
            ends.append(end)
    return np.array(starts), np.array(sorted(ends))


def habit(some: Sequence[Told]) -> tuple[float, float]:
    """Usual seconds from the press to arrival, and from departure to the stop (negative), of the middle camera."""
    leads = [rest(one.begun.shift) for one in some if one.begun and strong(one.begun)]
    trails = [rest(one.ended.shift) for one in some if one.ended and strong(one.ended)]
    return float(np.median(leads)), float(np.median(trails))


def offset(one: Told, usual: tuple[float, float]) -> tuple[float, float] | None:
    """`true − camera` in seconds and the instant at which it holds; None where nothing is claimed."""
    begun, ended = one.begun, one.ended
    if begun is None or not strong(begun):
        return None
    drifts = abs(begun.gain) > MOVING * begun.gain_exact and abs(begun.gain) * begun.days > MOVED
    value = (begun.shift if drifts else begun.flat) - usual[0]
    if ended is not None and strong(ended):
        other = (ended.shift if drifts else ended.flat) - usual[1]
        if abs(other - value) < 3 * (begun.exact + ended.exact) + 15:
            weights = [begun.exact**-2.0, ended.exact**-2.0]
            value = float(np.average([value, other], weights=weights))
    return value, begun.middle


def lines(world: World) -> Counter[tuple[str, str]]:
    """(true fault, right | near | wrong | declined) of cameras with enough clips; near is within twice the goal."""
    some = told(world)
    usual, found = habit(some), Counter[tuple[str, str]]()
    for one in some:
        if one.clips >= ENOUGH:
            claim, clock = offset(one, usual), one.camera.clock
            if claim is None:
                found[clock.fault, "declined"] += 1
                continue
            value, at = claim
            wrong = abs(value + clock.fast + clock.gain * (at - clock.since) / DAY)
            goal = WITHIN[clock.fault]
            found[clock.fault, "right" if wrong <= goal else "near" if wrong <= 2 * goal else "wrong"] += 1
    return found
