"""Query parameters of `/api/v1`: each list takes exactly the filters it has an answer to, and refuses any other.

A filter that is silently ignored would make "nothing found" out of "never asked", so a wrong name is an error (422).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request

from api.house import house_of, utc_now
from api.identity.access import scope
from api.moments import parse_as_of, parse_moment
from api.problems import Refused
from detectors import RULES
from domain.clip import FileState
from domain.due import Due, due_span
from domain.finding import FindingStatus, Flag
from domain.link import LinkStatus
from domain.observation import ObservationKind
from storage.queries import Filters, ListQuery
from storage.queries.filters import OPTIONS, storable
from storage.queries.findings import AWAITING, ORDERS, UNRESOLVED

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LONGEST = 400
CURSOR = "WyJmaW5kaW5ncyIsIDAsICIyMDI2LTExLTIwIl0"
"""What one looks like, for examples."""
MOST_ERRORS = 100
"""An answer must not grow with what was sent."""

STATUSES: Mapping[str, tuple[str, ...]] = {
    "findings": (*FindingStatus, UNRESOLVED, AWAITING),
    "clips": tuple(FileState),
    "links": tuple(LinkStatus),
    "stores": ("online", "doubtful", "unreachable", "never-scanned"),
    "scans": ("running", "complete", "interrupted"),
    "feed-rows": ("accepted", "corrected", "rejected"),
}
"""Words of `status` by list; for activities it is a verdict or whatever the feed calls it."""

MEANINGS: Mapping[str, tuple[str, str]] = {
    "unit": ("Code of a unit; units below it are included.", "310114010000"),
    "officer": ("Badge number.", "031021"),
    "since": ("From this date or time on. Without offset it is of the server's zone.", "2026-11-20"),
    "until": ("Before this time, or to the end of this date.", "2026-11-20T18:00:00+08:00"),
    "rule": ("Id of a rule.", "incomplete.gap"),
    "flag": ("What is wrong: missing, incomplete or nonstandard.", "incomplete"),
    "status": ("State of the row.", "open"),
    "incident": ("Number of an incident or session.", "JQ20261120A01"),
    "store": ("Name of a store.", "dock-a"),
    "file": ("A file as `store:path`.", "dock-a:2026-11-20/031021/1100001_031021_20261120081152_0001.mp4"),
    "kind": ("What was measured.", "black"),
    "due": ("Deadline: past it, today, or in this week (Monday to Sunday) of the server's zone.", "today"),
}

AS_OF = (
    "The rows as the last scan that had finished by this time left them; a date is the end of that day. "
    "Give it with every page. 422 when no scan had finished by then."
)


SORTS: Mapping[str, Mapping[str, ListQuery]] = {"findings": ORDERS}
"""Lists that can be sorted otherwise, by the word of `sort`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants of a list."""

    filters: Filters
    limit: int
    cursor: str | None
    as_of: datetime | None
    query: ListQuery


def asked(request: Request, query: ListQuery, zone: ZoneInfo) -> Asked:
    """Read the parameters of a list. Raises Refused (422) naming every parameter that cannot be used."""
    sorts = SORTS.get(query.name, {})
    options = (OPTIONS.get(name, name) for name in query.offers)
    given = single_values(request, ("limit", "cursor", "as_of", *(["sort"] if sorts else []), *options))
    limit, wrong = read_limit(given.get("limit"))
    if (sort := given.get("sort")) is not None and sort not in sorts:
        wrong.append(("sort", f"expected one of {', '.join(sorts)}; got {sort[:40]!r}"))
    filters, errors = read_filters(given, query, zone, house_of(request).now())
    when, unread = _as_of(given.get("as_of"), zone)
    if errors := [*wrong, *errors, *unread]:
        raise refused(errors)
    filters = replace(filters, scope=scope(request))
    return Asked(filters, limit, given.get("cursor"), when, sorts.get(sort or "", query))


def nothing_asked(request: Request) -> None:
    """For answers that take no parameter. Raises Refused (422)."""
    single_values(request, ())


def single_values(request: Request, known: Sequence[str]) -> dict[str, str]:
    """Each parameter once, by name. Raises Refused (422) for unknown and repeated ones."""
    pairs = request.query_params.multi_items()
    errors = []
    for name, count in Counter(name for name, _ in pairs).items():
        if name not in known:
            errors.append((name, f"unknown parameter; expected {', '.join(known) or 'none'}"))
        elif count > 1:
            errors.append((name, f"expected once, got {count} times"))
    if errors:
        raise refused(errors)
    return dict(pairs)


def refused(errors: Sequence[tuple[str, str]]) -> Refused:
    """A 422 about these parameters."""
    kept = [(name[:40], what) for name, what in errors[:MOST_ERRORS]]
    return Refused(422, "; ".join(f"{name}: {what}" for name, what in kept[:5]), kept)


def read_filters(
    given: Mapping[str, str], query: ListQuery, zone: ZoneInfo, now: datetime | None = None
) -> tuple[Filters, list[tuple[str, str]]]:
    """The filters that the list offers, and what is wrong with those that cannot be read; `now` tells what is due."""
    values: dict[str, Any] = {}
    errors = []
    for name in query.offers:
        option = OPTIONS.get(name, name)
        if option not in given:
            continue
        try:
            value = _value(name, given[option], query.name, zone)
            values[name] = due_span(Due(value), now or utc_now(), zone) if name == "due" else value
        except ValueError as error:
            errors.append((option, str(error)))
    since, until = values.get("since"), values.get("until")
    if since and until and until <= since:
        errors.append(("to", f"expected a time after from={given['from']}, got {given['to']}"))
    return Filters(**values), errors


def _value(name: str, text: str, list_name: str, zone: ZoneInfo) -> Any:
    if not text or len(text) > LONGEST or not storable(text):
        raise ValueError(f"expected plain text of 1 to {LONGEST} characters, got {text[:40]!r}")
    if name in ("since", "until"):
        return parse_moment(text, zone, end=name == "until")
    words = words_of(name, list_name)
    if words and text not in words:
        raise ValueError(f"expected one of {', '.join(words)}; got {text[:80]!r}")
    return text


def words_of(name: str, list_name: str) -> tuple[str, ...]:
    """The only values that a filter can have, () when it is free text."""
    if name == "flag":
        return tuple(Flag)
    if name == "kind":
        return tuple(ObservationKind)
    if name == "due":
        return tuple(Due)
    if name == "rule":
        return tuple(rule.id for rule in RULES)
    return STATUSES.get(list_name, ()) if name == "status" else ()


def read_limit(text: str | None) -> tuple[int, list[tuple[str, str]]]:
    """The parameter `limit`, and what is wrong with it."""
    if text is None:
        return DEFAULT_LIMIT, []
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= LARGEST_LIMIT:
        return int(text), []
    return 0, [("limit", f"expected a whole number from 1 to {LARGEST_LIMIT}, got {text[:40]!r}")]


def _as_of(text: str | None, zone: ZoneInfo) -> tuple[datetime | None, list[tuple[str, str]]]:
    if text is None:
        return None, []
    try:
        return parse_as_of(text[:LONGEST], zone), []
    except ValueError as error:
        return None, [("as_of", str(error))]


def described(query: ListQuery) -> list[dict[str, Any]]:
    """The parameters of a list for OpenAPI."""
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    return [
        in_query("limit", "Most rows of one page.", limit, 100),
        in_query("cursor", "`next_cursor` of the page before; opaque.", {"type": "string"}, CURSOR),
        in_query("as_of", AS_OF, {"type": "string", "maxLength": LONGEST}, "2026-11-20T18:00:00+08:00"),
        *([_sort(sorts)] if (sorts := SORTS.get(query.name)) else []),
        *(_described(name, query.name) for name in query.offers),
    ]


def _sort(sorts: Mapping[str, ListQuery]) -> dict[str, Any]:
    schema = {"type": "string", "enum": list(sorts), "default": next(iter(sorts))}
    return in_query("sort", "Order of the rows; a cursor is good in its own order only.", schema, "due")


def _described(name: str, list_name: str) -> dict[str, Any]:
    meaning, example = MEANINGS[name]
    schema: dict[str, Any] = {"type": "string", "maxLength": LONGEST}
    if words := words_of(name, list_name):
        schema["enum"] = [str(word) for word in words]
        example = example if example in words else words[0]
    return in_query(OPTIONS.get(name, name), meaning, schema, example)


def in_query(name: str, meaning: str, schema: Mapping[str, Any], example: Any) -> dict[str, Any]:
    """One parameter for OpenAPI."""
    shape = {"schema": dict(schema), "example": example}
    return {"name": name, "in": "query", "required": False, "description": meaning, **shape}
