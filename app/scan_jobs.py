"""The scan by the clock, and those of its parts that the schedule gives times of their own."""

import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from app.jobs import Result, Work
from app.live import Turns
from app.progress import showing_progress
from app.scanning import figures, log_summary, scan_once
from app.settings import Settings
from domain.jobs import Job
from domain.wording import say
from storage.scan_requests import NO_STORE

if TYPE_CHECKING:
    from indexer.pipeline import ScanSummary

NOTHING_WALKED = frozenset({NO_STORE})
COUNTED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "files": ("文件 {n} 个", "{n} files"),
        "arriving": ("到达中 {n} 个", "{n} arriving"),
        "probed": ("新读取 {n} 个", "{n} read"),
        "evaluated": ("判定 {n} 项", "{n} judged"),
        "content_checked": ("内容检测 {n} 个片段", "{n} clips looked at"),
    }
)


@dataclass(frozen=True, slots=True)
class Scans:
    """Scans of this process, one at a time."""

    settings: Settings
    engine: Engine
    turns: Turns
    stop: threading.Event

    def works(self) -> dict[str, Work]:
        """What each of the jobs does."""
        own = {Job.FEEDS: self.feeds, Job.FIXITY: self.fixity, Job.CONTENT: self.content}
        return {Job.SCAN.value: self.whole, **{job.value: work for job, work in own.items()}}

    def whole(self, now: datetime, _due: datetime) -> Result:
        """Every step, but those that have times of their own."""
        schedule, names = self.settings.schedule, frozenset(store.name for store in self.settings.stores)
        how: dict[str, Any] = {} if schedule.feeds is None else {"only": names, "brief": True}
        return self._scan(now, content=schedule.content is None, fixity=schedule.fixity is None, **how)

    def feeds(self, now: datetime, _due: datetime) -> Result:
        """Feeds that changed, and what they touch."""
        return self._scan(now, content=False, fixity=False, only=NOTHING_WALKED)

    def fixity(self, now: datetime, _due: datetime) -> Result:
        """Whole digests of some files."""
        return self._scan(now, content=False, fixity=True, only=NOTHING_WALKED, brief=True)

    def content(self, now: datetime, _due: datetime) -> Result:
        """Pictures and sound of what waits for it."""
        return self._scan(now, content=True, fixity=False, only=NOTHING_WALKED, brief=True)

    def _scan(self, now: datetime, *, content: bool, fixity: bool, **how: Any) -> Result:
        chosen = shortened(self.settings, content=content, fixity=fixity)
        with self.turns.lock, showing_progress(sys.stderr, self.stop) as progress:
            summary = scan_once(chosen, self.engine, progress, now=now, hurried=self.turns.hurried, **how)
        log_summary(summary)
        return told(summary)


def shortened(settings: Settings, *, content: bool, fixity: bool) -> Settings:
    """The settings of a scan that leaves pictures and sound, or whole digests, to another."""
    looked, read = settings.content, settings.fixity
    looked = looked if content else replace(looked, minutes_per_scan=0.0)
    read = read if fixity else replace(read, seconds_per_scan=0.0)
    return replace(settings, content=looked, fixity=read)


def told(summary: "ScanSummary") -> Result:
    """The counts of a scan, and the same in words."""
    counts = figures(summary)
    shown = [
        (zh.format(n=counts[name]), en.format(n=counts[name])) for name, (zh, en) in COUNTED.items() if counts.get(name)
    ]
    problems = len(summary.problems)
    if problems:
        shown.append((f"未能读取 {problems} 项", f"{problems} could not be read"))
    zh, en = zip(*shown, strict=True) if shown else (("没有文件",), ("no file",))
    return {**counts, "problems": problems, "said": say("，".join(zh), ", ".join(en))}
