"""Samples in the database: what is drawn, what is kept with it, who sees it, and that it can be drawn again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from domain.activity import ActivityKind
from domain.errors import UsageError
from domain.inspection import Check, CheckVerdict, Choice, SelfCheck, Stratify
from domain.sampling import rank
from domain.timespan import utc
from storage.engine import DatabaseSettings, open_engine
from storage.queries import Filters
from storage.queries.inspected import Reached, officers_reached, units_reached
from storage.queries.populations import Wanted
from storage.sampling import (
    ChangedMeanwhile,
    Plan,
    close_sample,
    draw_sample,
    items_of,
    keep_check,
    progress,
    prospect,
    replayed,
    sample_of,
    samples,
)
from storage.schema.tables import EVALUATION, FINDING, SAMPLE, SAMPLE_ITEM
from tests.api import world
from tests.api.world import ABSENT, GAPPED, NOW, SESSION, UNIT
from tests.databases import migrate

pytestmark = pytest.mark.slow

OTHER = "310114020000"
MONTH = Wanted(ActivityKind.INCIDENT, utc(2026, 11, 1), utc(2026, 12, 1))
PLAN = Plan("月度抽查", "2026-11", 4)
FINE = tuple(f"JQ2026111{number:04}" for number in range(8))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The small district, and eight compliant incidents: six of its station, two of another."""
    engine = open_engine(DatabaseSettings(database_url))
    migrate(engine)
    world.build(engine)
    with engine.begin() as connection:
        for at, number in enumerate(FINE):
            unit = UNIT if at < 6 else OTHER
            start = world.ARRIVED - timedelta(days=5, hours=-at)
            officers = ["031021", "031063"] if at % 2 else ["031063"]
            body = {"number": number, "unit": unit, "officers": officers, "arrived_at": start.isoformat()}
            world.record(connection, "incidents", number, body, unit)
            world.coverage(connection, "incident", number, f"officer:{officers[0]}", start)
            key = {"kind": "incident", "subject_key": number, "subject": number, "unit": unit, "result": "compliant"}
            world.add(connection, EVALUATION, **key, rule_set="r", outcomes=[], recheck_at=None)
    yield engine
    engine.dispose()


def keys(engine: Engine, wanted: Wanted) -> list[str]:
    with engine.connect() as connection:
        return [member.key for member in prospect(connection, wanted, PLAN).members]


def test_a_population_holds_the_activities_of_period_units_and_result(engine: Engine) -> None:
    assert keys(engine, MONTH) == sorted([*FINE, GAPPED, ABSENT])
    assert keys(engine, replace(MONTH, until=utc(2026, 11, 20))) == list(FINE)
    assert keys(engine, replace(MONTH, choice=Choice.COMPLIANT)) == list(FINE)
    assert keys(engine, replace(MONTH, choice=Choice.NONCOMPLIANT)) == [GAPPED, ABSENT]
    assert keys(engine, replace(MONTH, unit=OTHER)) == list(FINE[6:])
    assert keys(engine, replace(MONTH, unit=OTHER, scope=(UNIT,))) == []
    assert keys(engine, replace(MONTH, kind=ActivityKind.SESSION)) == [SESSION]


def test_what_was_dismissed_or_explained_can_be_chosen_also_on_a_linked_clip(engine: Engine) -> None:
    assert keys(engine, replace(MONTH, choice=Choice.DISMISSED)) == []
    with engine.begin() as connection:
        connection.execute(update(FINDING).where(FINDING.c.key == "b" * 16).values(status="explained"))
        connection.execute(update(FINDING).where(FINDING.c.key == "d" * 16).values(status="dismissed"))
    assert keys(engine, replace(MONTH, choice=Choice.EXPLAINED)) == [ABSENT]
    assert keys(engine, replace(MONTH, choice=Choice.DISMISSED)) == [GAPPED]  # finding d is on a clip linked to it


@pytest.mark.parametrize(
    ("by", "strata"),
    [
        (Stratify.NONE, {"": 10}),
        (Stratify.UNIT, {UNIT: 8, OTHER: 2}),
        (Stratify.RESULT, {"compliant": 8, "noncompliant": 2}),
        (Stratify.FLAG, {"": 8, "missing": 1, "incomplete": 1}),
        (Stratify.OFFICER, {"031021": 5, "031063": 4, "031077": 1}),
    ],
)
def test_strata_part_the_population_by_what_was_chosen(engine: Engine, by: Stratify, strata: dict[str, int]) -> None:
    with engine.connect() as connection:
        found = prospect(connection, replace(MONTH, by=by), PLAN)
    assert {stratum.name: stratum.population for stratum in found.strata} == strata
    assert found.drawn == 4


def test_the_draw_is_that_of_the_seed_and_can_be_made_again(engine: Engine) -> None:
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, PLAN, "account:inspector", NOW)
        drawn = [item.subject for item in items_of(connection, made.id)]
        assert drawn == sorted([*FINE, GAPPED, ABSENT], key=lambda key: rank("2026-11", key))[:4]
        assert replayed(connection, made).same
        assert prospect(connection, MONTH, PLAN).earlier == 1


