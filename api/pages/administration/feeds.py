"""数据接口: what became of every row that a feed delivered, with its cells as they came and a way to its activity."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.house import house_of
from api.identity.access import needs, refuse_partial, viewer_of
from api.pages.administration.frame import ROOT, missing, shown
from api.pages.rendering import subject_address
from domain.access import Right
from storage.queries.imports import activities_named, feed_counts, feed_rows

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.ADMINISTER)])
FEEDS = f"{ROOT}/feeds"
FATES = ("accepted", "corrected", "rejected")
ROWS = 100


@router.get(FEEDS)
def feeds(request: Request) -> Response:
    """Every feed with how its rows fared. Rows belong to no unit yet: only who sees every unit sees them."""
    refuse_partial(viewer_of(request))
    with house_of(request).reading() as connection:
        counts = feed_counts(connection)
    return shown(request, "administration_feeds.html", {"counts": counts, "fates": FATES})


@router.get(FEEDS + "/{feed}")
def feed(request: Request, feed: str) -> Response:
    """The rows of one feed."""
    refuse_partial(viewer_of(request))
    fate = request.query_params.get("fate")
    after = request.query_params.get("after", "0")
    place = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    with house_of(request).reading() as connection:
        counts = feed_counts(connection).get(feed)
        if counts is None or (fate is not None and fate not in FATES):
            raise missing()
        rows = feed_rows(connection, feed, fate, place, ROWS + 1)
        found = activities_named(connection, [row["raw"] for row in rows[:ROWS]])
    more = {**({"fate": fate} if fate else {}), "after": rows[ROWS - 1]["number"]} if len(rows) > ROWS else None
    content: dict[str, Any] = {
        "feed": feed,
        "counts": counts,
        "fates": FATES,
        "fate": fate,
        "total": sum(counts.values()),
        "rows": [(row, _addresses(row["raw"], found)) for row in rows[:ROWS]],
        "more": f"?{urlencode(more)}" if more else None,
    }
    return shown(request, "administration_feed.html", content)


def _addresses(raw: dict[str, Any], found: dict[str, str]) -> list[tuple[str, str | None]]:
    """Activities that cells of the row name, with the addresses of their pages."""
    numbers = dict.fromkeys(str(cell).strip() for cell in raw.values() if str(cell).strip() in found)
    return [(number, subject_address(found[number], number)) for number in numbers]
