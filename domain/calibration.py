"""What became of one decision afterwards: whether it was undone, and how long it had taken.

A decision that was undone later was not wrong for that: what is known grows. Together they show where people judge
the same things differently.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.review import Decision, ReviewEntry

CLOSING = frozenset({Decision.EXPLAIN, Decision.ACCEPT, Decision.CONFIRM, Decision.DISMISS})
"""Decisions that say how a finding is to be taken, and that can be undone."""
UNDOING = frozenset({Decision.RETURN, Decision.REOPEN})


def undone(entries: Sequence[ReviewEntry], at: int) -> bool:
    """Whether the decision at a place of a finding's entries (in order of number) was returned or reopened later.

    What only builds on it (an explanation is accepted) leaves it standing; another explanation takes its place. After
    the program itself had resolved the finding, what follows is about a new question.
    """
    stands = entries[at].after
    if entries[at].decision not in CLOSING:
        return False
    for entry in entries[at + 1 :]:
        if entry.before is not stands:
            return False
        if entry.decision in UNDOING:
            return True
        if entry.decision is not Decision.ACCEPT:
            return False
        stands = entry.after
    return False


def waited(entries: Sequence[ReviewEntry], at: int, asked: Sequence[datetime]) -> timedelta | None:
    """How long the finding had lain there for whoever took the decision at a place of its entries.

    Since the entry before, where that had left it so, else since the question was put (`asked`: whenever it was).
    """
    entry = entries[at]
    since = [moment for moment in asked if moment <= entry.at]
    if at and entries[at - 1].after is entry.before:
        since.append(entries[at - 1].at)
    return entry.at - max(since) if since else None
