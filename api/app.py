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
from api.live import Hub
from api.openapi import describe
from api.pages import account, activity, clip, find, finding, findings, first, oidc, reviewing, sign_in
from api.pages.administration import audit as audit_page
from api.pages.administration import feeds as feeds_page
from api.pages.administration import front as administration
from api.pages.administration import settings as settings_page
from api.pages.administration import tokens as tokens_page
from api.pages.administration import trials as trials_page
from api.pages.administration import users as users_page
from api.pages.rendering import environment
from api.problems import Refused
from api.pushing import Understand, nothing_understood
from api.routes import (
    attachments,
    audit,
    content,
    events,
    health,
    lists,
    media,
    overview,
    push,
    reviews,
    scans,
    sign_offs,
    timelines,
    tokens,
)
from api.routes import stills as stills_route
from api.security import Guard
from api.trials import Desk
from indexer.proxies import Proxies
from indexer.stills import Stills

PARTS = (
    *(health, content, stills_route, media, lists, overview, timelines, events, push, scans),
    *(
        reviews,
        attachments,
        sign_offs,
        findings,
        finding,
        reviewing,
        activity,
        clip,
        find,
        sign_in,
        oidc,
        account,
        first,
    ),
    *(audit, tokens, administration, users_page, tokens_page, settings_page, trials_page, feeds_page, audit_page),
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
    understand: Understand = nothing_understood,
    desk: Desk | None = None,
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
        engine, writer, zone, version, environment(), doors, now, stills, proxies, understand, desk=desk
    )
    app.state.hub = Hub(engine, now)
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
