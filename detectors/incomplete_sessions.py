"""Interrogation-room sessions recorded from entry to signing, unbroken, on every required channel.

A break of the whole room is asked about by the session rules, a channel that stops while another runs by
incomplete.session-channel alone.
"""

from dataclasses import replace
from datetime import timedelta

from detectors.basis import LOCAL, law, unverified
from detectors.explanations import of_session, pieces
from detectors.limits import Limits
from detectors.rule import Rule, SessionFacts, judging
from detectors.scope import session_silent, settle_session
from detectors.verdict import (
    Outcomes,
    exceeds,
    failed,
    hole_anchors,
    hole_inside,
    in_seconds,
    local,
    not_applicable,
    passed,
    unknown,
)
from domain.activity import Bound
from domain.coverage import Bounds, Coverage
from domain.finding import Flag, MeasuredValue, Outcome, Result, Severity, SubjectKind
from domain.gap import GapCause
from domain.timespan import Span, merge, total, uncovered
from domain.wording import say


def session_start(facts: SessionFacts, limits: Limits) -> Outcomes:
    """The room's recording starts later after entry than allowed."""
    silent, together = session_silent(facts, limits), facts.together
    if silent or together is None:
        return (silent or NO_FOOTAGE,)
    window = together.window.span
    missing = Span.of(window.start, min(together.late.nominal, window.duration))
    return (_edge(facts, together, together.late, missing, limits),)


def session_end(facts: SessionFacts, limits: Limits) -> Outcomes:
    """The room's recording stops earlier before the signing than allowed."""
    silent, together = session_silent(facts, limits), facts.together
    if silent or together is None:
        return (silent or NO_FOOTAGE,)
    if together.window.end_known is not Bound.STATED:
        return (unknown(say("笔录尚无签字时间", "no time of signing is on record")),)
    window = together.window.span
    missing = Span(window.end - min(together.early.nominal, window.duration), window.end)
    return (_edge(facts, together, together.early, missing, limits),)


NO_FOOTAGE = not_applicable(say("没有录像", "no footage"))


def _edge(facts: SessionFacts, together: Coverage, length: Bounds, missing: Span, limits: Limits) -> Outcome:
    base = timedelta(seconds=limits.session_edge_seconds)
    verdict = exceeds(length, base, together.clock_error)
    first = missing.start == together.window.span.start
    measured = {
        "late_s" if first else "early_s": in_seconds(length.nominal),
        "allowed_s": in_seconds(max(base, together.clock_error)),
    }
    shown = f"{in_seconds(length.nominal):g}"
    text = (
        say(f"录像比开始时间晚 {shown} 秒", f"the recording starts {shown} s after entry")
        if first
        else say(f"录像比签字时间早 {shown} 秒停止", f"the recording stops {shown} s before the signing")
    )
    if verdict is Result.PASS:
        return passed(text, **measured)
    if verdict is Result.UNKNOWN:
        return unknown(text, say("取决于录像设备时钟", "depends on the room recorder's clock"), **measured)
    return settle_session(facts, replace(failed(Severity.FAIL, text, **measured), span=missing), limits)


def declared(facts: SessionFacts, limits: Limits) -> tuple[Span, ...]:
    """Declared interruptions, widened by the error of times entered by hand."""
    slack = timedelta(seconds=limits.interruption_slack_seconds)
    return tuple(each.span.widened(slack, slack) for each in facts.session.interruptions)


def session_gap(facts: SessionFacts, limits: Limits) -> Outcomes:
    """Breaks of the whole room's recording that no declared interruption covers."""
    silent, together = session_silent(facts, limits), facts.together
    if silent or together is None:
        return (silent or NO_FOOTAGE,)
    allowed, pauses = timedelta(seconds=limits.session_gap_seconds), declared(facts, limits)
    holes = sorted(hole.span for hole in together.gaps if hole.cause is not GapCause.FRAME_RATE)
    left = [span for hole in holes for span in uncovered(hole, pauses) if span.duration > allowed]
    breaks = [part for span in left for part, _ in pieces(span, of_session(facts), None, limits)]
    if breaks:
        anchors = hole_anchors("", breaks)
        return tuple(
            replace(_break(facts, together, span, limits), anchor=anchor)
            for span, anchor in zip(breaks, anchors, strict=True)
        )
    return (
        passed(
            say("录像连续，或中断均已登记", "unbroken, or every break was declared"),
            gaps=len(together.gaps),
            declared=len(facts.session.interruptions),
        ),
    )


def _break(facts: SessionFacts, together: Coverage, missing: Span, limits: Limits) -> Outcome:
    start, length = local(missing.start, limits), in_seconds(missing.duration)
    text = say(
        f"自 {start} 起中断 {length:g} 秒，未登记", f"nothing on record for {length:g} s from {start}, not declared"
    )
    measured = {"gap_s": length, "allowed_s": limits.session_gap_seconds, "declared": len(facts.session.interruptions)}
    inside = hole_inside(missing, together.window.span, together.clock_error)
    if inside.low <= timedelta(seconds=limits.session_gap_seconds):
        lack = say("中断是否在时段内取决于设备时钟", "whether it lies in the window depends on the clock")
        return replace(unknown(text, lack, **measured), span=missing)
    return settle_session(facts, replace(failed(Severity.FAIL, text, **measured), span=missing), limits)


