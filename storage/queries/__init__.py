"""The read side: lists, explanations and time lines for the command line, the API and the pages.

Nothing here decides or writes; every value comes out of a row that a step has written.
"""

from collections.abc import Mapping
from types import MappingProxyType

from storage.queries.activities import COVERAGES, INCIDENTS, SESSIONS
from storage.queries.as_of import as_of
from storage.queries.clips import CLIPS
from storage.queries.explain import explain
from storage.queries.explanation import ExplainSection, Explanation
from storage.queries.filters import Filters, UnusableQuery
from storage.queries.findings import FINDINGS
from storage.queries.history import history
from storage.queries.links import LINKS
from storage.queries.observations import OBSERVATIONS, content_state
from storage.queries.paging import ListQuery, Page
from storage.queries.recordings import GAPS, RECORDINGS
from storage.queries.registers import DEVICES, FEED_ROWS, SCANS, STORES
from storage.queries.timeline import Timeline, incident_timeline, session_timeline

_ALL = (
    *(CLIPS, RECORDINGS, GAPS, INCIDENTS, SESSIONS, COVERAGES, LINKS, OBSERVATIONS, FINDINGS),
    *(FEED_ROWS, DEVICES, STORES, SCANS),
)

LISTS: Mapping[str, ListQuery] = MappingProxyType({query.name: query for query in _ALL})
"""Every list of `bwc list` and of `/api/v1`, by name, in the order of `interface.md`."""

__all__ = [
    "LISTS",
    "ExplainSection",
    "Explanation",
    "Filters",
    "ListQuery",
    "Page",
    "Timeline",
    "UnusableQuery",
    "as_of",
    "content_state",
    "explain",
    "history",
    "incident_timeline",
    "session_timeline",
]
