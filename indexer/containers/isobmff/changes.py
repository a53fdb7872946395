"""Where another sample description begins to hold: stsc § 8.7.4 and tfhd § 8.8.7 of ISO/IEC 14496-12 number them.

Descriptions that read the same are one: recorders repeat an entry for every stretch that they join.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from indexer.containers.continuity import Runs, Ticks
from indexer.containers.isobmff.tables import Rows

LARGEST, MOST_SAMPLES = 1 << 31, 1 << 40  # beyond any file; products and sums stay inside 64 bits
MAX_CHANGES = 1000  # that are listed; more are none that anybody looks at one by one

Uses = tuple[tuple[int, int], ...]
"""Number of a sample, from 0, and of the description that holds from there on, from 1."""

Marks = tuple[tuple[int, int], ...]
"""Media tick, and which of the different descriptions holds from there on."""


def of_chunks(rows: Rows) -> Uses:
    """stsc as it numbers descriptions; nothing when it does not count chunks upwards from 1 (said in `tables`)."""
    if not len(rows):
        return ()
    first, per_chunk, description = (rows[:, column].astype(np.int64) for column in range(3))
    chunks = np.diff(first)
    if first[0] != 1 or bool((chunks <= 0).any()):
        return ()
    samples = np.minimum(np.minimum(chunks, LARGEST) * np.minimum(per_chunk[:-1], LARGEST), MOST_SAMPLES)
    begins = np.concatenate(([0], np.cumsum(samples)))
    new = np.concatenate(([0], np.flatnonzero(description[1:] != description[:-1]) + 1))[: MAX_CHANGES + 1]
    return tuple(zip(begins[new].tolist(), description[new].tolist(), strict=True))


def marks(uses: Iterable[tuple[int, int]], alike: Sequence[int], runs: Runs, offsets: Runs | None) -> Marks:
    """When the samples are shown at which descriptions begin to hold, as long as they differ.

    `alike` gives for every description the first one that reads the same; a number that none has counts as the first.
    """
    ends, shifts = np.cumsum(runs.counts), None if offsets is None else np.cumsum(offsets.counts)
    found: list[tuple[int, int]] = []
    for sample, description in uses:
        which = alike[description - 1] if 1 <= description <= len(alike) else 0
        if sample >= runs.samples or (found and found[-1][1] == which):
            continue
        at = _decoded(sample, runs, ends)
        if offsets is not None and shifts is not None:
            at += _at(sample, offsets, shifts)
        found.append((max(at, found[-1][0]) if found else at, which))
    return tuple(found)


def _decoded(sample: int, runs: Runs, ends: Ticks) -> int:
    run = int(np.searchsorted(ends, sample, side="right"))
    before = int(np.dot(runs.counts[:run], runs.ticks[:run]))
    return before + (sample - int(ends[run] - runs.counts[run])) * int(runs.ticks[run])


def _at(sample: int, offsets: Runs, ends: Ticks) -> int:
    """The sample's composition offset; none behind the end of a table that is too short."""
    run = int(np.searchsorted(ends, sample, side="right"))
    return int(offsets.ticks[run]) if run < len(ends) else 0
