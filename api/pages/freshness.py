"""How fresh the stores are, told on pages about something else: one by one where they are few, together where many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.scans import StoreState

MOST = 6
"""A city's supervisor wants to know of the two stores in trouble, not to read the names of three hundred."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """`told`: stores named one by one. Of the others: `sound` ones are online and were listed whole, the stalest of
    them at `complete_to`; `troubled` ones are not. `online`: every store there is, and there is one.
    """

    told: tuple[StoreState, ...]
    sound: int
    complete_to: datetime | None
    troubled: int
    online: bool


def freshness(stores: Sequence[StoreState]) -> Freshness:
    """Of stores as they were last seen."""
    online = bool(stores) and all(store.state == "online" for store in stores)
    if len(stores) <= MOST:
        return Freshness(tuple(stores), 0, None, 0, online)
    troubled = [store for store in stores if store.state != "online" or store.refused]
    sound = [store for store in stores if store.state == "online" and not store.refused]
    stalest = min((store.scanned_at for store in sound if store.scanned_at is not None), default=None)
    return Freshness(tuple(troubled[:MOST]), len(sound), stalest, len(troubled[MOST:]), online)
