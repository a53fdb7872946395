"""JSON of reports, for OpenAPI."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.lists import AT, UNIT, Row, Text


class ColumnRow(Row):
    key: str = Field(examples=["coverage"])
    title_zh: str = Field(examples=["记录完整率"])
    title_en: str = Field(examples=["Coverage"])
    form: str = Field(examples=["share"])


class PartRow(Row):
    """One table of a report."""

    name: str = Field(examples=["completeness"])
    title_zh: str = Field(examples=["记录完整率"])
    title_en: str = Field(examples=["Coverage by unit"])
    about_zh: str = Field(examples=["各单位应记录与已记录时长。"])
    about_en: str = Field(examples=["Time to be recorded and time on record, by unit."])
    columns: list[ColumnRow]


class ReportRow(PartRow):
    """A report that can be made: its own table, and those beside it in a document."""

    parts: list[PartRow] = Field(description="Empty for a report of one table.")


class ReportsAnswer(Row):
    items: list[ReportRow]
    formats: list[str] = Field(examples=[["xlsx", "pdf", "csv", "html", "json"]])


class RunBody(BaseModel):
    """What to make and file."""

    model_config = ConfigDict(extra="forbid")

    period: Text = Field(max_length=40, examples=["2026-11", "2026-W47", "2026-11-22", "2026-11-01..2026-11-15"])
    unit: Text | None = Field(None, max_length=100, description="Code; units below are included.", examples=[UNIT])
    as_of: Text | None = Field(None, max_length=40, description="Null: as it is known now.", examples=[AT])


class TotalRow(Row):
    value: float | None = Field(examples=[0.967])
    of: float | None = Field(description="Denominator.", examples=[1150.0])


class PartFilled(Row):
    """A further table of a document."""

    name: str = Field(examples=["repeated"])
    totals: dict[str, TotalRow] = Field(examples=[{}])
    rows: list[dict[str, Any]] = Field(examples=[[{"unit": UNIT, "weeks": 3}]])


class RunAnswer(Row):
    """A filed run; made again with the same period, unit and `as_of` it has the same digest."""

    name: str = Field(examples=["completeness"])
    period: str = Field(examples=["2026-11"])
    unit: str | None = Field(examples=[UNIT])
    as_of: datetime = Field(examples=[AT])
    scan: int | None = Field(examples=[77])
    rule_set: str | None = Field(examples=["4b1f"])
    digest: str = Field(examples=["5f0c3a" + "0" * 58])
    run: int | None = Field(examples=[4])
    totals: dict[str, TotalRow] = Field(examples=[{"coverage": {"value": 0.967, "of": 1150.0}}])
    rows: list[dict[str, Any]] = Field(examples=[[{"unit": UNIT, "coverage": 0.967}]])
    parts: list[PartFilled] = Field(description="Empty for a report of one table.")
