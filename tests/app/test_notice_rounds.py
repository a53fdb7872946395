"""Who is told what: units with those below, the unit above, what belongs to no unit; once for each key."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, update

from app.notice_rounds import Audience, Told, deadlines, leaving_soon, morning, troubles
from app.notify_settings import NotifyTo
from detectors.nonstandard_feeds import HOLE_RULE
from domain.notices import NoticeKind
from domain.timespan import utc
from domain.wording import say
from storage.jobs import Ended, Holder, JobState, claim, finish
from storage.notices import notices
from storage.schema.tables import CLIP, FEED, FINDING, RECORD, STORE, STORE_SCAN
from tests.api import world
from tests.api.world import add, finding
from tests.scanning import new_engine

ZONE = ZoneInfo("Asia/Shanghai")
NOW, HOUR = world.NOW, timedelta(hours=1)  # noon in Shanghai
CITY, BRANCH, STATION, OTHER = "310000000000", "310114000000", "310114010000", "310115010000"
ABOVE = {BRANCH: CITY, STATION: BRANCH, OTHER: CITY}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A city of one branch with one station, and another station; no finding."""
    engine = new_engine(f"sqlite:///{tmp_path / 'n.db'}")
    with engine.begin() as connection:
        world._scan(connection)
        for code in (CITY, BRANCH, STATION, OTHER):
            body = {"code": code, "name": f"所{code[:8]}"}
            common = {"feed": "units", "kind": "units", "key": code, "unit": code, "store": None, "at": None}
            add(connection, RECORD, group_key=ABOVE.get(code), body=body, **common)
    yield engine
    engine.dispose()


def ask(engine: Engine, key: str, unit: str | None, due: datetime, rule: str = "incomplete.gap") -> None:
    """An open finding."""
    with engine.begin() as connection:
        finding(connection, key, rule, "incident", f"JQ{key}", unit=unit)
        connection.execute(update(FINDING).where(FINDING.c.key == key).values(due_at=due))


def told_of(
    engine: Engine, told: list[Told], *receivers: NotifyTo, now: datetime = NOW
) -> list[tuple[str, str, str | None]]:
    """(receiver, kind, unit) of what is new."""
    with engine.begin() as connection:
        before = {one.id for one in notices(connection, 1000)}
        Audience(connection, receivers).tell(now, told)
        return sorted(
            ((one.receiver, one.kind.value, one.unit) for one in notices(connection, 1000) if one.id not in before),
            key=str,
        )


def to(name: str, *units: str, kinds: tuple[str, ...] = ()) -> NotifyTo:
    return NotifyTo(name, ("json://h",), units, kinds)


def overdue(engine: Engine) -> list[Told]:
    with engine.connect() as connection:
        return deadlines(connection, NOW, ZONE, 6.0)[0]


def test_a_branch_is_told_of_its_stations_and_a_station_of_itself(engine: Engine) -> None:
    for key, unit in (("a", STATION), ("b", OTHER), ("c", None)):
        ask(engine, key, unit, NOW + HOUR)
    with engine.connect() as connection:
        lists = morning(connection, NOW, ZONE, 6)
    found = told_of(engine, lists, to("all"), to("branch", BRANCH), to("station", STATION))
    assert {unit for receiver, _, unit in found if receiver == "all"} == {STATION, OTHER, None}
    assert [one for one in found if one[0] != "all"] == [
        ("branch", "morning", STATION),
        ("station", "morning", STATION),
    ]


def test_what_is_overdue_goes_to_the_unit_above_and_not_to_the_station(engine: Engine) -> None:
    ask(engine, "a", STATION, NOW - HOUR)
    found = told_of(engine, overdue(engine), to("city", CITY), to("branch", BRANCH), to("station", STATION))
    assert found == [("branch", "overdue", BRANCH), ("city", "overdue", BRANCH)]


def test_of_a_unit_with_none_above_it_is_told_itself(engine: Engine) -> None:
    ask(engine, "a", CITY, NOW - HOUR)
    assert told_of(engine, overdue(engine), to("city", CITY)) == [("city", "overdue", CITY)]


def test_two_stations_of_one_branch_are_two_things_in_one_message(engine: Engine) -> None:
    ask(engine, "a", STATION, NOW - HOUR)
    ask(engine, "b", BRANCH, NOW - HOUR)
    lines = [one.lines[0] for one in overdue(engine)]
    assert lines == [
        "所31011400：1 项超过时限未处理 / 所31011400: 1 past their deadline without a decision",
        "所31011401：1 项超过时限未处理 / 所31011401: 1 past their deadline without a decision",
    ]


def test_deadlines_are_told_once_for_each_day_of_their_end(engine: Engine) -> None:
    midnight = NOW + 12 * HOUR
    ask(engine, "a", STATION, midnight)
    receiver = to("station", STATION)
    assert told_of(engine, overdue(engine), receiver) == []  # twelve hours are no six
    with engine.connect() as connection:
        soon, counts = deadlines(connection, midnight - 6 * HOUR, ZONE, 6.0)
    assert counts == {"due": 1, "overdue": 0}
    assert told_of(engine, soon, receiver) == [("station", "deadline", STATION)]
    with engine.connect() as connection:
        later, _ = deadlines(connection, midnight - HOUR, ZONE, 6.0)
    assert told_of(engine, later, receiver) == []
    assert soon[0].key.endswith(":2026-11-23")


