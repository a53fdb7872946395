"""Runs of jobs as rows: one of a kind at a time across processes and machines, each due time once, taken over when
the holder is dead; their history.
"""

import os
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.jobs import BY_THE_CLOCK, JobState
from domain.wording import say
from storage.queries.raws import read, read_first
from storage.scans import process_alive
from storage.schema.tables import JOB_RUN

CLAIM = timedelta(minutes=10)
"""A claim that nobody renewed for so long is a dead one; a dead process of this machine is seen at once."""
AGAIN = (timedelta(minutes=5), timedelta(minutes=30))
"""How long after a failure the same due time is tried again: what stood in the way (a full disk, a database that was
being restarted) is often gone by then, and a report of the month should not wait for the next month."""
STILL_RUNNING = say("上一次尚未结束", "the run before it had not ended")
HAPPENED = JOB_RUN.c.state != JobState.TAKEN_OVER.value


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever runs jobs: a process of a machine."""

    host: str = field(default_factory=socket.gethostname)
    process: int = field(default_factory=os.getpid)


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run. `result`: counts, and under `said` what was done, in words; None unless it is done."""

    id: int
    job: str
    due_at: datetime
    state: JobState
    actor: str
    started_at: datetime | None
    finished_at: datetime | None
    host: str | None
    process: int | None
    result: Mapping[str, Any] | None
    error: str | None

    @property
    def seconds(self) -> float | None:
        """How long it took, None while that is not known."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, (self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: its result where it is done, else why not."""

    state: JobState
    result: Mapping[str, Any] | None
    error: str | None


def claim(connection: Connection, job: str, due_at: datetime, now: datetime, holder: Holder) -> int | None:
    """Begin the run of a due time; None when it was begun before, or when another run of the job lasts (it is then
    noted as skipped). One that failed is begun again after each of the waits of AGAIN."""
    release_dead(connection, now, holder, job)
    failed = _to_be_tried_again(connection, job, due_at, now)
    if failed is None and _known(connection, job, due_at):
        return None
    lasting = select(JOB_RUN.c.id).where(JOB_RUN.c.job == job, JOB_RUN.c.state == JobState.RUNNING.value)
    if connection.execute(lasting).first() is not None:
        note_skipped(connection, job, due_at, now, STILL_RUNNING)
        return None
    if failed is not None:
        again = (JOB_RUN.c.id == failed, JOB_RUN.c.state == JobState.FAILED.value)
        connection.execute(update(JOB_RUN).where(*again).values(state=JobState.TAKEN_OVER.value))
    return _insert(connection, {"job": job, "due_at": due_at, "actor": BY_THE_CLOCK, **_held(now, holder)})


def _to_be_tried_again(connection: Connection, job: str, due_at: datetime, now: datetime) -> int | None:
    """The run of a due time that failed, where it is time for another attempt."""
    mine = (JOB_RUN.c.job == job, JOB_RUN.c.due_at == due_at, JOB_RUN.c.error.is_not(None))
    query = select(JOB_RUN.c.id, JOB_RUN.c.state, JOB_RUN.c.finished_at).where(*mine).order_by(JOB_RUN.c.id.desc())
    failures = connection.execute(query).all()
    if not failures or failures[0].state != JobState.FAILED.value or len(failures) > len(AGAIN):
        return None
    last = failures[0]
    return last.id if last.finished_at + AGAIN[len(failures) - 1] <= now else None


def note_skipped(connection: Connection, job: str, due_at: datetime, now: datetime, why: str) -> None:
    """A due time at which nothing is done, and why; nothing where it is known already."""
    if not _known(connection, job, due_at):
        row = {"job": job, "due_at": due_at, "actor": BY_THE_CLOCK, "state": JobState.SKIPPED.value, "error": why}
        _insert(connection, {**row, "started_at": now, "finished_at": now})


def ask(connection: Connection, job: str, now: datetime, actor: str) -> int:
    """Ask for a run as soon as may be; the number of the one that waits already where there is one."""
    open_ = (JOB_RUN.c.job == job, JOB_RUN.c.state == JobState.WAITING.value)
    waits: int | None = connection.execute(select(JOB_RUN.c.id).where(*open_)).scalar()
    if waits is not None:
        return waits
    row = {"job": job, "due_at": now, "actor": actor, "state": JobState.WAITING.value}
    made = _insert(connection, row)
    if made is None:  # asked for at the very instant of another run: an instant later is as good
        made = _insert(connection, {**row, "due_at": now + timedelta(microseconds=1)})
    assert made is not None
    return made


def asked(connection: Connection) -> list[tuple[int, str]]:
    """(number, job) of the runs that somebody waits for, oldest first: one look into an index."""
    query = select(JOB_RUN.c.id, JOB_RUN.c.job).where(JOB_RUN.c.state == JobState.WAITING.value)
    return [(row.id, row.job) for row in connection.execute(query.order_by(JOB_RUN.c.id)).all()]


def take(connection: Connection, run: int, now: datetime, holder: Holder) -> bool:
    """Begin a run that was asked for; False when another process has begun it, or the job's run before it lasts."""
    job: str = connection.execute(select(JOB_RUN.c.job).where(JOB_RUN.c.id == run)).scalar_one()
    release_dead(connection, now, holder, job)
    mine = update(JOB_RUN).where(JOB_RUN.c.id == run, JOB_RUN.c.state == JobState.WAITING.value)
    try:
        with connection.begin_nested():
            return connection.execute(mine.values(**_held(now, holder))).rowcount == 1
    except IntegrityError:
        return False


