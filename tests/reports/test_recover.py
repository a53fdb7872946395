"""待抢救清单: what may still be recovered, for how long, where, and what is left out."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from reports.base import Asked, Made, make
from reports.recover import RECOVER
from tests.api import world
from tests.api.world import ABSENT, ARRIVED, GAPPED, UNIT
from tests.reports.days import FIRST, SECOND, THEN, build, decide

HOUR = timedelta(hours=1)
NONE = "missing.no-recording"
KEYS = {name: name[0] * 2 + "0" * 14 for name in ("soon", "later", "past", "untold", "other", "file")}


@pytest.fixture
def engine(empty: Engine) -> Engine:
    build(empty)
    with empty.begin() as connection:
        of_call = {"unit": UNIT, "officer": "031021", "started_at": ARRIVED, "ended_at": ARRIVED + HOUR}
        for name, until in (("later", FIRST + 30 * HOUR), ("soon", FIRST + 5.45 * HOUR), ("past", FIRST - HOUR)):
            said = {"measured": measured(until), "evidence": ["未找到 / none found", "C1：3 天 / C1: 3 days"]}
            world.finding(
                connection, KEYS[name], "missing.officer-not-recording", "incident", GAPPED, **of_call, **said
            )
        shift = {"measured": {"incidents": ["JQ7", "JQ8"]}, "unit": UNIT}
        world.finding(connection, KEYS["untold"], "missing.shift-without-clips", "device", "C3", **shift)
        # A rule about footage that is there, and a clip that cannot be read.
        world.finding(connection, KEYS["other"], "nonstandard.format", "clip", "x", unit=UNIT)
        broken = {"subject_key": "anchor-1", "unit": UNIT, "measured": measured(FIRST + 200 * HOUR, None)}
        world.finding(connection, KEYS["file"], "incomplete.unreadable", "clip", "dock-a:1", **broken)
    return empty


def measured(until: datetime, device: str | None = "C1") -> dict[str, Any]:
    return {"recover_until": until.isoformat(), "recover_basis": "observed", "recover_from": device}


def made(engine: Engine, asked: Asked = THEN) -> Made:
    with engine.connect() as connection:
        return make(connection, RECOVER, asked)


def test_the_soonest_lost_comes_first_and_what_is_past_is_left_out(engine: Engine) -> None:
    rows = made(engine).rows
    # The district itself has a call without a recording, of which nothing tells how long its camera keeps footage.
    assert [row["id"] for row in rows] == [KEYS["soon"], KEYS["later"], KEYS["file"], KEYS["untold"], "b" * 16]
    soon, _, file, untold, none = rows
    assert [row["hours_left"] for row in rows] == [5.4, 30.0, 200.0, None, None]
    assert (soon["where"], soon["device"], soon["basis"], soon["officer"]) == ("device", "C1", "observed", "031021")
    assert (soon["linked"], soon["evidence"]) == ([GAPPED], "C1：3 天 / C1: 3 days")
    assert (file["linked"], file["device"]) == ([GAPPED], "C1")
    assert (untold["linked"], untold["device"], untold["chance"]) == (["JQ7", "JQ8"], "C3", "untold")
    assert none["linked"] == [ABSENT]


def test_counts_by_hours_leave_out_what_has_no_estimate(engine: Engine) -> None:
    known = {total.key: (total.value, total.of) for total in made(engine).totals}
    assert known["findings"] == (5, None)
    assert (known["day"], known["week"], known["soonest"]) == ((1, 3), (2, 3), (5.4, None))
    assert known["unestimated-share"] == (0.4, 5)


def test_hours_are_those_at_the_time_of_the_report(engine: Engine) -> None:
    later = made(engine, replace(THEN, as_of=SECOND))
    assert [row["hours_left"] for row in later.rows] == [6.0, 176.0, None, None]


def test_what_was_dismissed_is_left_out_from_then_on(engine: Engine) -> None:
    before = made(engine)
    decide(engine, KEYS["soon"], "dismiss", "open", "dismissed")
    decide(engine, KEYS["later"], "confirm", "open", "confirmed")
    assert made(engine).digest == before.digest
    later = made(engine, replace(THEN, as_of=FIRST + HOUR)).rows
    assert [(row["id"], row["status"]) for row in later[:2]] == [(KEYS["later"], "confirmed"), (KEYS["file"], "open")]


def test_a_file_on_a_station_s_list_is_to_be_found_at_the_station(engine: Engine) -> None:
    with engine.begin() as connection:
        kept = {"recover_until": (FIRST + 100 * HOUR).isoformat(), "recover_basis": "retention", "recover_from": None}
        world.finding(connection, "s" * 16, "missing.sequence-hole", "store", "dock-a", unit=UNIT, measured=kept)
    (row,) = [row for row in made(engine).rows if row["id"] == "s" * 16]
    assert (row["where"], row["device"], row["basis"]) == ("station", None, "retention")
