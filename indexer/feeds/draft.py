"""One row on its way to a record: its cells by canonical field, and what had to be said about it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from sys import intern
from zoneinfo import ZoneInfo

from domain.vocabulary import FIELDS
from domain.wording import say
from indexer.feeds.cells import ROUNDED_FROM, Cell, cleaned, says_nothing, shown

REPLACED = "\ufffd"  # stands where bytes could not be decoded
_LOST_DIGITS = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
_TOTALS = frozenset(["合计", "总计", "小计", "total", "sum", "subtotal"])
_BLANKS = re.compile(r"\s+")


class Rejected(Exception):
    """The row cannot become a record. `field` is to blame (None: the row as a whole); `zh` and `en` say what was
    expected and what was there."""

    def __init__(self, field: str | None, zh: str, en: str) -> None:
        super().__init__(say(zh, en) if field is None else about(field, zh, en))
        self.field = field
        self.zh = zh
        self.en = en


def about(field: str, zh: str, en: str) -> str:
    """A note on one field of the row, in both languages."""
    return say(f"{named(field)}：{zh}", f"{field}: {en}")


def named(field: str) -> str:
    """The field with its Chinese name; a heading of the source stands for itself."""
    return f"{FIELDS[field]} {field}" if field in FIELDS else field


@dataclass(slots=True)
class Draft:
    """Mutable on purpose: every cleaning step takes its cells from here and leaves its notes here.

    A *correction* changes what the row says, a *remark* only says something about it.
    """

    cells: Mapping[str, Cell]
    zone: ZoneInfo
    notes: list[str] = field(default_factory=list)
    corrected: bool = False
    short: bool = False  # the row broke off before the last heading

    def correct(self, note: str) -> None:
        self.notes.append(note)
        self.corrected = True

    def remark(self, note: str) -> None:
        self.notes.append(note)

    def text(self, name: str) -> str | None:
        """The cell's text; None for the many spellings of empty."""
        text = cleaned(self.cells.get(name))
        return None if not text or says_nothing(text) else intern(text)  # units, kinds, badges repeat a million times

    def code(self, name: str) -> str | None:
        """A number or code that identifies something: no blanks, no full-width characters."""
        text = self.text(name)
        return None if text is None else _BLANKS.sub("", unicodedata.normalize("NFKC", text)).removesuffix(".0") or None

    def key(self, name: str) -> str:
        """A code without which the row means nothing. Raises Rejected."""
        raw = self.cells.get(name)
        code = self.code(name)
        if code is None:
            raise Rejected(name, f"应有值，实为 {shown(raw)}", f"expected a value, got {shown(raw)}")
        if code.casefold() in _TOTALS:
            raise Rejected(
                name, f"应为一条记录，实为合计行 {shown(raw)}", f"expected a record, got a row of totals {shown(raw)}"
            )
        if _LOST_DIGITS.fullmatch(code) or (isinstance(raw, float) and abs(raw) >= ROUNDED_FROM):
            raise Rejected(
                name,
                f"应有全部数字，实为 {shown(raw)}：已被电子表格舍入；请将该列设为文本格式",
                f"expected all digits, got {shown(raw)}: a spreadsheet rounded it; format the column as text",
            )
        if REPLACED in code:
            raise Rejected(
                name,
                f"应为文字，实为无法解码的字节：{shown(raw)}",
                f"expected text, got bytes that cannot be decoded: {shown(raw)}",
            )
        return code

    def real(self, name: str) -> float | None:
        """A number with decimals, or None and a note."""
        text = self.code(name)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            got = shown(text)
            self.correct(about(name, f"应为数字，实为 {got}；留空", f"expected a number, got {got}; left empty"))
            return None

    def whole(self, name: str) -> int | None:
        """A whole number, or None and a note."""
        text = self.code(name)
        if text is None:
            return None
        if text.isdecimal() and len(text) <= 18:
            return int(text)
        got = shown(text)
        self.correct(about(name, f"应为整数，实为 {got}；留空", f"expected a whole number, got {got}; left empty"))
        return None
