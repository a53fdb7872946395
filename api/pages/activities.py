"""The lists of incidents and of sessions: the API's filters kept in the address, page by page.

The latest number comes first; a list that is narrowed by more than the unit comes in the order of the API, which has
an index for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import Connection

from api.house import house_of
from api.identity.access import needs, scope
from api.pages.reading import unit_names
from api.pages.rendering import Reader, page
from api.parameters import read_filters
from detectors import RULES
from domain.access import Right
from domain.activity import ActivityKind
from domain.finding import ActivityResult, Flag
from storage.queries import LISTS, Filters, UnusableQuery
from storage.queries.paging import ListQuery, Row

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.SEE)])
ROWS = 50
FORM = ("unit", "officer", "from", "to", "status", "flag", "rule", "incident")


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the two lists: `query` as the API gives it, `newest` the other way round, and which times say when."""

    kind: ActivityKind
    address: str
    query: ListQuery
    newest: ListQuery
    begins: tuple[str, ...]
    ends: tuple[str, ...]


def _newest_first(name: str) -> ListQuery:
    """The API's list the other way round: numbers grow with time, and their index serves both ways."""
    return replace(LISTS[name], newest_first=True, ways=None)


INCIDENTS = Listed(
    ActivityKind.INCIDENT,
    "/incidents",
    LISTS["incidents"],
    _newest_first("incidents"),
    ("arrived_at", "dispatched_at", "received_at"),
    ("finished_at", "feedback_at"),
)
SESSIONS = Listed(
    ActivityKind.SESSION,
    "/sessions",
    LISTS["sessions"],
    _newest_first("sessions"),
    ("started_at",),
    ("signed_at",),
)


@router.get("/incidents")
def incidents(request: Request) -> Response:
    """110 incidents under the filters of the address."""
    return _listed(request, INCIDENTS)


@router.get("/sessions")
def sessions(request: Request) -> Response:
    """Interrogation sessions under the filters of the address."""
    return _listed(request, SESSIONS)


def _listed(request: Request, listed: Listed) -> Response:
    """A filter that cannot be read is told on the page (400), and then nothing is listed."""
    house, reader = house_of(request), Reader.of(request)
    given = {name: value for name in FORM if (value := request.query_params.get(name, "").strip())}
    cursor = request.query_params.get("cursor") or None
    filters, errors = read_filters(given, listed.query, reader.zone)
    filters = replace(filters, scope=scope(request))
    with house.reading() as connection:
        rows, further = ((), None) if errors else _page(connection, listed, filters, cursor, errors)
        units = unit_names(connection, filters.scope)
    content = {
        "listed": listed,
        "given": {name: given.get(name, "") for name in FORM},
        "narrowed": bool(given) or cursor is not None,
        "rows": [_shown(row, listed) for row in rows],
        "more": further and f"{listed.address}?{urlencode({**given, 'cursor': further})}",
        "errors": errors,
        "units": units,
        "rules": RULES,
        "flags": [flag.value for flag in Flag],
        "results": [result.value for result in ActivityResult],
        "findings_of": findings_of,
    }
    return page(request, reader, "activities.html", content, 400 if errors else 200)


def _page(
    connection: Connection, listed: Listed, filters: Filters, cursor: str | None, errors: list[tuple[str, str]]
) -> tuple[tuple[Row, ...], str | None]:
    """Rows and the place of the next page; a cursor that is none is told like a filter."""
    try:
        query = listed.newest if set(filters.given()) <= {"unit"} else listed.query
        found = query.page(connection, filters, ROWS, cursor)
    except UnusableQuery as error:
        errors.append(("cursor", str(error)))
        return (), None
    return found.rows, found.next_cursor


def _shown(row: Row, listed: Listed) -> dict[str, Any]:
    """The row with when it was, by the firmest times that are known, and what kind of activity it is."""
    begin = next((name for name in listed.begins if row[name]), None)
    end = next((name for name in listed.ends if row[name]), None)
    what = row["category"] if listed.kind is ActivityKind.INCIDENT else row["kind"]
    when = {"begin": begin, "begun_at": begin and row[begin], "ended_at": end and row[end]}
    return {**row, **when, "what": what}


def findings_of(row: Mapping[str, Any], flag: str) -> str:
    """The list of exactly the findings of one flag on an activity."""
    return f"/findings?{urlencode({'flag': flag, 'incident': row['number']})}"