def session_channel(facts: SessionFacts, limits: Limits) -> Outcomes:
    """A required channel is missing while another one runs."""
    silent, together = session_silent(facts, limits), facts.together
    if silent or together is None:
        return (silent or NO_FOOTAGE,)
    if not facts.channels:
        return (not_applicable(say("未规定必需通道", "no channel is required")),)
    return tuple(replace(_channel(facts, together, each, limits), anchor=each.channel or "") for each in facts.channels)


def _channel(facts: SessionFacts, together: Coverage, channel: Coverage, limits: Limits) -> Outcome:
    name, allowed = channel.channel or "?", timedelta(seconds=limits.session_channel_seconds)
    lacking = [part for hole in absent(channel) for part in running(together, hole)]
    lacking = [part for part in lacking if not _is_declared(part, facts, limits)]
    longest = max(lacking, key=lambda part: part.duration, default=None)
    measured: dict[str, MeasuredValue] = {
        "channel": name,
        "missing_s": in_seconds(total(lacking)),
        "allowed_s": limits.session_channel_seconds,
    }
    if longest is None or longest.duration <= allowed:
        return passed(say(f"通道 {name} 齐全", f"channel {name} runs whenever another does"), **measured)
    shown = f"{in_seconds(total(lacking)):g}"
    text = say(
        f"通道 {name} 在其他通道录像时缺 {shown} 秒", f"channel {name} is missing for {shown} s while another runs"
    )
    if _clock_could_explain(channel, together, longest, allowed):
        return unknown(text, say("取决于各通道时钟", "depends on the clocks of the channels"), **measured)
    return settle_session(facts, replace(failed(Severity.FAIL, text, **measured), span=longest), limits)


def _clock_could_explain(channel: Coverage, together: Coverage, hole: Span, allowed: timedelta) -> bool:
    """A hole at an edge of the window may only be two clocks that differ; one between two clips may not."""
    if not channel.touches:
        return channel.may_touch
    window = channel.window.span
    interior = window.start < hole.start and hole.end < window.end
    return not interior and hole.duration <= allowed + channel.clock_error + together.clock_error


def _is_declared(part: Span, facts: SessionFacts, limits: Limits) -> bool:
    return not uncovered(part, declared(facts, limits))


def absent(coverage: Coverage) -> tuple[Span, ...]:
    """Every stretch of the window without footage: before the first, between, after the last."""
    window = coverage.window.span
    if not coverage.touches:
        return (window,)
    late = Span.of(window.start, min(coverage.late.nominal, window.duration))
    early = Span(window.end - min(coverage.early.nominal, window.duration), window.end)
    return merge((late, *(gap.span for gap in coverage.gaps if gap.cause is not GapCause.FRAME_RATE), early))


def running(together: Coverage, hole: Span) -> tuple[Span, ...]:
    """The parts of a channel's hole during which the room has other footage."""
    return uncovered(hole, absent(together))


RULES = (
    Rule(
        id="incomplete.session-start",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="办案区活动开始后较晚录像",
        title_en="Room recording starts late",
        condition_zh="录像开始晚于进入时间超过60秒（容差不低于时钟误差）",
        condition_en="Recording starts more than 60 s after entry (tolerance never below the clock's uncertainty)",
        basis=(unverified("XW-2014 第十条"), LOCAL),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, session_start),
        limits=("session_edge_seconds",),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.session-end",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="签字前停止录像",
        title_en="Room recording stops before the signing",
        condition_zh="录像早于笔录签字超过60秒停止；无签字时间时无法判定",
        condition_en="Recording stops more than 60 s before the signing; unknown while nobody has signed",
        basis=(unverified("XW-2014 第十条"), LOCAL),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, session_end),
        limits=("session_edge_seconds",),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.session-gap",
        version=2,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="录像中断未登记",
        title_en="Undeclared break of the room recording",
        condition_zh="录像中断超过2秒，且不在登记的中断时间内",
        condition_en="Break of more than 2 s that is not in the declared interruptions",
        basis=(law("XS 第二百零八条: 每一次讯问全程不间断"), LOCAL),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, session_gap),
        limits=("session_gap_seconds", "interruption_slack_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.session-channel",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="必需通道缺失",
        title_en="A required channel is missing",
        condition_zh="其他通道录像时，必需的通道缺失超过2秒",
        condition_en="A required channel is missing for more than 2 s while another runs",
        basis=(unverified("XW-2014 第十一条"), LOCAL),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, session_channel),
        limits=("session_channel_seconds", "interruption_slack_seconds"),
        waits_for_upload=True,
    ),
)
