"""How wide the columns of a table on paper are: as their texts need; where that is too much, what can wrap gives way.

Widths are in halves of a Chinese character of the table's letters; a column gets its share of the paper.
"""

import re
from collections.abc import Iterable, Sequence

from reports.base import Column
from reports.content import pick
from reports.render.words import width_of

BREAK = "\u200b"
LONG = re.compile(r"[^\s\u2e80-\uffff]{14,}")
APART = re.compile(rf"[\s{BREAK}\u2e80-\uffff]+")
"""Where a line may end: at blanks, marked places, and anywhere in Chinese."""
NARROWEST, WIDEST, MEASURED, PADDING = 5, 60, 60, 2
PAPER = {False: 178.0, True: 265.0}
"""Width that A4 leaves upright and across (mm)."""
POINT = 25.4 / 72


def wrapped(text: str) -> str:
    """The text with places where a long name may be broken: after marks, and at the latest after twelve characters."""
    return LONG.sub(lambda found: re.sub(r"([/_.\-:]+|[^/_.\-:]{12})(?=.)", rf"\1{BREAK}", found[0]), text)


def widths(columns: Sequence[Column], cells: Sequence[Sequence[str]], lang: str, room: float) -> list[float]:
    """A share for each column. `cells`: texts as they are set, by row; `room`: halves that the paper has."""
    wanted, least = [], []
    for at, column in enumerate(columns):
        texts = [row[at] for row in cells[:MEASURED]]
        title = pick(column.title, lang)
        word = max((len(name) for name in title.split() if name.isascii()), default=0) * 6 // 5  # bold
        whole = max((_width(text.replace(BREAK, "")) for text in texts), default=0)
        piece = max((_width(part) for text in texts for part in _pieces(text)), default=0)
        least.append(max(piece, word, NARROWEST) + PADDING)
        wanted.append(max(min(max(whole, -(-width_of(title) // 2) + 1), WIDEST) + PADDING, least[-1]))
    return _fitted(wanted, least, room)


def room_of(across: bool, letters: float) -> float:
    """Halves that fit beside each other on A4. `letters`: their size in points."""
    return PAPER[across] / (letters * POINT / 2)


def _fitted(wanted: Sequence[int], least: Sequence[int], room: float) -> list[float]:
    """As wanted where there is room; else each gives way as far as it can, in proportion."""
    over, give = sum(wanted) - room, sum(wanted) - sum(least)
    if over <= 0 or give <= 0:
        return [float(each) for each in wanted]
    part = min(over / give, 1.0)
    return [round(each - (each - low) * part, 2) for each, low in zip(wanted, least, strict=True)]


def _pieces(text: str) -> Iterable[str]:
    return APART.split(text)


def _width(text: str) -> int:
    """In halves of a Chinese character: letters and figures of the font are somewhat wider than that."""
    return width_of(text) + sum(letter.isascii() for letter in text) // 5
