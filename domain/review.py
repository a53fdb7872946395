"""The closed loop of a finding: which decision may follow which, by whom, and what it must say (review-pages.md).

open → explained (self-check) → accepted | returned (supervisor); open → confirmed | dismissed (self-check);
whatever is closed → reopened (supervisor, inspector). The program itself resolves a finding that no longer holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from domain.access import Right
from domain.finding import FindingStatus


class Decision(StrEnum):
    EXPLAIN = "explain"  # 说明
    ACCEPT = "accept"  # 认可说明
    RETURN = "return"  # 退回
    CONFIRM = "confirm"  # 属实
    DISMISS = "dismiss"  # 不属实
    REOPEN = "reopen"  # 重新核查


class Reason(StrEnum):
    """Codes of reasons; the words are in `api/wording/reviews.py`."""

    EQUIPMENT = "equipment"  # 设备故障
    BATTERY = "battery"  # 电量或存储用尽
    NOT_UPLOADED = "not-uploaded"  # 未导入，正在补传
    FORGOTTEN = "forgotten"  # 未开启或中途关闭
    NOT_REQUIRED = "not-required"  # 依规可不记录
    PRIVACY = "privacy"  # 涉密或隐私，经批准停录
    SHORT_STAY = "short-stay"  # 未实际处置即离开
    CLOCK = "clock"  # 时钟或登记时间有误
    WRONG_ENTRY = "wrong-entry"  # 警情或人员登记有误
    MATCHED_ELSEWHERE = "matched-elsewhere"  # 记录在其他设备或文件中
    FALSE_ALARM = "false-alarm"  # 程序判断有误
    OTHER = "other"  # 其他（须写明）


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: from which states, to which, who may, and what has to be said with it."""

    before: frozenset[FindingStatus]
    after: FindingStatus
    right: Right
    reason: bool = False
    note: bool = False


_OPEN = frozenset({FindingStatus.OPEN})
_EXPLAINED = frozenset({FindingStatus.EXPLAINED})
_CLOSED = frozenset({FindingStatus.EXPLAINED, FindingStatus.CONFIRMED, FindingStatus.DISMISSED})

STEPS: Mapping[Decision, Step] = MappingProxyType(
    {
        Decision.EXPLAIN: Step(_OPEN | _EXPLAINED, FindingStatus.EXPLAINED, Right.EXPLAIN, reason=True),
        Decision.ACCEPT: Step(_EXPLAINED, FindingStatus.EXPLAINED, Right.DECIDE),
        Decision.RETURN: Step(_EXPLAINED, FindingStatus.OPEN, Right.DECIDE, note=True),
        Decision.CONFIRM: Step(_OPEN, FindingStatus.CONFIRMED, Right.EXPLAIN),
        Decision.DISMISS: Step(_OPEN, FindingStatus.DISMISSED, Right.EXPLAIN, reason=True),
        Decision.REOPEN: Step(_CLOSED, FindingStatus.OPEN, Right.REOPEN, note=True),
    }
)
NOTE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """One decision as it is kept. `number` counts the decisions on one finding, from 1."""

    finding: str
    number: int
    at: datetime
    actor: str
    role: str
    decision: Decision
    before: FindingStatus
    after: FindingStatus
    reason: Reason | None = None
    note: str = ""
    bulk: str | None = None
    attachment: str | None = None
    attachment_name: str | None = None


def possible(status: FindingStatus, last: Decision | None, rights: frozenset[Right]) -> tuple[Decision, ...]:
    """The decisions that somebody with these rights may take now, in order of the loop."""
    return tuple(decision for decision in Decision if hindrance(decision, status, last, rights) is None)


def hindrance(decision: Decision, status: FindingStatus, last: Decision | None, rights: frozenset[Right]) -> str | None:
    """Why a decision cannot be taken: `right`, `status`, `accepted`; None when it can."""
    step = STEPS[decision]
    if step.right not in rights:
        return "right"
    if status not in step.before:
        return "status"
    accepted = last == Decision.ACCEPT and status is FindingStatus.EXPLAINED
    if accepted and decision in (Decision.EXPLAIN, Decision.ACCEPT, Decision.RETURN):
        return "accepted"  # an accepted explanation is closed: it is reopened, not written over
    return None


def lacking(decision: Decision, reason: Reason | None, note: str) -> tuple[str, ...]:
    """What has to be said and is not: `reason`, `note`; `other` as a reason needs a note."""
    step = STEPS[decision]
    missing = []
    if step.reason and reason is None:
        missing.append("reason")
    if not note.strip() and (step.note or reason is Reason.OTHER):
        missing.append("note")
    return tuple(missing)


def decided(status: FindingStatus) -> bool:
    """Whether a finding carries a decision or a reason: then it does not stand in the way of the day's sign-off."""
    return status is not FindingStatus.OPEN
