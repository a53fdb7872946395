"""CSV and TSV as they really come: any Chinese encoding, any delimiter, quotes that are never closed.

RFC 4180 where the file keeps to it. Where it does not, a row that makes sense beats a row that swallows its
successors: an open quote ends with its line unless the lines that follow close it and none of them is a whole row.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.cells import SourceRow
from indexer.feeds.draft import REPLACED
from indexer.feeds.headings import LOOK_FOR_HEADINGS

DELIMITERS = (",", "\t", ";", "|")
CHUNK = 1 << 20
MOST_LINES_IN_ROW = 60  # an address of three lines is real, one of sixty is an open quote

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SEP_LINE = re.compile(r"^sep=([,;|:^~\t])\s*$", re.IGNORECASE)

Score = Callable[[Sequence[str]], int]


MISPLACED_QUOTE = say("引号位置不当，按文字处理", "a quotation mark is out of place, taken as text")
UNDECODABLE = say("无法解码的字节已替换", "bytes that cannot be decoded were replaced")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file is written."""

    encoding: str
    line_end: str
    delimiter: str
    width: int
    field: re.Pattern[str]


def read_text_table(path: Path, score: Score) -> Iterator[SourceRow]:
    """Every row of the file, headings included. `score` says how many headings of the wanted kind a row holds.

    Raises FeedUnreadable when the file cannot be read; bytes that cannot be decoded are replaced and noted.
    """
    try:
        dialect = find_dialect(path, score)
        with path.open(encoding=dialect.encoding, newline=dialect.line_end, errors="replace") as lines:
            yield from _rows(lines, dialect)
    except OSError as error:
        raise FeedUnreadable(not_readable(path, error)) from error


def not_readable(path: Path, error: OSError) -> str:
    """What to say of a file that the system does not give."""
    cause = error.strerror or error
    return say(f"{path}: 应为可读文件，实为 {cause}", f"{path}: expected a readable file, got {cause}")


def find_dialect(path: Path, score: Score) -> Dialect:
    """Encoding, line end and delimiter, from the content."""
    encoding = find_encoding(path)
    with path.open(encoding=encoding, newline="", errors="replace") as text:
        sample = text.read(CHUNK // 4)
    if not sample.strip():
        raise FeedUnreadable(say(f"{path}: 应为表格，实为空文件", f"{path}: expected a table, got an empty file"))
    line_end = "\n" if "\n" in sample else "\r"
    lines = [line for line in sample.split(line_end) if line.strip()][:LOOK_FOR_HEADINGS]
    delimiter = _find_delimiter(lines, score)
    field = _field_pattern(delimiter)
    headings = max((split_row(line, field)[0] for line in lines), key=score)
    return Dialect(encoding, line_end, delimiter, len(headings), field)


def _find_delimiter(lines: Sequence[str], score: Score) -> str:
    """The one that yields most of the headings wanted; of equals the one that divides most."""
    if said := _SEP_LINE.match(lines[0]):
        return said[1]

    def merit(delimiter: str) -> tuple[int, int]:
        split = [split_row(line, _field_pattern(delimiter))[0] for line in lines]
        return max(map(score, split)), sum(len(cells) > 1 for cells in split)

    return max(DELIMITERS, key=merit)


def find_encoding(path: Path) -> str:
    """By byte order mark, by the pattern of zero bytes, else UTF-8 or GB18030, whichever fits the whole file."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    pairs = max(1, len(head) // 2)
    if head[1::2].count(0) > 0.3 * pairs and b"\0" not in head[:1]:
        return "utf-16-le"
    if head[::2].count(0) > 0.3 * pairs:
        return "utf-16-be"
    wrong = _undecodable(path, "utf-8")
    return "gb18030" if wrong and _undecodable(path, "gb18030") < wrong else "utf-8"


def _undecodable(path: Path, encoding: str) -> int:
    """How many characters of the file the encoding cannot give."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    count = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            count += decoder.decode(chunk).count(REPLACED)
    return count + decoder.decode(b"", final=True).count(REPLACED)


def _field_pattern(delimiter: str) -> re.Pattern[str]:
    """One field and what ends it: quoted with doubled quotes, or anything up to the next delimiter."""
    mark = re.escape(delimiter)
    return re.compile(rf' *+"([^"]*+(?:""[^"]*+)*+)" *+(?={mark}|\Z)|([^{mark}]*+)')


def split_row(text: str, field: re.Pattern[str]) -> tuple[list[str], bool]:
    """The cells of one row, and whether a quote in it was out of place (then it stands for itself)."""
    cells: list[str] = []
    damaged, at = False, 0
    while True:
        match = field.match(text, at)
        if match is None:  # cannot be: the second alternative matches nothing at all
            return cells, True
        quoted, plain = match.groups()
        if quoted is None:
            cells.append(plain)
            damaged = damaged or plain.lstrip().startswith('"')
        else:
            cells.append(quoted.replace('""', '"'))
        at = match.end() + 1
        if at > len(text):
            return cells, damaged


def _strictly(text: str, dialect: Dialect) -> tuple[list[str], bool]:
    """As `split_row`, ten times faster where the row keeps to the standard."""
    try:
        return next(csv.reader([text], delimiter=dialect.delimiter, strict=True, skipinitialspace=True)), False
    except csv.Error:
        return split_row(text, dialect.field)


def _rows(lines: Iterator[str], dialect: Dialect) -> Iterator[SourceRow]:
    """Physical lines to rows; lines that an open quote did not need are given back."""
    waiting: list[str] = []
    notes: tuple[str, ...]
    first = True
    while True:
        line = waiting.pop() if waiting else next(lines, None)
        if line is None:
            return
        if '"' not in line:
            cells, notes = line.rstrip("\r\n").split(dialect.delimiter), ()
        else:
            cells, notes, unused = _quoted_row(line, waiting, lines, dialect)
            waiting.extend(reversed(unused))
        if first and _SEP_LINE.match(line.lstrip("\ufeff")):
            first = False
            continue
        first = False
        yield SourceRow(tuple(cells), notes + _replaced(cells))


def _quoted_row(
    line: str, waiting: list[str], lines: Iterator[str], dialect: Dialect
) -> tuple[list[str], tuple[str, ...], list[str]]:
    """Cells, notes and lines read in vain. A quote left open takes further lines only if they complete the row."""
    taken = [line]
    quotes = line.count('"')
    while quotes % 2 and len(taken) < MOST_LINES_IN_ROW:
        following = waiting.pop() if waiting else next(lines, None)
        if following is None:
            break
        taken.append(following)
        quotes += following.count('"')
    cells, damaged = _strictly("".join(taken).rstrip("\r\n"), dialect)
    if quotes % 2 == 0 and not damaged and not any(_whole_row(inside, dialect) for inside in taken[1:-1]):
        return cells, (), []
    cells, damaged = split_row(line.rstrip("\r\n"), dialect.field)
    return cells, (MISPLACED_QUOTE,), taken[1:]


def _whole_row(line: str, dialect: Dialect) -> bool:
    """True for a line that has every column: it stands by itself and in nobody's quotes."""
    return dialect.width > 2 and '"' not in line and line.count(dialect.delimiter) + 1 == dialect.width


def _replaced(cells: Sequence[str]) -> tuple[str, ...]:
    return (UNDECODABLE,) if any(REPLACED in cell for cell in cells) else ()
