"""Sidecars: what a station or camera wrote about one clip, or a few, beside them, as XML, JSON or `name=value` lines.

No schema is published that all makers keep to: names of tags and keys are matched like headings (Chinese, English,
pinyin), flat or one level nested. XML that declares entities is refused, and nothing outside the file is read.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.clip import IndexEntry
from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.base import FeedRow, FeedSettings
from indexer.feeds.cells import Cell, SourceRow, cleaned
from indexer.feeds.draft import about
from indexer.feeds.fields import LAYOUTS
from indexer.feeds.headings import match_columns
from indexer.feeds.records import BUILDERS
from indexer.feeds.rows import NoTable, feed_rows, find_table, unreadable
from indexer.feeds.sidecar_xml import read_xml
from indexer.feeds.table_file import TableFile
from indexer.feeds.text_table import not_readable
from indexer.feeds.wildcards import Found

MOST_BYTES = 1 << 20
CLIP = "path"

_PAIR = re.compile(r"\s*([^\s=:：,;|\t][^=:：,;|\t]{0,39}?)\s*[=:：]\s*(.*)")
_NO_PAIR = re.compile(r"\s*(?:[#;].*|\[[^\]]*\]\s*)?")  # blank, comment, section of an INI file

_STRUCTURES = (Mapping, list)

Cells = dict[str, Cell]


@dataclass(frozen=True, slots=True)
class Beside:
    """The clips in the sidecar's folder, found by the sidecar's own base name."""

    found: Found

    def clip(self) -> str | None:
        """`x.xml` and `x.mp4.xml` speak of `x.mp4`; of several clips with the base name none is taken."""
        stem = self.found.name.rpartition(".")[0].casefold()
        named = [clip for clip in self.found.clips if clip.casefold() == stem or _stem(clip) == stem]
        return named[0] if len(named) == 1 else None


def _stem(name: str) -> str:
    return name.rpartition(".")[0].casefold()


def read_sidecar(settings: FeedSettings, found: Found) -> Iterator[FeedRow]:
    """The rows of an XML or JSON file, told apart by content. Raises FeedUnreadable for anything else."""
    text = _text(found)
    start = text.lstrip()[:1]
    if start == "<":
        return _rows(settings, found, entries(read_xml(text, str(found.path))))
    if start in ("{", "["):
        return _rows(settings, found, entries(_json(text, found)))
    raise FeedUnreadable(
        say(f"{found.path}: 应为 XML 或 JSON，实际不是", f"{found.path}: expected XML or JSON, got neither")
    )


def read_text_sidecar(settings: FeedSettings, found: Found) -> Iterator[FeedRow]:
    """A text file: `name=value` lines, XML or JSON under another name, or a table."""
    if found.size > MOST_BYTES:
        return TableFile(settings, found.path).read()
    text = _text(found)
    if text.lstrip()[:1] in ("<", "{"):
        return read_sidecar(settings, found)
    pairs = _pairs(text)
    return _rows(settings, found, [pairs]) if pairs else TableFile(settings, found.path).read()


def _text(found: Found) -> str:
    """The file as text, whatever it is encoded in. Raises FeedUnreadable, also for more than a mebibyte."""
    try:
        with found.path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FeedUnreadable(not_readable(found.path, error)) from error
    if len(data) > MOST_BYTES:
        raise FeedUnreadable(
            say(
                f"{found.path}: 应不超过 {MOST_BYTES} 字节，实为 {found.size} 字节",
                f"{found.path}: expected at most {MOST_BYTES} bytes, got {found.size}",
            )
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def _json(text: str, found: Found) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable(
            say(f"{found.path}: 应为 JSON，实为 {error}", f"{found.path}: expected JSON, got {error}")
        ) from error


def _pairs(text: str) -> Cells | None:
    """The lines as names and values, None when they are no such lines throughout."""
    lines = [line for line in text.splitlines() if not _NO_PAIR.fullmatch(line)]
    matches = [match for line in lines if (match := _PAIR.fullmatch(line))]
    return {match[1]: match[2] for match in matches} if len(lines) == len(matches) > 1 else None


def entries(tree: object) -> list[Cells]:
    """What is said of each clip: a list of objects is one entry each, what stands around it holds for all of them."""
    if isinstance(tree, list):
        return [_flat(item) for item in tree if isinstance(item, Mapping)]
    if not isinstance(tree, Mapping):
        return []
    lists = [value for value in _around(tree) if isinstance(value, list)]
    items = next((each for each in lists if each and all(isinstance(item, Mapping) for item in each)), None)
    shared = _flat(tree)
    return [shared] if items is None else [shared | _flat(item) for item in items]


def _around(tree: Mapping[str, object]) -> Iterator[object]:
    """Values of the object and of the objects directly in it."""
    yield from tree.values()
    for value in tree.values():
        if isinstance(value, Mapping):
            yield from value.values()


def _flat(item: Mapping[str, Any]) -> Cells:
    """Scalars by name; those of an inner object by `outer.inner`, which matches headings by both names and the last."""
    cells: Cells = {}
    for name, value in item.items():
        if isinstance(value, Mapping):
            cells |= {f"{name}.{inner}": deep for inner, deep in value.items() if not isinstance(deep, _STRUCTURES)}
        elif not isinstance(value, _STRUCTURES):
            cells[name] = value
    return cells


def _rows(settings: FeedSettings, found: Found, said: Sequence[Cells]) -> Iterator[FeedRow]:
    """The entries as a table whose headings are all their names; alone, an entry speaks of the clip beside it."""
    names = list(dict.fromkeys(name for cells in said for name in cells))
    beside = Beside(found).clip() if len(said) == 1 else None
    if beside is not None and not _states_a_path(settings, said[0]):
        names, said, beside = [CLIP, *names], [{CLIP: beside, **said[0]}], None
    rows = [SourceRow(tuple(cells.get(name) for name in names)) for cells in said]
    table = find_table(iter([SourceRow(tuple(names)), *rows]), settings)
    if isinstance(table, NoTable):
        raise unreadable(str(found.path), settings, table)
    for row in feed_rows(table, settings, BUILDERS[settings.kind]):
        yield _of_clip(row, found, beside)


def _states_a_path(settings: FeedSettings, cells: Cells) -> bool:
    columns = match_columns(LAYOUTS[settings.kind], tuple(cells), settings.columns)
    return bool(cleaned(columns.cells_by_field(tuple(cells.values())).get(CLIP)))


def _of_clip(row: FeedRow, found: Found, beside: str | None) -> FeedRow:
    """The row of the clip that bears the sidecar's name, where the name it states lies nowhere beside it."""
    if beside is None or not isinstance(row.record, IndexEntry):
        return row
    stated = row.record.path.rpartition("/")[2]
    if cleaned(stated).casefold() in {clip.casefold() for clip in found.clips}:
        return row
    note = about(
        CLIP, f"{stated!r} 不在旁边；按同名片段 {beside!r}", f"{stated!r} is not beside it; taken as {beside!r}"
    )
    return replace(row, record=replace(row.record, path=beside), notes=(*row.notes, note))
