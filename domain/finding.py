"""What a rule concluded, in XCCDF words plus `pending`; and the key by which a finding is found again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.timespan import Span


class Flag(StrEnum):
    MISSING = "missing"  # 未按规定记录
    INCOMPLETE = "incomplete"  # 记录不完整
    NONSTANDARD = "nonstandard"  # 记录不规范


class Result(StrEnum):
    PASS = "pass"  # noqa: S105 (a verdict, not a password)
    FAIL = "fail"
    UNKNOWN = "unknown"
    PENDING = "pending"
    NOTAPPLICABLE = "notapplicable"
    NOTCHECKED = "notchecked"
    ERROR = "error"


class Severity(StrEnum):
    INFO = "info"
    WARN = "warn"
    FAIL = "fail"


class SubjectKind(StrEnum):
    INCIDENT = "incident"
    SESSION = "session"
    CLIP = "clip"
    DEVICE = "device"
    STORE = "store"
    FEED = "feed"


class FindingStatus(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    RESOLVED = "resolved"


class ActivityResult(StrEnum):
    """The verdict on a whole activity."""

    COMPLIANT = "compliant"
    NONCOMPLIANT = "noncompliant"
    UNKNOWN = "unknown"
    PENDING = "pending"
    NOTAPPLICABLE = "notapplicable"


MeasuredValue = str | int | float | bool | None | list[str]
Measured = Mapping[str, MeasuredValue]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of one rule on one subject.

    `anchor` tells two findings of the same rule on the same subject apart (an officer, a gap's start); it must be
    stable from scan to scan. `recheck_at`: the earliest instant at which time alone may change the result.
    """

    result: Result
    severity: Severity = Severity.FAIL
    anchor: str = ""
    officer: str | None = None
    span: Span | None = None
    measured: Measured = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    recheck_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A question to a person, made by a rule."""

    key: str
    rule: str
    rule_version: int
    flag: Flag
    kind: SubjectKind
    subject: str
    unit: str | None
    outcome: Outcome


def finding_key(rule: str, kind: SubjectKind, subject: str, anchor: str) -> str:
    """Stable id: 16 hex digits over rule, subject and anchor, the same on every machine and in every database."""
    text = "\x1f".join((rule, kind.value, subject, anchor))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
