"""From source rows to feed rows: find the headings, put every cell in its place, build the record, keep the fate."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from zoneinfo import ZoneInfo

from domain.errors import FeedUnreadable
from domain.wording import halves, joined, say
from indexer.feeds.base import Fate, FeedRow, FeedSettings, Record
from indexer.feeds.cells import Cell, SourceRow, as_text, cleaned, says_nothing, shown
from indexer.feeds.draft import Draft, Rejected, about
from indexer.feeds.fields import LAYOUTS, Layout
from indexer.feeds.headings import LOOK_FOR_HEADINGS, Columns, lacking, match_columns
from indexer.feeds.times import Unstated, read_time

Build = Callable[[Draft], Record]

MOST_HEADINGS_SHOWN = 30

_BADGE = re.compile(r"\s*\d{5,8}\s*")
_LISTS_OF_BADGES = ("officers", "officer")


@dataclass(frozen=True, slots=True)
class Table:
    """A source whose headings were found: the columns, the headings as they stand, and the rows below."""

    columns: Columns
    headings: tuple[Cell, ...]
    rows: Iterator[SourceRow]


@dataclass(frozen=True, slots=True)
class NoTable:
    """No row among the first has the headings: what the best one lacks, and what it holds."""

    lacks: tuple[str, ...]
    found: tuple[str, ...]
    matched: int


def find_table(rows: Iterator[SourceRow], settings: FeedSettings) -> Table | NoTable:
    """The first row that has the headings of this kind of feed; what stands above it is no data."""
    layout, overrides = LAYOUTS[settings.kind], settings.columns
    best = NoTable(tuple(lacking(layout, match_columns(layout, (), overrides), overrides)), (), 0)
    head = list(islice(rows, LOOK_FOR_HEADINGS))
    for index, row in enumerate(head):
        columns = match_columns(layout, row.cells, overrides)
        lacks = lacking(layout, columns, overrides)
        if not lacks:
            return Table(columns, row.cells, chain(head[index + 1 :], rows))
        if not row.blank and (len(columns.places) > best.matched or not best.found):
            best = NoTable(tuple(lacks), columns.names, len(columns.places))
    return best


def unreadable(where: str, settings: FeedSettings, none: NoTable) -> FeedUnreadable:
    """The error for a source without the headings: where, what is lacking, what was found instead."""
    lacks_zh, lacks_en = halves(joined(none.lacks))
    found = ", ".join(map(shown, none.found[:MOST_HEADINGS_SHOWN]))
    return FeedUnreadable(
        say(
            f"{where}: 应有 {settings.kind} 数据的列名，缺少 {lacks_zh}；实为 {found or '没有任何行'}",
            f"{where}: expected the headings of a feed of {settings.kind}, lacking {lacks_en}; "
            f"got {found or 'no rows at all'}",
        )
    )


def score_headings(settings: FeedSettings) -> Callable[[Sequence[Cell]], int]:
    """How many fields of this feed a row of headings names: tells delimiters and sheets apart."""
    layout = LAYOUTS[settings.kind]
    return lambda cells: len(match_columns(layout, cells, settings.columns).places)


def feed_rows(table: Table, settings: FeedSettings, build: Build) -> Iterator[FeedRow]:
    """Every row below the headings with its fate. Rows without any content have none, but keep their number."""
    zone = ZoneInfo(settings.timezone)
    layout = LAYOUTS[settings.kind]
    for number, row in enumerate(table.rows, 1):
        if not row.blank:
            yield _feed_row(number, row, table, Reader(layout, zone, build))


@dataclass(frozen=True, slots=True)
class Reader:
    """What turns the cells of a row into a record."""

    layout: Layout
    zone: ZoneInfo
    build: Build


def _feed_row(number: int, row: SourceRow, table: Table, reader: Reader) -> FeedRow:
    columns = table.columns
    names = chain(columns.names, map(columns.name_at, range(columns.width, len(row.cells))))
    raw = dict(zip(names, map(as_text, row.cells), strict=False))
    draft = Draft({}, reader.zone)
    try:
        if row.cells == table.headings:
            raise Rejected(None, "应为数据，实为重复的列名", "expected data, got the headings again")
        for note in row.notes:
            draft.correct(note)
        draft.cells = columns.cells_by_field(_aligned(draft, row, columns, reader.layout))
        record = reader.build(draft)
    except Rejected as rejected:
        return FeedRow(number, raw, Fate.REJECTED, (_located(rejected, number, columns), *draft.notes))
    return FeedRow(number, raw, Fate.CORRECTED if draft.corrected else Fate.ACCEPTED, tuple(draft.notes), record)


def _located(rejected: Rejected, number: int, columns: Columns) -> str:
    """The reason with its place in the source: row, and column where one is to blame."""
    zh, en = halves(str(rejected))
    places = columns.places.get(rejected.field or "")
    if not places:
        return say(f"第 {number} 行：{zh}", f"row {number}: {en}")
    column = repr(columns.name_at(places[0]))
    return say(f"第 {number} 行，列 {column}：{zh}", f"row {number}, column {column}: {en}")


def _aligned(draft: Draft, row: SourceRow, columns: Columns, layout: Layout) -> Sequence[Cell]:
    """As many cells as headings. Raises Rejected when a long row cannot be put right without guessing."""
    surplus = len(row.cells) - columns.width
    if surplus == 0 or (surplus < 0 and row.trimmed):
        return row.cells
    if surplus < 0:
        draft.short = True
        draft.correct(_short(len(row.cells), columns.width))
        return row.cells
    if all(not cleaned(cell) for cell in row.cells[columns.width :]):
        return row.cells[: columns.width]
    place = _where_it_burst(row.cells, columns, layout)
    if place is None:
        raise Rejected(
            None,
            f"应有 {columns.width} 个单元格，实有 {len(row.cells)} 个：单元格内有未加引号的分隔符？",
            f"expected {columns.width} cells, got {len(row.cells)}: a delimiter inside a cell without quotes?",
        )
    draft.correct(_rejoined(columns.name_at(place), surplus))
    return _joined(row.cells, place, surplus)


def _short(cells: int, headings: int) -> str:
    return say(
        f"该行只有 {cells} 个单元格，列名有 {headings} 个，其余视为空",
        f"row has {cells} cells for {headings} headings, the rest taken as empty",
    )


def _rejoined(heading: str, surplus: int) -> str:
    return about(
        heading,
        f"{surplus + 1} 个单元格合并为一个，该行多出 {surplus} 个",
        f"{surplus + 1} cells joined to one, the row had {surplus} too many",
    )


def _joined(cells: Sequence[Cell], place: int, surplus: int) -> tuple[Cell, ...]:
    whole = ",".join(as_text(cell).strip() for cell in cells[place : place + surplus + 1])
    return (*cells[:place], whole, *cells[place + surplus + 1 :])


def _where_it_burst(cells: Sequence[Cell], columns: Columns, layout: Layout) -> int | None:
    """The column that an unquoted delimiter divided: a list of badges, or the free text whose joining puts every
    time and number back into its column. None when that could be more than one reading of the row."""
    surplus = len(cells) - columns.width
    for name in _LISTS_OF_BADGES:
        for place in columns.places.get(name, ()):
            if all(_BADGE.fullmatch(as_text(cell)) for cell in cells[place : place + surplus + 1]):
                return place
    exact = sorted({p for places in columns.places.values() for p in places} - columns.free_text)
    readings: dict[tuple[Cell, ...], int] = {}
    for place in sorted(columns.free_text):
        joined = _joined(cells, place, surplus)
        if _makes_sense(joined, columns, layout):
            readings.setdefault(tuple(joined[p] for p in exact), place)
    return next(iter(readings.values())) if len(readings) == 1 else None


def _makes_sense(cells: Sequence[Cell], columns: Columns, layout: Layout) -> bool:
    """Every time column holds a time or nothing, at least one a time; coordinates are numbers."""
    times = [
        read_time(cells[p]) for field in layout.fields if field.is_time for p in columns.places.get(field.name, ())
    ]
    numbers = [
        cleaned(cells[p]) for name in ("longitude", "latitude", "sequence") for p in columns.places.get(name, ())
    ]
    return (
        Unstated.UNREADABLE not in times
        and any(not isinstance(said, Unstated) for said in times)
        and all(says_nothing(text) or text.replace(".", "", 1).lstrip("-").isdecimal() for text in numbers)
    )
