"""Rows for other programs: CSV, JSON and JSON lines in UTF-8, streamed, never wrapped (`interface.md`, --format)."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

from app.times import local_iso

Row = Mapping[str, object]
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class MachineFormat(StrEnum):
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"


@contextmanager
def utf8_stream(binary: BinaryIO) -> Iterator[TextIO]:
    """UTF-8 text over a byte stream, whatever the terminal's encoding; a lone surrogate becomes a JSON escape."""
    stream = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="", write_through=False)
    try:
        yield stream
        stream.flush()
    finally:
        stream.detach()


def write_rows(
    stream: TextIO, form: MachineFormat, columns: Sequence[str], rows: Iterable[Row], zone: ZoneInfo
) -> None:
    """Write every row as it comes."""
    ready = (plain(row, zone) for row in rows)
    if form is MachineFormat.CSV:
        _write_csv(stream, columns, ready)
    elif form is MachineFormat.JSON:
        _write_json(stream, ready)
    else:
        stream.writelines(json_line(row) + "\n" for row in ready)


def plain(value: object, zone: ZoneInfo) -> object:
    """Values of the JSON kinds only: times as text with offset, durations as seconds, vocabularies as their words."""
    if isinstance(value, datetime):
        return local_iso(value, zone)
    if isinstance(value, timedelta):
        return seconds(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(item, zone) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, zone) for item in value]
    return value


def seconds(length: timedelta) -> int | float:
    """A duration as a number of seconds, whole where it is whole."""
    number = length.total_seconds()
    return int(number) if number.is_integer() else number


def json_line(value: object) -> str:
    """One JSON value on one line. NaN and infinity are no JSON and raise ValueError."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)


def _write_json(stream: TextIO, rows: Iterable[object]) -> None:
    before = "["
    for row in rows:
        stream.write(f"{before}\n{json_line(row)}")
        before = ","
    stream.write("[]\n" if before == "[" else "\n]\n")


def _write_csv(stream: TextIO, columns: Sequence[str], rows: Iterable[object]) -> None:
    stream.write("\ufeff")  # without it Excel takes the file for the local code page
    writer = csv.writer(stream)
    writer.writerow(columns)
    for row in rows:
        cells = row if isinstance(row, Mapping) else {}
        writer.writerow([csv_cell(cells.get(column)) for column in columns])


def csv_cell(value: object) -> str:
    """One cell: absent is empty, lists are JSON, and text that a spreadsheet would run as a formula gets a quote."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = value if isinstance(value, str) else json_line(value)
    return f"'{text}" if text.startswith(FORMULA) else text
