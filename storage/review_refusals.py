"""Why a decision was not written: each reason is a type of its own, with what whoever decided needs to know.

ReviewRefused
├── FindingUnknown     no finding of this id in the units of whoever asks
├── FindingResolved    the program found that it no longer holds: by which scan
├── FindingBusy        somebody else is writing it at this moment
├── DecidedMeanwhile   somebody else decided: who, when, what
├── StepRefused        this state or this role does not allow it
├── SaidTooLittle      a reason or a note is lacking
└── AttachmentUnknown  nobody has sent a file of this digest
"""

from datetime import datetime

from domain.errors import UsageError
from domain.finding import FindingStatus
from domain.review import Decision, ReviewEntry


class ReviewRefused(UsageError):
    """A decision that was not written. `code` names the reason for programs."""

    code = "refused"

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"finding {key}: {text}")
        self.key = key


class FindingUnknown(ReviewRefused):
    code = "unknown"

    def __init__(self, key: str) -> None:
        super().__init__(key, "expected the id of a finding, got one that is not there")


class FindingResolved(ReviewRefused):
    code = "resolved"

    def __init__(self, key: str, scan: int | None, at: datetime | None) -> None:
        super().__init__(key, f"resolved by scan {scan}")
        self.scan, self.at = scan, at


class FindingBusy(ReviewRefused):
    code = "busy"

    def __init__(self, key: str) -> None:
        super().__init__(key, "is being written by somebody else at this moment")


class DecidedMeanwhile(ReviewRefused):
    code = "decided"

    def __init__(self, key: str, status: FindingStatus, reviews: int, last: ReviewEntry | None) -> None:
        super().__init__(key, f"decided meanwhile: {last.decision if last else status}, {reviews} decisions by now")
        self.status, self.reviews, self.last = status, reviews, last


class StepRefused(ReviewRefused):
    """`hindrance`: right, status or accepted (`domain.review.hindrance`)."""

    code = "state"

    def __init__(self, key: str, decision: Decision, hindrance: str, status: FindingStatus | None = None) -> None:
        super().__init__(key, f"{decision} is not allowed: {hindrance} {status or ''}".rstrip())
        self.decision, self.hindrance, self.status = decision, hindrance, status


class SaidTooLittle(ReviewRefused):
    """`missing`: reason, note."""

    code = "lacking"

    def __init__(self, key: str, decision: Decision, missing: tuple[str, ...]) -> None:
        super().__init__(key, f"{decision}: expected {' and '.join(missing)}")
        self.decision, self.missing = decision, missing


class AttachmentUnknown(ReviewRefused):
    code = "attachment"

    def __init__(self, digest: str) -> None:
        super().__init__("", f"attachment: expected the digest of a file that was sent before, got {digest[:64]}")
        self.digest = digest
