"""How a conclusion came to be what it is: what changed from scan to scan, and what had changed before it."""

from enum import StrEnum


class ChangeKind(StrEnum):
    """What became of a finding (first four) or of a link, a coverage or a verdict (the others)."""

    FOUND = "first-found"
    CHANGED = "changed"
    CLOSED = "closed"
    REOPENED = "reopened"
    MADE = "made"
    GONE = "gone"
    MADE_AGAIN = "made-again"


class ChangeCause(StrEnum):
    """What a conclusion followed from: facts about the same subject that changed in the same scan."""

    FIRST_JUDGED = "first-judged"  # nothing had been concluded about the subject before
    FILE_ARRIVED = "file-arrived"
    FILE_VANISHED = "file-vanished"
    FILE_MOVED = "file-moved"
    FILE_BACK = "file-back"
    FILE_CHANGED = "file-changed"  # other bytes, or no longer (again) playable
    FILE_READ_ANEW = "file-read-anew"  # the same bytes, measured by another version of the reader
    CONTENT_CHECKED = "content-checked"  # its pictures or sound were looked at
    CLIP_PLACED = "clip-placed-anew"
    CLOCK_CHANGED = "clock-estimated-anew"
    LINK_MADE = "link-made"
    LINK_CHANGED = "link-changed"
    LINK_GONE = "link-gone"
    FEED_ROW = "feed-row-changed"
    EXPLANATION = "explanation-added"
    RULES = "rules-or-limits-changed"
    TIME_PASSED = "time-passed"
    STORE_DOUBT = "store-in-doubt"
    STORE_BACK = "store-online-again"
    NOT_TOLD = "not-told"  # no stored fact about the subject changed: the cause lies in something it only depends on
