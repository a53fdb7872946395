"""One HTML file that stands alone and prints: no script, no outside address, everything escaped."""

from collections.abc import Iterator

from markupsafe import Markup

from reports.base import DRAWN, Filled, Row
from reports.content import Content, pick
from reports.definitions import definitions_of
from reports.render.charts import chart_svg
from reports.render.stills import drawn
from reports.render.words import NUMBERS, cell, heading, spoken, word

STYLE = Markup(
    "body{font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#1b2430;"
    "margin:28px}h1{font-size:21px;margin:0 0 4px}p{color:#556172;margin:0 0 12px}table{border-collapse:collapse;"
    "width:100%;font-variant-numeric:tabular-nums;font-size:13px;margin:0 0 18px}th{text-align:left;color:#556172}"
    "th,td{border-bottom:1px solid #dfe4eb;padding:5px 9px;vertical-align:top}.n{text-align:right;white-space:nowrap}"
    "code{overflow-wrap:anywhere}thead{display:table-header-group}tr{break-inside:avoid}h2{font-size:16px;"
    "margin:22px 0 4px}td{word-break:keep-all;overflow-wrap:anywhere}"
    "figure{margin:0 0 14px}.chart svg{max-width:900px}figure svg{width:100%;display:block}"
    ".totals{width:auto;min-width:420px}dt{font-weight:600}dd{margin:0 0 6px}"
)
PAGE = Markup(
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    "</head><body><h1>{title}</h1><p>{about}</p><p>{head}</p>{tables}{definitions}<p>{again}</p></body></html>\n"
)


def html_page(content: Content, lang: str) -> bytes:
    """Title, where it comes from; each table with totals and their denominators, charts and rows; definitions."""
    page = PAGE.format(
        lang="zh-CN" if lang == "zh" else "en",
        style=STYLE,
        title=pick(content.report.title, lang),
        about=pick(content.report.about, lang),
        head=Markup(" · ").join(Markup("{} <code>{}</code>").format(*pair) for pair in heading(content, lang)),
        tables=Markup("").join(_table(content, one, lang) for one in content.filled),
        definitions=_definitions(content, lang),
        again=word("again", lang),
    )
    return page.encode("utf-8", "replace")


def _table(content: Content, filled: Filled, lang: str) -> Markup:
    """One table; a document's have their own headings."""
    part, title = filled.part, Markup("")
    if len(content.report.all_tables) > 1:
        about = "" if part.about == content.report.about else pick(part.about, lang)
        title = Markup("<h2>{}</h2><p>{}</p>").format(pick(part.title, lang), about)
    charts = [Markup(chart_svg(content, filled, chart, lang)) for chart in part.charts]  # noqa: S704 (drawn escaped)
    figures = [Markup('<figure class="chart">{}</figure>').format(chart) for chart in charts if chart]
    return title + _totals(filled, lang) + Markup("").join(figures) + _rows(content, filled, lang)


def _totals(filled: Filled, lang: str) -> Markup:
    rows = [
        Markup('<tr><td>{}</td><td class="n">{}</td></tr>').format(pick(total.title, lang), spoken(total))
        for total in filled.totals
    ]
    return (
        Markup('<table class="totals"><tbody>{}</tbody></table>').format(Markup("").join(rows)) if rows else Markup("")
    )


def _definitions(content: Content, lang: str) -> Markup:
    found = [
        Markup("<dt>{}</dt><dd>{}</dd>").format(pick(name, lang), pick(said, lang))
        for name, said in definitions_of(content.filled)
    ]
    return (
        Markup("<h2>{}</h2><dl>{}</dl>").format(word("definitions", lang), Markup("").join(found))
        if found
        else Markup("")
    )


def _rows(content: Content, filled: Filled, lang: str) -> Markup:
    columns = [column for column in filled.part.columns if column.form not in DRAWN]
    kinds = [Markup(' class="n"') if column.form in NUMBERS else Markup("") for column in columns]
    head = [
        Markup("<th{}>{}</th>").format(kind, pick(column.title, lang))
        for kind, column in zip(kinds, columns, strict=True)
    ]
    if not filled.rows:
        return Markup("<p>{}</p>").format(word("none", lang))
    body = []
    for row in filled.rows:
        cells = [
            Markup("<td{}>{}</td>").format(kind, cell(content, column, row.get(column.key), lang))
            for kind, column in zip(kinds, columns, strict=True)
        ]
        body.append(Markup("<tr>{}</tr>\n").format(Markup("").join(cells)))
        body += _pictures(content, filled, row, lang)
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        Markup("").join(head), Markup("").join(body)
    )


def _pictures(content: Content, filled: Filled, row: Row, lang: str) -> Iterator[Markup]:
    """A row's time line and still under it."""
    across = sum(column.form not in DRAWN for column in filled.part.columns)
    figure = Markup('<tr><td colspan="{}"><figure role="img" aria-label="{}">{}</figure></td></tr>\n')
    for column, picture in drawn(content, filled, row, lang):
        told = cell(content, column, row[column.key], lang)
        yield figure.format(across, told, Markup(picture))  # noqa: S704 (drawn escaped)
