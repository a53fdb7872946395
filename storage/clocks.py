"""What is known of cameras' clocks, period by period, as rows and as domain values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.clip import DeviceClock
from storage.among import among
from storage.codec import decode
from storage.schema.tables import DEVICE_CLOCK
from storage.versions import Row, chunks, current, settle

PLACING = (*("kind", "offset", "error", "zone_sources", "zone_shift", "drift_s_per_day", "reference", "list_copied"),)
Key = tuple[str, datetime]
"""A camera and the start of a period."""


@dataclass(frozen=True, slots=True)
class ClockOf:
    """A camera's clock in one period, with the unit whose habit it shares."""

    clock: DeviceClock
    period: datetime
    unit: str


def save_clocks(connection: Connection, looked: Collection[Key], found: Sequence[ClockOf], scan: int) -> set[Key]:
    """Make what is known of some cameras in some periods equal to `found`; returns where it places clips elsewhere.

    What was told before clocks had periods ends with the first that has one.
    """
    changed: set[Key] = set()
    for devices in chunks(sorted({device for device, _ in looked})):
        mine = set(devices)
        query = select(DEVICE_CLOCK).where(current(DEVICE_CLOCK), among(DEVICE_CLOCK.c.device, devices))
        before = [
            row
            for row in connection.execute(query).mappings()
            if row["period"] is None or (row["device"], row["period"]) in looked
        ]
        rows = [_row(one) for one in found if one.clock.device in mine]
        changes = settle(connection, DEVICE_CLOCK, before, rows, key=("device", "period"), scan=scan)
        for change in changes:
            row = change.after or change.before or {}
            if row["period"] is not None and _placing(change.before) != _placing(change.after):
                changed.add((row["device"], row["period"]))
    return changed


def _placing(row: Row | None) -> tuple[object, ...] | None:
    """What of a clock a clip's place, and what is said about it, depends on."""
    return None if row is None else tuple(row["body"][name] for name in PLACING)


def _row(one: ClockOf) -> Mapping[str, object]:
    clock = one.clock
    return {
        "device": clock.device,
        "period": one.period,
        "unit": one.unit,
        "kind": clock.kind.value,
        "offset": clock.offset,
        "error": clock.error,
        "body": clock,
    }


def clocks(connection: Connection, devices: Iterable[str]) -> dict[str, list[DeviceClock]]:
    """Clocks by serial, in order of their periods: the last is the latest known."""
    found: dict[str, list[DeviceClock]] = {}
    for part in chunks(sorted(set(devices))):
        query = select(DEVICE_CLOCK.c.device, DEVICE_CLOCK.c.body).where(
            current(DEVICE_CLOCK), among(DEVICE_CLOCK.c.device, part)
        )
        for device, body in connection.execute(query.order_by(DEVICE_CLOCK.c.device, DEVICE_CLOCK.c.period)).all():
            found.setdefault(device, []).append(decode(DeviceClock, body))
    return found


def clocks_of_units(
    connection: Connection, units: Iterable[tuple[str, datetime]]
) -> dict[tuple[str, datetime], list[DeviceClock]]:
    """By (unit, start of a period) the clocks of all its cameras."""
    found: dict[tuple[str, datetime], list[DeviceClock]] = {}
    for unit, period in sorted(set(units)):
        query = select(DEVICE_CLOCK.c.body).where(
            current(DEVICE_CLOCK), DEVICE_CLOCK.c.unit == unit, DEVICE_CLOCK.c.period == period
        )
        rows = connection.execute(query.order_by(DEVICE_CLOCK.c.device)).scalars()
        found[unit, period] = [decode(DeviceClock, body) for body in rows]
    return found
