"""The feeds of a simulated world as CSV files, with the dirt of real exports."""

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from random import Random

from benchmarks.simulation.conditions import Conditions
from benchmarks.simulation.files import ZONE
from benchmarks.simulation.things import Call, World

SENTINELS = ("1900-01-01 00:00:00", "NULL", "**:**:**")
FORMATS: tuple[Callable[[datetime], str], ...] = (
    lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    lambda at: f"{at:%Y%m%d%H%M%S}",
)
NAMES = {
    "incidents": (
        "number",
        "received_at",
        "dispatched_at",
        "arrived_at",
        "finished_at",
        "feedback_at",
        "unit",
        "officers",
        "category",
        "status",
    )
}
LIST_OFF = 1.0  # seconds that the station's own clock may be off


def write(world: World, folder: Path, conditions: Conditions, seed: int = 1) -> None:
    """Every feed below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(f"{seed} records")
    _table(folder / "incidents.csv", NAMES["incidents"], _incidents(world, random, conditions))
    _table(folder / "officers.csv", ("badge", "unit"), sorted(world.officers.items()))
    _table(folder / "units.csv", ("code", "name"), [(unit, f"第{n}所") for n, unit in enumerate(world.units, 1)])
    cameras = [(camera.serial, "recorder", camera.unit) for camera in world.cameras]
    _table(folder / "devices.csv", ("serial", "kind", "unit"), cameras)
    issued = [(d.camera.serial, d.officer, _plain(d.start), _plain(d.end)) for d in world.duties]
    _table(folder / "assignments.csv", ("device", "officer", "from", "to"), issued)
    if conditions.losses.station_list:
        for place, unit in enumerate(world.units):
            _table(folder / f"list-{place}.csv", LIST, _listed(world, unit, random))


LIST = ("path", "device", "officer", "started_at", "ended_at", "imported_at", "sequence")


def _table(path: Path, heading: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(heading)
        writer.writerows(rows)


def _plain(at: float) -> str:
    return FORMATS[0](datetime.fromtimestamp(round(at), ZONE))


def _incidents(world: World, random: Random, conditions: Conditions) -> Iterable[tuple[object, ...]]:
    records = conditions.records
    for call in world.calls:
        if random.random() < records.doubled:
            yield _row(call, random, records.sentinels, status="处置中", finished=False)
        yield _row(call, random, records.sentinels)


def _row(
    call: Call, random: Random, sentinels: float, status: str = "办结", *, finished: bool = True
) -> tuple[object, ...]:
    stated = call.stated
    times = [call.received, stated.dispatched, stated.arrived, stated.finished if finished else None]
    times.append(stated.feedback if finished else None)
    shape = random.choice(FORMATS) if sentinels else FORMATS[0]
    shown = [_time(at, shape, random, sentinels) for at in times]
    return (call.number, *shown, call.unit, ",".join(duty.officer for duty in call.duties), "纠纷", status)


def _time(at: float | None, shape: Callable[[datetime], str], random: Random, sentinels: float) -> str:
    if at is None:
        return random.choice(SENTINELS) if random.random() < sentinels else ""
    return shape(datetime.fromtimestamp(round(at), ZONE))


def _listed(world: World, unit: str, random: Random) -> Iterable[tuple[object, ...]]:
    """The station's list: it also names files that were lost later."""
    off = random.uniform(-LIST_OFF, LIST_OFF)
    for piece in world.pieces:
        duty = piece.take.duty
        if duty.camera.unit == unit and piece.whole:
            times = (piece.start + off, piece.end + off, duty.read_out)
            yield (piece.path, duty.camera.serial, piece.badge or "", *map(_plain, times), piece.number)
