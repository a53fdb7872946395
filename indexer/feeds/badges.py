"""Badge numbers (警号) and lists in one cell, as dispatchers and spreadsheets write them."""

import re
import unicodedata
from decimal import Decimal
from sys import intern

from indexer.feeds.cells import Cell, cleaned, says_nothing, shown
from indexer.feeds.draft import Draft

BADGE_DIGITS = 6  # a regular officer's badge; a spreadsheet number drops its leading zeros

_SEPARATORS = re.compile(r"[,;、，；/\\|+&\s]+")
_LIST_SEPARATORS = re.compile(r"\s*[,;、，；/|\n\r\t]+\s*")
_PLAIN = re.compile(r"[A-Za-z]{0,4}-?\d[A-Za-z0-9-]{0,15}")
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])\d{6,8}(?![0-9A-Za-z])")
_FLOAT = re.compile(r"(\d+)\.0+")


def badges(draft: Draft, name: str) -> tuple[str, ...]:
    """Every badge in the cell, in order, each once. Free text gives the badge numbers that stand in it, with a note."""
    cell = draft.cells.get(name)
    text = unicodedata.normalize("NFKC", cleaned(cell))
    if not text or says_nothing(text):
        return ()
    tokens = [token for token in _SEPARATORS.split(text) if token and not says_nothing(token)]
    if all(_PLAIN.fullmatch(_FLOAT.sub(r"\1", token)) for token in tokens):
        return tuple(dict.fromkeys(_with_zeros(draft, name, token, cell) for token in tokens))
    found = tuple(dict.fromkeys(_IN_TEXT.findall(text)))
    draft.correct(f"{name}: expected badge numbers, got {shown(text)}; {_what_was_read(tokens, found)}")
    return found


def badge(draft: Draft, name: str) -> str | None:
    """The one badge of the cell; of several the first, with a note."""
    found = badges(draft, name)
    if len(found) > 1:
        draft.correct(f"{name}: expected one badge number, got {len(found)}; {found[0]} taken")
    return found[0] if found else None


def _with_zeros(draft: Draft, name: str, token: str, cell: Cell) -> str:
    """A badge that a spreadsheet kept as a number gets its leading zeros back."""
    number = _FLOAT.fullmatch(token)
    digits = number[1] if number else token
    if not (number or isinstance(cell, int | float | Decimal)) or len(digits) >= BADGE_DIGITS:
        return intern(digits)
    draft.correct(f"{name}: number {digits} has lost its leading zeros, taken as {digits.zfill(BADGE_DIGITS)}")
    return digits.zfill(BADGE_DIGITS)


def _what_was_read(tokens: list[str], found: tuple[str, ...]) -> str:
    if not found:
        return "no badge number in it, nobody taken"
    nameless = [token for token in tokens if not any(number in token for number in found)]
    left_out = f", without a badge and left out: {shown(' '.join(nameless))}" if nameless else ""
    return f"read as {' '.join(found)}{left_out}"


def listed(draft: Draft, name: str) -> tuple[str, ...]:
    """Names in one cell; blanks separate them only where nothing else does."""
    text = draft.text(name)
    if text is None:
        return ()
    parts = _LIST_SEPARATORS.split(text) if _LIST_SEPARATORS.search(text) else text.split()
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
