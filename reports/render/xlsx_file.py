"""XLSX: a sheet of where the report comes from with totals, a sheet for each table, a sheet of charts.

Text is always text (never a formula or link), numbers, shares, lengths and times are real ones. The same content gives
the same bytes: nothing in the file tells when or where it was written. Rows are written one by one, never all held.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.image import Image
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from reports.base import DRAWN, Chart, Column, Draw, Filled, Form, Row, Total
from reports.content import Content, pick
from reports.definitions import definitions_of
from reports.render.charts import COLOURS, MOST_BARS, chart_title
from reports.render.words import NUMBERS, cell, heading, visible, width_of, word
from reports.stills import key_of

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
FORMATS = {
    Form.NUMBER: "#,##0.######",
    Form.SHARE: '[=1]0.0%;[>=0.9995]"99.9%";0.0%',  # never rounded up to the whole
    Form.LENGTH: "[h]:mm:ss",
    Form.TIME: "yyyy-mm-dd hh:mm:ss",
}
FONT = "Noto Sans CJK SC"
MEASURED, NARROW, WIDE, TOLD = 500, 7, 46, 40
"""Columns are as wide as their first rows need, within limits (narrow characters); time lines in words wrap early."""
HEADINGS = 1
"""Row of the headings of a table; above it the title."""
LONGEST = 32_767
"""Characters of a cell, by the format."""
TITLE, TWO_LINES, LINE = 26, 28, 14
"""Height of a title's row, of headings and of a line of text (points)."""
ACROSS = 130
"""Narrow letters that fit into the four columns of the summary."""
STILL_WIDE, STILL_HIGH, STILL_WORDS, STILL_ROW = 272, 153, 44, 150
"""Room of a still and of the words above it (pixels), and height of its row (points)."""
A4, CHART, CHART_ROWS = 9, {"width": 740, "height": 300}, 16
GRID = {"color": "#DFE4EB"}
SECONDS_OF_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Styles:
    """Formats of one workbook."""

    title: Format
    soft: Format
    broken: Format
    head: Format
    text: Format
    line: Format
    right: Format
    values: dict[Form, Format]


def xlsx_file(content: Content, lang: str) -> bytes:
    """The workbook as bytes."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, OPTIONS)
    named = {"title": visible(pick(content.report.title, lang)), "comments": content.digest}
    book.set_properties({**named, "created": content.as_of.astimezone(UTC).replace(tzinfo=None)})
    styles = _styles(book)
    first = book.add_worksheet(word("summary", lang))
    sheets = [book.add_worksheet(name) for name in _names(content.filled, lang)]
    _summary(first, content, lang, styles)
    for sheet, filled in zip(sheets, content.filled, strict=True):
        _table(sheet, content, filled, lang, styles)
    _charts(book, content, sheets, lang)
    book.close()
    return stream.getvalue()


def _styles(book: Workbook) -> Styles:
    base = {"font_name": FONT, "font_size": 10, "valign": "top"}
    made = book.add_format
    return Styles(
        title=made({**base, "bold": True, "font_size": 16}),
        soft=made({**base, "font_color": "#556172"}),
        broken=made({**base, "font_color": "#556172", "text_wrap": True}),
        head=made({**base, "bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
        text=made({**base, "text_wrap": True}),
        line=made(base),
        right=made({**base, "align": "right"}),
        values={form: made({**base, "num_format": shape}) for form, shape in FORMATS.items()},
    )


def _names(filled: Sequence[Filled], lang: str) -> list[str]:
    """Names of sheets: at most 31 characters, none of those that programs refuse, each once."""
    found: list[str] = []
    for at, one in enumerate(filled, 1):
        title = "".join(letter for letter in pick(one.part.title, lang) if letter not in "[]:*?/\\'")
        name = title[:31].strip()
        found.append(name if name and name.lower() not in map(str.lower, found) else f"{title[:27]} {at}".strip())
    return found


def _page(sheet: Worksheet, content: Content, lang: str) -> None:
    """A4 across, as wide as one page, page n of m below."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.fit_to_pages(1, 0)
    page = word("page", lang, n="&P", m="&N")
    title = visible(pick(content.report.title, lang)).replace("&", "&&")
    sheet.set_footer(f"&L&8 {title} {content.period}&C&8 {page}&R&8 {content.digest[:16]}")


