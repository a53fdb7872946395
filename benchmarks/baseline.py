"""The market leader's rule, to compare with: same badge, and the clip starts between dispatch − 4 min and clear."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta

from indexer.linking import ActivityWindow, Footage

BEFORE_DISPATCH = timedelta(minutes=4)


def baseline(footage: Iterable[Footage], windows: Iterable[ActivityWindow]) -> set[tuple[int, str]]:
    """(file id, activity number) of every clip that the rule links; a missing dispatch counts as the window's start."""
    by_start = sorted((part.span.start, part.file_id) for take in footage for part in take.recording.clips if part.span)
    found = set()
    for window in windows:
        begin = (window.dispatched_at or window.span.start) - BEFORE_DISPATCH
        for start, file_id in by_start[bisect_left(by_start, (begin, -1)) :]:
            if start > window.span.end:
                break
            found.add((file_id, window.number))
    return found
