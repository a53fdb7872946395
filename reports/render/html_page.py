"""One HTML file that stands alone and prints: no script, no outside address, everything escaped."""

from markupsafe import Markup

from reports.base import Form, Total
from reports.content import Content, figure, pick, shown

STYLE = Markup(
    "body{font:14px/1.5 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#1b2430;"
    "margin:28px}h1{font-size:21px;margin:0 0 4px}p{color:#556172;margin:0 0 12px}table{border-collapse:collapse;"
    "width:100%;font-variant-numeric:tabular-nums;font-size:13px;margin:0 0 18px}th{text-align:left;color:#556172}"
    "th,td{border-bottom:1px solid #dfe4eb;padding:5px 9px;vertical-align:top}.n{text-align:right;white-space:nowrap}"
    "code{overflow-wrap:anywhere}thead{display:table-header-group}tr{break-inside:avoid}"
)
WORDS = {
    "period": ("期间", "Period"),
    "unit": ("单位", "Unit"),
    "all": ("全部可见单位", "all units seen"),
    "as_of": ("截至", "As of"),
    "scan": ("所据扫描", "Scan"),
    "rule_set": ("规则集", "Rule set"),
    "digest": ("校验值", "Digest"),
    "run": ("归档编号", "Filed as"),
    "rows": ("明细", "Rows"),
    "totals": ("合计", "Totals"),
}
NUMBERS = (Form.NUMBER, Form.SHARE, Form.LENGTH)
PAGE = Markup(
    '<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
    "</head><body><h1>{title}</h1><p>{about}</p><p>{head}</p>{totals}{rows}</body></html>\n"
)


def html_page(content: Content, lang: str) -> bytes:
    """Title, where it comes from, totals with denominators, rows."""
    page = PAGE.format(
        lang="zh-CN" if lang == "zh" else "en",
        style=STYLE,
        title=pick(content.report.title, lang),
        about=pick(content.report.about, lang),
        head=_head(content, lang),
        totals=_totals(content, lang),
        rows=_rows(content, lang),
    )
    return page.encode("utf-8", "replace")


def _head(content: Content, lang: str) -> Markup:
    as_of = content.as_of.astimezone(content.zone).strftime("%Y-%m-%d %H:%M:%S")
    known = {
        "period": content.period,
        "unit": content.unit or pick(WORDS["all"], lang),
        "as_of": as_of,
        "scan": content.scan,
        "rule_set": content.rule_set,
        "run": content.run,
        "digest": content.digest,
    }
    parts = [
        Markup("{} <code>{}</code>").format(pick(WORDS[name], lang), value)
        for name, value in known.items()
        if value is not None
    ]
    return Markup(" · ").join(parts)


def _totals(content: Content, lang: str) -> Markup:
    rows = [
        Markup('<tr><td>{}</td><td class="n">{}</td></tr>').format(pick(total.title, lang), spoken(total))
        for total in content.totals
    ]
    return Markup("<table><tbody>{}</tbody></table>").format(Markup("").join(rows))


def spoken(total: Total) -> str:
    """A total with its denominator: `12 / 187`, `91.4% (187)`."""
    if total.value is None:
        return "—"
    value = figure(total.form, total.value)
    if total.of is None:
        return value
    return f"{value} ({total.of:,})" if total.form is Form.SHARE else f"{value} / {total.of:,}"


def _rows(content: Content, lang: str) -> Markup:
    columns = content.report.columns
    kinds = [Markup(' class="n"') if column.form in NUMBERS else Markup("") for column in columns]
    head = [
        Markup("<th{}>{}</th>").format(kind, pick(column.title, lang))
        for kind, column in zip(kinds, columns, strict=True)
    ]
    body = []
    for row in content.rows:
        cells = [
            Markup("<td{}>{}</td>").format(kind, shown(column, row.get(column.key), lang, content.zone))
            for kind, column in zip(kinds, columns, strict=True)
        ]
        body.append(Markup("<tr>{}</tr>\n").format(Markup("").join(cells)))
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        Markup("").join(head), Markup("").join(body)
    )
