"""问题清单: the page that lists findings: tabs with unreviewed counts, filters in the address, decisions on many."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.deciding import DECIDING, possible_for_rows
from api.house import House, house_of
from api.identity.access import needs, scope, viewer_of
from api.pages.freshness import freshness
from api.pages.reading import counts_by_flag, unit_names
from api.pages.rendering import Reader, page
from api.pages.telling import told_by
from api.parameters import read_filters
from detectors import RULES
from detectors.basis import ORIGIN_WORDS
from domain.access import Right, Viewer
from domain.due import Due
from domain.finding import FindingStatus, Flag
from domain.review import STEPS, Decision, Reason
from storage.queries import Filters, UnusableQuery
from storage.queries.findings import AWAITING, FINDINGS, ORDERS, UNRESOLVED
from storage.queries.paging import Page
from storage.saved_filters import saved_filters
from storage.scans import newest_scan, stores_in

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])
ADDRESS = "/findings"
ROWS = 50
SORTS = ("due", "subject")
FORM = ("flag", "unit", "officer", "rule", "from", "to", "status", "incident", "due", "sort")
"""What an address can hold and a saved filter keeps: the filters of the API, and the order."""
STATUSES = (UNRESOLVED, AWAITING, *(status for status in FindingStatus if status is not FindingStatus.OPEN))
NOTHING = Page((), None)


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
    given = given_by(request.query_params)
    filters, errors = wanted(given, reader)
    filters = replace(filters, scope=scope(request))
    cursor = request.query_params.get("cursor") or None
    with house.reading() as connection:
        content = _content(connection, house, given, filters) | _for(connection, viewer_of(request))
        found = NOTHING
        if not errors:
            try:
                found = ORDERS[given.get("sort", SORTS[0])].page(connection, filters, ROWS, cursor)
            except UnusableQuery as error:
                errors = [("cursor", str(error))]
    narrowed = any(name != "sort" for name in given) or cursor is not None
    content |= {
        "clear": content["stores"].online and not narrowed and content["scan"] is not None,
        "rows": found.rows,
        "possible": possible_for_rows(found.rows, viewer_of(request)),
        "links": _links(found, given, cursor),
        "more": found.next_cursor and f"{ADDRESS}?{urlencode({**given, 'cursor': found.next_cursor})}",
        "errors": errors,
        "continued": narrowed,
        "told": told_by(request),
    }
    return page(request, reader, "findings.html", content, 400 if errors else 200)


def given_by(values: Mapping[str, str]) -> dict[str, str]:
    """The filters and the order that an address names, empty ones left out."""
    return {name: value for name in FORM if (value := values.get(name, "").strip())}


def wanted(given: Mapping[str, str], reader: Reader) -> tuple[Filters, list[tuple[str, str]]]:
    """The filters of the page and what is wrong with them: unless told otherwise only what nobody has reviewed."""
    filters, errors = read_filters(given, FINDINGS, reader.zone, reader.now)
    if given.get("sort", SORTS[0]) not in SORTS:
        errors.append(("sort", f"expected one of {', '.join(SORTS)}"))
    if filters.status is None and "status" not in given:
        filters = replace(filters, status=FindingStatus.OPEN.value)
    return filters, errors


def _links(found: Page, given: Mapping[str, str], cursor: str | None) -> dict[str, str]:
    """Address of each finding's page, which knows the way back to this list and to the row that follows."""
    back = _address({**given, **({"cursor": cursor} if cursor else {})})
    keys = [row["id"] for row in found.rows]
    following = [*keys[1:], ""][: len(keys)]
    return {
        key: f"{ADDRESS}/{key}?{urlencode({'next': back, **({'then': after} if after else {})})}"
        for key, after in zip(keys, following, strict=True)
    }


def _content(connection: Connection, house: House, given: Mapping[str, str], filters: Filters) -> dict[str, Any]:
    counted = filters if filters.status != UNRESOLVED else replace(filters, status=FindingStatus.OPEN.value)
    return {
        "given": {name: given.get(name, "") for name in FORM},
        "narrowed": any(name not in ("flag", "sort") for name in given),
        "tabs": _tabs(counts_by_flag(connection, replace(counted, flag=None)), given),
        "stores": freshness(stores_in(connection, filters.scope)),
        "scan": newest_scan(connection),
        "units": unit_names(connection, filters.scope),
        "rules": RULES,
        "rule_of": {rule.id: rule for rule in RULES},
        "origins": ORIGIN_WORDS,
        "statuses": STATUSES,
        "dues": list(Due),
        "sorts": SORTS,
        "now": house.now(),
        "here": _address(given),
        "query": urlencode(given),
    }


def _for(connection: Connection, viewer: Viewer) -> dict[str, Any]:
    """What this viewer may do on the page: decisions of their rights, their own saved filters."""
    may_decide = any(viewer.may(right) for right in DECIDING)
    own = saved_filters(connection, viewer.account) if viewer.account is not None else []
    return {
        "decisions": [decision for decision in Decision if viewer.may(STEPS[decision].right)] if may_decide else [],
        "steps": STEPS,
        "reasons": list(Reason),
        "inboxes": own,
        "keys": ("j", "k", "x", "Enter", "o", "c", "d", "e", "a", "r", "/", "?"),
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
    return f"{ADDRESS}?{urlencode(given, quote_via=quote)}" if given else ADDRESS
