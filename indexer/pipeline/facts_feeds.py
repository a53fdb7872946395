"""What the feeds of activities can vouch for: on which days they said too little, from when to when they speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from detectors.feed_days import FeedDays, FeedHole, feed_days, midnight
from detectors.limits import Limits
from detectors.rule import SessionFeeds
from domain.timespan import Span
from indexer.feeds.base import FeedKind
from storage import activities

FIRST = date(1970, 1, 1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ActivityFeed:
    """One feed of incidents or sessions. `spoken`: its days from the first activity to the last, as time."""

    name: str
    kind: FeedKind
    days: FeedDays
    spoken: Span | None
    readable: bool


@dataclass(frozen=True, slots=True)
class ActivityFeeds:
    """All active feeds of activities, by name."""

    by_name: Mapping[str, ActivityFeed]

    def holes_touching(self, kind: FeedKind, span: Span) -> tuple[FeedHole, ...]:
        """Holes of the feeds of a kind that share time with a span."""
        return tuple(hole for hole in self._holes(kind) if hole.span.overlaps(span))

    def sessions(self) -> SessionFeeds:
        """What the feeds of sessions can say, taken together."""
        feeds = [one for one in self.by_name.values() if one.kind is FeedKind.SESSIONS]
        spoken = [one.spoken for one in feeds if one.spoken]
        return SessionFeeds(
            Span(min(s.start for s in spoken), max(s.end for s in spoken)) if spoken else None,
            tuple(one.name for one in feeds if not one.readable),
            self._holes(FeedKind.SESSIONS),
        )

    def _holes(self, kind: FeedKind) -> tuple[FeedHole, ...]:
        return tuple(hole for one in self.by_name.values() if one.kind is kind for hole in one.days.holes)


def load_activity_feeds(connection: Connection, limits: Limits, now: datetime) -> ActivityFeeds:
    """Compare every feed's days: one statement counts the activities of all feeds."""
    counted = activities.activities_by_day(connection, timedelta(minutes=limits.local_utc_offset_minutes))
    found = {}
    for name, row in sorted(activities.feeds(connection).items()):
        if row.active and row.kind in (FeedKind.INCIDENTS, FeedKind.SESSIONS):
            days = {FIRST + DAY * number: count for number, count in counted.get(name, {}).items()}
            compared = feed_days(name, days, now, limits)
            spoken = Span(midnight(min(days), limits), midnight(max(days) + DAY, limits)) if days else None
            found[name] = ActivityFeed(name, FeedKind(row.kind), compared, spoken, row.error is None)
    return ActivityFeeds(found)
