"""A day is signed when everything in it is settled, once; what arrives later belongs to the next day."""

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, update

from domain.access import RIGHTS, Role
from domain.review import Decision, Reason
from domain.sign_off import DayState, SignOff, WeekState, parse_period
from domain.timespan import utc
from storage.audit import audit_rows
from storage.engine import DatabaseSettings, open_engine
from storage.reviews import Decider, Wish, decide
from storage.schema.tables import FINDING
from storage.sign_off_refusals import AlreadySigned, NotSettled, NotYet
from storage.sign_offs import close_week, day_state, sign_day, sign_offs, week_state
from tests.databases import migrate
from tests.storage.queries import rows

ZONE = ZoneInfo("Asia/Shanghai")
UNIT, BELOW, OTHER = rows.UNIT, "310114010100", "310114990000"
DAY, NEXT, WEEK = date(2026, 11, 19), date(2026, 11, 20), parse_period("2026-W47")
"""A Thursday, a Friday, and the week of both."""
MORNING = utc(2026, 11, 19, 1)
"""09:00 of the day in Shanghai."""
EVENING, TOMORROW = utc(2026, 11, 19, 10), utc(2026, 11, 20, 1)
SUNDAY_NIGHT = utc(2026, 11, 22, 14)
HOUR = timedelta(hours=1)


def person(role: Role = Role.OFFICER, name: str = "li") -> Decider:
    return Decider(f"account:{name}", role.value, RIGHTS[role], frozenset({UNIT, BELOW}))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    with engine.begin() as connection:
        for minute in (1, 2):
            rows.scan(connection, minute)
        rows.unit(connection, UNIT)
        rows.unit(connection, BELOW, UNIT)
    yield engine
    engine.dispose()


def found(engine: Engine, letter: str, seen: datetime, due: datetime | None = None, unit: str | None = UNIT) -> str:
    """A finding seen at a time; due in the evening of the same day unless told."""
    key = letter * 16
    with engine.begin() as connection:
        times = {"first_seen_at": seen, "last_seen_at": seen, "due_at": due or EVENING}
        rows.finding(connection, key, "incident", f"JQ-{letter}", unit=unit, **times)
    return key


def settle(engine: Engine, key: str, decision: Decision, at: datetime = EVENING, number: int = 0) -> None:
    who = person(Role.SUPERVISOR if decision in (Decision.ACCEPT, Decision.RETURN) else Role.OFFICER)
    with engine.begin() as connection:
        decide(connection, who, Wish(key, decision, number, reason=Reason.BATTERY, note="说明"), at)


def day(engine: Engine, which: date = DAY, now: datetime = EVENING, unit: str = UNIT) -> DayState:
    with engine.connect() as connection:
        return day_state(connection, unit, which, ZONE, now)


def week(engine: Engine, now: datetime = SUNDAY_NIGHT) -> WeekState:
    with engine.connect() as connection:
        return week_state(connection, UNIT, WEEK, ZONE, now)


def sign(engine: Engine, which: date = DAY, now: datetime = EVENING, name: str = "li") -> SignOff:
    with engine.begin() as connection:
        return sign_day(connection, person(name=name), UNIT, which, ZONE, now=now, note=" 已核 ")


def test_a_day_with_open_findings_names_them_and_cannot_be_signed(engine: Engine) -> None:
    first = found(engine, "a", MORNING)
    found(engine, "b", MORNING, due=utc(2026, 11, 22, 10), unit=BELOW)
    found(engine, "c", MORNING, unit=OTHER)
    found(engine, "d", TOMORROW)
    found(engine, "e", MORNING, unit=None)
    state = day(engine, now=EVENING + HOUR)
    assert (state.open, state.overdue, state.findings, state.possible) == (2, 1, 2, False)
    assert [(one.key, one.overdue) for one in state.in_the_way] == [(first, True), ("b" * 16, False)]
    with pytest.raises(NotSettled) as told:
        sign(engine)
    assert (told.value.count, len(told.value.in_the_way)) == (2, 2)


def test_a_day_is_signed_once_everything_is_decided_or_explained(engine: Engine) -> None:
    settle(engine, found(engine, "a", MORNING), Decision.EXPLAIN)
    settle(engine, found(engine, "b", MORNING), Decision.CONFIRM)
    settle(engine, found(engine, "c", MORNING), Decision.DISMISS)
    resolved = found(engine, "d", MORNING)
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == resolved).values(until_scan=2))
    state = day(engine)
    assert (state.open, state.explained, state.decided, state.resolved) == (0, 1, 2, 1)
    assert state.possible
    made = sign(engine)
    assert (made.unit, made.period, made.at, made.actor, made.note) == (
        UNIT,
        "2026-11-19",
        EVENING,
        "account:li",
        "已核",
    )
    assert made.summary["findings"] == 4
    state = day(engine)
    assert (state.signed, state.possible) == (made, False)
    with engine.connect() as connection:
        assert sign_offs(connection, frozenset({UNIT})) == [made]
        assert sign_offs(connection, frozenset({OTHER})) == []
        *_, entry = audit_rows(connection)
    assert (entry.action, entry.unit, json.loads(entry.detail)["period"]) == ("sign-off", UNIT, "2026-11-19")


def test_the_second_to_sign_is_told_who_was_first(engine: Engine) -> None:
    made = sign(engine)
    with pytest.raises(AlreadySigned) as told:
        sign(engine, name="wang")
    assert told.value.signed == made


