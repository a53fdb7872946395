"""Asking for a scan from a page or by the API: a row that the program takes within a second, and a link of the log."""

from collections.abc import Sequence

from fastapi import Request
from sqlalchemy import Connection

from api.house import house_of
from api.identity.access import audited, viewer_of
from api.problems import Refused
from domain.access import Viewer
from domain.audit import Action
from domain.wording import say
from storage import scan_requests
from storage.audit import append
from storage.scan_requests import ScanRequest
from storage.scans import registered_stores


def ask_for_scan(
    request: Request, connection: Connection, stores: Sequence[str] = (), confirmed: Sequence[str] = ()
) -> int:
    """Ask for a scan of some stores (none named: of all that the viewer sees); returns the number of the request.

    `confirmed`: stores whose doubtful absence is accepted. Call it last in a transaction: it appends to the audit log.
    Raises Refused (404) for a store that is none, or that the viewer does not see.
    """
    house, viewer = house_of(request), viewer_of(request)
    units = {row["name"]: row["unit"] for row in registered_stores(connection)}
    for name in (*stores, *confirmed):
        if name not in units or not viewer.sees(units[name]):
            raise Refused(404, say(f"没有此存储：{name[:80]}", f"stores: there is no store {name[:80]!r}"))
    wanted = list(stores)
    if not stores and not confirmed and viewer.units is not None:
        wanted = [name for name, unit in units.items() if viewer.sees(unit)]
        if not wanted:
            raise Refused(404, say("没有可扫描的存储", "stores: there is none that you see"))
    number = scan_requests.ask_scan(connection, house.now(), viewer.actor, wanted, confirmed)
    named = sorted({units[name] for name in (*wanted, *confirmed)}, key=str)
    unit = named[0] if len(named) == 1 else None
    entry = audited(
        request, Action.SCAN_ASKED, f"scan-request:{number}", unit, stores=sorted(wanted), confirmed=sorted(confirmed)
    )
    append(connection, house.now(), [entry])
    return number


def shown_to(viewer: Viewer, asked: ScanRequest, units: dict[str, str | None]) -> bool:
    """Whether a viewer sees a request: their own, or one about stores that they see."""
    if viewer.units is None or asked.actor == viewer.actor:
        return True
    stores = {*asked.stores, *asked.confirmed} - {scan_requests.NO_STORE}
    return bool(stores) and all(name in units and viewer.sees(units[name]) for name in stores)
