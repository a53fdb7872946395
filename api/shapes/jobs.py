"""Work by the clock, for OpenAPI."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from domain.jobs import JobState

AT = "2026-11-23T07:30:00+08:00"


class JobRunRow(BaseModel):
    """One run of a job."""

    id: int = Field(examples=[512])
    state: JobState
    actor: str = Field(description="Who asked for it; `schedule`: nobody.", examples=["schedule"])
    due_at: datetime = Field(description="When it was due, or asked for.", examples=[AT])
    started_at: datetime | None = Field(examples=[AT])
    finished_at: datetime | None = Field(examples=[AT])
    seconds: float | None = Field(description="How long it took.", examples=[2.4])
    result: dict[str, Any] | None = Field(
        description="Counts; `said`: what was done, in Chinese and English.",
        examples=[{"due": 3, "overdue": 1, "said": "即将到期 3 项 / 3 due soon"}],
    )
    error: str | None = Field(description="Why it was not done.", examples=[None])


class JobRow(BaseModel):
    """One job of the schedule."""

    job: str = Field(examples=["deadlines"])
    line: str = Field(description="Its crontab line, in the zone of the server.", examples=["5 * * * *"])
    next_at: datetime | None = Field(description="Null: never again.", examples=[AT])
    last: JobRunRow | None = Field(description="The newest run that ended, whatever came of it.")
    done: JobRunRow | None = Field(description="The newest run that did its work.")
    busy: JobRunRow | None = Field(description="A run that lasts, or waits to begin.")


class JobsAnswer(BaseModel):
    items: list[JobRow]
