"""设备时钟: the clock of the period, since when it is off, and which clips it concerns."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from domain.clip import ClockKind, DeviceClock
from domain.period import parse_period
from reports.base import Asked, Made, make
from reports.clocks import CLOCKS
from storage.codec import encode
from storage.schema.tables import CLIP, DEVICE_CLOCK
from tests.api import world
from tests.api.world import UNIT
from tests.reports.days import FIRST, SECOND, THEN, ZONE, build, second_scan

FORTNIGHTS = [datetime(2026, 10, 12, tzinfo=UTC) + timedelta(days=14 * n) for n in range(4)]
"""From October 12; the last one begins on November 23."""
SLOW = DeviceClock(
    *("C1", ClockKind.CONSTANT, timedelta(seconds=95), timedelta(seconds=4)),
    evidence=("慢 95 秒 / 95 s slow", "十个片段 / ten clips"),
)


@pytest.fixture
def engine(empty: Engine) -> Engine:
    build(empty)
    with empty.begin() as connection:
        for serial, model in (("C1", "BC-S2"), ("C9", "BC-S1")):
            world.record(connection, "devices", serial, {"serial": serial, "model": model, "unit": UNIT})
    return empty


def tell(engine: Engine, clock: DeviceClock, at: datetime | None, since_scan: int = 1) -> None:
    with engine.begin() as connection:
        values = {"kind": clock.kind.value, "offset": clock.offset, "error": clock.error, "body": encode(clock)}
        row = {"device": clock.device, "period": at, "unit": UNIT, **values, "since_scan": since_scan}
        connection.execute(DEVICE_CLOCK.insert().values(**row, until_scan=None))


def made(engine: Engine, asked: Asked = THEN) -> Made:
    with engine.connect() as connection:
        return make(connection, CLOCKS, asked)


def by_device(found: Made) -> dict[str, Any]:
    return {row["device"]: row for row in found.rows}


def test_each_camera_is_told_with_its_clock_and_the_clips_it_concerns(engine: Engine) -> None:
    tell(engine, SLOW, FORTNIGHTS[2])
    with engine.begin() as connection:
        connection.execute(update(CLIP).where(CLIP.c.file_id == 1).values(clock_offset=SLOW.offset))
    found = made(engine)
    rows = by_device(found)
    assert set(rows) == {"C1", "C2", "C3", "C9", "R1"}
    one = rows["C1"]
    assert (one["model"], one["unit"], one["kind"]) == ("BC-S2", UNIT, "constant")
    assert (one["offset_s"], one["error_s"]) == (95.0, 4.0)
    assert (one["clips"], one["affected"], one["corrected"], one["unplaced"]) == (2, 2, 1, 0)
    assert one["evidence"] == "慢 95 秒；十个片段 / 95 s slow; ten clips"
    assert (rows["C3"]["clips"], rows["C3"]["unplaced"], rows["C3"]["affected"]) == (1, 1, 0)
    assert (rows["C9"]["clips"], rows["C9"]["kind"]) == (0, None)
    known = {total.key: (total.value, total.of) for total in found.totals}
    assert (known["devices"], known["constant"], known["off"]) == ((5, None), (1, 1), (1.0, 1))
    assert (known["untold-share"], known["corrected"], known["unplaced"]) == ((0.8, 5), (1, 5), (1, 5))


def test_a_clip_that_lost_its_time_is_of_the_period_in_which_it_must_lie(engine: Engine) -> None:
    """Its file was last written in the year 2000, by the same clock; it was imported on November 21."""
    long_ago, imported = datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    with engine.begin() as connection:
        lost = update(CLIP).where(CLIP.c.file_id == 5)
        connection.execute(lost.values(listed_at=long_ago, latest=imported))
    assert by_device(made(engine))["C3"]["unplaced"] == 1


def test_since_is_where_the_unbroken_run_of_its_kind_begins(engine: Engine) -> None:
    tell(engine, replace(SLOW, kind=ClockKind.NONE, offset=timedelta(0)), FORTNIGHTS[0])
    tell(engine, SLOW, FORTNIGHTS[1])
    tell(engine, SLOW, FORTNIGHTS[2])
    tell(engine, replace(SLOW, kind=ClockKind.RESET), FORTNIGHTS[3])
    week = Asked(parse_period("2026-11-16..2026-11-21", ZONE), FIRST)
    row = by_device(made(engine, week))["C1"]
    assert (row["kind"], row["since"]) == ("constant", FORTNIGHTS[1].isoformat())
    october = Asked(parse_period("2026-10-15", ZONE), FIRST)
    assert (by_device(made(engine, october))["C1"]["kind"], by_device(made(engine, october))["C1"]["since"]) == (
        "none",
        None,
    )
    assert by_device(made(engine))["C1"]["kind"] == "reset"


def test_a_clock_of_another_time_is_not_that_of_the_period(engine: Engine) -> None:
    tell(engine, SLOW, FORTNIGHTS[0])
    assert by_device(made(engine))["C1"]["kind"] is None  # October 12 to 25


def test_a_clock_that_was_told_later_is_not_known_before(engine: Engine) -> None:
    second_scan(engine)
    before = made(engine)
    tell(engine, SLOW, FORTNIGHTS[2], since_scan=2)
    assert made(engine).digest == before.digest
    assert by_device(made(engine, replace(THEN, as_of=SECOND)))["C1"]["scan"] == 2


def test_a_unit_sees_its_own_cameras(engine: Engine) -> None:
    tell(engine, SLOW, FORTNIGHTS[2])
    assert set(by_device(made(engine, replace(THEN, unit=UNIT)))) == {"C1", "C2", "C3", "C9", "R1"}
    assert made(engine, replace(THEN, scope=("310114020000",))).rows == ()
