"""The main navigation: what a viewer may open, and where one is."""

from dataclasses import dataclass

from domain.access import Right, Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One entry. `word` is the key of its name; `below` are the first parts of addresses that belong to it."""

    address: str
    word: str
    rights: tuple[Right, ...]
    below: tuple[str, ...]


PLACES = (
    Place("/", "nav.today", (Right.SEE,), ("",)),
    Place("/findings", "nav.findings", (Right.SEE,), ("findings",)),
    Place("/incidents", "nav.incidents", (Right.SEE,), ("incidents",)),
    Place("/sessions", "nav.sessions", (Right.SEE,), ("sessions",)),
    Place("/inspection", "nav.inspection", (Right.SAMPLE,), ("inspection",)),
    Place("/overview", "nav.overview", (Right.REPORT,), ("overview",)),
    Place("/reports", "nav.reports", (Right.REPORT,), ("reports",)),
    Place("/stores", "nav.stores", (Right.SEE,), ("stores", "clips")),
    Place("/administration", "nav.administration", (Right.ADMINISTER, Right.AUDIT), ("administration",)),
)


def places(viewer: Viewer) -> list[Place]:
    """What this viewer may open; nothing before a one-time password is changed."""
    if viewer.must_change:
        return []
    return [place for place in PLACES if any(viewer.may(right) for right in place.rights)]


def here(path: str) -> str:
    """The address of the entry that a path belongs to, "" for none."""
    first = path.strip("/").partition("/")[0]
    return next((place.address for place in PLACES if first in place.below), "")
