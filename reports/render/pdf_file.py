"""PDF on A4, set by Typst with fonts of our own: what the data say is text there, never markup.

The same content gives the same bytes on every machine: no system fonts, no clock but the time of the report.
"""

import json
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import Any

import typst

from domain.errors import ConfigError
from domain.wording import say
from reports.base import DRAWN, Column, Filled, Row
from reports.content import Content, pick
from reports.definitions import definitions_of
from reports.render.charts import chart_svg
from reports.render.stills import drawn
from reports.render.widths import room_of, widths, wrapped
from reports.render.words import NUMBERS, cell, heading, moment, spoken, unit_shown, visible, word

FONTS = ("cvttf_NotoSansCJK_Regular", "cvttf_NotoSansCJK_Bold")
TEMPLATE = "report.typ"
MOST_ROWS, MOST_OF_PART = 300, 100
"""Of a table on paper, alone or in a document; figures and charts are over all of them."""
UPRIGHT, LARGE, SMALL = 11, 8, 13
"""A table of more columns than the first lies across; the others: up to how many its letters are large or not small."""
REGIONS = {"zh": "CN", "en": "GB"}


def pdf_file(content: Content, lang: str) -> bytes:
    """The document as bytes. Raises ConfigError where its fonts are not installed."""
    source = resources.files("reports.render").joinpath(TEMPLATE).read_bytes()
    told = json.dumps(_told(content, lang), ensure_ascii=False, sort_keys=True)
    made = _setter().submit(_set, source, told, int(content.as_of.timestamp())).result()
    assert isinstance(made, bytes)
    return made


def _set(source: bytes, told: str, at: int) -> bytes | list[bytes] | None:
    return typst.compile(source, font_paths=_fonts(FONTS), sys_inputs={"data": told}, timestamp=at, format="pdf")


@cache
def _setter() -> Executor:
    """One thread sets every document: what Typst needs for one is kept by the thread for the next."""
    return ThreadPoolExecutor(1, thread_name_prefix="bwc-pdf")


@cache
def _fonts(packages: tuple[str, ...]) -> typst.Fonts:
    """The fonts, which come as packages; none of the machine.

    Loaded once: what is remembered of the last ten documents holds their fonts, and those of one's own were 40 MB each.
    """
    found: list[str] = []
    for package in packages:
        try:
            found.append(str(resources.files(package)))
        except ModuleNotFoundError as error:
            needed = package.replace("_", "-")
            text = say(f"PDF 缺少字体包 {needed}", f"PDF: expected the package of fonts {needed}, it is not installed")
            raise ConfigError(text) from error
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=found)


def _told(content: Content, lang: str) -> dict[str, Any]:
    """Everything that the template shows, as JSON values."""
    landscape = any(len(_columns(filled)) > UPRIGHT for filled in content.filled)
    known = heading(content, lang)
    title = visible(pick(content.report.title, lang))
    before, _, rest = word("page", lang).partition("{n}")
    between, _, after = rest.partition("{m}")
    return {
        "lang": lang,
        "region": REGIONS[lang],
        "title": title,
        "about": visible(pick(content.report.about, lang)),
        "where": visible(f"{unit_shown(content, lang)} · {content.period}"),
        "made": word("made", lang, as_of=moment(content)),
        "page": [before, between, after],
        "landscape": landscape,
        "columns": 4 if landscape else 3,
        "head": [[name, wrapped(visible(value))] for name, value in known[:3]],
        "foot": [[name, wrapped(visible(value))] for name, value in known],
        "tables": [_table(content, filled, lang, landscape) for filled in content.filled],
        "definitions": [
            [visible(pick(name, lang)), visible(pick(said, lang))] for name, said in definitions_of(content.filled)
        ],
        "words": {name: word(name, lang) for name in ("totals", "none", "definitions", "provenance", "again")},
    }


def _columns(filled: Filled) -> list[Column]:
    """What is printed as text: columns that say which scan it is from are for programs and sheets."""
    return [column for column in filled.part.columns if column.compared and column.form not in DRAWN]


def _table(content: Content, filled: Filled, lang: str, across: bool) -> dict[str, Any]:
    columns, part = _columns(filled), filled.part
    several = len(content.report.all_tables) > 1
    most, count = MOST_OF_PART if several else MOST_ROWS, len(filled.rows)
    numbers = {"shown": f"{most:,}", "count": f"{count:,}", "table": part.name}
    rows = [_row(content, filled, row, lang) for row in filled.rows[:most]]
    charts = [chart_svg(content, filled, chart, lang) for chart in part.charts]
    size = 8.5 if len(columns) <= LARGE else 7.5 if len(columns) <= SMALL else 6.5
    return {
        "title": visible(pick(part.title, lang)) if several else None,
        "about": visible(pick(part.about, lang)) if part.about != content.report.about else None,
        "totals": [[visible(pick(total.title, lang)), spoken(total)] for total in filled.totals],
        "charts": [chart for chart in charts if chart],
        "heads": [visible(pick(column.title, lang)) for column in columns],
        "right": [column.form in NUMBERS for column in columns],
        "widths": widths(columns, [row["cells"] for row in rows], lang, room_of(across, size)),
        "rows": rows,
        "left": word("left", lang, **numbers) if count > most else None,
        "pictured": any(row["pictures"] for row in rows),
        "size": size,
    }


def _row(content: Content, filled: Filled, row: Row, lang: str) -> dict[str, Any]:
    pictures = [svg for _, svg in drawn(content, filled, row, lang)]
    cells = [wrapped(visible(cell(content, column, row.get(column.key), lang))) for column in _columns(filled)]
    return {"cells": cells, "pictures": pictures}