def test_an_item_put_in_by_hand_does_not_survive_drawing_again(engine: Engine) -> None:
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, PLAN, "account:inspector", NOW)
        first = (SAMPLE_ITEM.c.sample_id == made.id) & (SAMPLE_ITEM.c.position == 1)
        connection.execute(update(SAMPLE_ITEM).where(first).values(subject="JQ-chosen"))
        assert (replayed(connection, made).population, replayed(connection, made).drawn) == (True, False)


def test_a_population_changed_afterwards_no_longer_gives_its_digest(engine: Engine) -> None:
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, PLAN, "account:inspector", NOW)
        changed = {"size": 10, "digest": made.digest, "conditions": dict(made.conditions), "members": {"": [GAPPED]}}
        connection.execute(update(SAMPLE).values(population=changed))
        assert not replayed(connection, made).population


def test_what_was_said_is_frozen_with_the_draw(engine: Engine) -> None:
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, replace(PLAN, size=10), "account:inspector", NOW)
        connection.execute(update(FINDING).values(status="dismissed"))
        said = {item.subject: item.frozen for item in items_of(connection, made.id)}
    assert said[GAPPED]["result"] == "noncompliant"
    assert [(one["rule"], one["status"]) for one in said[GAPPED]["findings"]] == [
        ("incomplete.gap", "open"),
        ("nonstandard.name", "open"),
    ]
    assert said[GAPPED]["self_check"] == "open"
    assert said[FINE[0]]["self_check"] == SelfCheck.FINE
    assert said[FINE[1]]["officers"] == ["031021", "031063"]


def test_a_draw_is_refused_without_members_seed_or_the_population_that_was_shown(engine: Engine) -> None:
    with engine.begin() as connection:
        with pytest.raises(UsageError, match="empty"):
            draw_sample(connection, replace(MONTH, unit="nowhere"), PLAN, "account:inspector", NOW)
        with pytest.raises(UsageError, match="seed"):
            draw_sample(connection, MONTH, replace(PLAN, seed=" "), "account:inspector", NOW)
        with pytest.raises(ChangedMeanwhile):
            draw_sample(connection, MONTH, PLAN, "account:inspector", NOW, expected="0" * 64)
        assert samples(connection, None) == []


def test_a_sample_is_seen_by_those_who_see_all_its_units(engine: Engine) -> None:
    with engine.begin() as connection:
        whole = draw_sample(connection, MONTH, PLAN, "account:city", NOW)
        own = draw_sample(connection, replace(MONTH, scope=(UNIT,)), PLAN, "account:inspector", NOW)
    with engine.connect() as connection:
        assert [one.id for one in samples(connection, None)] == [own.id, whole.id]
        assert [one.id for one in samples(connection, frozenset({UNIT, "x"}))] == [own.id]
        assert samples(connection, frozenset({OTHER})) == []
        assert samples(connection, frozenset()) == []


def test_of_two_checks_of_one_round_the_second_is_refused(engine: Engine) -> None:
    check = Check(1, NOW, "account:a", CheckVerdict.AGREED, False, "whole clip watched")
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, PLAN, "account:a", NOW)
        item = items_of(connection, made.id, 1)[0]
        keep_check(connection, item, check)
    with pytest.raises(ChangedMeanwhile), engine.begin() as connection:
        keep_check(connection, item, replace(check, actor="account:b"))
    with engine.connect() as connection:
        assert items_of(connection, made.id, 1)[0].checks == (check,)
        assert progress(connection) == {made.id: (1, 0)}


def test_a_sample_is_closed_once(engine: Engine) -> None:
    with engine.begin() as connection:
        made = draw_sample(connection, MONTH, PLAN, "account:a", NOW)
        assert close_sample(connection, made.id, NOW)
        assert not close_sample(connection, made.id, NOW + timedelta(days=1))
        closed = sample_of(connection, made.id)
    assert closed is not None
    assert closed.closed_at == NOW


def test_who_was_never_drawn_is_told_with_how_much_there_was(engine: Engine) -> None:
    month = Filters(since=MONTH.since, until=MONTH.until)
    with engine.begin() as connection:
        only = replace(MONTH, unit=OTHER)
        draw_sample(connection, only, replace(PLAN, size=2), "account:a", NOW)
        draw_sample(connection, only, replace(PLAN, size=2), "account:a", NOW)  # the same two: counted once
        officers = officers_reached(connection, month)
        # 031063 was first named in 4 of the 8 and in the incident with the gap; one of the two drawn is theirs.
        assert officers == [Reached("031077", 1, 0), Reached("031021", 5, 1), Reached("031063", 5, 1)]
        assert units_reached(connection, month) == [Reached(UNIT, 9, 0), Reached(OTHER, 2, 2)]
        assert units_reached(connection, replace(month, scope=(UNIT,))) == [Reached(UNIT, 9, 0)]
        assert [one.key for one in officers_reached(connection, replace(month, scope=(OTHER,)))] == ["031021", "031063"]
