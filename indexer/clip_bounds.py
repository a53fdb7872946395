"""Where a clip without a believable time must lie: by its number among its camera's other clips, and by its import.

A camera numbers its files as it writes them. As long as the numbers grow, a clip lies between its neighbours in number;
where they begin anew, it lies in any run of numbers that it may belong to, and the bounds say so by being wide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.timespan import Span

MOST_SKIPPED = 500
"""Numbers: a clip farther than this from a run of numbers does not continue it."""

Bounds = tuple[datetime | None, datetime | None]
"""Not before, not after; None where nothing says."""


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any camera: where nothing says from when on."""


def between(earliest: datetime | None, latest: datetime | None) -> Span | None:
    """The time in which a clip without one must lie; None: anywhere."""
    return None if latest is None else Span(min(earliest or LONG_AGO, latest), latest)


@dataclass(frozen=True, slots=True)
class Numbered:
    """One clip of a camera. `span` None: without a believable time; else with its clock's error on both sides."""

    file_id: int
    sequence: int | None
    span: Span | None
    imported_at: datetime | None = None


def bounds_of(clips: Iterable[Numbered]) -> dict[int, Bounds]:
    """Bounds of those of one camera's clips that have no time, by file."""
    everyone = sorted(clips, key=lambda clip: clip.file_id)
    runs = _runs(everyone)
    return {clip.file_id: _bounds(clip, runs) for clip in everyone if clip.span is None}


def _runs(clips: Sequence[Numbered]) -> list[list[tuple[int, Span]]]:
    """Stretches of time in which numbers only grow: (number, span) in order."""
    placed = sorted((clip.span, clip.sequence) for clip in clips if clip.span is not None and clip.sequence is not None)
    runs: list[list[tuple[int, Span]]] = []
    for span, number in placed:
        if runs and runs[-1][-1][0] <= number:
            runs[-1].append((number, span))
        else:
            runs.append([(number, span)])
    return runs


def _bounds(clip: Numbered, runs: Sequence[Sequence[tuple[int, Span]]]) -> Bounds:
    found = [bounds for place in range(len(runs)) if (bounds := _in_run(clip.sequence, runs, place)) is not None]
    starts, ends = [start for start, _ in found], [end for _, end in found]
    earliest = None if not starts or None in starts else min(start for start in starts if start)
    latest = None if not ends or None in ends else max(end for end in ends if end)
    if clip.imported_at is not None:
        latest = min(latest, clip.imported_at) if latest else clip.imported_at
    if earliest is not None and latest is not None and earliest > latest:
        return None, clip.imported_at  # numbers and times contradict each other: only the import is left
    return earliest, latest


def _in_run(number: int | None, runs: Sequence[Sequence[tuple[int, Span]]], place: int) -> Bounds | None:
    """Where the clip would lie if it belonged to a run; None when it cannot."""
    run = runs[place]
    if number is None or not run[0][0] - MOST_SKIPPED <= number <= run[-1][0] + MOST_SKIPPED:
        return None
    before = [span.end for known, span in run if known < number]
    after = [span.start for known, span in run if known > number]
    if not before and place:
        before = [span.end for _, span in runs[place - 1]]
    if not after and place + 1 < len(runs):
        after = [runs[place + 1][0][1].start]
    return max(before, default=None), min(after, default=None)
