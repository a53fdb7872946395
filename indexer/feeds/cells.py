"""One cell of a source table, whatever wrote it: as text, without the dirt that spreadsheets and exports leave."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite

Cell = str | int | float | Decimal | datetime | date | time | timedelta | None

EXACT_IN_A_DOUBLE = 2**53
ROUNDED_FROM = 10**15  # spreadsheets keep fifteen digits: a longer number has lost its last ones
LONGEST_NUMBER = 40  # digits: a Decimal("1E+999999") is not written out
LONGEST_SHOWN = 80

_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_FORCED_TEXT = re.compile(r'^=?"(.*)"$', re.DOTALL)  # ="031021": how exports stop Excel from eating zeros
_SAYS_NOTHING = re.compile(r"^[\W_]*$")  # -, --, /, **:**:**, ？
_NULL_WORDS = frozenset(
    ["null", "none", "nil", "nan", "nat", "na", "n/a", "\\n", "undefined", "unknown"],
).union(["#n/a", "#value!", "#ref!", "#null!", "无", "空", "未知", "暂无", "不详", "未填", "未填写"])


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as the source holds it, headings included; `notes` say what had to be repaired to read it at all.

    `trimmed`: this kind of source leaves out empty cells at the end, so a short row is a whole one.
    """

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    trimmed: bool = False

    @property
    def blank(self) -> bool:
        return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in self.cells)


def as_text(cell: Cell) -> str:
    """The cell as a person would read it: 31021.0 is `31021`, and a number has no exponent if that can be avoided."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return _real_as_text(cell)
    if isinstance(cell, Decimal):
        return _decimal_as_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)


def _real_as_text(value: float) -> str:
    if not isfinite(value):
        return ""
    return str(int(value)) if value.is_integer() and abs(value) <= EXACT_IN_A_DOUBLE else repr(value)


def _decimal_as_text(value: Decimal) -> str:
    if not value.is_finite() or abs(value.adjusted()) > LONGEST_NUMBER:
        return "" if value.is_nan() else str(value)
    whole = value.to_integral_value()
    return format(whole if whole == value else value, "f")


def cleaned(cell: Cell) -> str:
    """Text without invisible characters, surrounding blanks, a forcing apostrophe or ="…"."""
    text = as_text(cell).strip()
    if not text.isprintable():
        text = _INVISIBLE.sub("", text).strip()
    if text[:1] in ("=", '"') and (forced := _FORCED_TEXT.match(text)):
        text = forced[1].strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1].isalnum() else text


def says_nothing(text: str) -> bool:
    """True for the many spellings of an empty cell: NULL, N/A, 无, -, **:**:**."""
    return text.casefold() in _NULL_WORDS or _SAYS_NOTHING.match(text) is not None


def shown(cell: Cell) -> str:
    """The cell for a message, quoted and not too long."""
    text = as_text(cell)
    return repr(text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…")
