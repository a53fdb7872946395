"""`/healthz`: does the database answer, and which scan was the last. For supervision by another program."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from api.answers import plain
from api.house import House, house_of
from storage.queries import LISTS, Filters

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    responses={
        200: {
            "description": "The database answers.",
            "content": {"application/json": {"example": {"status": "ok", "version": "0.1.0", "last_scan": None}}},
        },
        503: {"description": "The database does not answer."},
    },
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
