"""Somebody sets the machine's clock, or it slept: the schedule is planned anew, and claims are renewed at once.

Without it a clock set back by hours would leave the schedule waiting for as long, and one set ahead would make the
claims of living processes look like those of dead ones.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.jobs import utc_now

logger = logging.getLogger("bwc.schedule")
JUMP_S = 30.0
"""Clocks that are corrected little by little never differ by so much between two looks."""
OTHERS_S = 3.0
"""Other processes of this machine see the same jump, and have renewed their claims by then."""


@dataclass(slots=True)
class ClockWatch:
    """Compares the clock with one that nobody can set. `jumped`: what is to be done at a jump."""

    jumped: Callable[[], None]
    stop: threading.Event
    now: Callable[[], datetime] = utc_now
    steady: Callable[[], float] = time.monotonic
    lock: threading.Lock = field(default_factory=threading.Lock)
    before: tuple[datetime, float] | None = None
    jumped_at: float = float("-inf")

    def look(self) -> None:
        """Whether the clock jumped since the look before; then `jumped` is called."""
        with self.lock:
            now, passed = self.now(), self.steady()
            before, self.before = self.before, (now, passed)
            if before is None:
                return
            difference = (now - before[0]).total_seconds() - (passed - before[1])
            if abs(difference) < JUMP_S:
                return
            self.jumped_at = passed
        logger.warning("the machine's clock jumped; the schedule is planned anew", extra={"seconds": round(difference)})
        self.jumped()

    def settle(self) -> None:
        """Return once others have had time to renew their claims after a jump; at once where there was none."""
        self.look()
        wait = OTHERS_S - (self.steady() - self.jumped_at)
        if wait > 0:
            self.stop.wait(wait)
