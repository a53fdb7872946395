"""CSV for spreadsheets (RFC 4180): UTF-8 with a byte order mark, and no cell that would run as a formula."""

import csv
import io
from datetime import datetime

from reports.base import Column, Form
from reports.content import Content, pick, shown

BOM = "\ufeff"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell of text must not begin with (OWASP, CSV injection); the wide ones some programs take for the narrow."""


def csv_file(content: Content, lang: str) -> bytes:
    """Headings in the language, numbers as numbers (shares 0 to 1, lengths in seconds), times in ISO 8601.

    Of a document its own table: another is had with `content.only(name)`.
    """
    columns = content.filled[0].part.columns
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([pick(column.title, lang) for column in columns])
    for row in content.rows:
        writer.writerow([_cell(content, column, row.get(column.key), lang) for column in columns])
    return (BOM + stream.getvalue()).encode("utf-8", "replace")


def _cell(content: Content, column: Column, value: object, lang: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(round(value, 6))
    if column.form is Form.TIME and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(content.zone).isoformat()
    return harmless(shown(column, value, lang, content.zone))


def harmless(text: str) -> str:
    """The text, with an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