def test_a_decided_finding_is_neither_due_nor_overdue(engine: Engine) -> None:
    ask(engine, "a", STATION, NOW - HOUR)
    ask(engine, "b", STATION, NOW + HOUR)
    with engine.begin() as connection:
        connection.execute(update(FINDING).values(status="explained"))
    assert overdue(engine) == []


def trouble(engine: Engine, now: datetime = NOW) -> list[Told]:
    with engine.connect() as connection:
        return troubles(connection, now, ZONE)


def test_stores_feeds_holes_and_failed_jobs(engine: Engine) -> None:
    assert trouble(engine) == []
    hole = say("数据源 110 在 2026-11-20 只有 0 条", "feed 110 names 0 activities on 2026-11-20")
    ask(engine, "hole", STATION, NOW + HOUR, rule=HOLE_RULE)
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == "hole").values(evidence=[hole]))
        connection.execute(
            update(STORE_SCAN).where(STORE_SCAN.c.store_id == 1).values(state="doubtful", detail="/secret")
        )
        feed: dict[str, Any] = {"kind": "units", "location": "x", "active": True}
        connection.execute(insert(FEED).values(name="110", error="/secret/place", **feed))
        run = claim(connection, "retention", NOW - HOUR, NOW - HOUR, Holder("h", 1))
        assert run is not None
        finish(connection, run, NOW - HOUR, Ended(JobState.FAILED, None, "/secret"))
    found = trouble(engine)
    assert [(one.kind, one.unit) for one in found] == [
        (NoticeKind.STORE, STATION),
        (NoticeKind.FEED, None),
        (NoticeKind.FEED, STATION),
        (NoticeKind.JOB, None),
    ]
    assert found[2].lines == (hole,)
    assert "/secret" not in repr(found)
    receivers = (to("all"), to("station", STATION, kinds=("feed",)))
    assert len(told_of(engine, found, *receivers)) == 5
    assert told_of(engine, trouble(engine, NOW + HOUR), *receivers) == []
    tomorrow = told_of(engine, trouble(engine, NOW + 20 * HOUR), *receivers)
    assert [one[1] for one in tomorrow] == ["feed", "store"]  # a hole is told once, a failed job for a day


def test_a_job_that_was_done_since_is_no_trouble(engine: Engine) -> None:
    with engine.begin() as connection:
        for hours, state in ((2, JobState.FAILED), (1, JobState.DONE)):
            run = claim(connection, "morning", NOW - hours * HOUR, NOW - hours * HOUR, Holder("h", 1))
            assert run is not None
            finish(connection, run, NOW - hours * HOUR, Ended(state, None, None))
    assert trouble(engine) == []


def test_a_store_that_left_the_configuration_is_no_trouble(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(STORE_SCAN).values(state="unreachable"))
        connection.execute(update(STORE).where(STORE.c.id == 2).values(active=False))
    assert [one.lines[0] for one in trouble(engine)] == ["存储 dock-a：无法访问 / store dock-a: unreachable"]


def test_a_register_that_runs_in_a_circle_ends(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(RECORD).where(RECORD.c.key == CITY).values(group_key=STATION))
    ask(engine, "a", STATION, NOW - HOUR)
    assert len(told_of(engine, overdue(engine), to("city", CITY), to("station", STATION))) == 2


@pytest.mark.slow
def test_on_both_databases_what_lies_ahead_is_read_alike(database_url: str) -> None:
    engine = new_engine(database_url)
    with engine.begin() as connection:
        world._scan(connection)
    ask(engine, "a", STATION, NOW + HOUR)
    ask(engine, "b", STATION, NOW - HOUR)
    soon = (NOW + 5 * HOUR).isoformat()
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == "a").values(measured={"recover_until": soon}))
    with engine.connect() as connection:
        (one,) = morning(connection, NOW, ZONE, 6)
        told, counts = deadlines(connection, NOW, ZONE, 6.0)
        assert troubles(connection, NOW, ZONE) == []
    assert one.lines[0] == (
        f"{STATION}：待核实 2 项（记录不完整 2），今日到期 1 项，已过时限 1 项 / "
        f"{STATION}: 2 open (incomplete 2), 1 due today, 1 past due"
    )
    assert "可补录 1 项，最早 11-23 17:00 后可能无法补录" in one.lines[-1]
    assert (counts, len(told)) == ({"due": 1, "overdue": 1}, 2)
    engine.dispose()


def test_what_reaches_the_end_of_retention_is_counted_a_fortnight_before_and_not_after(tmp_path: Path) -> None:
    """The small district was filmed on 20 November 2026: six months end on 20 May 2027."""
    engine = new_engine(f"sqlite:///{tmp_path / 'r.db'}")
    world.build(engine)
    with engine.connect() as connection:
        filmed = len(connection.execute(select(CLIP.c.id).where(CLIP.c.started_at.is_not(None))).all())
        counts = [
            sum(leaving_soon(connection, utc(2027, month, day), 6).values())
            for month, day in ((4, 1), (5, 5), (5, 8), (5, 20), (5, 22))
        ]
        (one,) = [one for one in morning(connection, utc(2027, 5, 10), ZONE, 6) if one.unit == world.UNIT]
    assert filmed > 0
    assert counts == [0, 0, filmed, filmed, 0]
    assert one.lines[-1] == (
        f"· 14 日内满保存期的片段 {filmed} 个 / · {filmed} clips reach the end of retention within 14 days"
    )
    engine.dispose()
