"""JSON of reports, for OpenAPI."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import AT, UNIT, Row


class ColumnRow(Row):
    key: str = Field(examples=["coverage"])
    title_zh: str = Field(examples=["记录完整率"])
    title_en: str = Field(examples=["Coverage"])
    form: str = Field(examples=["share"])


class ReportRow(Row):
    """A report that can be made."""

    name: str = Field(examples=["completeness"])
    title_zh: str
    title_en: str
    about_zh: str
    about_en: str
    columns: list[ColumnRow]


class ReportsAnswer(Row):
    items: list[ReportRow]
    formats: list[str] = Field(examples=[["csv", "html", "json"]])


class RunBody(BaseModel):
    """What to make and file."""

    model_config = ConfigDict(extra="forbid")

    period: str = Field(max_length=40, examples=["2026-11", "2026-W47", "2026-11-22", "2026-11-01..2026-11-15"])
    unit: str | None = Field(None, max_length=100, description="Code; units below are included.", examples=[UNIT])
    as_of: str | None = Field(None, max_length=40, description="Null: as it is known now.", examples=[AT])


class TotalRow(Row):
    value: float | None
    of: float | None = Field(description="Denominator.")


class RunAnswer(Row):
    """A filed run; made again with the same period, unit and `as_of` it has the same digest."""

    name: str
    period: str
    unit: str | None
    as_of: datetime
    scan: int | None
    rule_set: str | None
    digest: str
    run: int | None
    totals: dict[str, TotalRow]
    rows: list[dict[str, Any]]
