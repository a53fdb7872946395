"""What a renderer shows: a report's rows and totals with where they come from, made just now or filed earlier."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from domain.errors import UsageError
from domain.wording import halves, say
from reports.base import Column, Filled, Form, Made, Part, Report, Row, Total, Word
from reports.moments import told
from reports.stills import kept_in, told_still

LANGUAGES = ("zh", "en")
NO_STILLS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Content:
    """`run`: number of the filed run, None while it is not filed. Times are shown in `zone`, units by their names.

    `stills`: pictures at hand, as JPEG, by the key of their reference (`reports.stills`).
    """

    report: Report
    period: str
    unit: str | None
    as_of: datetime
    scan: int | None
    rule_set: str | None
    digest: str
    filled: Sequence[Filled]
    zone: ZoneInfo
    run: int | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    stills: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def rows(self) -> Sequence[Row]:
        """Of the report's own table."""
        return self.filled[0].rows

    @property
    def totals(self) -> Sequence[Total]:
        """Of the report's own table."""
        return self.filled[0].totals

    def only(self, table: str) -> "Content":
        """The same with one of its tables. Raises UsageError naming those that there are."""
        found = [one for one in self.filled if one.part.name == table]
        if not found:
            names = " ".join(one.part.name for one in self.filled)
            said = say(f"没有表 {table}；可选 {names}", f"table: expected one of {names}; got {table}")
            raise UsageError(said)
        return replace(self, filled=found)


def content_of(made: Made, zone: ZoneInfo, stills: Mapping[str, bytes] = NO_STILLS) -> Content:
    """Of a report made just now, with the pictures that could be made for it."""
    asked = made.asked
    return Content(
        *(made.report, asked.period.word, asked.unit, asked.as_of, made.scan, made.rule_set, made.digest),
        *(made.filled, zone),
        units=made.units,
        stills=stills,
    )


def content_filed(
    report: Report, tables: Sequence[Mapping[str, Any]], head: Mapping[str, Any], zone: ZoneInfo
) -> Content:
    """Of a filed run: `tables` as they were filed, `head` the columns beside them and names of units."""
    return Content(
        report=report,
        period=tables[0]["period"],
        unit=tables[0]["unit"],
        as_of=head["as_of"],
        scan=head["scan_id"],
        rule_set=head["rule_set"],
        digest=head["digest"],
        filled=list(filed_parts(report, tables)),
        zone=zone,
        run=head["id"],
        units=head["units"],
        stills=kept_in(tables),
    )


def filed_parts(report: Report, tables: Sequence[Mapping[str, Any]]) -> Iterator[Filled]:
    """The tables of a run that this version knows; one that was not filed then is not there."""
    filed = {table["name"]: table for table in tables}
    for part in report.all_tables:
        if table := filed.get(part.name):
            rows = [dict(zip(table["columns"], cells, strict=True)) for cells in table["rows"]]
            yield Filled(part, rows, filed_totals(part, table))


def filed_totals(part: Part, table: Mapping[str, Any]) -> list[Total]:
    """Totals as they were filed, with the titles of today."""
    titles = {total.key: total for total in part.totals([])}
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
    if column.form is Form.PICTURE:
        return pick(told(value, zone), lang)
    if column.form is Form.STILL:
        return pick(told_still(value, zone), lang)
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
