"""Why a decision or a sign-off was not written, as people read it: who decided what and when, what is lacking."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.answers import plain
from api.problems import Refused
from api.wording.reviews import DECISIONS
from domain.review import ReviewEntry
from domain.sign_off import SignOff
from domain.vocabulary import FINDING_STATES
from domain.wording import LIST, joined, say
from storage.review_refusals import (
    AttachmentUnknown,
    DecidedMeanwhile,
    FindingBusy,
    FindingResolved,
    FindingUnknown,
    ReviewRefused,
    SaidTooLittle,
    StepRefused,
)
from storage.sign_off_refusals import AlreadySigned, NotSettled, SignOffRefused

LACKING: Mapping[str, str] = {"reason": say("理由", "a reason"), "note": say("说明文字", "a note")}
STATUS: Mapping[type[ReviewRefused], int] = {FindingUnknown: 404, SaidTooLittle: 422, AttachmentUnknown: 422}
"""Other refusals are 409."""


def status_of(refusal: ReviewRefused) -> int:
    if isinstance(refusal, StepRefused) and refusal.hindrance == "right":
        return 403
    return STATUS.get(type(refusal), 409)


def as_problem(refusal: ReviewRefused, zone: ZoneInfo) -> Refused:
    """The problem of `/api/v1` for a decision that was refused, with what is there now."""
    errors = [(name, "expected") for name in refusal.missing] if isinstance(refusal, SaidTooLittle) else []
    return Refused(status_of(refusal), text_of(refusal, zone), errors, current=current_of(refusal, zone))


def text_of(refusal: ReviewRefused, zone: ZoneInfo) -> str:
    """One sentence in both languages."""
    if isinstance(refusal, DecidedMeanwhile) and refusal.last is not None:
        return _decided(refusal.last, zone)
    if isinstance(refusal, DecidedMeanwhile):
        return say("该问题已有变化，请重新查看", "it has changed meanwhile: look again")
    if isinstance(refusal, FindingResolved):
        at = shown(refusal.at, zone)
        return say(
            f"该问题已由 {at} 的第 {refusal.scan} 次扫描消除，不再需要处理",
            f"resolved by scan {refusal.scan} at {at}: nothing is left to decide",
        )
    if isinstance(refusal, FindingBusy):
        return say("该问题此刻正由他人或扫描写入，请稍后再试", "it is being written at this moment: try again shortly")
    if isinstance(refusal, StepRefused):
        return _step(refusal)
    if isinstance(refusal, SaidTooLittle):
        return joined([say("尚缺", "expected"), joined([LACKING[name] for name in refusal.missing], LIST)], (" ", " "))
    if isinstance(refusal, AttachmentUnknown):
        return say("附件尚未上传", "attachment: expected the digest of a file that was sent before")
    return say("没有这个问题", "expected the id of a finding, got one that is not there")


def _decided(entry: ReviewEntry, zone: ZoneInfo) -> str:
    zh, en = DECISIONS[entry.decision]
    name, at = person(entry.actor), shown(entry.at, zone)
    return say(f"{name} 已于 {at} 处理为“{zh}”，请重新查看", f"{name} decided “{en}” at {at}: look again")


def _step(refusal: StepRefused) -> str:
    zh, en = DECISIONS[refusal.decision]
    if refusal.hindrance == "right":
        return say(f"您的角色不能作此处理：{zh}", f"your role has no right to this: {en}")
    if refusal.hindrance == "accepted" or refusal.status is None:
        return say("说明已被认可，须先重新核查", "the explanation is accepted: it has to be reopened first")
    state = FINDING_STATES[refusal.status]
    return say(f"当前状态“{state[0]}”不能作此处理：{zh}", f"{en} is not possible while it is {state[1]}")


def current_of(refusal: ReviewRefused, zone: ZoneInfo) -> dict[str, Any] | None:
    """What is there now, for a program that was too late."""
    if isinstance(refusal, DecidedMeanwhile):
        last = refusal.last and entry_json(refusal.last)
        found: dict[str, Any] = {"status": refusal.status, "reviews": refusal.reviews, "last": last}
    elif isinstance(refusal, FindingResolved):
        found = {"status": "resolved", "scan": refusal.scan, "at": refusal.at}
    elif isinstance(refusal, StepRefused) and refusal.status is not None:
        found = {"status": refusal.status}
    else:
        return None
    made: dict[str, Any] = plain(found, zone)
    return made


def entry_json(entry: ReviewEntry) -> dict[str, Any]:
    """A decision as the API tells it."""
    file = entry.attachment and {"digest": entry.attachment, "name": entry.attachment_name}
    names = ("number", "at", "actor", "role", "decision", "before", "after", "reason", "note", "bulk")
    return {**{name: getattr(entry, name) for name in names}, "attachment": file or None}


def sign_off_problem(refusal: SignOffRefused, zone: ZoneInfo) -> Refused:
    """The problem for a day or week that was not closed."""
    return Refused(409, sign_off_text(refusal, zone), current=_sign_off_current(refusal, zone))


def sign_off_text(refusal: SignOffRefused, zone: ZoneInfo) -> str:
    if isinstance(refusal, AlreadySigned) and refusal.signed is not None:
        name, at = person(refusal.signed.actor), shown(refusal.signed.at, zone)
        return say(f"{name} 已于 {at} 签收", f"signed off by {name} at {at}")
    if isinstance(refusal, NotSettled):
        days = len(refusal.unsigned)
        return say(
            f"还有 {refusal.count} 项问题、{days} 天未了结",
            f"{refusal.count} findings and {days} days have to be settled first",
        )
    return say("尚未到可签收的时间", "it is too early to sign this off")


def _sign_off_current(refusal: SignOffRefused, zone: ZoneInfo) -> dict[str, Any] | None:
    if isinstance(refusal, AlreadySigned) and refusal.signed is not None:
        made: dict[str, Any] = plain({"signed": sign_off_json(refusal.signed)}, zone)
        return made
    if isinstance(refusal, NotSettled):
        days = [day.isoformat() for day in refusal.unsigned]
        return {"findings": [one.key for one in refusal.in_the_way], "count": refusal.count, "unsigned": days}
    return None


def sign_off_json(one: SignOff) -> dict[str, Any]:
    names = ("kind", "unit", "period", "at", "actor", "note", "summary")
    return {name: getattr(one, name) for name in names}


def person(actor: str) -> str:
    """`account:li` → `li`; of others the whole name."""
    return actor.removeprefix("account:")


def shown(at: datetime | None, zone: ZoneInfo) -> str:
    return "—" if at is None else at.astimezone(zone).strftime("%m-%d %H:%M")
