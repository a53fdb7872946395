"""What a feed is: rows from outside, each with its fate, turned into domain records. A bad row never stops a feed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.activity import Explanation, Incident, InterrogationSession
from domain.clip import Assignment, Device, IndexEntry
from domain.people import Officer, Unit


class FeedKind(StrEnum):
    INCIDENTS = "incidents"
    SESSIONS = "sessions"
    UNITS = "units"
    OFFICERS = "officers"
    DEVICES = "devices"
    ASSIGNMENTS = "assignments"
    EXPLANATIONS = "explanations"
    CLIP_INDEX = "clip_index"


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """`[[feeds]]` of config.toml. `columns`: canonical field → source heading. `store`: whose list a clip_index is."""

    name: str
    kind: FeedKind
    location: str
    timezone: str = "Asia/Shanghai"
    columns: Mapping[str, str] = field(default_factory=dict)
    query: str | None = None
    store: str | None = None


class Fate(StrEnum):
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


Record = Incident | InterrogationSession | Unit | Officer | Device | Assignment | Explanation | IndexEntry


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One source row: its number (the first data row is 1), its raw cells, its fate, and the record it gave.

    `notes` say how it was corrected (`finished_at: 00:12 taken as the next day`) or why it was rejected. In a feed of
    many files `source` is the file, `number` counts in it (0: the file as a whole), and the first note says both;
    `looked_for` is a path, below the folder of the file, on whose being there the record's own path depends.
    """

    number: int
    raw: Mapping[str, str]
    fate: Fate
    notes: tuple[str, ...] = ()
    record: Record | None = None
    source: str | None = None
    looked_for: str | None = None


class Feed(Protocol):
    """A source of records of one kind."""

    @property
    def settings(self) -> FeedSettings: ...

    def digest(self) -> str:
        """Changes when the content does: an unchanged feed is not read again. Raises FeedUnreadable."""
        ...

    def read(self) -> Iterator[FeedRow]:
        """Every row of the source, in order. Raises FeedUnreadable when it is no table of this kind at all."""
        ...
