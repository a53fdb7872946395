"""Badge numbers (警号) and lists in one cell, as dispatchers and spreadsheets write them."""

import re
import unicodedata
from decimal import Decimal
from sys import intern

from domain.wording import COMMA, joined, say
from indexer.feeds.cells import Cell, cleaned, says_nothing, shown
from indexer.feeds.draft import Draft, about

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
    expected = about(name, f"应为警号，实为 {shown(text)}", f"expected badge numbers, got {shown(text)}")
    draft.correct(joined((expected, _what_was_read(tokens, found))))
    return found


def badge(draft: Draft, name: str) -> str | None:
    """The one badge of the cell; of several the first, with a note."""
    found = badges(draft, name)
    if len(found) > 1:
        count, first = len(found), found[0]
        draft.correct(
            about(
                name,
                f"应为一个警号，实有 {count} 个；取 {first}",
                f"expected one badge number, got {count}; {first} taken",
            )
        )
    return found[0] if found else None


def _with_zeros(draft: Draft, name: str, token: str, cell: Cell) -> str:
    """A badge that a spreadsheet kept as a number gets its leading zeros back."""
    number = _FLOAT.fullmatch(token)
    digits = number[1] if number else token
    if not (number or isinstance(cell, int | float | Decimal)) or len(digits) >= BADGE_DIGITS:
        return intern(digits)
    whole = digits.zfill(BADGE_DIGITS)
    draft.correct(
        about(
            name,
            f"数字 {digits} 缺少前导零，按 {whole} 处理",
            f"number {digits} has lost its leading zeros, taken as {whole}",
        )
    )
    return whole


def _what_was_read(tokens: list[str], found: tuple[str, ...]) -> str:
    if not found:
        return say("其中没有警号，不采用任何人", "no badge number in it, nobody taken")
    nameless = [token for token in tokens if not any(number in token for number in found)]
    numbers, others = " ".join(found), shown(" ".join(nameless))
    read = say(f"读作 {numbers}", f"read as {numbers}")
    left_out = say(f"没有警号而略去：{others}", f"without a badge and left out: {others}")
    return joined((read, left_out if nameless else ""), COMMA)


def listed(draft: Draft, name: str) -> tuple[str, ...]:
    """Names in one cell; blanks separate them only where nothing else does."""
    text = draft.text(name)
    if text is None:
        return ()
    parts = _LIST_SEPARATORS.split(text) if _LIST_SEPARATORS.search(text) else text.split()
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
