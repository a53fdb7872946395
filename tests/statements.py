"""Statements as a test reads them: the English half, after a check that the Chinese half says as much."""

import re
from collections.abc import Iterable

from domain.wording import halves

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FIGURE = re.compile(r"\d+(?:[.:-]\d+)*")


def english(statement: str) -> str:
    """The English half of one statement. Fails unless the other half is Chinese and holds the same figures."""
    zh, en = halves(statement)
    assert zh != en, f"expected 中文 / English, got {statement!r}"
    assert _CHINESE.search(zh), f"expected Chinese first, got {statement!r}"
    assert set(_FIGURE.findall(zh)) == set(_FIGURE.findall(en)), f"the halves differ in figures: {statement!r}"
    return en


def in_english(statements: Iterable[str]) -> tuple[str, ...]:
    return tuple(english(statement) for statement in statements)
