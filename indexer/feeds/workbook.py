"""XLSX sheets as rows of cells. Dates come as dates, numbers as numbers; formulas as the value last shown."""

import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from domain.errors import FeedUnreadable
from domain.wording import say
from indexer.feeds.cells import ROUNDED_FROM, Cell, SourceRow

BATCH = 500
MOST_HELD = 128 << 20
"""Bytes of one part that is held whole: shared texts, styles. Twenty times those of a year of a city."""
MOST_SHEET = 4 << 30
DENSE, DENSE_FROM = 200, 16 << 20
"""Nothing that a spreadsheet writes is this many times larger than packed; small parts may be."""
MOST_BLANK_ROWS = 10_000  # sheets formatted down to row 1,048,576 hold nothing below

# What openpyxl lets through on a broken workbook: it trusts the archive, the XML and the values in it.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,  # xml.etree's ParseError
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    ArithmeticError,
    EOFError,
    OSError,
    RuntimeError,
    AssertionError,
    struct.error,
)


def read_sheets(path: Path) -> Iterator[tuple[str, Iterator[SourceRow]]]:
    """Each sheet's name and rows, in order. Raises FeedUnreadable when the workbook is broken, also in mid-sheet."""
    book = _open(path)
    try:
        for sheet in book.worksheets:
            yield sheet.title, _rows(path, sheet)
    finally:
        book.close()


def _open(path: Path) -> Any:
    _refuse_bombs(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # styles and extensions that do not concern us
        try:
            return openpyxl.load_workbook(path, read_only=True, data_only=True)
        except BROKEN as error:
            raise FeedUnreadable(_broken(path, error)) from error


def _refuse_bombs(path: Path) -> None:
    """A few hundred kilobytes can unpack to gigabytes. The sizes that an archive states bind: no more is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except BROKEN as error:
        raise FeedUnreadable(_broken(path, error)) from error
    for part in parts:
        most = MOST_SHEET if part.filename.startswith("xl/worksheets/") else MOST_HELD
        dense = part.file_size > DENSE_FROM and part.file_size > DENSE * max(part.compress_size, 1)
        if part.file_size > most or dense:
            zh = f"{path}：应为普通 XLSX 工作簿，实为解压后过大（{part.file_size} 字节）的文件，未打开"
            en = f"{path}: expected an XLSX workbook, got one that unpacks to {part.file_size} bytes; not opened"
            raise FeedUnreadable(say(zh, en))


def _rows(path: Path, sheet: Any) -> Iterator[SourceRow]:
    sheet.reset_dimensions()  # some programs write A1:A1 for any size
    rows = sheet.iter_rows(values_only=True)
    blank = 0
    while batch := _batch(path, rows):
        for values in batch:
            row = SourceRow(tuple(map(_cell, values)), trimmed=True)
            blank = blank + 1 if row.blank else 0
            if blank > MOST_BLANK_ROWS:
                return
            yield row


def _batch(path: Path, rows: Iterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a date out of range comes as #VALUE!
        try:
            return list(islice(rows, BATCH))
        except BROKEN as error:
            raise FeedUnreadable(_broken(path, error)) from error


def _cell(value: Any) -> Cell:
    if isinstance(value, int) and value >= ROUNDED_FROM and not str(value)[15:].strip("0"):
        return float(value)  # rounded by the spreadsheet, no matter how it is written out
    if value is None or isinstance(value, str | int | float | datetime | date | time | timedelta):
        return value
    return str(value)


def _broken(path: Path, error: BaseException) -> str:
    cause = f"{type(error).__name__}: {error}"
    return say(
        f"{path}: 应为 XLSX 工作簿，实为损坏或受保护的工作簿（{cause}）",
        f"{path}: expected an XLSX workbook, got a broken or protected one ({cause})",
    )
