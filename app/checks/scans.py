"""What the database tells of the scans: how old the last one is, what it doubted, and what waits to be looked at."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from app.checks.remedies import Trouble
from app.checks.verdict import Verdict, ok, warning
from app.cron import cron_trigger
from app.locations import sqlite_file
from app.schedule_settings import NEVER
from app.settings import Settings
from app.shell import any_database
from domain.errors import BwcError
from domain.wording import say
from storage.scans import refuse_running, store_states
from storage.schema.tables import SCAN
from storage.settings import Use

MISSED = 3
"""So many times of the schedule may pass before a scan is called old: a long one makes up for several."""
BACKLOG = timedelta(days=7)


def check_scans(settings: Settings, now: datetime) -> Iterator[Verdict]:
    """The last scan, its stores, the clock; nothing where there is no database of this schema."""
    from storage.engine import require_current

    if not _there(settings):
        return
    try:
        with any_database(settings, Use.READING) as engine:
            require_current(engine)
            with engine.connect() as connection:
                yield from _last_scan(connection, settings, now)
                yield from _stores(connection)
                yield from _clock(connection, now)
    except BwcError:
        return  # the test of the database says it


def _there(settings: Settings) -> bool:
    file = sqlite_file(settings.database.url)
    return file is None or file.exists()


def _last_scan(connection: Connection, settings: Settings, now: datetime) -> Iterator[Verdict]:
    query = select(SCAN.c.id, SCAN.c.finished_at).where(SCAN.c.state == "complete").order_by(SCAN.c.id.desc())
    last = connection.execute(query.limit(1)).first()
    if last is None:
        yield warning(Trouble.NO_SCAN, "last scan", say("尚未完成过扫描", "no scan has finished yet"))
    else:
        yield _age(last, settings, now)
    yield from _dead(connection, now)


def _age(last: Any, settings: Settings, now: datetime) -> Verdict:
    at: datetime | None = last.finished_at
    shown = f"{last.finished_at.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    for _ in range(MISSED):
        at = at and after(at, settings)
    text = say(f"第 {last.id} 次，{shown} 完成", f"number {last.id}, finished {shown}")
    if at is not None and now > at:
        return warning(Trouble.SCAN_OLD, "last scan", text)
    return ok("last scan", text)


def after(at: datetime, settings: Settings) -> datetime | None:
    """The first time of the schedule after another; None where no scan comes by itself."""
    if settings.schedule.scan == NEVER:
        return None
    trigger = cron_trigger(settings.schedule.scan, settings.zone)
    found: datetime | None = trigger.get_next_fire_time(at, at + timedelta(microseconds=1))
    return found


def _dead(connection: Connection, now: datetime) -> Iterator[Verdict]:
    """A scan that is marked as running and whose process is no more."""
    try:
        dead = refuse_running(connection, now)
    except BwcError:
        return  # one is running, and lives
    for row in dead:
        text = say(f"第 {row.id} 次扫描中断，其进程已不在", f"scan {row.id} was interrupted: its process is no more")
        yield warning(Trouble.SCAN_DEAD, "last scan", text)


def _stores(connection: Connection) -> Iterator[Verdict]:
    for name, state in store_states(connection).items():
        if state.state in ("doubtful", "unreachable"):
            zh, en = f"上次扫描时为 {state.state}", f"{state.state} at the last scan"
            text = say(f"{zh}（{state.detail}）", f"{en} ({state.detail})") if state.detail else say(zh, en)
            yield warning(Trouble.STORE_DOUBTFUL, f"store {name}", text)


def _clock(connection: Connection, now: datetime) -> Iterator[Verdict]:
    """The machine's clock against the last scan, as a scan would judge it."""
    from indexer.pipeline.machine_clock import believe
    from storage.scans import last_scan_at

    doubt = believe(now, last_scan_at(connection)).doubt
    if doubt is not None:
        yield warning(Trouble.CLOCK_BACK, "clock", doubt)


def check_content(settings: Settings, now: datetime | None = None) -> Iterator[Verdict]:
    """What waits to be looked at, since when, and how many checks were ended; nothing before the first scan."""
    from storage.engine import require_current
    from storage.queries import content_state

    if not settings.content.enabled:
        yield ok("content", say("未启用", "switched off"))
        return
    if not _there(settings):
        return
    try:
        with any_database(settings, Use.READING) as engine:
            require_current(engine)
            with engine.connect() as connection:
                state = content_state(connection)
    except BwcError:
        return  # the test of the database says it
    for row in state["waiting"]:
        yield _waiting(row, settings, now or datetime.now(UTC))
    if state["ended"]:
        text = say(f"{state['ended']} 个片段的检测被终止", f"looking at {state['ended']} clip(s) was ended")
        yield warning(Trouble.CONTENT_ENDED, "content", text)
    rate = "—" if state["rate"] is None else f"{state['rate']:.0f}"
    yield ok("content", say(f"检测速度 {rate} 倍实时", f"{rate} hours of media in an hour"))


def _waiting(row: Any, settings: Settings, now: datetime) -> Verdict:
    hours, since = row["media_s"] / 3600, row["oldest_at"].astimezone(settings.zone)
    zh = f"优先级 {row['priority']}：待检测 {row['clips']} 个片段，{hours:.1f} 小时，最早 {since:%Y-%m-%d %H:%M} 起"
    en = f"priority {row['priority']}: {row['clips']} clip(s) wait, {hours:.1f} h, since {since:%Y-%m-%d %H:%M}"
    if now - row["oldest_at"] > BACKLOG:
        return warning(Trouble.CONTENT_BACKLOG, "content", say(zh, en))
    return ok("content", say(zh, en))
