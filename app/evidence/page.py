"""`说明.html`, the package for people: what lies in it, what `bwc explain` says, how to check it. Opens anywhere."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import quote
from zoneinfo import ZoneInfo

import api
from app.evidence.case import Case
from app.evidence.clips import ClipCopy
from app.explanation import ExplainSection, worded_cells
from app.headings import heading
from app.tables import cell
from app.visible import visible

LINK = re.compile(r'<a class="([^"]*)" href="[^"]*"')
TAG = re.compile(r"<[^>]+>")
BARE = re.compile(r"\s(data-timeline|data-ticks)(?=[\s>])")
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML 1.0 cannot hold; names of files can."""
REPLACED = "\ufffd"
SVG_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" '
LOOK = """
body { max-width: 1240px; margin: 24px auto; padding: 0 16px; }
h2 { margin: 26px 0 8px; } body table tr:last-child td { border-bottom: 1px solid #c6cedb; }
table { border-collapse: collapse; margin: 6px 0 18px; } td, th { border: 1px solid #c6cedb; padding: 3px 8px;
text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eef2f7; } code { overflow-wrap: anywhere; }
.trouble { background: #fdf1e3; } svg.timeline { width: 100%; height: auto; background: #fff; } p { margin: 6px 0; }
"""


def style() -> str:
    """The program's own look: colours and the time line."""
    static = Path(api.__file__).parent / "static"
    return "".join((static / name).read_text(encoding="utf-8") for name in ("style.css", "activity.css")) + LOOK


def svg_file(drawing: str) -> str:
    """The time line as a picture by itself: it leads nowhere, and brings its look along."""
    plain = TAG.sub(lambda tag: BARE.sub(r' \1=""', tag[0]), unlinked(drawing))
    opening, mark, rest = plain.replace("<svg ", f"<svg {SVG_NAMESPACE}", 1).partition(">")
    look = f"<style><![CDATA[{style()}]]></style>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{opening}{mark}{look}{UNFIT.sub(REPLACED, rest)}'


def unlinked(drawing: str) -> str:
    """Links to pages that only the running program has become plain groups."""
    return LINK.sub(r'<g class="\1"', drawing).replace("</a>", "</g>")


def page(case: Case, clips: Sequence[ClipCopy], now: datetime, zone: ZoneInfo, version: str) -> str:
    """The whole page."""
    title = f"证据包 / Evidence package: {case.number}"
    parts = [
        f"<h1>{_text(title)}</h1>",
        f"<p>{_text(case.explanation.title)}</p>",
        f"<p>生成 / made: {now.astimezone(zone).isoformat(timespec='seconds')} · bwc {_text(version)} · "
        f"审计日志链尾 / head of the audit log: <code>{case.head.sequence}:{case.head.digest}</code></p>",
        _clips(clips),
        f"<h2>时间线 / Time line</h2>{unlinked(case.drawing)}" if case.drawing else "",
        _files(case),
        *(_section(section, zone) for section in case.explanation.sections),
        CHECKING,
    ]
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{_text(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{style()}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


CHECKING = """<h2>如何核验 / How to check</h2>
<p>本文件夹为 BagIt（RFC 8493）包。/ This folder is a bag (BagIt, RFC 8493). In its root:</p>
<p><code>bagit.py --validate .</code> 或 / or <code>sha256sum -c manifest-sha256.txt</code></p>
<p>data/audit.json 中每条均可由 before 与自身各值重算 digest；
其 sequence 与 digest 应见于全链导出（bwc audit export）。/
Each entry of data/audit.json gives its digest from <code>before</code> and its own values; its sequence and digest
are to be found in an export of the whole log (<code>bwc audit export</code>).</p>"""


def _clips(clips: Sequence[ClipCopy]) -> str:
    wrong = sum(not one.in_order for one in clips)
    note = (
        f'<p class="trouble">{wrong} 个片段未能原样放入，见下表 / '
        f"{wrong} clip(s) are not in here as they were indexed: see the table</p>"
        if wrong
        else ""
    )
    rows = [_clip_row(one) for one in clips]
    columns = ("片段 / clip", "包内文件 / file here", "字节 / bytes", "SHA-256", "结果 / result")
    return f"<h2>关联片段 / Linked clips ({len(clips)})</h2>{note}{_table(columns, rows)}"


def _clip_row(one: ClipCopy) -> tuple[bool, list[str]]:
    here = _here(one.path.removeprefix("data/")) if one.path else "—"
    size = one.file.size if one.size is None else one.size
    values = [_text(f"{one.file.store}:{one.file.path}"), here, f"{size:,}", f"<code>{one.sha256 or '—'}</code>"]
    return not one.in_order, [*values, _text(one.said)]


def _here(path: str) -> str:
    return f'<a href="{escape(quote(path))}">{_text(path)}</a>'


def _files(case: Case) -> str:
    names = ["verdict.json", "findings.json", "clips.json", "audit.json", *(["timeline.svg"] if case.drawing else [])]
    items = "".join(f"<li>{_here(name)}</li>" for name in names)
    rest = f"<li>attachments/ ({len(case.attachments)})</li>"
    return f"<h2>其他文件 / Other files</h2><ul>{items}{rest}</ul>"


def _section(section: ExplainSection, zone: ZoneInfo) -> str:
    lines = "".join(f"<p>{_text(line)}</p>" for line in section.lines)
    cells = [(False, [_text(cell(v, zone).plain) for v in worded_cells(section.columns, row)]) for row in section.rows]
    rows = _table([heading(column) for column in section.columns], cells) if section.rows else ""
    nothing = "" if lines or rows else "<p>(无 / none)</p>"
    return f"<h2>{_text(section.title_zh)} / {_text(section.title_en)}</h2>{lines}{rows}{nothing}"


def _table(columns: Sequence[str], rows: Iterable[tuple[bool, list[str]]]) -> str:
    head = "".join(f"<th>{_text(column)}</th>" for column in columns)
    body = "".join(
        f"<tr{' class=trouble' if odd else ''}>{''.join(f'<td>{value}</td>' for value in row)}</tr>"
        for odd, row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(value: str) -> str:
    return escape(visible(value))
