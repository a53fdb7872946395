"""Whose footage lies where: loaded for many parties and stretches of time at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from domain.clip import Clip, IndexEntry
from domain.gap import GapCause
from domain.timespan import Span
from indexer.gaps import GapContext
from indexer.pipeline.facts_base import WIDE, Gathering
from indexer.pipeline.facts_unplayable import Broken, load_broken
from storage import footage, recordings
from storage.stretches import Stretch
from storage.versions import Row

LATE_SIGHT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NearFootage:
    """The clips that may lie in some stretches of time, and what is known about the holes between them."""

    near: Mapping[Stretch, Sequence[Row]]
    clips: Mapping[int, Clip]
    phantoms: Mapping[int, Sequence[Span]]
    numbers: Mapping[str, frozenset[tuple[str, int]]]
    absent: tuple[IndexEntry, ...]
    unplayable: Mapping[int, Clip]
    broken: Mapping[int, Broken]

    def of(self, party: str, span: Span) -> tuple[list[Clip], GapContext]:
        """A party's clips that may lie in a stretch that was loaded, in order of file."""
        rows = self.near.get((party, span), ())
        ids = sorted({row["file_id"] for row in rows})
        clips = [self.clips[file_id] for file_id in ids if file_id in self.clips]
        unplayable = [self.unplayable[file_id] for file_id in ids if file_id in self.unplayable]
        whole = sorted({row["recording_file"] for row in rows if row["recording_file"] is not None})
        phantoms = [phantom for first in whole for phantom in self.phantoms.get(first, ())]
        numbers = [self.numbers.get(device, frozenset()) for device in {clip.device for clip in clips if clip.device}]
        context = GapContext(
            listed_absent=self.absent,
            numbers_present=frozenset[tuple[str, int]]().union(*numbers),
            phantoms=phantoms,
            unplayable=unplayable,
        )
        return clips, context


def load_near(connection: Connection, gathering: Gathering, stretches: Iterable[Stretch]) -> NearFootage:
    """Everything that `NearFootage.of` tells about these stretches."""
    wanted = list(dict.fromkeys(stretches))
    near = dict(zip(wanted, footage.footage_reaching(connection, wanted, WIDE), strict=True))
    rows = [row for some in near.values() for row in some]
    placed = recordings.clips_in_time(connection, sorted({row["file_id"] for row in rows}))
    clips = {file_id: one.clip for file_id, one in placed.items() if not one.unplayable}
    unplayable = {file_id: one.clip for file_id, one in placed.items() if one.unplayable and one.clip.span}
    whole = {row["recording_file"] for row in rows if row["recording_file"] is not None}
    phantoms = {
        first: [gap.span for gap in recordings.gaps_of(row) if gap.cause is GapCause.FRAME_RATE]
        for first, row in recordings.recording_rows(connection, whole).items()
    }
    silent = recordings.silent_numbers(connection, {clip.device for clip in clips.values() if clip.device})
    numbers = {device: frozenset((device, number) for number in some) for device, some in silent.items()}
    broken = load_broken(connection, unplayable.values()) if unplayable else {}
    return NearFootage(near, clips, phantoms, numbers, gathering.absent, unplayable, broken)


@dataclass(frozen=True, slots=True)
class UnplacedFootage:
    """Clips without a believable time, by party."""

    rows: Mapping[str, Sequence[Any]]

    def within(self, parties: Iterable[str], window: Span) -> dict[str, tuple[str, ...]]:
        """Names of some parties' clips that may lie in a window, in order, by party.

        A clip seen before the window began cannot; nor can one that was not there two days after it ended, when an
        earlier scan looked; nor one whose neighbours in number lie on one side of the window.
        """
        known = sorted(party for party in set(parties) if party in self.rows)
        found = {party: tuple(sorted(_names(self.rows[party], window))) for party in known}
        return {party: names for party, names in found.items() if names}


def _names(rows: Sequence[Any], window: Span) -> Iterator[str]:
    for row in rows:
        looked = row.not_seen_before is not None and row.not_seen_before > window.end + LATE_SIGHT
        outside = (row.earliest and row.earliest >= window.end) or (row.latest and row.latest <= window.start)
        if row.first_seen_at >= window.start and not looked and not outside:
            yield f"{row.name}:{row.path}"


def load_unplaced(connection: Connection, parties: Iterable[str]) -> UnplacedFootage:
    """The clips without a believable time of some parties."""
    return UnplacedFootage(footage.unplaced_footage(connection, sorted(set(parties))))
