"""Which column holds which field: headings as written, matched to the canonical names of `fields.py`."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from domain.wording import say
from indexer.feeds.cells import Cell, cleaned
from indexer.feeds.fields import Field, Layout

LOOK_FOR_HEADINGS = 20  # rows: exports put titles, dates and notes above the headings

_BRACKETS = re.compile(r"[(\[{【〔<《].*?[)\]}】〕>》]")
_NOISE = re.compile(r"[\W_]+")
_BEFORE_POINT = re.compile(r"^.*\.(?=\w)")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field lies. `names` are the headings made unique, `places` the columns of a field, best first."""

    names: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]
    free_text: frozenset[int]

    @property
    def width(self) -> int:
        return len(self.names)

    def name_at(self, index: int) -> str:
        return self.names[index] if index < self.width else f"column {index + 1}"

    def cells_by_field(self, cells: Sequence[Cell]) -> dict[str, Cell]:
        return {field: _first_filled(cells, places) for field, places in self.places.items()}


def _first_filled(cells: Sequence[Cell], places: tuple[int, ...]) -> Cell:
    first = cells[places[0]] if places[0] < len(cells) else None
    if len(places) == 1 or (first is not None and first != ""):
        return first
    filled = (cells[place] for place in places if place < len(cells) and cleaned(cells[place]))
    return next(filled, first)


@lru_cache(maxsize=2048)
def normalised(heading: str) -> str:
    """Heading without width, case, blanks, punctuation: `Received At` and `received_at` are one."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading).casefold())


def spellings(heading: str) -> tuple[str, ...]:
    """The heading as it stands, without what is in brackets, and without a table's name before a point."""
    plain = unicodedata.normalize("NFKC", heading)
    forms = (plain, _BRACKETS.sub("", plain), _BEFORE_POINT.sub("", plain))
    return tuple(dict.fromkeys(form for form in map(normalised, forms) if form))


def match_columns(layout: Layout, cells: Sequence[Cell], overrides: Mapping[str, str]) -> Columns:
    """The columns of a row of headings. Fields that no heading names have no place."""
    return _matched(layout, tuple(map(cleaned, cells)), tuple(overrides.items()))


@lru_cache(maxsize=256)  # ten thousand sidecars of one make have the same names
def _matched(layout: Layout, written: tuple[str, ...], given: tuple[tuple[str, str], ...]) -> Columns:
    overrides = dict(given)
    forms = [spellings(heading) for heading in written]
    places: dict[str, tuple[int, ...]] = {}
    taken = {normalised(heading) for heading in overrides.values()}
    spelt = _by_spelling(forms, taken)
    for field in layout.fields:
        if field.name in overrides:
            wanted = normalised(overrides[field.name])
            found = tuple(index for index, form in enumerate(forms) if form[:1] == (wanted,))
        else:
            found = _places(field, spelt)
        if found:
            places[field.name] = found
    mapped = {index for found in places.values() for index in found}
    free = {index for field in layout.fields if field.is_free_text for index in places.get(field.name, ())}
    return Columns(_unique(written), places, frozenset(free | set(range(len(written))) - mapped))


def _by_spelling(forms: Sequence[tuple[str, ...]], taken: set[str]) -> dict[str, list[int]]:
    """The columns that may be spelt so, those that are it as they stand before those without brackets or prefix."""
    spelt: dict[str, list[int]] = {}
    for spelling in range(3):
        for index, form in enumerate(forms):
            if len(form) > spelling and form[0] not in taken:
                spelt.setdefault(form[spelling], []).append(index)
    return spelt


def _places(field: Field, spelt: Mapping[str, list[int]]) -> tuple[int, ...]:
    """Columns whose heading means the field: of times all that do, of others only those with the best heading."""
    found: dict[int, None] = {}
    for heading in (field.name, *field.headings):
        found |= dict.fromkeys(spelt.get(normalised(heading), ()))
        if found and not field.is_time:
            break
    return tuple(found)


def _unique(written: Iterable[str]) -> tuple[str, ...]:
    """Every column needs its own name to keep its raw cell: a repeated heading gets a number."""
    names: list[str] = []
    used: set[str] = set()
    for index, heading in enumerate(written, 1):
        name, count = heading or f"column {index}", 1
        while name in used:
            count += 1
            name = f"{heading or f'column {index}'} ({count})"
        used.add(name)
        names.append(name)
    return tuple(names)


def lacking(layout: Layout, columns: Columns, overrides: Mapping[str, str]) -> list[str]:
    """What the table would need to be of this kind, in words of both languages; empty when it has all."""
    missing = [
        _of_columns(name, overrides[name]) if name in overrides else _in_words(layout, name)
        for name in (*layout.required, *overrides)
        if name not in columns.places
    ]
    if layout.one_of and not any(name in columns.places for name in layout.one_of):
        choice = " | ".join(_in_words(layout, name) for name in layout.one_of)
        missing.append(say(f"以下之一：{choice}", f"one of {choice}"))
    return list(dict.fromkeys(missing))


def _of_columns(name: str, heading: str) -> str:
    return say(f"{name}（[feeds.columns] 的列名 {heading!r}）", f"{name} (heading {heading!r} of [feeds.columns])")


def _in_words(layout: Layout, name: str) -> str:
    headings = next(field.headings for field in layout.fields if field.name == name)
    return f"{name} ({'/'.join(headings[:4])} …)"
