"""Which samples of fragments can be decoded alone: their flags (ISO/IEC 14496-12 § 8.8.3.1) say what stss says else."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from indexer.containers.continuity import Ticks
from indexer.containers.isobmff.batches import ABSENT, Table, Words, listed
from indexer.containers.isobmff.movie import MediaTrack
from indexer.containers.isobmff.tables import NOTHING
from indexer.containers.isobmff.timeline import MAX_EXPANDED

DEPENDENT = 0x0101_0000  # sample_is_non_sync_sample, and sample_depends_on another one; set as well in ABSENT


class Stretches(NamedTuple):
    """Samples in a row that can be decoded alone: the number of the first, from 0, and how many."""

    first: Ticks
    length: Ticks


def of_run(each: Ticks | None, first: int, usual: int, count: int) -> Stretches:
    """A run, by the flags in its rows, or by those of its first sample (ABSENT: as the others) and the usual ones."""
    if each is not None:
        places = (each & DEPENDENT == 0).nonzero()[0]
        return Stretches(places, np.ones(len(places), np.int64))
    parts = [(0, 1, first), (1, count - 1, usual)] if first != ABSENT else [(0, count, usual)]
    found = [(begin, length) for begin, length, flags in parts if length and not flags & DEPENDENT]
    return Stretches(*np.array(found, np.int64).reshape(len(found), 2).T)


def of_batch(words: Words, table: Table) -> Stretches:
    """The samples of all runs of a track in a batch, as `of_run` has them of each."""
    found, rows = listed(words, table, table.flags, table.usual_flags)
    begins, counts = np.cumsum(found.counts) - found.counts, found.counts
    own = ((table.first_flags != ABSENT) & (table.flags == ABSENT)).nonzero()[0]
    if not len(own):
        alone = found.ticks & DEPENDENT == 0
        return Stretches(begins[alone], counts[alone])
    at = (np.cumsum(rows) - rows)[own]
    heads = begins[at][table.first_flags[own] & DEPENDENT == 0]
    begins[at] += 1
    counts[at] -= 1
    alone = (found.ticks & DEPENDENT == 0) & (counts > 0)
    first = np.concatenate((heads, begins[alone]))
    order = first.argsort(kind="stable")
    return Stretches(first[order], np.concatenate((np.ones(len(heads), np.int64), counts[alone]))[order])


@dataclass(slots=True)
class Alone:
    """Collects them, part by part of a track."""

    _parts: list[Stretches] = field(default_factory=list)

    def add(self, part: Stretches, before: int) -> None:
        """`before`: samples of the track that come before the part."""
        self._parts.append(Stretches(part.first + before, part.length))

    def add_movie(self, track: MediaTrack) -> None:
        """Those of moov's own tables, which come first."""
        if track.sync is None:
            self._parts.append(Stretches(np.zeros(1, np.int64), np.array([track.samples], np.int64)))
            return
        places = track.sync.astype(np.int64) - 1
        places = places[(places >= 0) & (places < track.samples)]
        self._parts.append(Stretches(places, np.ones(len(places), np.int64)))

    def numbers(self, samples: int) -> Ticks | None:
        """As stss has them, from 1; None when all samples can be decoded alone, nothing when they are too many."""
        first, count = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        total = int(count.sum())
        if total >= samples:
            return None
        if total > MAX_EXPANDED:
            return NOTHING
        if total == len(count):
            return first + 1
        return np.repeat(first - (np.cumsum(count) - count), count) + np.arange(1, total + 1)
