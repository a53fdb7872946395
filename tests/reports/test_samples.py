"""抽查结果 and 未抽查名单: what closed samples found, the agreement of the blind checks, and whom no sample reached."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from domain.activity import ActivityKind
from domain.inspection import Check, CheckVerdict, Stratify
from domain.sampling import Precision
from reports.base import Asked, Made, Report, make
from reports.samples import SAMPLES
from reports.unsampled import UNSAMPLED
from storage.queries.populations import Wanted
from storage.sampling import Plan, close_sample, draw_sample, items_of, keep_check
from storage.schema.tables import EVALUATION, SAMPLE_ITEM, SCAN
from tests.api import world
from tests.api.world import ABSENT, GAPPED, UNIT
from tests.reports.days import FIRST, NOVEMBER, OTHER, THEN, build

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
FINE = tuple(f"JQ2026111{number:04}" for number in range(8))
LATER = replace(THEN, as_of=FIRST + 5 * HOUR)
HERE = Wanted(ActivityKind.INCIDENT, NOVEMBER.span.start, NOVEMBER.span.end, scope=(UNIT, OTHER), by=Stratify.UNIT)
AGREED, DISAGREED, UNDECIDED = CheckVerdict.AGREED, CheckVerdict.DISAGREED, CheckVerdict.UNDECIDED


@pytest.fixture
def engine(empty: Engine) -> Engine:
    """The small district, and eight incidents in which nothing was found: six of its station, two of another."""
    build(empty)
    with empty.begin() as connection:
        for at, number in enumerate(FINE):
            unit, start = UNIT if at < 6 else OTHER, world.ARRIVED - timedelta(days=5, hours=-at)
            body = {"number": number, "unit": unit, "officers": ["031063"], "arrived_at": start.isoformat()}
            world.record(connection, "incidents", number, body, unit)
            world.coverage(connection, "incident", number, "officer:031063", start)
            key = {"kind": "incident", "subject_key": number, "subject": number, "unit": unit, "result": "compliant"}
            world.add(connection, EVALUATION, **key, rule_set="r", outcomes=[], recheck_at=None)
    return empty


def inspected(engine: Engine, verdicts: dict[str, tuple[CheckVerdict, ...]], *, closed: bool = True) -> int:
    """A sample of all eleven, some of them checked by one or two people, closed two hours after the first time."""
    with engine.begin() as connection:
        plan = Plan("<b>11 月</b>", "=1+1", None, 0, Precision(0.05, 0.9))
        made = draw_sample(connection, HERE, plan, "account:inspector", FIRST + HOUR)
        for item in items_of(connection, made.id):
            for turn, verdict in enumerate(verdicts.get(item.subject, ()), 1):
                missed = verdict is DISAGREED
                actor = f"account:inspector{turn}"
                keep_check(connection, item, Check(turn, FIRST + 2 * HOUR, actor, verdict, missed, "looked"))
        if closed:
            close_sample(connection, made.id, FIRST + 2 * HOUR)
    return made.id


def made(engine: Engine, report: Report, asked: Asked = LATER) -> Made:
    with engine.connect() as connection:
        return make(connection, report, asked)


def totals(found: Made) -> dict[str, tuple[Any, Any]]:
    return {total.key: (total.value, total.of) for total in found.totals}


CHECKS = {
    FINE[0]: (AGREED, AGREED),
    FINE[1]: (AGREED, DISAGREED),
    FINE[2]: (DISAGREED, DISAGREED),
    FINE[3]: (AGREED,),
    FINE[6]: (AGREED, AGREED),
    FINE[7]: (UNDECIDED,),
    GAPPED: (AGREED,),
}


def test_a_closed_sample_is_told_whole_and_by_stratum(engine: Engine) -> None:
    inspected(engine, CHECKS)
    whole, own, other = made(engine, SAMPLES).rows
    assert (whole["name"], whole["seed"], whole["replay"]) == ("<b>11 月</b>", "=1+1", "yes")
    assert (whole["population"], whole["drawn"], whole["checked"], whole["undecided"]) == (11, 11, 7, 1)
    # Fine and decided: five; in two of them something had been passed over (the second check is the one that counts).
    assert (whole["missed"], whole["fine"], whole["missed_rate"]) == (2, 5, 0.4)
    # The published exact bounds of 2 in 5 at 90 %: 0.0764 and 0.8107.
    assert (whole["missed_low"], whole["missed_high"]) == pytest.approx((0.0764, 0.8107), abs=6e-5)
    assert (whole["confidence"], whole["stratum"]) == (0.9, "全部 / whole sample")
    # Own: 5 decided stand for 8, 4 of them fine, 2 missed; other: 1 decided stands for 3, fine. 3.2 of 6.4 + 3.
    assert whole["weighted"] == pytest.approx(3.2 / 9.4)
    assert whole["weighted_low"] < whole["weighted"] < whole["weighted_high"]
    assert (own["stratum"], own["population"], own["fine"]) == ("示范<一>所", 8, 4)
    assert (other["stratum"], other["checked"], other["undecided"], other["missed_rate"]) == (OTHER, 2, 1, 0.0)
    assert own["kappa"] is None


def test_the_agreement_of_the_two_blind_checks_is_told_beyond_chance(engine: Engine) -> None:
    inspected(engine, CHECKS)
    whole = made(engine, SAMPLES).rows[0]
    # Four pairs: two agreed both, one disagreed both, one apart. Chance: 3/4 · 2/4 + 1/4 · 2/4 = 1/2.
    assert (whole["pairs"], whole["same"], whole["kappa"], whole["kappa_why"]) == (4, 3, 0.5, None)
    found = totals(made(engine, SAMPLES))
    assert (found["same"], found["missed-rate"], found["undecided-share"]) == (
        (3, 4),
        (0.4, 5),
        (pytest.approx(1 / 7), 7),
    )


def test_where_both_only_ever_said_the_same_there_is_no_kappa_and_it_is_said_why(engine: Engine) -> None:
    inspected(engine, {FINE[0]: (AGREED, AGREED), FINE[1]: (AGREED, AGREED)})
    inspected(engine, {FINE[0]: (AGREED,)})
    first, second = (row for row in made(engine, SAMPLES).rows if row["stratum"] == "全部 / whole sample")
    assert (first["kappa"], first["kappa_why"], first["same"]) == (None, "one-category", 2)
    assert (second["kappa"], second["kappa_why"], second["pairs"]) == (None, "no-pairs", 0)


def test_an_open_sample_and_one_closed_later_tell_nothing(engine: Engine) -> None:
    inspected(engine, CHECKS, closed=False)
    inspected(engine, CHECKS)
    assert {row["sample"] for row in made(engine, SAMPLES).rows} == {2}
    assert made(engine, SAMPLES, replace(THEN, as_of=FIRST + HOUR)).rows == ()


def test_a_sample_is_told_of_the_period_its_population_comes_from_and_to_who_sees_all_of_it(engine: Engine) -> None:
    inspected(engine, CHECKS)
    assert made(engine, SAMPLES, replace(LATER, scope=(UNIT,))).rows == ()
    assert len(made(engine, SAMPLES, replace(LATER, scope=(UNIT, OTHER))).rows) == 3
    december = replace(LATER, period=replace(NOVEMBER, word="2026-12", span=_month_later()))
    assert made(engine, SAMPLES, december).rows == ()


def _month_later() -> Any:
    span = NOVEMBER.span
    return replace(span, start=span.end, end=span.end + timedelta(days=31))


def test_a_sample_that_was_touched_by_hand_is_told_as_not_what_its_seed_gives(engine: Engine) -> None:
    number = inspected(engine, CHECKS)
    with engine.begin() as connection:
        first = (SAMPLE_ITEM.c.sample_id == number) & (SAMPLE_ITEM.c.position == 1)
        connection.execute(update(SAMPLE_ITEM).where(first).values(subject="JQ-chosen"))
    assert made(engine, SAMPLES).rows[0]["replay"] == "no"


def test_a_later_scan_changes_nothing_of_a_drawn_sample(engine: Engine) -> None:
    """The population is frozen with the draw: one of its activities is gone and the verdict on another is a new one."""
    inspected(engine, CHECKS)
    before = made(engine, SAMPLES)
    with engine.begin() as connection:
        times = {"started_at": FIRST + 3 * HOUR, "finished_at": FIRST + 3 * HOUR, "claimed_until": FIRST + 3 * HOUR}
        connection.execute(SCAN.insert().values(id=2, state="complete", host="h", process=1, summary={}, **times))
        gone = world.RECORD.c.key.in_([FINE[0], FINE[4]])
        connection.execute(update(world.RECORD).where(gone).values(until_scan=2))
        connection.execute(update(EVALUATION).where(EVALUATION.c.subject == FINE[1]).values(until_scan=2))
    after = made(engine, SAMPLES)
    assert after.scan == 2
    assert after.rows == before.rows
    assert after.rows[0]["replay"] == "yes"


def test_whom_no_sample_reached_comes_first_and_drawn_later_counts_later(engine: Engine) -> None:
    with engine.begin() as connection:
        only = replace(HERE, scope=(OTHER,))
        draw_sample(connection, only, Plan("x", "s", 3), "account:inspector", FIRST + HOUR)
        world.record(connection, "officers", "031063", {"badge": "031063", "name": "示例"})
    found = made(engine, UNSAMPLED)
    assert [(row["what"], row["key"], row["to_record"], row["sampled"]) for row in found.rows] == [
        *(("officer", "031021", 1, 0), ("officer", "031077", 1, 0), ("officer", "031063", 9, 2)),
        *(("unit", UNIT, 9, 0), ("unit", OTHER, 3, 3)),
    ]
    assert [row["name"] for row in found.rows] == [None, None, "示例", "示范<一>所", None]
    assert totals(found) == {"officers": (2, 3), "units": (1, 2)}
    assert totals(made(engine, UNSAMPLED, THEN)) == {"officers": (3, 3), "units": (2, 2)}
    own = made(engine, UNSAMPLED, replace(LATER, scope=(UNIT,))).rows
    assert {row["key"] for row in own} == {"031021", "031063", "031077", UNIT}


def test_without_activities_there_is_nobody_to_draw(engine: Engine) -> None:
    found = made(engine, UNSAMPLED, replace(LATER, unit="310199990000"))
    assert (found.rows, totals(found)["units"]) == ((), (0, 0))
    assert ABSENT  # the district has activities elsewhere
