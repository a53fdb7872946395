"""Under which keys the records of feeds are stored and found."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from domain.activity import Explanation, Incident, InterrogationSession
from domain.clip import Assignment, Device, IndexEntry
from domain.people import Officer, Unit
from indexer.feeds.base import FeedSettings, Record


@dataclass(frozen=True, slots=True)
class Keyed:
    """Where a record is found: its own key, its group, its unit and time."""

    key: str
    group: str | None = None
    unit: str | None = None
    at: datetime | None = None


def keyed(record: Record, settings: FeedSettings) -> Keyed:
    """The natural key of a record of any kind."""
    match record:
        case Incident():
            at = record.arrived_at or record.dispatched_at or record.received_at
            return Keyed(record.number, record.case_number, record.unit, at)
        case InterrogationSession():
            return Keyed(record.number, record.person_code, record.unit, record.started_at)
        case Unit():
            return Keyed(record.code, record.parent, record.code)
        case Officer():
            return Keyed(record.badge, None, record.unit)
        case Device():
            return Keyed(record.serial, record.room, record.unit)
        case Assignment():
            return Keyed(f"{record.device}|{record.start.isoformat()}", record.device, None, record.start)
        case Explanation():
            began = record.span.start if record.span else None
            return Keyed(f"{record.activity}|{record.officer}|{began}|{record.reason}", record.activity, None, began)
        case IndexEntry():
            base = PurePosixPath(record.path).name.casefold()
            return Keyed(f"{settings.store or ''}:{record.path}", base, None, record.started_at)
