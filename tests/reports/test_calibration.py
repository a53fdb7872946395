"""审核一致性: decisions by account, what was changed later, what inspections found, how far blind checks agree."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from domain.activity import ActivityKind
from domain.inspection import Check, CheckVerdict
from domain.period import parse_period
from reports.base import Asked, Made, make
from reports.calibration import CALIBRATION
from storage.queries.populations import Wanted
from storage.sampling import Plan, close_sample, draw_sample, items_of, keep_check
from storage.schema.tables import FINDING, REVIEW_ENTRY
from tests.api.world import ABSENT, GAPPED, UNIT
from tests.reports.days import FIRST, NOVEMBER, OTHER, THEN, ZONE, build, decide

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
LATER = replace(THEN, as_of=FIRST + 9 * HOUR)
GAP, NO_RECORDING, CHANNEL, NAME = ("a" * 16, "b" * 16, "c" * 16, "d" * 16)
AGREED, DISAGREED, UNDECIDED = CheckVerdict.AGREED, CheckVerdict.DISAGREED, CheckVerdict.UNDECIDED


@pytest.fixture
def engine(empty: Engine) -> Engine:
    build(empty)
    return empty


def by(engine: Engine, key: str, number: int, actor: str, bulk: str | None = None) -> None:
    """Who had decided."""
    with engine.begin() as connection:
        mine = (REVIEW_ENTRY.c.finding_key == key) & (REVIEW_ENTRY.c.number == number)
        connection.execute(update(REVIEW_ENTRY).where(mine).values(actor=actor, bulk=bulk))


def decided(engine: Engine) -> None:
    """The officer explains one finding, which the leader accepts; dismisses two, of which the leader reopens one."""
    decide(engine, GAP, "explain", "open", "explained")
    decide(engine, GAP, "accept", "explained", "explained", number=2)
    decide(engine, NO_RECORDING, "dismiss", "open", "dismissed")
    decide(engine, CHANNEL, "dismiss", "open", "dismissed")
    decide(engine, CHANNEL, "reopen", "dismissed", "open", number=2)
    for key in (GAP, CHANNEL):
        by(engine, key, 2, "account:leader")
    by(engine, CHANNEL, 1, "account:officer", bulk="together")


def made(engine: Engine, asked: Asked = LATER) -> Made:
    with engine.connect() as connection:
        return make(connection, CALIBRATION, asked)


def by_account(found: Made) -> dict[str, Any]:
    return {row["reviewer"].removeprefix("account:"): row for row in found.rows}


def totals(found: Made) -> dict[str, tuple[Any, Any]]:
    return {total.key: (total.value, total.of) for total in found.totals}


def inspected(engine: Engine, verdicts: dict[str, tuple[CheckVerdict, ...]], *, closed: bool = True) -> None:
    """Both incidents of the station are drawn after the decisions and looked at by one person or two."""
    wanted = Wanted(ActivityKind.INCIDENT, NOVEMBER.span.start, NOVEMBER.span.end, scope=(UNIT,))
    with engine.begin() as connection:
        sample = draw_sample(connection, wanted, Plan("x", "s", 2), "account:inspector", FIRST + 3 * HOUR)
        for item in items_of(connection, sample.id):
            for turn, verdict in enumerate(verdicts.get(item.subject, ()), 1):
                check = Check(turn, FIRST + 4 * HOUR, f"account:i{turn}", verdict, verdict is DISAGREED, "looked")
                keep_check(connection, item, check)
        if closed:
            close_sample(connection, sample.id, FIRST + 5 * HOUR)


def test_each_account_is_told_with_its_decisions_their_shares_and_what_was_changed_later(engine: Engine) -> None:
    decided(engine)
    rows = by_account(made(engine))
    officer, leader = rows["officer"], rows["leader"]
    assert (officer["decisions"], officer["explain"], officer["dismiss"], officer["confirm"]) == (3, 1, 2, 0)
    assert (officer["first"], officer["dismiss_share"]) == (3, pytest.approx(2 / 3))
    assert (officer["closing"], officer["undone"], officer["changed"]) == (3, 1, 1)
    assert (officer["changed_share"], officer["unchecked_share"], officer["bulk"]) == (pytest.approx(1 / 3), 1.0, 1)
    # Each lay there for half an hour: since it was found, or since it was explained.
    assert (officer["median_s"], leader["median_s"]) == (1800.0, 1800.0)
    assert (leader["accept"], leader["reopen"], leader["second"], leader["accept_share"]) == (1, 1, 1, 1.0)
    assert (leader["closing"], leader["undone"], leader["first"], leader["dismiss_share"]) == (1, 0, 0, None)
    known = totals(made(engine))
    assert (known["decisions"], known["changed"], known["bulk"]) == ((5, None), (0.25, 4), (1, 5))


def test_what_an_inspection_found_otherwise_counts_once_its_sample_is_closed(engine: Engine) -> None:
    decided(engine)
    inspected(engine, {ABSENT: (DISAGREED,), GAPPED: (AGREED,)}, closed=False)
    assert by_account(made(engine))["officer"]["inspected"] == 0
    inspected(engine, {ABSENT: (DISAGREED,), GAPPED: (AGREED,)})
    rows = by_account(made(engine))
    # The dismissal on one incident was found otherwise, the explanation on the other so; the third is of a session.
    assert (rows["officer"]["inspected"], rows["officer"]["otherwise"], rows["officer"]["changed"]) == (2, 1, 2)
    assert (rows["leader"]["inspected"], rows["leader"]["otherwise"]) == (1, 0)
    assert totals(made(engine))["uninspected-share"] == (0.25, 4)
    # As of a time before the sample was closed nothing of it is known.
    earlier = by_account(made(engine, replace(THEN, as_of=FIRST + 4.5 * HOUR)))
    assert (earlier["officer"]["inspected"], "i1" in earlier) == (0, False)


def test_an_inspection_that_could_not_decide_says_nothing_of_a_decision(engine: Engine) -> None:
    decided(engine)
    inspected(engine, {ABSENT: (UNDECIDED,)})
    assert by_account(made(engine))["officer"]["inspected"] == 0


def test_inspectors_are_compared_with_the_other_person_s_blind_check(engine: Engine) -> None:
    inspected(engine, {ABSENT: (AGREED, DISAGREED), GAPPED: (DISAGREED, DISAGREED)})
    rows = by_account(made(engine))
    one, two = rows["i1"], rows["i2"]
    # Two pairs, one the same; of chance 1/2 · 0 + 1/2 · 1: no agreement beyond it.
    assert (one["checks"], one["pairs"], one["same"], one["kappa"]) == (2, 2, 1, 0.0)
    assert (two["kappa"], two["decisions"], two["changed_share"], two["median_s"]) == (0.0, 0, None, None)


def test_without_a_second_check_there_is_no_kappa_and_it_is_said_why(engine: Engine) -> None:
    inspected(engine, {ABSENT: (AGREED,)})
    row = by_account(made(engine))["i1"]
    assert (row["kappa"], row["kappa_why"], row["checks"]) == (None, "no-pairs", 1)


def test_decisions_of_another_period_are_left_out_but_what_they_change_is_known(engine: Engine) -> None:
    decided(engine)
    with engine.begin() as connection:
        later = (REVIEW_ENTRY.c.finding_key == CHANNEL) & (REVIEW_ENTRY.c.number == 2)
        connection.execute(update(REVIEW_ENTRY).where(later).values(at=FIRST + timedelta(days=10)))
    december = replace(LATER, as_of=FIRST + timedelta(days=11))
    rows = by_account(made(engine, december))
    assert (rows["officer"]["undone"], rows["leader"]["reopen"]) == (1, 0)
    assert by_account(made(engine))["officer"]["undone"] == 0  # not yet
    only = replace(december, period=parse_period("2026-12", ZONE))
    assert {name: row["decisions"] for name, row in by_account(made(engine, only)).items()} == {"leader": 1}


def test_decisions_on_findings_of_other_units_are_nobody_s_business(engine: Engine) -> None:
    decided(engine)
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == GAP).values(unit=OTHER))
    assert by_account(made(engine, replace(LATER, scope=(UNIT,))))["officer"]["decisions"] == 2
    assert by_account(made(engine, replace(LATER, unit=OTHER)))["officer"]["decisions"] == 1
    assert made(engine, replace(LATER, scope=("nowhere",))).rows == ()
