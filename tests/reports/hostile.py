"""A document of two tables full of text that formats could take for their own language; a chart and a time line."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports.base import Chart, Column, Draw, Filled, Form, Part, Report, Row, Total
from reports.content import Content
from reports.render import RENDERERS

HOSTILE = (
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "http://example.org/",
    "#set page(width: 1pt)",
    "*bold* _under_ $x^2$",
    "\\u{41} \\\\ [content] `raw` <label> @ref // note",
    '"quoted" \'single\' #{1+1} #("a")',
    "</text><script>alert(1)</script>&amp;",
    "line\nbreak\ttab",
)
"""What must come out letter by letter (blanks aside)."""
HIDDEN = {"bell\x07": "bell<U+0007>", "\u202egnp.exe": "<U+202E>gnp.exe", "half\ud83d": "half<U+D83D>"}
"""What has no shape, and what it is shown as."""
LONG = "DSJ-1234567_012345_20240115_143025_" + "a" * 90 + ".mp4"
AS_OF = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
COLUMNS = (
    Column("at", ("序", "No"), Form.NUMBER),
    Column("text", ("文字", "Text")),
    Column("share", ("占比", "Share"), Form.SHARE),
    Column("length", ("时长", "Length"), Form.LENGTH),
    Column("time", ("时间", "Time"), Form.TIME),
    Column("line", ("时间线", "Time line"), Form.PICTURE),
    Column("scan", ("扫描", "Scan"), Form.NUMBER, compared=False),
)
LINE = {
    "from": "2026-11-22T12:00:00+00:00",
    "to": "2026-11-22T12:30:00+00:00",
    "window": ["2026-11-22T12:05:00+00:00", "2026-11-22T12:25:00+00:00"],
    "lanes": [
        {
            "name": "</text>#031021",
            "clips": [["2026-11-22T12:05:00+00:00", "2026-11-22T12:15:00+00:00"]],
            "holes": [["2026-11-22T12:15:00+00:00", "2026-11-22T12:25:00+00:00", "not-on-record"]],
        }
    ],
}


def rows() -> Iterator[dict[str, Any]]:
    for at, text in enumerate((*HOSTILE, *HIDDEN, LONG)):
        yield {
            "at": at,
            "text": text,
            "share": at / 13,
            "length": 3661.0 + 86400 * at,
            "time": "2026-11-22T15:59:58+00:00",
            "line": LINE if at == 0 else None,
            "scan": 7,
        }


def totals(found: Sequence[Row]) -> list[Total]:
    return [
        Total("rows", ("行数 #1", "Rows #1"), len(found)),
        Total("rate", ("合规率", "Rate"), 0.99996, len(found), Form.SHARE),
        Total("nothing", ("无", "None"), None),
    ]


CHART = Chart(("占比 #图 <b>", "Share #chart <b>"), Draw.BARS, "text", ("share",))
LINES = Chart(("走势", "Trend"), Draw.LINES, "at", ("share",))
REPORT = Report(
    *("hostile", ("敌意 #文本 <b>", "Hostile #text <b>"), ("关于 *此* 表", "About *this*"), COLUMNS, ("at",)),
    rows=lambda *_: (),
    totals=totals,
    charts=(CHART, LINES),
    parts=(Part("second", ("第二/表[1]", "Second/table[1]"), ("又一表", "Another"), COLUMNS, ("at",), totals),),
)


def content(report: Report = REPORT) -> Content:
    found = list(rows())
    filled = [Filled(part, found, totals(found)) for part in report.all_tables]
    asked = ("2026-11-22", "310114", AS_OF, 7, "r1", "7" + "e" * 63)
    return Content(report, *asked, filled, ZONE, run=4, units={"310114": "示范#所"})


def single() -> Content:
    """Of one table."""
    return content(replace(REPORT, parts=()))


def digests() -> list[str]:
    """Of each file that people print or hand on."""
    return [hashlib.sha256(RENDERERS[form](content(), lang)).hexdigest() for form in FORMS for lang in ("zh", "en")]


FORMS = ("xlsx", "pdf")
