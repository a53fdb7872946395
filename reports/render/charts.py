"""Charts as SVG that the program draws itself: bars and lines over the rows of a table, one font with the text."""

from collections.abc import Sequence
from math import floor, log10

from markupsafe import Markup

from reports.base import Chart, Draw, Filled, Form, Row
from reports.content import Content, figure, pick
from reports.render.words import cell, visible, width_of

FONT = "'Noto Sans CJK TC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
COLOURS = ("#1f5fa8", "#c2571a", "#4a7d3a", "#7a4fa3")
DASHES = ("none", "7 4", "2 3", "9 3 2 3")
"""Lines differ by dash as well: a print in black and white tells them apart."""
INK, SOFT, GRID = "#1b2430", "#556172", "#dfe4eb"
WIDE, LEFT, RIGHT = 900.0, 190.0, 880.0
BAR, TOP, PLOT = 26.0, 40.0, 210.0
MOST_BARS = 15
LABEL = 24
TICKS = 9


def chart_svg(content: Content, filled: Filled, chart: Chart, lang: str) -> str:
    """One chart as SVG; "" for a table without rows."""
    if not filled.rows:
        return ""
    drawn = _bars if chart.draw is Draw.BARS else _lines
    return drawn(content, filled, chart, lang)


def _bars(content: Content, filled: Filled, chart: Chart, lang: str) -> str:
    """A bar for each row and value, the figure at its end; of many rows the first."""
    rows = filled.rows[:MOST_BARS]
    form = _form(filled, chart)
    top = _ceiling([_value(row, key) for row in rows for key in chart.values], form)
    each = BAR * len(chart.values) + 8
    parts = [_title(filled, chart, lang)]
    y = TOP + (22 if len(chart.values) > 1 else 0)
    for row in rows:
        label = _short(_across(content, filled, row, chart, lang))
        parts.append(text(LEFT - 8, y + each / 2, label, "end"))
        for at, key in enumerate(chart.values):
            value = _value(row, key)
            width = 0.0 if value is None else (RIGHT - LEFT - 80) * value / top
            place = y + at * BAR
            parts.append(rect(LEFT, place + 3, width, BAR - 8, COLOURS[at % len(COLOURS)]))
            said = "—" if row.get(key) is None else figure(form, row[key])
            parts.append(text(LEFT + width + 6, place + BAR / 2 + 3, said))
        y += each
    return svg(y + 6, parts)


def _lines(content: Content, filled: Filled, chart: Chart, lang: str) -> str:
    """A line for each value over the rows in their order; where there is no value the line is broken."""
    form, rows = _form(filled, chart), filled.rows
    top = _ceiling([_value(row, key) for row in rows for key in chart.values], form)
    y0 = TOP + 22
    parts = [_title(filled, chart, lang)]
    for at in range(5):
        y = y0 + PLOT - PLOT * at / 4
        parts.append(Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>').format(70, y, RIGHT, y, GRID))
        parts.append(text(62, y + 4, figure(form, top * at / 4 if form is Form.SHARE else _whole(top * at / 4)), "end"))
    step = (RIGHT - 100) / max(len(rows) - 1, 1)
    every = -(-len(rows) // TICKS)
    for at in range(0, len(rows), every):
        label = _across(content, filled, rows[at], chart, lang)
        parts.append(text(85 + at * step, y0 + PLOT + 20, _short(label), "middle"))
    for at, key in enumerate(chart.values):
        points = [(85 + n * step, _value(row, key)) for n, row in enumerate(rows)]
        parts += _line([(x, None if v is None else y0 + PLOT - PLOT * v / top) for x, v in points], at)
    return svg(y0 + PLOT + 34, parts)


def _line(points: Sequence[tuple[float, float | None]], at: int) -> list[Markup]:
    colour, parts, piece = COLOURS[at % len(COLOURS)], [], []
    for x, y in (*points, (0.0, None)):
        if y is not None:
            piece.append(f"{x:.1f},{y:.1f}")
            parts.append(Markup('<circle cx="{}" cy="{}" r="3" fill="{}"/>').format(f"{x:.1f}", f"{y:.1f}", colour))
        elif piece:
            line = Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="2" stroke-dasharray="{}"/>')
            parts.append(line.format(" ".join(piece), colour, DASHES[at % len(DASHES)]))
            piece = []
    return parts


def chart_title(filled: Filled, chart: Chart, lang: str) -> str:
    """Its name, and how many of how many rows it shows where it leaves some out."""
    title, count = pick(chart.title, lang), len(filled.rows)
    if chart.draw is Draw.LINES or count <= MOST_BARS:
        return title
    return title + pick(
        (f"（表中前 {MOST_BARS} 行，共 {count:,} 行）", f" (first {MOST_BARS} of {count:,} rows)"), lang
    )


def _title(filled: Filled, chart: Chart, lang: str) -> Markup:
    """The chart's name, and what each colour is where there are several."""
    parts = [text(0, 18, chart_title(filled, chart, lang), size=15, weight=700)]
    if len(chart.values) > 1:
        titles = {column.key: pick(column.title, lang) for column in filled.part.columns}
        x = 70.0
        for at, key in enumerate(chart.values):
            parts += [rect(x, 31, 14, 10, COLOURS[at % len(COLOURS)]), text(x + 20, 41, titles[key])]
            x += 50 + 7.5 * width_of(titles[key])
    return Markup("").join(parts)


def _form(filled: Filled, chart: Chart) -> Form:
    return next(column.form for column in filled.part.columns if column.key == chart.values[0])


def _across(content: Content, filled: Filled, row: Row, chart: Chart, lang: str) -> str:
    column = next(column for column in filled.part.columns if column.key == chart.across)
    return cell(content, column, row.get(chart.across), lang) or "—"


def _value(row: Row, key: str) -> float | None:
    found = row.get(key)
    return float(found) if isinstance(found, int | float) else None


def _ceiling(values: Sequence[float | None], form: Form) -> float:
    """The end of the axis: the whole for shares, else the next round number."""
    most = max((value for value in values if value is not None), default=0.0)
    if form is Form.SHARE:
        return 1.0
    if most <= 4:
        return 4.0
    unit = 10.0 ** floor(log10(most))
    return float(next(step * unit for step in (1, 2, 4, 6, 8, 10) if step * unit >= most))


def _whole(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _short(label: str) -> str:
    """A label that fits beside a bar."""
    if width_of(label) <= LABEL:
        return label
    found = ""
    for letter in label:
        if width_of(found) + width_of(letter) > LABEL - 2:
            break
        found += letter
    return f"{found}…"


def svg(height: float, parts: Sequence[Markup]) -> str:
    """A whole picture of the width of a page."""
    whole = Markup('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="{}">{}</svg>')
    return str(whole.format(f"{WIDE:g}", f"{height:g}", FONT, Markup("").join(parts)))


def text(x: float, y: float, said: str, anchor: str = "start", *, size: int = 13, weight: int = 400) -> Markup:
    """Written text; `y` is its base line."""
    form = Markup('<text x="{}" y="{}" text-anchor="{}" font-size="{}" font-weight="{}" fill="{}">{}</text>')
    return form.format(f"{x:.1f}", f"{y:.1f}", anchor, size, weight, INK if size > 12 else SOFT, visible(said))


def rect(x: float, y: float, width: float, height: float, fill: str) -> Markup:
    """A filled box."""
    form = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>')
    return form.format(f"{x:.1f}", f"{y:.1f}", f"{width:.1f}", f"{height:.1f}", fill)
