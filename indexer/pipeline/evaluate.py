"""Judge every subject whose facts, rules or time limits changed, and keep what was concluded.

A batch of subjects at a time: judged here or by a worker (`judge`, `judge_worker`), written here, in order.
"""

from collections.abc import Iterable, Sequence
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
from indexer.pipeline.subjects import Subject, mark_of, named, subjects_of
from storage import findings, work
from storage.audit import append
from storage.verdicts import Judged

BATCH = 400


def evaluate(scan: Scanning) -> int:
    """Empty the queue of subjects; returns how many were judged."""
    judged = Judged(scan.now, _rule_set(scan), _deadlines(scan))
    with scan.transaction() as connection:
        gathering = Gathering.begin(connection, scan.plan, scan.now)
        subjects = _queue_subjects(connection, gathering, judged)
    if subjects:
        judge_all(scan, gathering, judged, len(subjects))
    return len(subjects)


def judge_all(scan: Scanning, gathering: Gathering, judged: Judged, count: int) -> None:
    """Judge every subject that the queue names, and write what came of it, a transaction a batch."""
    judges = Judges(scan, judged, count)
    batches = (batch for block in blocks(scan, "evaluate", ahead=AHEAD) for batch in judges.ahead(block.parts(BATCH)))
    for batch, found in batches:
        with scan.transaction() as connection:
            if found is None:
                found = conclude(gathering, load(connection, gathering, named(batch)), judged)
            _write(connection, scan, found)
            work.clear(connection, batch.ids)
        scan.progress.advance(len(batch.ids))


def _queue_subjects(connection: Connection, gathering: Gathering, judged: Judged) -> list[Subject]:
    """From here on the queue names subjects alone, so that a killed scan goes on where it stopped."""
    upto = work.newest(connection, "evaluate")
    subjects = subjects_of(connection, gathering, work.distinct(connection, "evaluate", upto), judged.rule_set)
    work.clear_upto(connection, "evaluate", upto)
    work.mark(connection, "evaluate", map(mark_of, subjects))
    return subjects


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
            leave_out(connection, scan, "evaluate", [mark], one.fault)
            continue
        verdicts[one.stable] = one.rows
        done.append(mark.subject)
    entries = findings.write_verdicts(connection, kind, verdicts, scan.number)
    work.succeed(connection, "evaluate", done)
    return entries
