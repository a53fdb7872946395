"""The strip of a clip as JSON, for OpenAPI."""

from pydantic import Field

from api.shapes.lists import HREF, Row


class StripStill(Row):
    at_s: float = Field(description="True media time of the picture.", examples=[42.5])
    href: str = Field(examples=[HREF])


class StripAnswer(Row):
    """A clip at a glance."""

    id: int = Field(description="Of the clip.", examples=[17])
    store: str = Field(examples=["dock-a"])
    path: str = Field(examples=["2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"])
    duration_s: float | None = Field(description="Null where it is not known.", examples=[600.0])
    stills: list[StripStill] = Field(description="In order of time, none of them twice.")
