"""A back-test says what a scan with other limits would say, and leaves no trace of itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, update

from detectors.limits import Limits
from domain.finding import Flag
from indexer.linking import LinkingLimits
from indexer.pipeline import ScanPlan, Silent
from indexer.pipeline.backtest import Comparison, Effect, backtest
from indexer.pipeline.backtest_scope import scope_of
from storage.scans import last_finished
from storage.schema import metadata
from storage.schema.tables import FINDING, LINK, SCAN, WINDOW
from storage.scratch import scratch_copy
from storage.versions import current
from tests.builders import House, clip_name, film, incident, one_call, registers
from tests.scanning import MORNING, new_engine, plan_of, scan_once

pytestmark = [pytest.mark.slow, pytest.mark.long]

HOUR = timedelta(hours=1)
JUDGED = ("incident", "session", "clip", "device")
CALL = clip_name("1100001", "031021", "08:11:30")


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House.new(tmp_path / "house", database_url)
    yield house
    house.engine.dispose()


def compare(
    engine: Engine, plan: ScanPlan, varied: ScanPlan, folder: Path, *, days: int = 30, progress: Any = None
) -> Comparison:
    """The two plans on a copy of what the last scan left, at the time of the sample week."""
    with engine.connect() as connection:
        number = last_finished(connection)
        assert number is not None
        copy = scratch_copy(connection, number, folder)
    with copy.connect() as connection:
        scope = scope_of(connection, MORNING, days)
    found = backtest(copy, plan, varied, scope, progress or Silent())
    copy.dispose()
    return found


def with_limits(plan: ScanPlan, **limits: Any) -> ScanPlan:
    return replace(plan, limits=Limits.from_mapping(limits))


def everything(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {table.name: list(connection.execute(select(table)).all()) for table in metadata.sorted_tables}


def ends_early(house: House) -> None:
    """One call of twenty minutes, recorded until 100 s before its finish: fine by the default limit of 120 s."""
    one_call(house)
    house.feed("110", house.feeds["110"].kind, [incident("JQ1", "031021", "08:12:00", "08:32:00")])
    house.put(CALL, film(1130, "ends 100 s before the finish"))
    house.scan(MORNING)


def test_a_finding_appears_under_a_stricter_limit(house: House, tmp_path: Path) -> None:
    ends_early(house)
    found = compare(house.engine, house.plan, with_limits(house.plan, early_end_seconds=60), tmp_path)
    (one,) = found.differences
    assert (one.what, one.effect, one.rule, one.subject) == ("finding", Effect.APPEARS, "incomplete.early-end", "JQ1")
    assert one.before is None
    assert one.after is not None
    assert one.after["measured"]["early_s"] == 100.0
    assert found.flags[Flag.INCOMPLETE] == (0, 1)
    assert found.counts() == {"incomplete.early-end": {"appears": 1, "vanishes": 0, "changes": 0}}


def test_it_vanishes_under_a_laxer_one_and_changes_where_only_the_figures_do(house: House, tmp_path: Path) -> None:
    ends_early(house)
    strict = with_limits(house.plan, early_end_seconds=60)
    (one,) = compare(house.engine, strict, house.plan, tmp_path).differences
    assert (one.effect, one.after) == (Effect.VANISHES, None)
    (tmp_path / "second").mkdir()
    stricter = with_limits(house.plan, early_end_seconds=75)
    (other,) = compare(house.engine, strict, stricter, tmp_path / "second").differences
    assert other.effect is Effect.CHANGES
    assert (other.before, other.after) == ({"measured": {"allowed_s": 60.0}}, {"measured": {"allowed_s": 75.0}})


def test_the_same_limits_change_nothing_though_time_has_passed(house: House, tmp_path: Path) -> None:
    one_call(house)
    (house.root() / CALL).unlink()
    house.put(clip_name("1100001", "031021", "16:00:00", 9), film(20, "elsewhere"))
    house.scan(MORNING.replace(day=20, hour=13))  # everything is pending
    found = compare(house.engine, house.plan, house.plan, tmp_path)
    assert found.differences == ()
    assert found.flags[Flag.MISSING] == (0, 0)  # a week later nobody has looked since the time for upload ended
    house.scan(MORNING)
    (tmp_path / "looked").mkdir()
    found = compare(house.engine, house.plan, house.plan, tmp_path / "looked")
    assert (found.differences, found.flags[Flag.MISSING]) == ((), (1, 1))


def test_estimated_windows_move_with_the_limits_that_estimate_them(house: House, tmp_path: Path) -> None:
    one_call(house)
    call = {**incident("JQ1", "031021", "08:12:00", "08:30:00"), "arrived_at": ""}
    house.feed("110", house.feeds["110"].kind, [call])
    house.put(CALL, film(150, "before and after an arrival that nobody entered"))
    house.scan(MORNING)
    # Dispatched at 08:07:00, filmed from 08:11:30 to 08:14:00. By 480 s of travel that was on the way and may have been
    # all; by 120 s they were there from 08:09 on, and the film ends 16 minutes too early.
    found = compare(house.engine, house.plan, with_limits(house.plan, typical_travel_seconds=120), tmp_path)
    assert ("incomplete.early-end", Effect.APPEARS) in {(one.rule, one.effect) for one in found.differences}


def test_only_the_last_days_are_looked_at(house: House, tmp_path: Path) -> None:
    ends_early(house)
    strict = with_limits(house.plan, early_end_seconds=60)
    assert compare(house.engine, house.plan, strict, tmp_path, days=7).subjects == 0  # it is 7 days and 28 min ago
    (tmp_path / "second").mkdir()
    assert len(compare(house.engine, house.plan, strict, tmp_path / "second", days=8).differences) == 1


def test_the_database_is_asked_and_nothing_else(house: House, tmp_path: Path) -> None:
    ends_early(house)
    before, said = everything(house.engine), []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement.split()[0].upper())

    event.listen(house.engine, "before_cursor_execute", note)
    compare(house.engine, house.plan, with_limits(house.plan, early_end_seconds=60), tmp_path)
    event.remove(house.engine, "before_cursor_execute", note)
    assert set(said) <= {"SELECT", "BEGIN"}
    assert everything(house.engine) == before


class Scanner(Silent):
    """Writes to the database at every step of the back-test, as a scan that runs meanwhile would."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.written = engine, 0

    def step(self, name: str, total: int | None) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(SCAN).values(host=f"{name} {total}"))
        self.written += 1


