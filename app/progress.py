"""How far a scan is: bars on a terminal, log lines anywhere else; and the way to ask a running scan to stop.

Both kinds fulfil `indexer.pipeline.plan.Progress`: `step`, `advance`, `note`.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from app.tables import console_for
from app.visible import visible

logger = logging.getLogger("bwc.scan")

STEPS = {
    "discover": "发现文件 discover",
    "feed": "读取接口 feeds",
    "probe": "读取文件 probe",
    "place": "确定时间 place",
    "assemble": "组合记录 assemble",
    "link": "关联警情 link",
    "content": "安排内容检测 content",
    "evaluate": "合规判定 evaluate",
    "detect": "内容检测 detect",
}
LINE_EVERY_S = 10.0


class ScanStopped(BaseException):
    """The scan was asked to end between two pieces of work. No error: the next scan finds the same work.

    Not an Exception, so that the step runner, which isolates one file's failure, lets it through.
    """


class Lines:
    """Progress as log lines: one every ten seconds of a long step, one when a step is over, and every note."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()
        self._step, self._done = "", 0
        self._total: int | None = None
        self._begun = self._told = 0.0

    def step(self, name: str, total: int | None) -> None:
        self.close()
        refuse_when_stopped(self._stop)
        self._step, self._done, self._total = name, 0, total
        self._begun = self._told = time.monotonic()

    def advance(self, count: int = 1) -> None:
        refuse_when_stopped(self._stop)
        self._done += count
        if time.monotonic() - self._told >= LINE_EVERY_S:
            self._told = time.monotonic()
            logger.info("step goes on", extra={"step": self._step, "done": self._done, "total": self._total})

    def note(self, text: str) -> None:
        logger.warning(text)

    def close(self) -> None:
        """The running step is over."""
        if self._step:
            took = f"{time.monotonic() - self._begun:.2f}"
            logger.info("step done", extra={"step": self._step, "done": self._done, "seconds": took})
        self._step = ""


class Bars:
    """Progress as one bar a step; notes go above the bars."""

    def __init__(self, bars: Progress, stop: threading.Event | None = None) -> None:
        self._bars, self._stop = bars, stop or threading.Event()
        self._task: TaskID | None = None

    def step(self, name: str, total: int | None) -> None:
        self.close()
        refuse_when_stopped(self._stop)
        self._task = self._bars.add_task(STEPS.get(name, name), total=total)

    def advance(self, count: int = 1) -> None:
        refuse_when_stopped(self._stop)
        if self._task is not None:
            self._bars.advance(self._task, count)

    def note(self, text: str) -> None:
        self._bars.console.print(Text(visible(text), style="yellow"))

    def close(self) -> None:
        """The running step is over: its bar is full, whatever total it was given."""
        if self._task is not None:
            done = next(task.completed for task in self._bars.tasks if task.id == self._task)
            self._bars.update(self._task, total=done or 1, completed=done or 1)
        self._task = None


def refuse_when_stopped(stop: threading.Event) -> None:
    """Raises ScanStopped once the event is set."""
    if stop.is_set():
        raise ScanStopped


@contextmanager
def showing_progress(stream: TextIO, stop: threading.Event | None = None) -> Iterator[Lines | Bars]:
    """Bars when `stream` is a terminal, else log lines."""
    if not stream.isatty():
        lines = Lines(stop)
        yield lines
        lines.close()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console_for(stream)) as bars:
        shown = Bars(bars, stop)
        yield shown
        shown.close()
