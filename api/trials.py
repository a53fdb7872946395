"""Trials of other limits, before they are saved: one at a time, in a thread, within a time; kept in memory only.

What is tried is kept here, so that exactly what was tried is saved.
"""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from detectors.changed_settings import Judging
from domain.errors import BwcError
from domain.wording import say

LONGEST_S = 600.0
KEPT = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would be otherwise: `rows` as `bwc backtest` lists them, `rules` and `flags` counted, `failed` subjects."""

    since: datetime
    subjects: int
    rows: tuple[Mapping[str, Any], ...]
    rules: Mapping[str, Mapping[str, int]]
    flags: Mapping[str, tuple[int, int]]
    failed: tuple[str, ...]


@dataclass(slots=True)
class Trial:
    """One trial: what is tried by whom, how far it is, and what came out (`outcome`) or why nothing did (`failure`)."""

    id: str
    actor: str
    at: datetime
    before: Judging
    after: Judging
    resets: frozenset[tuple[str, str]]
    days: int
    until: float
    step: str = ""
    done: int = 0
    total: int | None = None
    outcome: Outcome | None = None
    failure: str | None = None
    saved: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        return self.outcome is None and self.failure is None

    def tell(self, step: str, done: int, total: int | None) -> bool:
        """How far it is; False: it must end now."""
        self.step, self.done, self.total = step, done, total
        return not self.stopped.is_set() and time.monotonic() < self.until


Tell = Callable[[str, int, int | None], bool]
Backtest = Callable[[Judging, Judging, int, Tell], Outcome]
"""Before, after, days, how far: raises BwcError when nothing can be tried, or when it was told to end."""


@dataclass(slots=True)
class Trials:
    """The trials of one server; at most one runs."""

    longest_s: float = LONGEST_S
    kept: "OrderedDict[str, Trial]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(
        self,
        backtest: Backtest,
        *,
        actor: str,
        now: datetime,
        before: Judging,
        after: Judging,
        resets: frozenset[tuple[str, str]],
        days: int,
    ) -> Trial | None:
        """A trial that has begun; None while another one runs."""
        until = time.monotonic() + self.longest_s
        trial = Trial(secrets.token_urlsafe(9), actor, now, before, after, resets, days, until)
        with self.lock:
            if any(one.running for one in self.kept.values()):
                return None
            self.kept[trial.id] = trial
            while len(self.kept) > KEPT:
                self.kept.popitem(last=False)
        threading.Thread(target=_run, args=(trial, backtest), name="trial", daemon=True).start()
        return trial

    def find(self, name: str) -> Trial | None:
        with self.lock:
            return self.kept.get(name)

    def end(self) -> None:
        """Tell the running one to end: the server stops."""
        with self.lock:
            for trial in self.kept.values():
                trial.stopped.set()


@dataclass(frozen=True, slots=True)
class Desk:
    """What config.toml says, for the pages that change it: values, where each comes from, and how to try others."""

    configured: Judging
    origins: Mapping[tuple[str, str], str]
    backtest: Backtest
    trials: Trials = field(default_factory=Trials)


def _run(trial: Trial, backtest: Backtest) -> None:
    failure = say("程序内部错误，详见日志", "a fault in this program; its log says more")
    try:
        trial.outcome = backtest(trial.before, trial.after, trial.days, trial.tell)
    except BwcError as error:
        failure = str(error)
    except (SQLAlchemyError, OSError):
        failure = say("数据库或临时文件夹无法使用", "the database or the folder for temporary files cannot be used")
    finally:
        if trial.outcome is None:
            trial.failure = failure
