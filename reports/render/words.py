"""Words that every format of a report shares, and what stands above and below its tables."""

import unicodedata

from reports.base import Column, Form, Total
from reports.content import Content, figure, pick, shown

WORDS = {
    "period": ("期间", "Period"),
    "unit": ("单位", "Unit"),
    "all": ("全部可见单位", "all units seen"),
    "together": ("全部单位合签", "all units together"),
    "as_of": ("截至", "As of"),
    "scan": ("所据扫描", "Scan"),
    "rule_set": ("规则集", "Rule set"),
    "digest": ("校验值", "Digest"),
    "run": ("归档编号", "Filed as"),
    "rows": ("明细", "Rows"),
    "totals": ("合计", "Totals"),
    "figure": ("指标", "Figure"),
    "value": ("数值", "Value"),
    "of": ("分母 / 总数", "Of"),
    "definitions": ("算法说明", "How figures are counted"),
    "definition": ("说明", "Definition"),
    "summary": ("概要", "Summary"),
    "charts": ("图表", "Charts"),
    "none": ("没有内容。", "Nothing."),
    "left": (
        "此处列出前 {shown} 行，共 {count} 行；合计与图表按全部行计算，其余各行见本报表的 XLSX 或 CSV（表 {table}）。",
        "The first {shown} of {count} rows; totals and charts are over all of them. The others are in the XLSX or CSV "
        "(table {table}) of this report.",
    ),
    "page": ("第 {n} 页 共 {m} 页", "Page {n} of {m}"),
    "made": ("据截至 {as_of} 的数据生成", "Made of what was known at {as_of}"),
    "provenance": ("出处与校验", "Where this comes from"),
    "again": (
        "同样的期间、单位与截至时刻可随时重做，校验值不变。措辞不作指控：“未发现记录”不等于“未记录”。",
        "Made again of the same period, units and time it has the same digest. Nothing here accuses: no recording "
        "found is not the same as not recorded.",
    ),
}
NUMBERS = (Form.NUMBER, Form.SHARE, Form.LENGTH)
BIDI = {"\u061c", "\u200e", "\u200f", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def word(name: str, lang: str, **values: object) -> str:
    """One of the words above, filled in."""
    return pick(WORDS[name], lang).format(**values) if values else pick(WORDS[name], lang)


def heading(content: Content, lang: str) -> list[tuple[str, str]]:
    """Where a report comes from: (word, value) of what is known."""
    known = {
        "period": content.period,
        "unit": unit_shown(content, lang),
        "as_of": moment(content),
        "scan": content.scan,
        "rule_set": content.rule_set,
        "run": content.run,
        "digest": content.digest,
    }
    return [(word(name, lang), str(value)) for name, value in known.items() if value is not None]


def unit_shown(content: Content, lang: str) -> str:
    """The unit by name and code, or all that may be seen."""
    if content.unit is None:
        return word("all", lang)
    name = content.units.get(content.unit)
    return content.unit if name is None else f"{name} ({content.unit})"


def moment(content: Content) -> str:
    """The time of the report in its zone, with the offset: `2026-11-23 12:00:00 +08:00`."""
    local = content.as_of.astimezone(content.zone)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def spoken(total: Total) -> str:
    """A total with its denominator: `12 / 187`, `91.4% (187)`."""
    if total.value is None:
        return "—"
    value = figure(total.form, total.value)
    if total.of is None:
        return value
    return f"{value} ({total.of:,})" if total.form is Form.SHARE else f"{value} / {total.of:,}"


def cell(content: Content, column: Column, value: object, lang: str) -> str:
    """A value for a person, units by name."""
    if column.key == "unit" and isinstance(value, str):
        return content.units.get(value, value) or word("together", lang)
    return shown(column, value, lang, content.zone)


def visible(text: str) -> str:
    """The text for paper and sheets: what has no shape, or turns the direction of others, is named instead."""
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character in "\n\t":
        return " "
    hidden = character in BIDI or unicodedata.category(character) in ("Cc", "Cs", "Cn", "Co")
    return f"<U+{ord(character):04X}>" if hidden else character


def width_of(text: str) -> int:
    """Width in narrow characters; those of Chinese, Japanese and Korean are two wide."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