def renew(connection: Connection, runs: Collection[int], now: datetime) -> None:
    """Keep the claims on runs alive."""
    running = (JOB_RUN.c.id.in_(list(runs)), JOB_RUN.c.state == JobState.RUNNING.value)
    connection.execute(update(JOB_RUN).where(*running).values(claimed_until=now + CLAIM))


def finish(connection: Connection, run: int, now: datetime, ended: Ended) -> None:
    """Close a run; one that was taken over meanwhile stays so."""
    running = (JOB_RUN.c.id == run, JOB_RUN.c.state == JobState.RUNNING.value)
    result = None if ended.result is None else dict(ended.result)
    values = {"state": ended.state.value, "finished_at": now, "result": result, "error": ended.error}
    connection.execute(update(JOB_RUN).where(*running).values(**values))


def release_dead(connection: Connection, now: datetime, holder: Holder, job: str | None = None) -> list[str]:
    """Mark the runs of dead holders as taken over: of one job or of all. Returns their jobs. See also `release_own`."""
    query = select(JOB_RUN).where(JOB_RUN.c.state == JobState.RUNNING.value)
    rows = read(connection, query if job is None else query.where(JOB_RUN.c.job == job))
    return _release(connection, [row for row in rows if not _alive(row, now, holder)], now)


def release_own(connection: Connection, now: datetime, holder: Holder) -> list[str]:
    """Likewise what an earlier process left that had this one's number on this machine; for when a process begins."""
    mine = (JOB_RUN.c.host == holder.host, JOB_RUN.c.process == holder.process)
    rows = read(connection, select(JOB_RUN).where(JOB_RUN.c.state == JobState.RUNNING.value, *mine))
    return _release(connection, rows, now)


def _release(connection: Connection, rows: Collection[Mapping[str, Any]], now: datetime) -> list[str]:
    values = {"state": JobState.TAKEN_OVER.value, "finished_at": now}
    for row in rows:
        running = (JOB_RUN.c.id == row["id"], JOB_RUN.c.state == JobState.RUNNING.value)
        connection.execute(update(JOB_RUN).where(*running).values(**values))
    return [row["job"] for row in rows]


def _alive(row: Mapping[str, Any], now: datetime, holder: Holder) -> bool:
    """A claim holds while it is renewed; of another process of this machine, while that runs."""
    elsewhere = row["host"] != holder.host or row["process"] == holder.process
    return row["claimed_until"] >= now and (elsewhere or process_alive(row["process"]))


def _held(now: datetime, holder: Holder) -> dict[str, Any]:
    claimed = {"host": holder.host, "process": holder.process, "claimed_until": now + CLAIM}
    return {"state": JobState.RUNNING.value, "started_at": now, **claimed}


def _known(connection: Connection, job: str, due_at: datetime) -> bool:
    query = select(JOB_RUN.c.id).where(JOB_RUN.c.job == job, JOB_RUN.c.due_at == due_at, HAPPENED)
    return connection.execute(query).first() is not None


def _insert(connection: Connection, row: Mapping[str, Any]) -> int | None:
    """The number of the new row, None where another process was first."""
    try:
        with connection.begin_nested():
            return int(connection.execute(insert(JOB_RUN).values(**row).returning(JOB_RUN.c.id)).scalar_one())
    except IntegrityError:
        return None


def ever_known(connection: Connection, job: str) -> bool:
    """Whether the job has any history."""
    return connection.execute(select(JOB_RUN.c.id).where(JOB_RUN.c.job == job).limit(1)).first() is not None


def job_runs(connection: Connection, limit: int = 100, job: str | None = None) -> list[JobRun]:
    """The newest runs, newest first."""
    query = select(JOB_RUN) if job is None else select(JOB_RUN).where(JOB_RUN.c.job == job)
    return [_run(row) for row in read(connection, query.order_by(JOB_RUN.c.id.desc()).limit(limit))]


def last_run(connection: Connection, job: str, *states: JobState) -> JobRun | None:
    """The newest run of a job in one of some states (none named: in any)."""
    query = select(JOB_RUN).where(JOB_RUN.c.job == job).order_by(JOB_RUN.c.id.desc()).limit(1)
    row = read_first(connection, query.where(JOB_RUN.c.state.in_([one.value for one in states])) if states else query)
    return None if row is None else _run(row)


def known_jobs(connection: Connection) -> list[str]:
    """Names of all jobs that have a history, in order."""
    return list(connection.execute(select(JOB_RUN.c.job).distinct().order_by(JOB_RUN.c.job)).scalars())


def run_counts(connection: Connection, state: JobState) -> dict[str, int]:
    """How many runs in a state the history holds, by job."""
    query: Select[Any] = select(JOB_RUN.c.job, func.count()).where(JOB_RUN.c.state == state.value)
    return {row[0]: row[1] for row in connection.execute(query.group_by(JOB_RUN.c.job)).all()}


def prune(connection: Connection, before: datetime) -> None:
    """Forget runs that were due before an instant; what waits or runs stays, and the last time of each job that its
    schedule knows: else it would be due again."""
    last = select(func.max(JOB_RUN.c.id)).where(JOB_RUN.c.actor == BY_THE_CLOCK).group_by(JOB_RUN.c.job)
    ended = (JOB_RUN.c.finished_at.is_not(None), JOB_RUN.c.due_at < before, JOB_RUN.c.id.not_in(last))
    connection.execute(delete(JOB_RUN).where(*ended))


def _run(row: Mapping[str, Any]) -> JobRun:
    names = ("id", "job", "due_at", "actor", "started_at", "finished_at", "host", "process", "result", "error")
    return JobRun(state=JobState(row["state"]), **{name: row[name] for name in names})
