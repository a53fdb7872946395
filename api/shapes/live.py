"""Scan requests and pushed rows, for OpenAPI."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.lists import Text

AT = "2026-11-20T08:12:00+08:00"


class Body(BaseModel):
    """Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class ScanAsked(Body):
    """What to scan."""

    stores: list[Text] = Field(
        [], max_length=500, description="Names of stores; none: all that you see.", examples=[["dock-a"]]
    )
    confirmed: list[Text] = Field(
        [],
        max_length=500,
        description="Stores whose doubtful absence of files is accepted by you, for this scan.",
        examples=[[]],
    )


class ScanRequestRow(Body):
    """A scan that somebody asked for."""

    id: int = Field(examples=[12])
    at: datetime = Field(examples=[AT])
    state: Literal["waiting", "running", "done", "failed"] = Field(examples=["done"])
    stores: list[str] = Field(description="None: all stores.", examples=[["dock-a"]])
    confirmed: list[str] = Field(examples=[[]])
    scan: int | None = Field(description="The scan that did it; several requests may share one.", examples=[77])


class ScanRequestPage(Body):
    items: list[ScanRequestRow]


class PushedRowAnswer(Body):
    """The fate of one pushed row."""

    index: int = Field(description="Place in the list that was sent, from 0.", examples=[0])
    number: str | None = Field(examples=["JQ20261120A01"])
    accepted: bool = Field(examples=[True])
    id: int | None = Field(description="`row` of the feed `push` in the list of feed rows.", examples=[301])
    problem: str | None = Field(examples=[None])


class PushAnswer(Body):
    """What was taken, and the scan request by which it is linked and judged."""

    accepted: int = Field(examples=[1])
    rejected: int = Field(examples=[0])
    scan_request: int = Field(examples=[12])
    rows: list[PushedRowAnswer]