def test_a_scan_can_write_while_limits_are_tried(house: House, tmp_path: Path) -> None:
    ends_early(house)
    meanwhile = Scanner(house.engine)
    compare(house.engine, house.plan, house.plan, tmp_path, progress=meanwhile)
    assert meanwhile.written == 8  # four steps of two runs


def test_what_a_running_scan_has_begun_to_change_is_not_mixed_in(house: House, tmp_path: Path) -> None:
    ends_early(house)
    with house.engine.begin() as connection:
        values = {"state": "running", "started_at": MORNING, "host": "h", "process": 1, "claimed_until": MORNING}
        connection.execute(insert(SCAN).values(**values))
        for table in (WINDOW, LINK):
            connection.execute(update(table).values(until_scan=2))
    found = compare(house.engine, house.plan, with_limits(house.plan, early_end_seconds=60), tmp_path)
    assert [one.rule for one in found.differences] == ["incomplete.early-end"]


def test_a_camera_is_judged_by_other_limits_too(house: House, tmp_path: Path) -> None:
    registers(house, {f"110000{n}": f"03102{n}" for n in range(1, 4)})
    one_call(house)
    house.scan(MORNING)
    found = compare(house.engine, house.plan, with_limits(house.plan, recorder_width=1920), tmp_path)
    assert [(one.rule, one.effect) for one in found.differences] == [("nonstandard.picture-quality", Effect.APPEARS)]


def now_found(engine: Engine) -> tuple[dict[Any, Mapping[str, Any]], dict[Any, Mapping[str, Any]]]:
    """Findings by key, and links that are made or proposed, as they stand."""
    with engine.connect() as connection:
        query = select(FINDING).where(current(FINDING), FINDING.c.kind.in_(JUDGED))
        told = ("severity", "result", "measured", "rule", "subject")
        findings = {row["key"]: {name: row[name] for name in told} for row in connection.execute(query).mappings()}
        some = select(LINK).where(current(LINK), LINK.c.status != "rejected")
        key, told = ("kind", "number", "file_id", "party"), ("status", "basis", "score", "officer")
        links = {
            tuple(row[name] for name in key): {name: row[name] for name in told}
            for row in connection.execute(some).mappings()
        }
    return findings, links


def effects(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> dict[Any, str]:
    """What became of each, by plain comparison."""
    found = dict.fromkeys(after.keys() - before.keys(), "appears")
    found |= dict.fromkeys(before.keys() - after.keys(), "vanishes")
    return found | {key: "changes" for key in before.keys() & after.keys() if before[key] != after[key]}


@pytest.mark.parametrize(
    "varied",
    [
        {"limits": {"late_start_warn_seconds": 90.0, "gap_fail_seconds": 3.0, "coverage_warn_ratio": 0.99}},
        {"limits": {"recorder_width": 1920, "clock_warn_seconds": 2.0, "unlinked_hours": 500.0, "sync_seconds": 0.1}},
        {"limits": {"typical_travel_seconds": 60.0, "typical_stay_seconds": 2000.0}},
        {"linking": {"link_score": 0.95}},
    ],
)
def test_it_says_of_the_sample_day_what_a_scan_with_these_limits_says(
    own_sample_day: Path, tmp_path: Path, varied: dict[str, dict[str, Any]]
) -> None:
    engine, plan = new_engine(f"sqlite:///{tmp_path}/real.db"), plan_of(own_sample_day)
    kinds = {"limits": Limits, "linking": LinkingLimits}
    other = replace(plan, **{name: kinds[name](**values) for name, values in varied.items()})
    plan = replace(plan, **{name: kinds[name]() for name in varied})
    scan_once(engine, plan, MORNING)
    findings, links = now_found(engine)
    found = compare(engine, plan, other, tmp_path)
    scan_once(engine, other, MORNING)
    findings_then, links_then = now_found(engine)
    engine.dispose()
    said = {one.id: one.effect.value for one in found.differences if one.what == "finding"}
    assert said == effects(findings, findings_then)
    told = sorted((one.kind, one.subject, one.effect.value) for one in found.differences if one.what == "link")
    assert told == sorted((kind, number, what) for (kind, number, *_), what in effects(links, links_then).items())
    assert said or told, "limits that change something"
    assert found.failed == ()
