"""What pushed rows are understood as. `app/` hands in what reads them: pages and routes never read feeds themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Understood:
    """One pushed row: the number and the unit it states, or why it cannot be taken (`problem`)."""

    number: str | None = None
    unit: str | None = None
    problem: str | None = None


Understand = Callable[[str, Mapping[str, Any]], Understood]
"""(`incidents` or `sessions`, the row as sent) → what it says."""


def nothing_understood(_kind: str, _row: Mapping[str, Any]) -> Understood:
    """For a server that takes no pushed rows."""
    return Understood(problem="本服务不接收推送 / this server takes no pushed rows")
