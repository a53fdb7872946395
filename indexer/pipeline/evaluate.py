"""Judge every subject whose facts, rules or time limits changed, and keep what was concluded.

A batch of subjects at a time: judged here or by a worker (`judge`, `judge_worker`), written here, in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from detectors import RULES
from domain.audit import Entry
from domain.finding import Flag, SubjectKind
from indexer.pipeline.drain import AHEAD, blocks
from indexer.pipeline.facts_base import Gathering
from indexer.pipeline.isolate import leave_out
from indexer.pipeline.judge import Judgement, conclude, load
from indexer.pipeline.judge_worker import Judges
from indexer.pipeline.plan import Scanning, fingerprint
from indexer.pipeline.subjects import ORDER, STEP, mark_of, named, queue_subjects
from storage import findings, work
from storage.audit import append
from storage.verdicts import Judged
from storage.work import Batch

BATCH = 400


def evaluate(scan: Scanning) -> int:
    """Empty the queue of subjects; returns how many were judged."""
    judged = Judged(scan.now, _rule_set(scan), _deadlines(scan))
    with scan.transaction() as connection:
        gathering = Gathering.begin(connection, scan.plan, scan.now)
        marks = queue_subjects(connection, gathering, judged.rule_set)
    return judge_all(scan, gathering, judged, marks) if marks else 0


def judge_all(scan: Scanning, gathering: Gathering, judged: Judged, marks: int) -> int:
    """Judge every subject that the queue names, kind by kind, and write what came of it, a transaction a batch.

    Returns how many subjects that were.
    """
    scan.progress.step(STEP, marks)
    with scan.transaction() as connection:
        upto = work.newest(connection, STEP)
    count = 0
    with Judges(scan, judged, marks) as judges:
        for batch, found in (one for kind in ORDER for one in _batches(scan, judges, kind, upto)):
            count += _keep(scan, gathering, judged, batch, found)
    return count


def _keep(scan: Scanning, gathering: Gathering, judged: Judged, batch: Batch, found: Sequence[Judgement] | None) -> int:
    """Write what came of a batch, judged here unless a worker has; returns of how many subjects."""
    with scan.transaction() as connection:
        if found is None:
            found = conclude(gathering, load(connection, gathering, named(batch)), judged)
        _write(connection, scan, found)
        work.clear(connection, batch.ids)
    scan.progress.advance(len(batch.ids))
    return len(found)


def _batches(
    scan: Scanning, judges: Judges, kind: SubjectKind, upto: int
) -> Iterator[tuple[Batch, list[Judgement] | None]]:
    for block in blocks(scan, STEP, upto, ahead=AHEAD, by_subject=True, prefix=f"{kind.value}:"):
        yield from judges.ahead(block.of_subjects(BATCH))


def _rule_set(scan: Scanning) -> str:
    rules = sorted(f"{rule.id}/{rule.version}" for rule in RULES)
    return fingerprint(rules, scan.plan.limits, scan.plan.exclusions)


def _deadlines(scan: Scanning) -> dict[str, datetime]:
    """Missing and incomplete: the same day; others: within the week (`review-pages.md`)."""
    zone = ZoneInfo(scan.plan.timezone)
    today = scan.now.astimezone(zone).date()
    day = datetime.combine(today + timedelta(days=1), time(), zone)
    week = datetime.combine(today + timedelta(days=7 - today.weekday()), time(), zone)
    return {Flag.MISSING: day, Flag.INCOMPLETE: day, Flag.NONSTANDARD: week}


def _write(connection: Connection, scan: Scanning, found: Sequence[Judgement]) -> None:
    """Keep what came of a batch; a subject that is no more is withdrawn."""
    entries: list[Entry] = []
    for kind, some in groupby(found, key=lambda one: one.kind):
        entries += _write_kind(connection, scan, kind, list(some))
    # Last: from here on whoever else writes to the log waits, and nothing may wait for them.
    if entries:
        append(connection, scan.instant, entries)


def _write_kind(connection: Connection, scan: Scanning, kind: SubjectKind, some: Iterable[Judgement]) -> list[Entry]:
    """Returns what the log shall say."""
    verdicts, done = {}, []
    for one in some:
        mark = mark_of((kind, one.key))
        if one.fault is not None:
            leave_out(connection, scan, STEP, [mark], one.fault)
            continue
        verdicts[one.stable] = one.rows
        done.append(mark.subject)
    entries = findings.write_verdicts(connection, kind, verdicts, scan.number)
    work.succeed(connection, STEP, done)
    return entries
