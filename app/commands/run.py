"""`bwc run`: scan at once and then on schedule, and serve the pages and the API; the main job."""

import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import FrameType

import click
from sqlalchemy import Engine

from app.doors import door_settings
from app.first_accounts import first_accounts
from app.live import Live, Turns, scanning_live
from app.progress import showing_progress
from app.pushing import understand
from app.scanning import chosen_stores, log_summary, playing, print_summary, scan_once, still_pictures, tell_unread
from app.scheduler import run_soon, scheduled
from app.serving import Serving, bind, serving
from app.settings import Settings
from app.shell import Shell, one_line, open_database, say, shared_options
from app.supervised import supervised
from app.tables import console_for
from app.trial import desk_of
from app.version import program_version
from storage.scans import ScanRunning

logger = logging.getLogger("bwc.run")


@click.command("run", help="扫描、按时再扫描、提供网页 / Scan on schedule and serve the pages: the main job.")
@shared_options
@click.pass_obj
def run(shell: Shell) -> None:
    settings = shell.settings()
    shell.logs(logging.WARNING if sys.stderr.isatty() else logging.INFO)
    warn_of_notices(settings)
    chosen_stores(settings, ())  # none at all must show before a port is opened
    with (
        ending_on_signals(),
        bind(settings.api) as listener,
        open_database(settings, readonly=False, create=True) as engine,
        open_database(settings, readonly=True) as pages,  # its own: pages must never wait for the scan
    ):
        first_accounts(settings, engine)
        serve_and_scan(settings, listener, engine, pages)


def serve_and_scan(settings: Settings, listener: socket.socket, engine: Engine, pages: Engine) -> None:
    """Answer from the first moment on, scan, and end in order on Ctrl-C."""
    from api.app import create_app

    stills, proxies, desk = still_pictures(settings), playing(settings), desk_of(settings)
    application = create_app(
        *(pages, engine, door_settings(settings)),
        zone=settings.zone,
        version=program_version(),
        stills=stills,
        proxies=proxies,
        understand=understand,
        desk=desk,
    )
    try:
        with serving(application, listener, settings.api.proxies) as server, supervised(server.address):
            keep_scanning(settings, engine, server)
    except KeyboardInterrupt:
        say("bwc: 已停止 / stopped")
    finally:
        desk.trials.end()
        stills.end()
        proxies.end()


def keep_scanning(settings: Settings, engine: Engine, server: Serving) -> None:
    """The first scan here, with its table and the address; then by schedule until the process is told to end."""
    stop = threading.Event()
    try:
        first_scan(settings, engine)
    except ScanRunning as error:
        say(f"bwc: 另一次扫描正在进行 / another scan is running: {one_line(error)}")
    print(f"\n打开网页 / open: {server.address}    (Ctrl-C 停止 / stops)", flush=True)

    turns = Turns()

    def again() -> None:
        with turns.lock, showing_progress(sys.stderr, stop) as progress:
            now, hurried = datetime.now(UTC), turns.hurried
            summary = scan_once(settings, engine, progress, now=now, hurried=hurried)
        log_summary(summary)

    with scheduled(settings.schedule, settings.zone, again, stop) as scheduler:
        live = Live(settings, engine, turns, stop, partial(run_soon, scheduler))
        with scanning_live(live):
            if settings.content.enabled:
                run_soon(scheduler)
            while server.alive:
                time.sleep(0.5)
    raise RuntimeError("the server ended by itself; its log lines above say why")


def first_scan(settings: Settings, engine: Engine) -> None:
    """What can be told without looking at pictures and sound, at once: that is left to the scan that follows."""
    settings = replace(settings, content=replace(settings.content, minutes_per_scan=0.0))
    with showing_progress(sys.stderr) as progress:
        summary = scan_once(settings, engine, progress, now=datetime.now(UTC))
    log_summary(summary)
    tell_unread(summary)
    print_summary(console_for(sys.stdout), engine, summary)


def warn_of_notices(settings: Settings) -> None:
    if settings.notify.urls:
        logger.warning("[notify] urls: notices are not sent in this version", extra={"urls": len(settings.notify.urls)})


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
