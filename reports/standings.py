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


class Standing(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"  # by a person or a note of a feed, not accepted
    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


STANDINGS: Mapping[str, Word] = {
    Standing.OPEN: ("未处理", "Open"),
    Standing.EXPLAINED: ("已说明（未认可）", "Explained, not accepted"),
    Standing.ACCEPTED: ("说明已认可", "Explanation accepted"),
    Standing.CONFIRMED: ("属实", "Confirmed"),
    Standing.DISMISSED: ("不属实", "Dismissed"),
}
COLUMNS = tuple(Column(one.value, STANDINGS[one], Form.NUMBER) for one in Standing)


def standings(connection: Connection, findings: Iterable[Mapping[str, Any]], when: datetime) -> dict[str, Standing]:
    """By key, of findings as rows with `key` or `id`, `status`, `decision`."""
    rows = {str(row.get("key") or row["id"]): row for row in findings}
    decided = decided_by(connection, rows, when)
    stated = {key: Decided(row["status"], row["decision"], 0) for key, row in rows.items()}
    return {key: _standing(decided.get(key, stated[key])) for key in rows}


def _standing(now: Decided) -> Standing:
    if now.status == FindingStatus.EXPLAINED:
        return Standing.ACCEPTED if now.decision == Decision.ACCEPT else Standing.EXPLAINED
    return Standing(now.status)


def counted(found: Iterable[Standing]) -> dict[str, int]:
    """How many stand where, by the keys of the columns."""
    counts = Counter(found)
    return {one.value: counts[one] for one in Standing}
