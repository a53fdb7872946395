"""Where findings stand with the people who decide on them, at the time of a report."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from domain.finding import FindingStatus
from domain.review import Decision
from reports.base import Column, Form, Word
from storage.queries.decided import Decided, decided_by


class Stage(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"  # by a person or a note of a feed, not accepted
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


STAGES: Mapping[str, Word] = {
    Stage.OPEN: ("未处理", "Open"),
    Stage.EXPLAINED: ("已说明（未认可）", "Explained, not accepted"),
    Stage.ACCEPTED: ("说明已认可", "Explanation accepted"),
    Stage.CONFIRMED: ("属实", "Confirmed"),
    Stage.DISMISSED: ("不属实", "Dismissed"),
}
COLUMNS = tuple(Column(one.value, STAGES[one], Form.NUMBER) for one in Stage)


def stages(connection: Connection, findings: Iterable[Mapping[str, Any]], when: datetime) -> dict[str, Stage]:
    """By key, of findings as rows with `key` or `id`, `status`, `decision`."""
    rows = {str(row.get("key") or row["id"]): row for row in findings}
    decided = decided_by(connection, rows, when)
    stated = {key: Decided(row["status"], row["decision"], 0) for key, row in rows.items()}
    return {key: _stage(decided.get(key, stated[key])) for key in rows}


def _stage(now: Decided) -> Stage:
    if now.status == FindingStatus.EXPLAINED:
        return Stage.ACCEPTED if now.decision == Decision.ACCEPT else Stage.EXPLAINED
    return Stage(now.status)


def counted(found: Iterable[Stage]) -> dict[str, int]:
    """How many stand where, by the keys of the columns."""
    counts = Counter(found)
    return {one.value: counts[one] for one in Stage}
