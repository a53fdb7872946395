"""`bwc run`: scan at once and then on schedule, and serve the pages and the API; the main job."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from types import FrameType

import click
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.backup_job import Backup
from app.doors import door_settings
from app.first_accounts import first_accounts
from app.full_disk import unheard
from app.jobs import Jobs, Work
from app.live import Live, Turns, scanning_live
from app.notice_jobs import Notices
from app.progress import showing_progress
from app.pushing import understand
from app.report_jobs import report_works
from app.scan_jobs import Scans, shortened
from app.scanning import chosen_stores, log_summary, playing, print_summary, scan_once, still_pictures, tell_unread
from app.scheduler import scheduled
from app.serving import Serving, bind, serving
from app.settings import Settings
from app.shell import Shell, failure_words, one_line, open_database, say, shared_options
from app.supervised import supervised
from app.tables import console_for
from app.timetable import Timed, planned, timetable
from app.trial import desk_of
from app.version import program_version
from domain.errors import ClusterUnavailable
from domain.jobs import Job
from storage.postgres import connection_lost
from storage.scans import ScanRunning, last_finished, newest_scan, refuse_running
from storage.settings import Use

logger = logging.getLogger("bwc.run")


@click.command("run", help="扫描、按时再扫描、提供网页 / Scan on schedule and serve the pages: the main job.")
@shared_options
@click.pass_obj
def run(shell: Shell) -> None:
    settings = shell.settings()
    shell.logs(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    chosen_stores(settings, ())  # none at all must show before a port is opened
    with (
        ending_on_signals(),
        bind(settings.api) as listener,
        open_database(settings, Use.WRITING, create=True) as engine,
        open_database(settings, Use.READING) as reader,  # of its own: nobody who reads must wait for the scan
        open_database(settings, Use.ANSWERING) as pages,
        open_database(settings, Use.DECIDING) as desk,  # what a person was told is done stays done
    ):
        first_accounts(settings, desk)
        serve_and_scan(settings, listener, (engine, reader), (pages, desk))


def serve_and_scan(
    settings: Settings, listener: socket.socket, engines: tuple[Engine, Engine], doors: tuple[Engine, Engine]
) -> None:
    """Answer from the first moment on, scan, and end in order on Ctrl-C.

    `engines`: one that writes, one that only reads. `doors`: one for requests, which give up after a while, and one for
    the decisions of people.
    """
    from api.app import create_app

    stills, proxies, trying = still_pictures(settings), playing(settings), desk_of(settings)
    timed = timetable(settings.schedule, settings.zone, telling=bool(settings.notify.receivers))
    application = create_app(
        *(*doors, door_settings(settings)),
        zone=settings.zone,
        version=program_version(),
        stills=stills,
        proxies=proxies,
        understand=understand,
        desk=trying,
        timetable=partial(planned, timed),
    )
    try:
        with serving(application, listener, settings.api.proxies) as server, supervised(server.address):
            keep_scanning(settings, engines, server, timed)
    except KeyboardInterrupt:
        say("bwc: 已停止 / stopped")
    finally:
        trying.trials.end()
        stills.end()
        proxies.end()


def keep_scanning(settings: Settings, engines: tuple[Engine, Engine], server: Serving, timed: Sequence[Timed]) -> None:
    """The first scan here, with its table and the address; then by schedule until the process is told to end.

    `engines`: one that writes, one that only reads.
    """
    (engine, reader), stop, turns = engines, threading.Event(), Turns()
    scanned = first_scan_or_why(settings, engines, server)
    with unheard():
        print(f"\n打开网页 / open: {server.address}    (Ctrl-C 停止 / stops)", flush=True)

    done = works(settings, engines, turns, stop)
    jobs = Jobs(engine, timed, done, settings.schedule.history_days, reader=reader)
    with scheduled(jobs, settings.zone, stop, at_start=[Job.SCAN]):
        live = Live(settings, engine, turns, stop, partial(jobs.ask, Job.SCAN))
        with scanning_live(live):
            if not scanned:
                jobs.ask(Job.SCAN)
            if settings.content.enabled:
                jobs.ask(Job.SCAN if settings.schedule.content is None else Job.CONTENT)
            while server.alive:
                time.sleep(0.5)
    raise RuntimeError("the server ended by itself; its log lines above say why")


def first_scan_or_why(settings: Settings, engines: tuple[Engine, Engine], server: Serving) -> bool:
    """Whether a first scan is done, here or elsewhere: the schedule must not begin with what was known before.

    A database that goes away meanwhile is waited for: pages say so until then. `engines`: as in `keep_scanning`.
    """
    engine, _ = engines
    try:
        while server.alive and not scanned_here_or_elsewhere(settings, engines, server):
            logger.warning("the other program did not end its scan; it is done here")
        return True
    except ClusterUnavailable as error:  # what is known can be looked at meanwhile
        say(f"bwc: 集群不可用，按时再扫描 / no cluster, scanned again by the clock: {one_line(error)}", logging.WARNING)
        return True
    except SQLAlchemyError as error:
        if not connection_lost(error):
            raise
        say(f"bwc: {failure_words(error)}", logging.ERROR)
    while server.alive and not reachable(engine):
        time.sleep(0.5)
    return False


def scanned_here_or_elsewhere(settings: Settings, engines: tuple[Engine, Engine], server: Serving) -> bool:
    """Scan, or wait for another program that does; False when that one did not end its scan."""
    engine, reader = engines
    try:
        first_scan(settings, engine)
    except ScanRunning as error:
        say(f"bwc: 另一次扫描正在进行，等待其结束 / another scan is running, waited for: {one_line(error)}")
        return ended_elsewhere(reader, server)
    return True


def ended_elsewhere(reader: Engine, server: Serving) -> bool:
    """Wait for the scan of another process: True when it is complete, False when that process died or gave it up."""
    with reader.connect() as connection:
        number: int = newest_scan(connection).id
    while server.alive and still_scanned(reader, number):
        time.sleep(0.5)
    with reader.connect() as connection:
        return (last_finished(connection) or 0) >= number


def still_scanned(reader: Engine, number: int) -> bool:
    """Whether another live process scans, and that scan is not complete: a later one need not be waited for."""
    with reader.connect() as connection:
        try:
            refuse_running(connection, datetime.now(UTC))
        except ScanRunning:
            return (last_finished(connection) or 0) < number
    return False


def reachable(engine: Engine) -> bool:
    """Whether the database answers."""
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
    except SQLAlchemyError:
        return False
    return True


def works(settings: Settings, engines: tuple[Engine, Engine], turns: Turns, stop: threading.Event) -> dict[str, Work]:
    """What every job does, by name. A new kind of job joins here, and in `domain.jobs.Job` and `[schedule]`.

    `engines`: one that writes, one that only reads.
    """
    engine, pages = engines
    scans, told = Scans(settings, engine, turns, stop), Notices(settings, engine, stop, reader=pages)
    return {**scans.works(), **told.works(), **Backup(settings).works(), **report_works(settings, engine, pages)}


def first_scan(settings: Settings, engine: Engine) -> None:
    """What can be told without looking at pictures and sound, at once: that is left to the scan that follows."""
    quick = shortened(settings, content=False, fixity=True)
    with showing_progress(sys.stderr) as progress:
        summary = scan_once(quick, engine, progress, now=datetime.now(UTC))
    log_summary(summary)
    tell_unread(summary)
    with unheard():
        print_summary(console_for(sys.stdout), engine, summary)


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """SIGTERM ends the program as Ctrl-C does: in order, with the server and the schedule stopped."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