def _summary(sheet: Worksheet, content: Content, lang: str, styles: Styles) -> None:
    """Title, where it comes from, totals, definitions."""
    _page(sheet, content, lang)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 2, 18)
    sheet.set_column(3, 3, 78)
    sheet.set_row(0, TITLE)
    sheet.write_string(0, 0, visible(pick(content.report.title, lang)), styles.title)
    about = visible(pick(content.report.about, lang))
    sheet.set_row(1, LINE * -(-width_of(about) // ACROSS))  # one long line would make the whole sheet small on paper
    sheet.merge_range(1, 0, 1, 3, "", styles.broken)
    sheet.write_string(1, 0, about, styles.broken)
    row = 3
    for name, value in heading(content, lang):
        sheet.write_string(row, 0, name, styles.soft)
        sheet.write_string(row, 1, visible(value), styles.line)
        row += 1
    for filled in content.filled:
        row = _totals(sheet, row + 1, filled, lang, styles) if filled.totals else row
    row += 1
    for at, (term, definition) in enumerate(definitions_of(content.filled)):
        if at == 0:
            sheet.write_string(row, 0, word("definitions", lang), styles.head)
            row += 1
        sheet.write_string(row, 0, visible(pick(term, lang)), styles.text)
        sheet.write_string(row, 1, visible(pick(definition, lang)), styles.line)
        row += 1


def _totals(sheet: Worksheet, row: int, filled: Filled, lang: str, styles: Styles) -> int:
    title = f"{word('totals', lang)} · {pick(filled.part.title, lang)}"
    for at, text in enumerate((title, word("value", lang), word("of", lang))):
        sheet.write_string(row, at, visible(text), styles.head)
    for total in filled.totals:
        row += 1
        sheet.write_string(row, 0, visible(pick(total.title, lang)), styles.text)
        _number(sheet, row, 1, total, styles)
        if total.of is not None:
            sheet.write_number(row, 2, total.of, styles.values[Form.NUMBER])
    return row + 1


def _number(sheet: Worksheet, row: int, at: int, total: Total, styles: Styles) -> None:
    if total.value is None:
        sheet.write_string(row, at, "—", styles.right)
    else:
        value = total.value / SECONDS_OF_DAY if total.form is Form.LENGTH else total.value
        sheet.write_number(row, at, value, styles.values.get(total.form, styles.values[Form.NUMBER]))


def _table(sheet: Worksheet, content: Content, filled: Filled, lang: str, styles: Styles) -> None:
    """Title, headings that stay in sight and can be filtered by, and the rows."""
    columns = filled.part.columns
    _page(sheet, content, lang)
    _widths(sheet, content, filled, lang)
    title = f"{pick(filled.part.title, lang)} · {content.period}"
    sheet.set_row(0, TITLE)
    sheet.write_string(0, 0, visible(title), styles.title)
    sheet.set_row(HEADINGS, TWO_LINES)
    for at, column in enumerate(columns):
        sheet.write_string(HEADINGS, at, visible(pick(column.title, lang)), styles.head)
    for row, values in enumerate(filled.rows, HEADINGS + 1):
        stills = list(_stills(content, filled, values))
        if stills:
            sheet.set_row(row, STILL_ROW)
        for at, column in enumerate(columns):
            _cell(sheet, (row, at), _value(content, column, values.get(column.key), lang), column, styles)
        for at, jpeg in stills:
            _show(sheet, (row, at), jpeg, cell(content, columns[at], values[columns[at].key], lang))
    sheet.freeze_panes(HEADINGS + 1, 0)
    sheet.repeat_rows(HEADINGS)
    sheet.autofilter(HEADINGS, 0, HEADINGS + max(len(filled.rows), 1), max(len(columns) - 1, 0))


def _stills(content: Content, filled: Filled, row: Row) -> Iterator[tuple[int, bytes]]:
    """The pictures of a row that are at hand, each with its column."""
    for at, column in enumerate(filled.part.columns):
        if column.form is Form.STILL and row.get(column.key) and (jpeg := content.stills.get(key_of(row[column.key]))):
            yield at, jpeg


def _show(sheet: Worksheet, place: tuple[int, int], jpeg: bytes, said: str) -> None:
    """A picture in its cell, under the words that say what it shows."""
    image = Image(io.BytesIO(jpeg))
    scale = min(STILL_WIDE / image.width, STILL_HIGH / image.height)
    how = {"x_scale": scale, "y_scale": scale, "x_offset": 4, "y_offset": STILL_WORDS, "description": visible(said)}
    sheet.insert_image(*place, image, {**how, "object_position": 1})


def _value(content: Content, column: Column, value: Any, lang: str) -> str | float | datetime | None:
    """What goes into a cell; a length is a part of a day, a time one of the zone."""
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value / SECONDS_OF_DAY if column.form is Form.LENGTH else value
    if column.form is Form.TIME and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(content.zone).replace(tzinfo=None)
    text = visible(cell(content, column, value, lang))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _cell(
    sheet: Worksheet, place: tuple[int, int], value: str | float | datetime | None, column: Column, styles: Styles
) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(*place, value, styles.values[Form.TIME])
    elif isinstance(value, str):
        sheet.write_string(*place, value, styles.text)
    else:
        sheet.write_number(*place, value, styles.values.get(column.form, styles.values[Form.NUMBER]))


def _widths(sheet: Worksheet, content: Content, filled: Filled, lang: str) -> None:
    for at, column in enumerate(filled.part.columns):
        texts = [cell(content, column, row.get(column.key), lang) for row in filled.rows[:MEASURED]]
        widest = max((width_of(text) for text in texts), default=0)
        title = width_of(pick(column.title, lang))
        least = title / 2 if column.form in NUMBERS else title  # headings wrap
        least = TOLD if column.form is Form.STILL and content.stills else least
        sheet.set_column(at, at, min(max(widest + 2, least + 4, NARROW), TOLD if column.form in DRAWN else WIDE))


def _charts(book: Workbook, content: Content, sheets: Sequence[Worksheet], lang: str) -> None:
    """A sheet of native charts over the cells of the tables, two a page."""
    drawn = [(sheet, one) for sheet, one in zip(sheets, content.filled, strict=True) if one.rows and one.part.charts]
    if not drawn:
        return
    where = book.add_worksheet(word("charts", lang))
    _page(where, content, lang)
    where.fit_page = False  # a page fitted to a width takes no breaks
    at = 0
    for sheet, filled in drawn:
        for chart in filled.part.charts:
            where.insert_chart(at * CHART_ROWS, 0, _chart(book, sheet, filled, chart, lang))
            at += 1
    where.set_h_pagebreaks([number * 2 * CHART_ROWS for number in range(1, (at + 1) // 2)])


def _chart(book: Workbook, sheet: Worksheet, filled: Filled, chart: Chart, lang: str) -> Any:
    columns = filled.part.columns
    keys = {column.key: at for at, column in enumerate(columns)}
    name, bars = sheet.get_name(), chart.draw is Draw.BARS
    last = HEADINGS + (min(len(filled.rows), MOST_BARS) if bars else len(filled.rows))
    made = book.add_chart({"type": "bar" if bars else "line"})
    for colour, key in zip(COLOURS, chart.values, strict=False):
        look = (
            {"fill": {"color": colour}}
            if bars
            else {"line": {"color": colour, "width": 2}, "marker": {"type": "circle"}}
        )
        made.add_series(
            {
                "name": visible(pick(columns[keys[key]].title, lang)),
                "categories": [name, HEADINGS + 1, keys[chart.across], last, keys[chart.across]],
                "values": [name, HEADINGS + 1, keys[key], last, keys[key]],
                "gap": 60,
                **look,
            }
        )
    made.set_title({"name": visible(chart_title(filled, chart, lang)), "name_font": {"size": 12}})
    made.set_legend({"position": "bottom"} if len(chart.values) > 1 else {"none": True})
    share = columns[keys[chart.values[0]]].form is Form.SHARE
    scale = {"min": 0, "num_format": "0%" if share else "#,##0", "major_gridlines": {"visible": True, "line": GRID}}
    scale |= {"max": 1} if share else {}
    made.set_x_axis(scale if bars else {})
    made.set_y_axis({"reverse": True, "crossing": "max"} if bars else scale)
    made.set_size(CHART)
    return made
