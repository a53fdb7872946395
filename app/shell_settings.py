"""The sections of config.toml that belong to the application itself: schedule, workers, api, notify."""

from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.cron import cron_trigger

MOST_WORKERS = 256


class WorkerKind(StrEnum):
    THREADS = "threads"
    PROCESSES = "processes"
    DASK = "dask"


@dataclass(frozen=True, slots=True)
class ScheduleSettings:
    """`[schedule]`: `scan` is a crontab line in the zone of the first store; `watch` brings scans forward."""

    scan: str = "*/15 * * * *"
    watch: bool = True


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """`[workers]`: `count` 0 means one per processor; `scheduler` is the address of a Dask cluster."""

    kind: WorkerKind = WorkerKind.PROCESSES
    count: int = 0
    scheduler: str | None = None

    def __post_init__(self) -> None:
        if self.count > MOST_WORKERS:
            raise ValueError(f"count: expected at most {MOST_WORKERS}, got {self.count}")


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """`[api]`: port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8000


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """`[notify]`: addresses for notices, in Apprise's form."""

    urls: tuple[str, ...] = ()


def check_schedule(settings: ScheduleSettings, zone: ZoneInfo) -> None:
    """Raises ValueError when the crontab line cannot be understood."""
    cron_trigger(settings.scan, zone)
