"""JSON of inspection samples, for OpenAPI."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.lists import AT, UNIT, PageOf, Row, Text
from api.shapes.lists import at as moment
from domain.activity import ActivityKind
from domain.agreement import Undefined
from domain.finding import ActivityResult, Flag
from domain.inspection import COMMENT_LENGTH, CheckVerdict, Choice, SelfCheck, Stratify
from storage.sampling import MOST_DRAWN


class StratumRow(Row):
    stratum: str = Field(examples=[UNIT])
    population: int = Field(examples=[187])
    drawn: int = Field(examples=[19])


class SampleRow(Row):
    """One inspection sample and how far it is checked."""

    id: int = Field(examples=[3])
    name: str = Field(examples=["2026-11"])
    kind: ActivityKind
    from_: datetime = Field(alias="from", description="The period is half-open.", examples=[AT])
    to: datetime = Field(examples=[AT])
    unit: str | None = Field(examples=[UNIT])
    choice: Choice
    by: Stratify = Field(examples=["unit"])
    least: int = Field(description="At least so many of every stratum.", examples=[1])
    size: int = Field(examples=[40])
    population: int = Field(description="Members of the population.", examples=[412])
    seed: str = Field(examples=["9f3a61c04b7e"])
    digest: str = Field(description="SHA-256 of the population.", examples=["5f…"])
    strata: list[StratumRow]
    checked: int = Field(examples=[12])
    second_checked: int = Field(examples=[2])
    at: datetime = moment("When it was drawn.")
    actor: str = Field(examples=["account:inspector"])
    closed_at: datetime | None = moment("Since then no check can follow, and everybody sees every verdict.")


class CheckRow(Row):
    round: int = Field(examples=[1])
    at: datetime = moment("When it was given.")
    actor: str = Field(examples=["account:inspector"])
    verdict: CheckVerdict
    missed: bool = Field(description="The self-check had passed over something.")
    comment: str = Field(examples=["全程观看，与判定一致。"])


class SampleFindingRow(Row):
    id: str = Field(examples=["71239435e61248c1"])
    rule: str = Field(examples=["incomplete.gap"])
    flag: Flag = Field(examples=["incomplete"])
    severity: str = Field(examples=["fail"])
    status: str = Field(examples=["confirmed"])
    decision: str | None = Field(examples=["confirm"])


class SampleItemRow(Row):
    """One drawn activity with what had been said of it then."""

    position: int = Field(examples=[1])
    subject: str = Field(examples=["JQ20261120A01"])
    stratum: str = Field(examples=[UNIT])
    unit: str | None = Field(examples=[UNIT])
    officers: list[str] = Field(examples=[["031021"]])
    result: ActivityResult | None
    coverage_ratio: float | None = Field(examples=[0.88])
    flags: list[Flag] = Field(examples=[["incomplete"]])
    self_check: SelfCheck
    findings: list[SampleFindingRow]
    checks: list[CheckRow] = Field(description="Those that you may see: until you have given yours, not the first one.")
    round: int | None = Field(description="The check that you may give now.", examples=[1])


class IntervalRow(Row):
    hits: int = Field(examples=[11])
    count: int = Field(examples=[12])
    share: float | None = Field(description="Null where nothing was looked at.", examples=[0.917])
    low: float = Field(description="Exact interval (Clopper-Pearson).", examples=[0.615])
    high: float = Field(examples=[0.998])
    confidence: float = Field(examples=[0.95])


class FiguresRow(Row):
    drawn: int = Field(examples=[40])
    checked: int = Field(examples=[12])
    undecided: int = Field(examples=[0])
    agreement: IntervalRow = Field(description="Verdicts `agreed` of those that were decided.")
    missed: IntervalRow = Field(
        description="Of what the self-check had called fine, where it had passed over something."
    )
    missed_elsewhere: int = Field(description="Passed over beside faults that the self-check had found.", examples=[1])


class KappaRow(Row):
    """Cohen's κ of the first and the blind second checks: 1 full agreement, 0 that of chance."""

    pairs: int = Field(examples=[12])
    same: int = Field(examples=[11])
    value: float | None = Field(examples=[0.78])
    low: float | None = Field(examples=[0.41])
    high: float | None = Field(examples=[1.0])
    why: Undefined | None = Field(description="Why there is no value.", examples=["one-category"])
    confidence: float = Field(examples=[0.95])


class ResultsRow(Row):
    whole: FiguresRow
    strata: dict[str, FiguresRow]
    second: IntervalRow = Field(description="Checked twice, and of these with the same verdict.")
    kappa: KappaRow
    weighted: float | None = Field(
        description="Miss rate, strata weighed by their size in the population.", examples=[0.083]
    )
    weighted_low: float | None = Field(description="Where it lies at least.", examples=[0.021])
    weighted_high: float | None = Field(examples=[0.214])


class ReplayRow(Row):
    population: bool = Field(description="The kept population still gives the digest.", examples=[True])
    drawn: bool = Field(description="The seed gives the same items in the same order.", examples=[True])


class SampleAnswer(SampleRow):
    """A sample with its items and results."""

    items: list[SampleItemRow]
    results: ResultsRow = Field(description="Of the verdicts that you may see.")
    hidden: int = Field(
        description="Checked items that `results` leave out, because your check of them is to be blind.", examples=[0]
    )
    replay: ReplayRow


class DrawBody(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")

    name: Text = Field("", max_length=80, examples=["2026-11"])
    kind: ActivityKind = ActivityKind.INCIDENT
    period: Text = Field(max_length=40, examples=["2026-11", "2026-W47", "2026-11-22", "2026-11-01..2026-11-15"])
    unit: Text | None = Field(None, max_length=100, description="Code; units below are included.", examples=[UNIT])
    choice: Choice = Choice.ALL
    by: Stratify = Stratify.UNIT
    size: int | None = Field(
        None, ge=1, le=MOST_DRAWN, description="Null: as `margin` and `confidence` need.", examples=[40]
    )
    margin: float | None = Field(None, ge=0.005, le=0.5, description="Null: 0.1.", examples=[0.05])
    confidence: float | None = Field(None, ge=0.5, le=0.999, description="Null: 0.95.", examples=[0.95])
    least: int = Field(0, ge=0, le=100)
    seed: Text | None = Field(
        None, max_length=80, description="Null: a random one, told in the answer.", examples=["9f3a61c04b7e"]
    )

    def values(self) -> dict[str, str]:
        """As a form would give them."""
        return {name: str(value) for name, value in self.model_dump(mode="json").items() if value is not None}


class CheckBody(BaseModel):
    """What an inspector found."""

    model_config = ConfigDict(extra="forbid")

    verdict: CheckVerdict
    missed: bool = False
    comment: Text = Field(min_length=1, max_length=COMMENT_LENGTH, examples=["全程观看，与判定一致。"])


class CheckAnswer(CheckRow):
    sample: int = Field(examples=[3])
    position: int = Field(examples=[1])


SamplePage: Any = PageOf[SampleRow]
