"""What a renderer shows: a report's rows and totals with where they come from, made just now or filed earlier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.wording import halves
from reports.base import Column, Form, Made, Report, Row, Total, Word

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Content:
    """`run`: number of the filed run, None while it is not filed. Times are shown in `zone`."""

    report: Report
    period: str
    unit: str | None
    as_of: datetime
    scan: int | None
    rule_set: str | None
    digest: str
    rows: Sequence[Row]
    totals: Sequence[Total]
    zone: ZoneInfo
    run: int | None = None


def content_of(made: Made, zone: ZoneInfo) -> Content:
    """Of a report made just now."""
    asked = made.asked
    return Content(
        *(made.report, asked.period.word, asked.unit, asked.as_of, made.scan, made.rule_set, made.digest),
        *(made.rows, made.totals, zone),
    )


def content_filed(report: Report, table: Mapping[str, Any], head: Mapping[str, Any], zone: ZoneInfo) -> Content:
    """Of a filed run: `table` as it was filed, `head` the columns beside it."""
    rows = [dict(zip(table["columns"], cells, strict=True)) for cells in table["rows"]]
    return Content(
        report=report,
        period=table["period"],
        unit=table["unit"],
        as_of=head["as_of"],
        scan=head["scan_id"],
        rule_set=head["rule_set"],
        digest=head["digest"],
        rows=rows,
        totals=filed_totals(report, table),
        zone=zone,
        run=head["id"],
    )


def filed_totals(report: Report, table: Mapping[str, Any]) -> list[Total]:
    """Totals as they were filed, with the titles of today."""
    titles = {total.key: total for total in report.totals([])}
    return [
        Total(key, titles[key].title, value, of, titles[key].form)
        if key in titles
        else Total(key, (key, key), value, of)
        for key, (value, of) in table["totals"].items()
    ]


def pick(word: Word, lang: str) -> str:
    """Chinese or English of a pair."""
    return word[LANGUAGES.index(lang)]


def shown(column: Column, value: Any, lang: str, zone: ZoneInfo) -> str:
    """A value for a person; absent is empty."""
    if value is None:
        return ""
    if isinstance(value, list):
        return pick(("、", ", "), lang).join(worded(column, one, lang) for one in value)
    if column.form is Form.TIME:
        return datetime.fromisoformat(value).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return figure(column.form, value) if isinstance(value, int | float) else worded(column, value, lang)


def worded(column: Column, value: Any, lang: str) -> str:
    """A word of a vocabulary, one half of a statement, or the text itself."""
    if column.form is Form.STATEMENT:
        return pick(halves(str(value)), lang)
    word = column.words.get(str(value))
    return str(value) if word is None else pick(word, lang)


def figure(form: Form, value: float) -> str:
    """A number as people read it; a share is never rounded up to the whole or down to nothing."""
    if form is Form.SHARE:
        inside = min(max(round(value * 100, 1), 0.1 if value > 0 else 0.0), 99.9 if value < 1 else 100.0)
        return f"{inside:g}%"
    if form is Form.LENGTH:
        whole = int(value + 0.5)
        hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
