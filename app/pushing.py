"""Lets the API tell at once what a pushed row says, by the reader that the next scan uses."""

from collections.abc import Mapping
from typing import Any

from api.pushing import Understood


def understand(kind: str, row: Mapping[str, Any]) -> Understood:
    """The number and unit of a pushed row, or why it cannot be taken."""
    from indexer.feeds.base import FeedKind
    from indexer.feeds.cells import cleaned
    from indexer.feeds.pushed import NotUnderstood, understood

    try:
        said = understood(FeedKind(kind), row).said
    except NotUnderstood as error:
        return Understood(problem=str(error))
    return Understood(str(said["number"]), cleaned(said.get("unit")) or None)
