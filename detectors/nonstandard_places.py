"""Where things happen and where they lie: interrogation rooms and stores."""

from datetime import timedelta

from detectors.basis import LOCAL, law
from detectors.explanations import explanation_for, of_session
from detectors.limits import Limits
from detectors.rule import Rule, SessionFacts, SharedRoom, StoreFacts, judging
from detectors.verdict import (
    Outcomes,
    failed,
    in_seconds,
    local,
    not_applicable,
    passed,
    state,
    unknown,
)
from domain.finding import Flag, MeasuredValue, Outcome, Severity, SubjectKind
from domain.timespan import merge
from domain.wording import say


def room(facts: SessionFacts, limits: Limits) -> Outcomes:
    """The session is in a registered room, alone there, and the person's chain of sessions within statutory time."""
    return (_place(facts, limits), _chain(facts, limits), *_alone(facts, limits))


def _alone(facts: SessionFacts, limits: Limits) -> Outcomes:
    """Sessions of several persons in one room at one time: one question for each two, to the one that began later."""
    shortest = timedelta(seconds=limits.session_edge_seconds)
    others = [other for other in facts.shared if other.span.duration > shortest and other.same_person is not True]
    return tuple(_anchored(_shared(other, limits), f"shared:{other.number}") for other in others)


def _shared(other: SharedRoom, limits: Limits) -> Outcome:
    length, start = in_seconds(other.span.duration), local(other.span.start, limits)
    text = say(
        f"自 {start} 起 {length:g} 秒与 {other.number} 同在一室，录像不能证明是哪一次活动",
        f"shares the room with {other.number} for {length:g} s from {start}: footage cannot prove whose session it is",
    )
    if not other.first:
        said = say(f"由较晚开始的 {other.number} 提出", f"asked about at {other.number}, which began later")
        return not_applicable(text, said)
    measured: dict[str, MeasuredValue] = {"session": other.number, "shared_s": length}
    if other.same_person is None:
        return unknown(text, say("人员编号未登记，可能是同一人", "it may be one person: codes lack"), **measured)
    return failed(Severity.WARN, text, **measured)


def _anchored(outcome: Outcome, anchor: str) -> Outcome:
    return Outcome(outcome.result, outcome.severity, anchor, measured=outcome.measured, evidence=outcome.evidence)


def _place(facts: SessionFacts, limits: Limits) -> Outcome:
    session = facts.session
    if facts.room_registered:
        return _anchored(passed(say(f"办案区 {session.room}", f"registered room {session.room}")), "room")
    exception = explanation_for(of_session(facts), None, None, limits)
    if exception and exception.approved_by:
        text = say(f"已登记例外：{exception.reason}", f"recorded exception: {exception.reason}")
        return _anchored(passed(text), "room")
    if not session.room or facts.room_registered is None:
        return _anchored(unknown(say("未登记房间或没有房间登记表", "no room stated, or no register of rooms")), "room")
    text = say(f"{session.room} 未登记为讯问室或询问室", f"{session.room} is not registered as an interrogation room")
    return _anchored(failed(Severity.WARN, text, room=session.room), "room")


def _chain(facts: SessionFacts, limits: Limits) -> Outcome:
    """Length of the person's sessions from the first start to the last end (XS art. 198, XZ art. 69)."""
    chain = merge(facts.chain)
    if not chain:
        return _anchored(not_applicable(say("没有起止时间", "no times to reckon from")), "chain")
    length = (chain[-1].end - chain[0].start) / timedelta(hours=1)
    administrative = "询问" in (facts.session.category or "")
    usual, most = (
        (limits.administrative_chain_hours, limits.administrative_chain_approved_hours)
        if administrative
        else (limits.criminal_chain_hours, limits.criminal_chain_approved_hours)
    )
    measured: dict[str, MeasuredValue] = {"chain_h": round(length, 2), "allowed_h": usual, "approved_h": most}
    text = say(f"连续 {length:.1f} 小时", f"chain of sessions over {length:.1f} h")
    if length <= usual:
        return _anchored(passed(text, **measured), "chain")
    approval = explanation_for(of_session(facts), None, None, limits)
    if length > most:
        return _anchored(failed(Severity.FAIL, text, **measured), "chain")
    if approval and approval.approved_by:
        return _anchored(
            passed(text, say(f"已审批：{approval.reason}", f"approved: {approval.reason}"), **measured), "chain"
        )
    if not facts.explanations_known:
        lack = say("未接入审批记录", "approvals are not on record here")
        return _anchored(unknown(text, lack, **measured), "chain")
    return _anchored(failed(Severity.WARN, text, say("未找到审批", "no approval was found"), **measured), "chain")


def store_doubtful(facts: StoreFacts, _limits: Limits) -> Outcomes:
    """One event for a store that cannot be trusted; verdicts that depend on it are unknown meanwhile."""
    proof = facts.proof
    measured: dict[str, MeasuredValue] = {
        "state": proof.state,
        "scan": proof.scan,
        "folders": proof.folders,
        "files": proof.files,
        "errors": proof.errors,
        "refused": list(proof.refused[:20]),
    }
    detail = (facts.detail,) if facts.detail else ()
    if proof.state == "never-scanned":
        return (unknown(say("尚未扫描", "never scanned yet"), *detail, **measured),)
    if proof.state != "online":
        text = say(
            f"存储不可信（{state(proof)[0]}），相关结论暂无法判定",
            f"store {state(proof)[1]}: what depends on it is unknown meanwhile",
        )
        return (failed(Severity.FAIL, text, *detail, **measured),)
    if proof.refused:
        shown = ", ".join(proof.refused[:5])
        text = say(
            f"{len(proof.refused)} 个目录无法列出：{shown}",
            f"{len(proof.refused)} folders could not be listed: {shown}",
        )
        return (failed(Severity.WARN, text, *detail, **measured),)
    if proof.scan is None:
        return (unknown(say("没有完整的扫描", "no complete scan yet"), *detail, **measured),)
    return (passed(say("存储完整可列", "the store was listed whole"), **measured),)


RULES = (
    Rule(
        id="nonstandard.room",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="办案场所或时限不符",
        title_en="Place or length of a session",
        condition_zh=(
            "活动不在登记的讯问室、询问室且无例外记录；或与他人的活动同时登记在同一室；或连续讯问超过12小时（经批准24小时"
            "），询问查证超过8小时（经批准24小时）"
        ),
        condition_en=(
            "Session outside an interrogation room without a recorded exception; or at the same time in the same room "
            "as another person's; chain of sessions beyond 12 h (24 h approved), administrative 8/24 h"
        ),
        basis=(law("XS 第一百九十八条、第二百条"), law("XZ 第六十九条"), LOCAL),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, room),
        limits=(
            "criminal_chain_hours",
            "criminal_chain_approved_hours",
            "administrative_chain_hours",
            "administrative_chain_approved_hours",
            "session_edge_seconds",
        ),
    ),
    Rule(
        id="nonstandard.store-doubtful",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="存储不可信",
        title_en="A store cannot be trusted",
        condition_zh="存储无法访问、突然为空或大量文件同时消失，或部分目录无法列出（每个存储一个问题）",
        condition_en=(
            "Store unreachable, suddenly empty or missing many files at once, or partly not listed (one event per "
            "store)"
        ),
        basis=(LOCAL,),
        applies_to=(SubjectKind.STORE,),
        check=judging(StoreFacts, store_doubtful),
    ),
)
