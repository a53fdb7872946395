"""Shapes of the audit log, tokens and "who am I" of `/api/v1`, for OpenAPI."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.shapes.lists import AT, UNIT, PageOf, Row, Text, at
from domain.access import Right, Role

DIGEST = "5f0c3a" + "0" * 58


class AuditRow(Row):
    """One link of the audit log. The digest covers the other values except `at`, and the digest before."""

    sequence: int = Field(examples=[41])
    at: datetime = at("When it happened.")
    at_us: int = Field(
        description="The same instant as it is hashed: microseconds since 1970, UTC.", examples=[1_763_596_800_000_000]
    )
    actor: str = Field(examples=["account:li"])
    origin: str = Field(description="Address the request came from, empty within the program.", examples=["10.2.0.7"])
    action: str = Field(examples=["review"])
    subject: str = Field(examples=["finding:3f1c"])
    unit: str | None = Field(examples=[UNIT])
    detail: str = Field(description="JSON text, as it is hashed.", examples=['{"change":"added"}'])
    digest: str = Field(examples=[DIGEST])


AuditPage = PageOf[AuditRow]


class HeadAnswer(Row):
    """Where the audit log ends: keep it, and a log made anew can be told from this one."""

    sequence: int = Field(examples=[41])
    digest: str = Field(examples=[DIGEST])


class MeAnswer(Row):
    """Who sent the request."""

    actor: str = Field(examples=["token:7"])
    name: str = Field(examples=["command centre"])
    role: Role
    unit: str | None = Field(description="Null: every unit.", examples=[UNIT])
    units: list[str] | None = Field(description="Codes whose rows are seen; null: every unit.", examples=[[UNIT]])
    rights: list[Right] = Field(examples=[["see"]])
    must_change_password: bool = Field(examples=[False])
    expires_at: datetime | None = Field(description="Of a token; null for a person.", examples=[AT])
    per_minute: int | None = Field(description="Requests in a minute, of a token.", examples=[600])


class TokenRow(Row):
    """A token without its secret."""

    id: int = Field(examples=[7])
    name: str = Field(examples=["command centre"])
    role: Role
    unit: str | None = Field(examples=[UNIT])
    rights: list[Right] = Field(description="Empty: all of the role.", examples=[["see"]])
    per_minute: int = Field(examples=[600])
    created_by: str = Field(examples=["account:admin"])
    created_at: datetime = at("When it was made.")
    expires_at: datetime = at("From then on it counts no more.")
    revoked_at: datetime | None = Field(examples=[None])
    used_at: datetime | None = Field(description="Last use, to the hour.", examples=[AT])


class TokensAnswer(Row):
    items: list[TokenRow]


class TokenAsked(BaseModel):
    """A token to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text, Field(min_length=1, max_length=100, examples=["command centre"])]
    role: Annotated[Role, Field(examples=["officer"])]
    unit: Annotated[Text | None, Field(max_length=100, description="Null: every unit.", examples=[UNIT])] = None
    rights: Annotated[list[Right], Field(max_length=20, description="Empty: all.", examples=[["see"]])] = []
    days: Annotated[int, Field(ge=1, le=730, examples=[90])] = 90
    per_minute: Annotated[int, Field(ge=1, le=100_000, examples=[600])] = 600


class TokenMade(TokenRow):
    """The new token with its secret, which is told this once only."""

    secret: str = Field(examples=["bwc_…"])
