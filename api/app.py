"""The application: JSON, pages and static files behind one guard. `app/` gives it an engine and serves it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.described.openapi import describe
from api.faults import database_silent, fault, left, refused, unusable, wrong_address
from api.house import House, utc_now
from api.identity.doors import DoorSettings
from api.live import Hub
from api.metrics import Counted
from api.pages.rendering import environment
from api.parts import PARTS
from api.problems import Refused
from api.pushing import Understand, nothing_understood
from api.security import Guard
from api.timetable import Timetable, nothing_planned
from api.trials import Desk
from indexer.proxies import Proxies
from indexer.stills import Stills

STATIC = Path(__file__).parent / "static"


def create_app(
    engine: Engine,
    writer: Engine,
    doors: DoorSettings,
    *,
    zone: ZoneInfo,
    version: str,
    now: Callable[[], datetime] = utc_now,
    stills: Stills | None = None,
    proxies: Proxies | None = None,
    understand: Understand = nothing_understood,
    desk: Desk | None = None,
    timetable: Timetable = nothing_planned,
) -> FastAPI:
    """An application that reads from `engine`, shows times in `zone`, and writes decisions and the audit log."""
    app = FastAPI(
        title="bwc-compliance",
        version=version,
        docs_url=None,  # FastAPI's pages load scripts from an outside address
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    app.state.house = House(
        *(engine, writer, zone, version, environment(), doors, now, stills, proxies, understand),
        desk=desk,
        timetable=timetable,
    )
    app.state.hub = Hub(engine, now)
    for part in PARTS:
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, names=doors.names)
    app.add_middleware(Counted, requests=app.state.house.requests)  # outside of the guard: refusals count
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, wrong_address)
    app.add_exception_handler(RequestValidationError, unusable)
    for silent in (OperationalError, InterfaceError, InternalError, PoolTimeout):
        app.add_exception_handler(silent, database_silent)
    app.add_exception_handler(ClientDisconnect, left)
    app.add_exception_handler(Exception, fault)
    describe(app)
    return app
