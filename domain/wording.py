"""Statements for people in both languages: one string `中文 / English`, made here and taken apart here.

Evidence, reasons and notes travel and are stored as one string; a reader is shown the half of their language. What is
not ours (names of files, raw cells, figures) stands in both halves, so that each can be read alone.
"""

import re
from collections.abc import Iterable

SEPARATOR = " / "
STOP = ("；", "; ")
COMMA = ("，", ", ")
COLON = ("：", ": ")
LIST = ("、", ", ")
"""How statements are joined in Chinese and in English."""

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_SLASH = re.compile(r" */ *")


def say(zh: str, en: str) -> str:
    """One statement in both languages. The halves always come apart again: a separator that only one of them holds
    (a path or a cell quoted there alone), or that lies at the seam, loses its blanks."""
    if zh.count(SEPARATOR) != en.count(SEPARATOR) or zh.endswith(" /") or en.startswith("/ "):
        zh, en = _SLASH.sub("/", zh), _SLASH.sub("/", en)
    return f"{zh}{SEPARATOR}{en}"


def halves(text: str) -> tuple[str, str]:
    """The Chinese and the English half; a text that `say` did not make stands whole for both."""
    parts = text.split(SEPARATOR)
    middle = len(parts) // 2
    zh, en = SEPARATOR.join(parts[:middle]), SEPARATOR.join(parts[middle:])
    if len(parts) % 2 or not _CHINESE.search(zh):
        return text, text
    return zh, en


def joined(statements: Iterable[str], between: tuple[str, str] = STOP) -> str:
    """Several statements as one, each language by itself; empty ones are left out, one alone stays as it is."""
    said = [statement for statement in statements if statement]
    if len(said) < 2:
        return "".join(said)
    pairs = [halves(statement) for statement in said]
    zh, en = (mark.join(pair[side] for pair in pairs) for side, mark in enumerate(between))
    return say(zh, en)
