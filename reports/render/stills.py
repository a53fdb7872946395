"""The still of a typical case as SVG: the picture itself inside, and beside it what it shows."""

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from reports.base import Column, Filled, Form, Row
from reports.content import Content, pick
from reports.render.charts import LEFT, svg, text
from reports.render.pictures import picture_svg
from reports.stills import WHY, key_of, place_of, told_still

BROAD, HIGH, APART = 320, 180, 14
"""Room of the picture; whatever its shape, it is shown whole."""
NONE = ("（未附画面）", " (no picture attached)")
IMAGE = Markup(
    '<image x="{}" y="4" width="{}" height="{}" preserveAspectRatio="xMinYMid meet" href="data:image/jpeg;base64,{}"/>'
)


def drawn(content: Content, filled: Filled, row: Row, lang: str) -> Iterator[tuple[Column, str]]:
    """What a row shows as pictures: its time line, its still."""
    for column in filled.part.columns:
        value = row.get(column.key)
        if value and column.form is Form.PICTURE:
            yield column, picture_svg(value, content.zone, lang)
        elif value and column.form is Form.STILL:
            yield column, still_svg(content.stills.get(key_of(value)), value, content.zone, lang)


def still_svg(jpeg: bytes | None, reference: Mapping[str, Any], zone: ZoneInfo, lang: str) -> str:
    """One still, as wide as a page with its words; without a picture the words alone."""
    if jpeg is None:
        return svg(22, [text(LEFT, 15, pick(told_still(reference, zone), lang) + pick(NONE, lang), size=12)])
    at = datetime.fromisoformat(reference["at"]).astimezone(zone)
    beside = LEFT + BROAD + APART
    said = (pick(WHY[reference["why"]], lang), f"{at:%Y-%m-%d %H:%M:%S}")
    where = pick(place_of(reference), lang)
    picture = IMAGE.format(f"{LEFT:.0f}", BROAD, HIGH, base64.b64encode(jpeg).decode())
    lines = [text(beside, 24 + 20 * at, line) for at, line in enumerate(said)]
    return svg(HIGH + 8, [picture, *lines, text(beside, 24 + 20 * len(said), where, size=12)])
