"""One scan from settings: the plan, the executor, the pipeline; and what is said afterwards."""

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from sqlalchemy import Engine

from app.effective import effective
from app.sections import closest
from app.settings import Settings
from app.shell import Exit, say
from app.workers import build_executor
from domain.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from indexer.pipeline import ScanSummary
    from indexer.pipeline.plan import Progress, ScanPlan
    from indexer.proxies import Proxies
    from indexer.still_cache import StillCache
    from indexer.stills import Stills

logger = logging.getLogger("bwc.scan")


def chosen_stores(settings: Settings, names: Sequence[str], besides: Sequence[str] = ()) -> frozenset[str]:
    """The stores asked for; empty means all. Raises UsageError for an unknown name, ConfigError for none at all.

    `besides`: words that may be given like names of stores.
    """
    if not settings.stores:
        raise ConfigError(f"{settings.file.name}: [[stores]]: expected at least one store, got none")
    known = [*(store.name for store in settings.stores), *besides]
    for name in names:
        if name not in known:
            raise UsageError(f'没有名为 "{name}" 的存储 / no store is called "{name}"; {closest(name, known)}')
    return frozenset(names)


def scan_plan(settings: Settings) -> "ScanPlan":
    """Everything the pipeline must know, out of the settings."""
    from indexer.pipeline.plan import ScanPlan

    return ScanPlan(
        stores=settings.stores,
        feeds=settings.feeds,
        patterns=settings.patterns,
        limits=settings.limits,
        exclusions=settings.exclude,
        clock=settings.clock,
        recordings=settings.recordings,
        linking=settings.linking,
        fixity=settings.fixity,
        content=settings.content,
        stills=still_cache(settings),
        base=settings.file.parent,
        timezone=settings.zone.key,
    )


def still_cache(settings: Settings) -> "StillCache":
    """Where small pictures are kept."""
    from indexer.still_cache import StillCache

    return StillCache(Path(settings.content.cache), settings.content.cache_mb)


def still_pictures(settings: Settings) -> "Stills":
    """What shows small pictures of the clips of the configured stores."""
    from indexer.stills import Stills

    return Stills(settings.stores, still_cache(settings))


def playing(settings: Settings) -> "Proxies":
    """What plays the clips of the configured stores."""
    from indexer.proxies import Proxies

    return Proxies.of(settings.stores, settings.media)


def scan_once(
    settings: Settings,
    engine: Engine,
    progress: "Progress",
    *,
    now: datetime,
    only: frozenset[str] = frozenset(),
    confirmed: frozenset[str] = frozenset(),
    **how: Any,
) -> "ScanSummary":
    """Run every step once, over all stores or `only` some. Raises ScanStopped when asked to end.

    `confirmed`: stores whose doubtful absence somebody accepts, for this scan only. `how`: see `run_scan`.
    """
    from indexer.pipeline import run_scan

    chosen = {"only": only, **({"confirmed": confirmed} if confirmed else {}), **how}
    plan = scan_plan(effective(settings, engine))
    stores = [store.name for store in plan.stores if not only or store.name in only]
    with build_executor(settings.workers, stores) as executor:
        return run_scan(engine, plan, now, executor, progress, **chosen)


def log_summary(summary: "ScanSummary") -> None:
    """The scan's figures as one log line."""
    logger.info("scan finished", extra=figures(summary))


def figures(summary: "ScanSummary") -> dict[str, object]:
    """The plain numbers of a summary, for a log line; names that logging keeps for itself are left out."""
    fields = {field.name: getattr(summary, field.name) for field in dataclasses.fields(summary)}
    reserved = logging.makeLogRecord({}).__dict__
    return {name: v for name, v in fields.items() if isinstance(v, int | float | str) and name not in reserved}


def tell_unread(summary: "ScanSummary") -> Exit:
    """Say on stderr what could not be read; the exit status says so too."""
    for problem in summary.problems:
        say(f"bwc: 未能读取 / could not read: {problem}")
    return Exit.UNREAD if summary.problems else Exit.DONE


def print_summary(console: Console, engine: Engine, summary: "ScanSummary") -> None:
    """The table of findings by unit and flag, after one line of figures."""
    from app.summary import count_findings, findings_table

    shown = " ".join(f"{name}={value}" for name, value in figures(summary).items())
    console.print(f"扫描完成 / scan finished: {shown}")
    with engine.connect() as connection:
        counts = count_findings(connection)
    console.print(findings_table(counts))
