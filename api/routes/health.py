"""`/healthz`: does the database answer, and which scan was the last. For supervision by another program."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from api.answers import plain
from api.house import House, house_of
from api.shapes.lists import AT
from domain.wording import say
from storage.queries import LISTS, Filters


class LastScan(BaseModel):
    """The newest scan."""

    id: int = Field(examples=[77])
    state: str = Field(description="running, complete or interrupted.", examples=["complete"])
    started_at: datetime = Field(examples=[AT])
    finished_at: datetime | None = Field(examples=[AT])


class HealthAnswer(BaseModel):
    """The program is there."""

    status: Literal["ok"]
    version: str = Field(examples=["0.1.0"])
    last_scan: LastScan | None = Field(description="Null before the first one.")


class Unavailable(BaseModel):
    """The program is there, its database is not."""

    status: Literal["unavailable"]
    version: str = Field(examples=["0.1.0"])


router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    operation_id="health",
    summary=say("运行状态", "Is the program there"),
    response_model=HealthAnswer,
    responses={503: {"description": "The database does not answer.", "model": Unavailable}},
)
def health(request: Request) -> Response:
    """200 when the database answers, else 503; `last_scan` is null before the first one."""
    house = house_of(request)
    try:
        content = {"status": "ok", "version": house.version, "last_scan": last_scan(house)}
    except SQLAlchemyError:
        return JSONResponse({"status": "unavailable", "version": house.version}, 503)
    return JSONResponse(content)


def last_scan(house: House) -> Any:
    """Number, state and times of the newest scan."""
    with house.reading() as connection:
        rows = LISTS["scans"].page(connection, Filters(), 1).rows
    kept = ("id", "state", "started_at", "finished_at")
    return plain({name: rows[0][name] for name in kept}, house.zone) if rows else None
