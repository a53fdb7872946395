"""How much of a required window is on record: the measurement that every verdict on completeness rests on."""

from dataclasses import dataclass
from datetime import timedelta

from domain.activity import RequiredWindow
from domain.gap import Gap
from domain.timespan import ZERO


@dataclass(frozen=True, slots=True)
class Bounds:
    """A duration under every plausible clock: `low <= nominal <= high`."""

    low: timedelta
    nominal: timedelta
    high: timedelta

    @classmethod
    def exactly(cls, value: timedelta) -> "Bounds":
        return cls(value, value, value)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One officer's (or channel's) footage against one required window; `officer` None = all together.

    `late`: window start until the first footage; `early`: last footage until the window's end; both are the whole
    window when nothing overlaps it. `gaps` are the interior holes under the nominal clock, with cause.
    `channel` is set for interrogation rooms instead of `officer`. `near`: some footage was begun in all the time in
    which the activity may have been.
    """

    officer: str | None
    window: RequiredWindow
    covered: Bounds
    late: Bounds
    early: Bounds
    gaps: tuple[Gap, ...] = ()
    clock_error: timedelta = ZERO
    clips: tuple[int, ...] = ()  # file ids that took part
    channel: str | None = None
    near: bool = False

    @property
    def required(self) -> timedelta:
        return self.window.span.duration

    @property
    def ratio(self) -> float:
        """Nominal share covered, 0..1; an empty window counts as covered."""
        return self.covered.nominal / self.required if self.required else 1.0

    @property
    def touches(self) -> bool:
        """Some footage lies in the window under the nominal clock."""
        return self.covered.nominal > ZERO

    @property
    def may_touch(self) -> bool:
        """Some footage lies in the window under at least one plausible clock and arrival."""
        return self.covered.high > ZERO or self.near
