"""The small district seen by two scans: between them footage came for one incident, and people decided on findings."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Table, insert, update

from domain.period import parse_period
from reports.base import Asked
from storage.schema.tables import COVERAGE, EVALUATION, FINDING, RECORD, REVIEW_ENTRY, SCAN
from tests.api import world
from tests.api.world import ABSENT, NOW, UNIT

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, SECOND = NOW, NOW + timedelta(days=1)
"""Times at which one scan, and both, had finished."""
OTHER = "310114020000"
NOVEMBER = parse_period("2026-11", ZONE)
THEN, LATER = Asked(NOVEMBER, FIRST), Asked(NOVEMBER, SECOND)


def build(engine: Engine) -> None:
    """As the first scan left it, with an incident of another unit whose number a spreadsheet would run."""
    world.build(engine)
    with engine.begin() as connection:
        body = {
            "number": "=1+1",
            "unit": OTHER,
            "officers": [],
            "category": "=cmd()",
            "arrived_at": "2026-11-20T20:00+08:00",
        }
        world.record(connection, "incidents", "=1+1", body, OTHER)
        judged = {"kind": "incident", "subject_key": "=1+1", "subject": "=1+1", "unit": OTHER, "result": "unknown"}
        world.add(connection, EVALUATION, **judged, rule_set="r", outcomes=[], recheck_at=None)


def second_scan(engine: Engine) -> None:
    """Footage came: the incident without a recording is compliant now, its finding has ended; one incident is gone."""
    with engine.begin() as connection:
        times = {"started_at": SECOND - timedelta(minutes=9), "finished_at": SECOND - timedelta(minutes=8)}
        values = {"state": "complete", "host": "h", "process": 1, "claimed_until": SECOND, "summary": {}}
        connection.execute(insert(SCAN).values(id=2, **values, **times))
        _end(connection, EVALUATION, EVALUATION.c.subject == ABSENT)
        judged = {"kind": "incident", "subject_key": ABSENT, "subject": ABSENT, "unit": UNIT, "result": "compliant"}
        _since(connection, EVALUATION, **judged, rule_set="r", outcomes=[], recheck_at=None)
        _end(connection, FINDING, FINDING.c.subject == ABSENT)
        _end(connection, RECORD, RECORD.c.key == "=1+1")
        _end(connection, COVERAGE, (COVERAGE.c.number == ABSENT) & (COVERAGE.c.lane == "all"))
        start, half = world.ARRIVED + timedelta(days=1), timedelta(minutes=30)
        lane = {"kind": "incident", "number": ABSENT, "lane": "all", "officer": None, "channel": None}
        whole = {"covered": half, "covered_low": half, "covered_high": half, "gaps": [], "clips": []}
        none = dict.fromkeys(("late", "early", "clock_error"), timedelta(0))
        known = {"started_at": start, "ended_at": start + half, "start_known": "stated", "end_known": "stated"}
        _since(connection, COVERAGE, **lane, **whole, **none, **known)


def _end(connection: Connection, table: Table, condition: Any) -> None:
    connection.execute(update(table).where(condition, table.c.until_scan.is_(None)).values(until_scan=2))


def _since(connection: Connection, table: Table, **values: Any) -> None:
    connection.execute(insert(table).values(since_scan=2, until_scan=None, **values))


def decide(engine: Engine, key: str, action: str, before: str, after: str, number: int = 1) -> None:
    """A person decides half an hour after the first time: the standing version of the finding changes in place."""
    with engine.begin() as connection:
        entry = {"finding_key": key, "number": number, "at": FIRST + number * timedelta(minutes=30)}
        said = {"actor": "account:officer", "role": "officer", "reason": None, "note": "", "bulk": None}
        connection.execute(
            insert(REVIEW_ENTRY).values(
                **entry, **said, action=action, before=before, after=after, attachment=None, attachment_name=None
            )
        )
        standing = (FINDING.c.key == key) & FINDING.c.until_scan.is_(None)
        connection.execute(update(FINDING).where(standing).values(status=after, decision=action, reviews=number))
