"""Scans by the clock: one at a time, missed ones made up for by one, a failed one tried again next time."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from app.cron import cron_trigger
from app.progress import ScanStopped
from app.shell import driver_words, one_line
from app.shell_settings import ScheduleSettings
from domain.errors import BwcError

logger = logging.getLogger("bwc.schedule")


@contextmanager
def scheduled(
    settings: ScheduleSettings, zone: ZoneInfo, scan: Callable[[], None], stop: threading.Event
) -> Iterator[BackgroundScheduler]:
    """Scan by schedule until the block is left; then `stop` is set and the running scan is waited for."""
    scheduler = BackgroundScheduler(timezone=zone)
    scheduler.add_job(
        guarded(scan),
        cron_trigger(settings.scan, zone),
        id="scan",
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    try:
        yield scheduler
    finally:
        stop.set()
        scheduler.shutdown(wait=True)


def run_soon(scheduler: BackgroundScheduler) -> None:
    """Have the scan of the schedule run now; its times stay as they are."""
    scheduler.modify_job("scan", next_run_time=datetime.now(scheduler.timezone))


def guarded(scan: Callable[[], None]) -> Callable[[], None]:
    """A scan whose foreseen failures are log lines; what nobody foresaw is logged by the scheduler with its trace."""

    def job() -> None:
        try:
            scan()
        except ScanStopped:
            logger.info("scan stopped; the next one goes on where it ended")
        except (BwcError, OSError) as error:
            logger.error("scan failed; it is tried again at the next time", extra={"reason": one_line(error)})
        except SQLAlchemyError as error:
            logger.error("the database failed; it is tried again", extra={"reason": driver_words(error)})

    return job
