"""Rows that another system sends one by one instead of exporting them: incidents and sessions as JSON objects.

Messages about one number are taken together in the order in which they came: a field that a message does not name stays
as it was, one that it gives as null is cleared, one whose value says nothing changes nothing. What they say together
goes through the same cleaning as the rows of a table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from domain.activity import Incident, InterrogationSession
from domain.wording import say
from indexer.feeds.base import Fate, FeedKind, FeedRow, FeedSettings
from indexer.feeds.cells import Cell, SourceRow, cleaned, says_nothing, shown
from indexer.feeds.draft import Draft, Rejected
from indexer.feeds.fields import LAYOUTS
from indexer.feeds.headings import match_columns
from indexer.feeds.records import BUILDERS, gather
from indexer.feeds.rows import Table, feed_rows
from indexer.feeds.times import Unstated, read_time

PUSH = "push"
"""The name of the feed that pushed rows are."""

LONGEST = 4000
Activity = TypeVar("Activity", Incident, InterrogationSession)


@dataclass(frozen=True, slots=True)
class Message:
    """One pushed row by canonical field; None: the field is to be cleared. `order` counts messages as they came."""

    order: int
    raw: Mapping[str, Any]
    said: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Together:
    """What all messages about one number say: the record, and each message's own fate."""

    record: Incident | InterrogationSession | None
    fates: tuple[FeedRow, ...]
    cleared: frozenset[str]


class NotUnderstood(Exception):
    """A row that cannot be taken. The text says which field, what was expected and what was there."""


def understood(kind: FeedKind, raw: Mapping[str, Any], order: int = 0) -> Message:
    """The message in canonical fields. Raises NotUnderstood: no number, no known field, a value that is no value."""
    layout = LAYOUTS[kind]
    columns = match_columns(layout, tuple(raw), {})
    values = [_cell(name, value) for name, value in raw.items()]
    said: dict[str, Cell] = {}
    for name, places in columns.places.items():
        given = [values[place] for place in places]
        said[name] = next((one for one in given if one is not None), None)
    try:
        number = Draft(said, ZoneInfo("UTC")).key("number")
    except Rejected as error:
        raise NotUnderstood(str(error)) from error
    if len(said) < 2:
        known = ", ".join(name for name in layout.names() if name != "number")
        raise NotUnderstood(say(f"应至少再有一个字段：{known}", f"expected one more field of {known}; got {list(raw)}"))
    for field_ in layout.fields:
        value = said.get(field_.name)
        if field_.is_time and value is not None and read_time(value) is Unstated.UNREADABLE:
            raise NotUnderstood(
                say(
                    f"{field_.name}：应为时间，实为 {shown(value)}",
                    f"{field_.name}: expected a time, got {shown(value)}",
                )
            )
    return Message(order, raw, {**said, "number": number})


def _cell(name: str, value: Any) -> Cell:
    """A JSON value as a cell; lists as people write them in one. Raises NotUnderstood."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    if isinstance(value, list):
        between = "|" if any(isinstance(one, Mapping) for one in value) else ","
        value = between.join(_one_of_list(name, one) for one in value)
    if not isinstance(value, str) or len(value) > LONGEST or "\x00" in value:
        got = shown(str(value))
        raise NotUnderstood(
            say(f"{name}：应为文字、数字或列表，实为 {got}", f"{name}: expected text, a number or a list, got {got}")
        )
    return value


def _one_of_list(name: str, one: Any) -> str:
    if isinstance(one, Mapping) and {"start", "end"} <= one.keys():
        return "/".join(str(one.get(part) or "") for part in ("start", "end", "reason"))
    if isinstance(one, str | int) and not isinstance(one, bool):
        return str(one)
    raise NotUnderstood(
        say(
            f"{name}：列表中应为文字，实为 {shown(str(one))}",
            f"{name}: expected texts in the list, got {shown(str(one))}",
        )
    )


@dataclass(slots=True)
class _Folded:
    """What was said so far: of the activity as a whole, and by each officer of his own."""

    whole: dict[str, Cell] = field(default_factory=dict)
    own: dict[str, dict[str, Cell]] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)

    def add(self, said: Mapping[str, Cell]) -> None:
        officer = cleaned(said.get("officer"))
        at = self.own.setdefault(officer, {}) if officer else self.whole
        for name, value in said.items():
            if value is None:
                at.pop(name, None)
                if not officer:
                    self.cleared.add(name)
            elif not _says_nothing(value):
                at[name] = value
                self.cleared.discard(name)

    def rows(self) -> Iterator[Mapping[str, Cell]]:
        if len(self.whole) > 1 or not self.own:
            yield self.whole
        yield from self.own.values()


def _says_nothing(value: Cell) -> bool:
    text = cleaned(value)
    return not text or says_nothing(text)


def together(kind: FeedKind, messages: Sequence[Message], timezone: str) -> Together:
    """What the messages about one number say, in their order; corrections of the whole stand at the latest message."""
    folded = _Folded()
    for message in messages:
        folded.add({"number": message.said["number"], **message.said})
    number = messages[-1].said["number"]
    reading = gather(_cleaned(kind, [{"number": number, **row} for row in folded.rows()], timezone))
    record = next(iter(reading.records), None)
    notes = tuple(dict.fromkeys(note for row in reading.rows if row.fate is not Fate.ACCEPTED for note in row.notes))
    fate = Fate.REJECTED if record is None else Fate.CORRECTED if notes else Fate.ACCEPTED
    fates = [FeedRow(message.order, _shown(message), Fate.ACCEPTED) for message in messages[:-1]]
    latest = FeedRow(messages[-1].order, _shown(messages[-1]), fate, notes, record)
    if not isinstance(record, Incident | InterrogationSession):
        return Together(None, (*fates, latest), frozenset())
    return Together(record, (*fates, latest), frozenset(folded.cleared))


def _shown(message: Message) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in message.raw.items()}


def _cleaned(kind: FeedKind, rows: Sequence[Mapping[str, Cell]], timezone: str) -> Iterator[FeedRow]:
    """Rows by canonical field through the cleaning of tables."""
    layout = LAYOUTS[kind]
    headings = tuple(name for name in layout.names() if any(name in row for row in rows))
    source = (SourceRow(tuple(row.get(name) for name in headings)) for row in rows)
    table = Table(match_columns(layout, headings, {}), headings, source)
    yield from feed_rows(table, FeedSettings(PUSH, kind, "", timezone), BUILDERS[kind])


def overlaid(earlier: Activity, later: Activity, cleared: Iterable[str] = ()) -> Activity:
    """Two statements about one activity as one: the later holds in every field in which it says something, or that it
    clears."""
    emptied = set(cleared)
    changes: dict[str, Any] = {}
    for one in fields(later):
        value = getattr(later, one.name)
        if value not in (None, (), ""):
            changes[one.name] = value
        elif one.name in emptied:
            changes[one.name] = type(value)() if isinstance(value, tuple) else None
    return replace(earlier, **changes)
