"""Required windows of activities, one for each party, derived from records and indexed for linking."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Connection

from domain.activity import Incident, InterrogationSession, RequiredWindow
from domain.timespan import Span
from indexer.identity import Register
from indexer.pipeline.plan import Scanning
from indexer.pipeline.register import load_register
from storage import activities
from storage.versions import Row
from storage.work import Mark, mark

DAY = timedelta(days=1)
MOST_DAYS = 100
KINDS: dict[str, tuple[str, type[Incident] | type[InterrogationSession]]] = {
    "incidents": ("incident", Incident),
    "sessions": ("session", InterrogationSession),
}


@dataclass(slots=True)
class Days:
    """On which UTC days an activity was known, before and after all that changes in one go.

    Asked twice, not for each portion of a feed: every such question reads the windows of all the past.
    """

    before: tuple[Span, ...] | None = None
    touched: set[datetime] = field(default_factory=set)

    def begin(self, connection: Connection) -> None:
        """Something may change from here on."""
        if self.before is None:
            self.before = activities.days_with_windows(connection)

    def end(self, connection: Connection) -> None:
        """A day that had no activity, or has none left, means something else for the clips of that day."""
        if not self.touched:
            return
        after = activities.days_with_windows(connection, min(self.touched), max(self.touched) + DAY)
        flipped = _among(self.touched, self.before or ()) ^ _among(self.touched, after)
        mark(connection, "evaluate", [Mark("clips-around", Span(day - DAY, day + 2 * DAY)) for day in sorted(flipped)])


def derive_windows(
    connection: Connection,
    scan: Scanning,
    feed_kind: str,
    keys: Sequence[str],
    days: Days,
    *,
    register: Register | None = None,
) -> None:
    """Make the windows of the activities with these keys what their records say, and queue what that moves.

    Linking looks again at both places; a camera's clock may be told by its officer's calls. What `days` mean now is
    queued when they end. `register`: spares loading it again.
    """
    if feed_kind not in KINDS or not keys:
        return
    days.begin(connection)
    kind, cls = KINDS[feed_kind]
    known = activities.records_by_key(connection, feed_kind, cls, keys)
    rows = [row for key in sorted(known) for row in _windows(known[key], scan)]
    changed = activities.replace_windows(connection, kind, keys, rows, scan.number)
    touched = [version for change in changed for version in (change.before, change.after) if version]
    if not touched:
        return
    days.touched |= set(_days(touched))
    spans = [(row, Span(row["started_at"], row["ended_at"])) for row in touched]
    mark(connection, "link", [Mark(row["party"], span) for row, span in spans])
    officers = [Mark(f"officer:{row['officer']}", span) for row, span in spans if row["officer"]]
    mark(connection, "evaluate", officers)
    mark(connection, "place", _cameras(register or load_register(connection), spans))
    mark(connection, "content", [Mark(f"{kind}:{number}") for number in sorted({row["number"] for row in touched})])


def _days(rows: Iterable[Row]) -> Iterator[datetime]:
    """UTC days that some windows touch."""
    for row in rows:
        day = datetime.combine(row["started_at"].astimezone(UTC).date(), time(), UTC)
        for _ in range(MOST_DAYS):
            if day > row["ended_at"]:
                break
            yield day
            day += DAY


def _among(days: Iterable[datetime], spans: Sequence[Span]) -> set[datetime]:
    """Those of some days that lie in one of some spans."""
    return {day for day in days if any(span.contains(day) for span in spans)}


def _cameras(register: Register, spans: Sequence[tuple[Row, Span]]) -> list[Mark]:
    """The cameras that the officers of changed windows carried then."""
    issued: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
    for some in register.assignments.values():
        for one in some:
            issued.setdefault(one.officer, []).append((one.device, one.start, one.end))
    return [
        Mark(f"clock:{device}", span.widened(DAY, DAY))  # clocks hear the calls of a day around their clips
        for row, span in spans
        for device, start, end in issued.get(row["officer"] or "", ())
        if start <= span.end and (end is None or end >= span.start)
    ]


def _windows(record: Incident | InterrogationSession, scan: Scanning) -> Iterator[Row]:
    """One window for each officer and one for the unit; a session's is its room's."""
    defaults = scan.plan.window_defaults
    if isinstance(record, InterrogationSession):
        window = record.required_window(defaults)
        if window and record.room:
            yield _window_row(record, window, f"room:{record.room}", channels=record.channels)
        return
    for officer in record.officers:
        if window := record.required_window(defaults, officer):
            yield _window_row(record, window, f"badge:{officer}", officer=officer)
    if record.unit and (window := record.required_window(defaults)):
        yield _window_row(record, window, f"unit:{record.unit}")


def _window_row(
    record: Incident | InterrogationSession,
    window: RequiredWindow,
    party: str,
    *,
    officer: str | None = None,
    channels: Sequence[str] = (),
) -> Row:
    dispatched = record.times_of(officer).dispatched_at if isinstance(record, Incident) else None
    return {
        "kind": record.kind.value,
        "number": record.number,
        "party": party,
        "officer": officer,
        "unit": record.unit,
        "room": record.room if isinstance(record, InterrogationSession) else None,
        "channels": list(channels),
        "dispatched_at": dispatched,
        "started_at": window.span.start,
        "ended_at": window.span.end,
        "start_known": window.start_known.value,
        "end_known": window.end_known.value,
    }
