"""The time line of an activity as SVG (`reports.moments`): required window, a lane a party, what is not on record."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from reports.content import pick
from reports.moments import TOGETHER, cause_word
from reports.render.charts import LEFT, RIGHT, rect, svg, text

LANE, TOP, BAR = 34.0, 42.0, 18.0
CLIP, HOLE, EDGE, REQUIRED = "#1f5fa8", "#f6d9c6", "#c2571a", "#eef2f7"
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
MOST_TICKS = 8
WINDOW = ("应记录 {}–{}", "required {}–{}")


def picture_svg(found: Mapping[str, Any], zone: ZoneInfo, lang: str) -> str:
    """One time line, as wide as a page. Holes are framed and named: nothing is told by colour alone."""
    first, last = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    length = (last - first).total_seconds()

    def x(moment: str) -> float:
        share = (datetime.fromisoformat(moment) - first).total_seconds() / length
        return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)

    bottom = TOP + LANE * len(found["lanes"])
    parts = [*_ticks(first, length, zone, bottom), *_window(found["window"], x, zone, lang, bottom)]
    for at, lane in enumerate(found["lanes"]):
        parts += _lane(lane, TOP + LANE * at, x, lang)
    return svg(bottom + 8, parts)


def _ticks(first: datetime, length: float, zone: ZoneInfo, bottom: float) -> list[Markup]:
    step = next((step for step in STEPS if length / step <= MOST_TICKS), int(length / MOST_TICKS) + 1)
    start = first.timestamp()
    local = int(first.astimezone(zone).utcoffset().total_seconds())  # type: ignore[union-attr]
    at = -(-(start + local) // step) * step - local
    parts = []
    while at <= start + length:
        place = LEFT + (at - start) / length * (RIGHT - LEFT)
        said = datetime.fromtimestamp(at, zone).strftime("%H:%M:%S" if step < 60 else "%H:%M")
        parts += [text(place, 14, said, "middle", size=12), rect(place, 19, 0.7, bottom - 19, "#dfe4eb")]
        at += step
    return parts


def _window(span: Sequence[str], x: Any, zone: ZoneInfo, lang: str, bottom: float) -> list[Markup]:
    times = [datetime.fromisoformat(text).astimezone(zone).strftime("%H:%M:%S") for text in span]
    left, right = x(span[0]), x(span[1])
    said = pick(WINDOW, lang).format(*times)
    edges = [rect(place - 0.5, 22, 1.2, bottom - 22, "#1b2430") for place in (left, right)]
    return [
        rect(left, 22, right - left, bottom - 22, REQUIRED),
        *edges,
        text((left + right) / 2, 36, said, "middle", size=12),
    ]


def _lane(lane: Mapping[str, Any], y: float, x: Any, lang: str) -> list[Markup]:
    parts = [text(0, y + 17, lane["name"] or pick(TOGETHER, lang))]
    for start, end in lane["clips"]:
        parts.append(rect(x(start), y + 4, max(x(end) - x(start), 1.5), BAR, CLIP))
    for start, end, cause in lane["holes"]:
        left, width = x(start), max(x(end) - x(start), 1.5)
        box = Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}" stroke-dasharray="4 2"/>')
        parts.append(box.format(f"{left:.1f}", f"{y + 4:.1f}", f"{width:.1f}", BAR, HOLE, EDGE))
        if width > 70:
            parts.append(text(left + width / 2, y + 17, pick(cause_word(cause), lang), "middle", size=12))
    return parts
