"""What the administration pages need of the configuration: its values with their origin, and the back-test engine."""

from dataclasses import replace
from datetime import UTC, datetime

from api.trials import Desk, Outcome, Tell
from app.backtesting import rows_of, try_out
from app.progress import ScanStopped
from app.scanning import scan_plan
from app.settings import Settings
from detectors.changed_settings import Judging
from domain.errors import UsageError
from domain.wording import say


def desk_of(settings: Settings) -> Desk:
    """The desk of this configuration, before any change made on the pages."""
    origins = {(value.section, value.key): value.origin for value in settings.values}

    def backtest(before: Judging, after: Judging, days: int, tell: Tell) -> Outcome:
        return tried(settings, (before, after), days, tell)

    return Desk(Judging(settings.limits, settings.exclude), origins, backtest)


def tried(settings: Settings, both: tuple[Judging, Judging], days: int, tell: Tell) -> Outcome:
    """The back-test of the first against the second. Raises BwcError: no scan has finished, or it took too long."""
    before, after = (replace(settings, limits=one.limits, exclude=one.exclusions) for one in both)
    try:
        found = try_out(before, scan_plan(after), datetime.now(UTC), days, Told(tell))
    except ScanStopped:
        raise UsageError(
            say("试算超时或被停止：请减少天数", "the trial took too long or was stopped: try fewer days")
        ) from None
    *rows, _totals = rows_of(found)
    rules = {rule: {str(effect): count for effect, count in counts.items()} for rule, counts in found.counts().items()}
    flags = {str(flag): counts for flag, counts in found.flags.items()}
    return Outcome(found.since, found.subjects, tuple(rows), rules, flags, found.failed)


class Told:
    """Progress for a page: `indexer.pipeline.plan.Progress`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._step, self._done = "", 0
        self._total: int | None = None

    def step(self, name: str, total: int | None) -> None:
        self._step, self._done, self._total = name, 0, total
        self._say()

    def advance(self, count: int = 1) -> None:
        self._done += count
        self._say()

    def note(self, text: str) -> None:
        """Nothing to show."""

    def _say(self) -> None:
        if not self._tell(self._step, self._done, self._total):
            raise ScanStopped
