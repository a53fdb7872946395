"""The application: JSON, pages and static files behind one guard. `app/` gives it an engine and serves it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from api.doors import DoorSettings
from api.faults import database_silent, fault, refused, unusable, wrong_address
from api.house import House, utc_now
from api.openapi import describe
from api.pages import (
    account,
    activities,
    activity,
    clip,
    find,
    finding,
    findings,
    linking,
    reviewing,
    sign_in,
    stores,
    today,
)
from api.pages import overview as overview_page
from api.pages.rendering import environment
from api.problems import Refused
from api.routes import attachments, content, hand_links, health, lists, media, overview, reviews, sign_offs, timelines
from api.routes import stills as stills_route
from api.security import Guard
from indexer.proxies import Proxies
from indexer.stills import Stills

PARTS = (
    health,
    content,
    stills_route,
    lists,
    hand_links,
    timelines,
    findings,
    activities,
    activity,
    linking,
    find,
    sign_in,
    account,
    stores,
    today,
    media,
    clip,
    reviews,
    attachments,
    sign_offs,
    finding,
    reviewing,
    overview,
    overview_page,
)
"""Every module with addresses; each names the right it needs, or is on the list of public ones."""
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
    app.state.house = House(engine, writer, zone, version, environment(), doors, now, stills, proxies)
    for part in PARTS:
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Guard, names=doors.names)
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, wrong_address)
    app.add_exception_handler(RequestValidationError, unusable)
    for silent in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(silent, database_silent)
    app.add_exception_handler(Exception, fault)
    describe(app)
    return app
