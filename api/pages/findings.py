"""问题清单: the page that lists findings, with tabs by flag, filters kept in the address, freshness of stores."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.access import needs, scope
from api.house import House, house_of
from api.pages.reading import counts_by_flag, unit_names
from api.pages.rendering import Reader, page
from api.parameters import read_filters
from detectors import RULES
from detectors.basis import ORIGIN_WORDS
from domain.access import Right
from domain.finding import FindingStatus, Flag
from storage.queries import LISTS, Filters, UnusableQuery
from storage.queries.findings import FINDINGS
from storage.queries.paging import Row

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])
ADDRESS = "/findings"
ROWS = 50
FORM = ("flag", "unit", "officer", "rule", "from", "to", "status", "incident")


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its flag ("" = all), how many findings, and where it leads."""

    flag: str
    count: int
    address: str
    chosen: bool


@router.get("/findings")
def findings(request: Request) -> Response:
    """The list under the filters of the address; a filter that cannot be read is told on the page (400)."""
    house, reader = house_of(request), Reader.of(request)
    given = {name: value for name in FORM if (value := request.query_params.get(name, "").strip())}
    filters, errors = read_filters(given, FINDINGS, reader.zone)
    filters = replace(filters, scope=scope(request))
    with house.reading() as connection:
        content = _content(connection, house, given, filters)
        rows: tuple[Row, ...] = ()
        cursor = None
        if not errors:
            try:
                found = FINDINGS.page(connection, filters, ROWS, request.query_params.get("cursor") or None)
                rows, cursor = found.rows, found.next_cursor
            except UnusableQuery as error:
                errors = [("cursor", str(error))]
    narrowed = bool(given) or "cursor" in request.query_params
    seen_whole = bool(content["stores"]) and all(store["state"] == "online" for store in content["stores"])
    content |= {
        "clear": seen_whole and not narrowed and content["scan"] is not None,
        "rows": rows,
        "more": cursor and f"{ADDRESS}?{urlencode({**given, 'cursor': cursor})}",
        "errors": errors,
        "continued": narrowed,
    }
    return page(request, reader, "findings.html", content, 400 if errors else 200)


def _content(connection: Connection, house: House, given: Mapping[str, str], filters: Filters) -> dict[str, Any]:
    stores = LISTS["stores"].rows(connection, Filters(scope=filters.scope), None)
    scans = LISTS["scans"].page(connection, Filters(), 1).rows
    return {
        "given": {name: given.get(name, "") for name in FORM},
        "narrowed": any(name != "flag" for name in given),
        "tabs": _tabs(counts_by_flag(connection, replace(filters, flag=None)), given),
        "stores": list(stores),
        "scan": scans[0] if scans else None,
        "units": unit_names(connection, filters.scope),
        "rules": RULES,
        "rule_of": {rule.id: rule for rule in RULES},
        "origins": ORIGIN_WORDS,
        "statuses": [status.value for status in FindingStatus],
        "now": house.now(),
    }


def _tabs(counts: Mapping[str, int], given: Mapping[str, str]) -> list[Tab]:
    others = {name: value for name, value in given.items() if name != "flag"}
    chosen = given.get("flag", "")
    tabs = [Tab("", sum(counts.values()), _address(others), chosen == "")]
    return tabs + [
        Tab(flag.value, counts[flag.value], _address({**others, "flag": flag.value}), chosen == flag.value)
        for flag in Flag
    ]


def _address(given: Mapping[str, str]) -> str:
    return f"{ADDRESS}?{urlencode(given)}" if given else ADDRESS