def test_two_who_sign_at_once_make_one_sign_off(engine: Engine) -> None:
    barrier = threading.Barrier(2)
    outcomes: list[object] = []

    def attempt(name: str) -> None:
        barrier.wait(10)
        try:
            outcomes.append(sign(engine, name=name))
        except AlreadySigned as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=attempt, args=(name,), daemon=True) for name in ("li", "wang")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    (made,) = (one for one in outcomes if isinstance(one, SignOff))
    (told,) = (one for one in outcomes if isinstance(one, AlreadySigned))
    assert told.signed == made


def test_a_day_that_has_not_begun_cannot_be_signed(engine: Engine) -> None:
    assert not day(engine, NEXT).possible
    with pytest.raises(NotYet):
        sign(engine, NEXT)


def test_what_arrives_after_signing_belongs_to_the_next_day(engine: Engine) -> None:
    sign(engine)
    late = found(engine, "a", EVENING + HOUR)
    assert day(engine, now=EVENING + 2 * HOUR).signed is not None
    assert day(engine, now=EVENING + 2 * HOUR).findings == 0
    tomorrow = day(engine, NEXT, TOMORROW)
    assert [one.key for one in tomorrow.in_the_way] == [late]
    settle(engine, late, Decision.CONFIRM, EVENING + 2 * HOUR)
    assert day(engine, NEXT, TOMORROW).decided == 1


def test_an_open_finding_goes_along_from_day_to_day(engine: Engine) -> None:
    key = found(engine, "a", MORNING)
    assert day(engine, NEXT, TOMORROW).open == 1
    settle(engine, key, Decision.CONFIRM)
    assert day(engine, NEXT, TOMORROW).findings == 0


def test_a_past_day_can_be_signed_late_whatever_came_since(engine: Engine) -> None:
    found(engine, "a", TOMORROW)
    assert day(engine, now=TOMORROW + HOUR).possible
    assert not day(engine, NEXT, TOMORROW + HOUR).possible


def test_activities_of_the_day_are_counted_by_their_result(engine: Engine) -> None:
    with engine.begin() as connection:
        for number, at, unit, result in (
            ("JQ1", MORNING, UNIT, "compliant"),
            ("JQ2", MORNING, BELOW, "pending"),
            ("JQ3", MORNING, UNIT, None),
            ("JQ4", TOMORROW, UNIT, "compliant"),
            ("JQ5", MORNING, OTHER, "compliant"),
        ):
            rows.record(connection, "incidents", number, {}, at=at, unit=unit)
            if result:
                rows.evaluation(connection, "incident", number, result=result, unit=unit)
    assert day(engine).activities == {"compliant": 1, "pending": 1, "not-judged": 1}


def test_all_units_together_have_a_sign_off_of_their_own(engine: Engine) -> None:
    found(engine, "a", MORNING, unit=OTHER)
    found(engine, "b", MORNING, unit=None)
    sign(engine)
    state = day(engine, unit="")
    assert (state.open, state.signed) == (2, None)


def test_a_week_is_closed_when_its_days_are_signed_and_its_explanations_accepted(engine: Engine) -> None:
    key = found(engine, "a", MORNING)
    settle(engine, key, Decision.EXPLAIN)
    state = week(engine)
    assert (state.unsigned, state.open, state.waiting, state.possible) == ((DAY,), 0, 1, False)
    sign(engine)
    state = week(engine)
    assert (state.unsigned, [one.key for one in state.in_the_way], state.possible) == ((), [key], False)
    with engine.begin() as connection, pytest.raises(NotSettled):
        close_week(connection, person(), UNIT, WEEK, ZONE, now=SUNDAY_NIGHT)
    settle(engine, key, Decision.ACCEPT, SUNDAY_NIGHT, number=1)
    assert week(engine).possible
    with engine.begin() as connection:
        made = close_week(connection, person(), UNIT, WEEK, ZONE, now=SUNDAY_NIGHT)
    assert (made.period, made.summary) == ("2026-W47", {"signed": 1, "findings": 1, "overdue": 0})
    with engine.begin() as connection, pytest.raises(AlreadySigned):
        close_week(connection, person(), UNIT, WEEK, ZONE, now=SUNDAY_NIGHT)


def test_a_week_cannot_be_closed_before_its_last_day(engine: Engine) -> None:
    saturday = utc(2026, 11, 21, 10)
    assert not week(engine, saturday).possible
    assert week(engine).possible
    with engine.begin() as connection, pytest.raises(NotYet):
        close_week(connection, person(), UNIT, WEEK, ZONE, now=saturday)


def test_findings_that_were_late_or_still_are_count_in_the_week(engine: Engine) -> None:
    settle(engine, found(engine, "a", MORNING), Decision.CONFIRM, EVENING - HOUR)
    settle(engine, found(engine, "b", MORNING), Decision.CONFIRM, EVENING + HOUR)
    found(engine, "c", MORNING)
    found(engine, "d", MORNING, due=SUNDAY_NIGHT + HOUR)
    assert week(engine).overdue == 2


def test_an_explanation_by_an_approved_note_waits_for_nobody(engine: Engine) -> None:
    key = found(engine, "a", MORNING)
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == key).values(status="explained"))
    assert (week(engine).waiting, day(engine).explained) == (0, 1)
