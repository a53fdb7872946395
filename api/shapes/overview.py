"""Shapes of `/api/v1/overview` for OpenAPI, as `storage.queries.overview` gives them."""

from datetime import datetime

from pydantic import Field

from api.shapes.lists import Row


class FigureRow(Row):
    """One number, what it is counted of, and the list and filters that give its rows (where a list can)."""

    name: str = Field(examples=["in_scope"])
    value: int = Field(examples=[1180])
    of: int | None = Field(description="The number before it in the waterfall.", examples=[1200])
    rows: str | None = Field(description="Name of a list.", examples=["incidents"])
    filters: dict[str, str] = Field(examples=[{"from": "2026-11-01", "to": "2026-11-30"}])


class RateRow(Row):
    """A share with its denominator (activities, or seconds) and the share of due activities without a verdict."""

    name: str = Field(examples=["covered_rate"])
    value: float | None = Field(examples=[0.967])
    of: int = Field(examples=[1150])
    unknown_share: float | None = Field(examples=[0.012])


class CountsRow(Row):
    """Counts by stage and result; `required_us`, `covered_us` are microseconds."""

    numbers: dict[str, int] = Field(examples=[{"known": 40, "due": 38, "covered": 36}])


class RuleCountRow(Row):
    """Findings of one rule, and how many of them are open."""

    rule: str = Field(examples=["incomplete.gap"])
    flag: str = Field(examples=["incomplete"])
    found: int = Field(examples=[12])
    open: int = Field(examples=[3])


class PeriodRow(Row):
    """One step of the trend, named by its first day."""

    start: str = Field(examples=["2026-11-02"])
    counts: CountsRow


class RepeatedRow(Row):
    """A rule found in a unit in several weeks."""

    rule: str = Field(examples=["incomplete.gap"])
    weeks: int = Field(examples=[3])
    found: int = Field(examples=[7])


class RankedRow(Row):
    """One unit; the one with the smallest covered share comes first."""

    unit: str = Field(examples=["310114010000"])
    counts: CountsRow
    repeated: list[RepeatedRow]


class OverviewAnswer(Row):
    """What is known, looked at, on record and decided in some days."""

    from_day: str = Field(examples=["2026-11-01"])
    to_day: str = Field(examples=["2026-11-30"])
    waterfall: list[FigureRow]
    results: list[FigureRow]
    flags: dict[str, int] = Field(description="Findings by flag.", examples=[{"incomplete": 12}])
    rules: list[RuleCountRow]
    rates: list[RateRow]
    trend: list[PeriodRow]
    ranking: list[RankedRow]
    definitions: dict[str, list[str]] = Field(
        description="Chinese and English definition of every figure, by name.",
        examples=[{"standard": ["其中没有任何问题的。", "Of these, those without any finding."]}],
    )
    counted_at: datetime | None = Field(
        description="When the scan ended that counted last; null before the first one.",
        examples=["2026-11-30T06:00:00+08:00"],
    )
    waiting: bool = Field(
        description="Something has changed since, a decision for example; the next scan counts it.", examples=[False]
    )
