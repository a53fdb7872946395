"""Holes inside the recording of an incident, what is left of its coverage, and mere fragments.

A hole is asked about once: by `incomplete.gap`, or by `incomplete.unexplained-gap` in its place when explanations
are on record and none was given in time. Coverage is only asked about for time that no other rule speaks about.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from detectors.basis import LOCAL, practice, unverified
from detectors.explanations import explained, explanation_for, pieces
from detectors.incomplete_edges import early_end, late_start
from detectors.limits import Limits
from detectors.rule import IncidentFacts, Rule, judging
from detectors.scope import Party, begun_unplayable, each_party, is_fragment, out_of_scope, unplaced_clips, views
from detectors.verdict import (
    Outcomes,
    doubted,
    failed,
    hole_anchors,
    hole_inside,
    in_seconds,
    local,
    not_applicable,
    passed,
    unknown,
    unseen_stores,
)
from domain.activity import Bound, Explanation
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.gap import Gap, GapCause
from domain.timespan import ZERO, Span
from domain.vocabulary import CAUSES
from domain.wording import say

NO_HOLE = frozenset({GapCause.FRAME_RATE, GapCause.ROLL_OVER})
"""Causes that show the time was not lost: a phantom of the declared rate, or the camera changing files."""

ELSEWHERE = frozenset({GapCause.STORE_OFFLINE, GapCause.NOT_DOCKED, GapCause.RETENTION, GapCause.CLOCK_STEP})
"""Causes by which footage may exist, or has existed, or lies at another time: no verdict on the recording."""


@dataclass(frozen=True, slots=True)
class Hole:
    """One hole and what is known about it. `verdict`: is it longer than 10 s inside the window? `anchor` is stable."""

    gap: Gap
    verdict: Result
    small: bool
    explanation: Explanation | None
    anchor: str


def holes(party: Party) -> tuple[Hole, ...]:
    """Every hole worth a word, in order of time."""
    limits, window, error = party.limits, party.window.span, party.coverage.clock_error
    info, fail = (timedelta(seconds=s) for s in (limits.gap_info_seconds, limits.gap_fail_seconds))
    real = sorted(_explained_parts(party, info), key=lambda part: part[0].span)
    anchors = hole_anchors(party.officer or "", [gap.span for gap, _ in real])
    found = []
    for (gap, explanation), anchor in zip(real, anchors, strict=True):
        inside = hole_inside(gap.span, window, error)
        small = gap.duration <= fail
        certain = inside.low > (info if small else fail) and gap.cause not in ELSEWHERE and _during(party, gap.span)
        found.append(Hole(gap, Result.FAIL if certain else Result.UNKNOWN, small, explanation, anchor))
    return tuple(found)


def _during(party: Party, hole: Span) -> bool:
    """Whether the activity went on over a hole: between stated ends, else with footage of its own on that side."""
    linked = party.facts.linked_span
    begun = party.window.start_known is Bound.STATED or (linked is not None and linked.start < hole.start)
    ended = party.window.end_known is Bound.STATED or (linked is not None and hole.end < linked.end)
    return begun and ended


def _explained_parts(party: Party, shortest: timedelta) -> list[tuple[Gap, Explanation | None]]:
    """Every hole, cut where notes on it begin and end: what a note does not name stays a hole with its own length."""
    notes, limits = party.facts.explanations, party.limits
    return [
        (replace(hole, span=part), note)
        for hole in party.coverage.gaps
        if hole.cause not in NO_HOLE and hole.duration > shortest
        for part, note in pieces(hole.span, notes, party.officer, limits)
    ]


def gap(party: Party) -> Outcomes:
    """Every hole that nobody else asks about: short, explained, or where no explanations are on record."""
    found = tuple(_gap_of(party, hole) for hole in holes(party))
    return found or (passed(say("时段内记录连续", "no interruption inside the window"), gaps=0),)


def _gap_of(party: Party, hole: Hole) -> Outcome:
    text = _describe(hole, party.limits)
    if hole.verdict is Result.UNKNOWN:
        outcome = unknown(*text, _why_unsure(hole, party), **_length(hole, party.limits))
    elif hole.small:
        outcome = failed(Severity.INFO, *text, **_length(hole, party.limits))
    elif hole.explanation is None and party.facts.explanations_known:
        outcome = not_applicable(*text, say("见 incomplete.unexplained-gap", "said by incomplete.unexplained-gap"))
    else:
        severity = Severity.FAIL if hole.explanation is None else Severity.WARN
        outcome = failed(severity, *text, **_length(hole, party.limits))
    return replace(outcome, anchor=hole.anchor, span=hole.gap.span)


def unexplained_gap(party: Party) -> Outcomes:
    """Long holes for which no explanation was entered in time."""
    found = tuple(_unexplained(party, hole) for hole in holes(party) if not hole.small)
    return found or (passed(say("没有需要说明的中断", "no interruption that needs an explanation"), gaps=0),)


def _unexplained(party: Party, hole: Hole) -> Outcome:
    text = _describe(hole, party.limits)
    hours = party.limits.explanation_hours
    if hole.explanation is not None:
        outcome = passed(*text, say("已有说明", "an explanation was entered"))
    elif hole.verdict is Result.UNKNOWN:
        outcome = unknown(*text, _why_unsure(hole, party), **_length(hole, party.limits))
    elif not party.facts.explanations_known:
        outcome = unknown(
            *text, say("未接入中断说明", "explanations are not on record here"), **_length(hole, party.limits)
        )
    else:
        late = say(f"{hours:g} 小时内未找到说明", f"no explanation was found within {hours:g} h")
        outcome = replace(
            failed(Severity.FAIL, *text, late, **_length(hole, party.limits), explanation_h=hours),
            recheck_at=hole.gap.span.end + timedelta(hours=hours),
        )
    return replace(outcome, anchor=hole.anchor, span=hole.gap.span)


def _describe(hole: Hole, limits: Limits) -> tuple[str, ...]:
    start, length = local(hole.gap.span.start, limits), in_seconds(hole.gap.duration)
    zh, en = CAUSES[hole.gap.cause]
    return (
        say(
            f"自 {start} 起中断 {length:g} 秒，可能原因：{zh}",
            f"nothing on record for {length:g} s from {start}, likely cause: {en}",
        ),
        *hole.gap.evidence,
    )


def _length(hole: Hole, limits: Limits) -> dict[str, float | str]:
    allowed = limits.gap_info_seconds if hole.small else limits.gap_fail_seconds
    return {"gap_s": in_seconds(hole.gap.duration), "allowed_s": allowed, "cause": hole.gap.cause.value}


def _why_unsure(hole: Hole, party: Party) -> str:
    if hole.gap.cause in ELSEWHERE:
        return say("缺失部分可能另有记录", "the missing part may exist or have existed elsewhere")
    if not _during(party, hole.gap.span):
        return say(
            "起止时间未登记，此时可能不在现场", "they may not have been there: not both ends of the stay were entered"
        )
    error = in_seconds(party.coverage.clock_error)
    return say(
        f"中断是否在时段内取决于设备时钟（误差可达 {error:g} 秒）",
        f"whether it lies in the window depends on the clock (± {error:g} s)",
    )


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Uncovered time that coverage does not ask about again. `said`: by a failure; `doubtful`: others are not sure."""

    excused: timedelta
    said: bool
    doubtful: bool


def shortfall(party: Party) -> Shortfall:
    """Late start, early end and holes that other rules speak about, and edges within the tolerance of the times."""
    edge = party.uncertainty
    excused, results = ZERO, []
    for outcome, length in (
        (late_start(party)[0], party.coverage.late.nominal),
        (early_end(party)[0], party.coverage.early.nominal),
    ):
        excused += min(length, edge) if outcome.result is Result.PASS else length
        results.append(outcome.result)
    spoken = [hole for hole in holes(party) if not hole.small or hole.verdict is Result.UNKNOWN]
    phantoms = [gap.duration for gap in party.coverage.gaps if gap.cause in NO_HOLE]
    excused += sum((hole.gap.duration for hole in spoken), ZERO) + sum(phantoms, ZERO)
    results.extend(hole.verdict for hole in spoken)
    said = any(result in (Result.FAIL, Result.NOTAPPLICABLE) for result in results)
    return Shortfall(excused, said, Result.UNKNOWN in results)


def low_coverage(party: Party) -> Outcomes:
    """Too little of the window is on record, over and above what other rules already say."""
    coverage, limits = party.coverage, party.limits
    required = coverage.required
    already = shortfall(party)

    def share(covered: timedelta) -> float:
        return 1 - max(ZERO, required - covered - already.excused) / required if required else 1.0

    low, nominal, high = (
        share(value) for value in (coverage.covered.low, coverage.covered.nominal, coverage.covered.high)
    )
    warn = limits.coverage_warn_ratio
    measured = {
        "required_s": in_seconds(required),
        "covered_s": in_seconds(coverage.covered.nominal),
        "ratio": round(coverage.ratio, 4),
        "said_elsewhere_s": in_seconds(already.excused),
        "required_ratio": warn,
    }
    text = say(f"记录完整率 {coverage.ratio:.1%}", f"coverage {coverage.ratio:.1%}")
    if high < warn:
        if party.window.start_known is not Bound.STATED or party.window.end_known is not Bound.STATED:
            return (unknown(text, say("起止时间并非全部登记", "not both ends of the window are stated"), **measured),)
        severity = Severity.FAIL if high < limits.coverage_fail_ratio else Severity.WARN
        return (failed(severity, text, **measured),)
    if low < warn and (1 - nominal) * 2 > 1 - warn:
        return (unknown(text, say("取决于设备时钟", "depends on the camera's clock"), **measured),)
    if coverage.ratio < warn and already.doubtful:
        return (unknown(text, say("缺失部分尚无法判定", "rules on the missing part cannot decide"), **measured),)
    if coverage.ratio < warn and already.said:
        return (
            not_applicable(
                text, say("缺失部分已由其他问题提出", "the missing part is said by other findings"), **measured
            ),
        )
    return (passed(text, **measured),)


def fragment(facts: IncidentFacts, limits: Limits) -> Outcomes:
    """All clips of an attended incident together are too short to be a record."""
    skipped = out_of_scope(facts, limits)
    if skipped:
        return (skipped,)
    if not any(view.touches for view in views(facts)):
        return (not_applicable(say("时段内没有记录", "no footage in the window")),)
    length = in_seconds(facts.linked_duration)
    measured = {"linked_s": length, "required_s": limits.fragment_seconds}
    if facts.linked_duration <= ZERO:
        return (unknown(say("关联片段的时长未知", "the length of the linked clips is not known"), **measured),)
    if not is_fragment(facts, limits):
        return (passed(say(f"关联片段合计 {length:g} 秒", f"linked clips last {length:g} s together"), **measured),)
    short = failed(
        Severity.FAIL,
        say(f"全部关联片段合计仅 {length:g} 秒", f"all linked clips together last only {length:g} s"),
        **measured,
    )
    span = views(facts)[-1].window.span
    doubts = (*begun_unplayable(facts, None, span, limits), *unplaced_clips(facts, None), *unseen_stores(facts.stores))
    short = replace(doubted(short, doubts), span=span)
    return (explained(short, explanation_for(facts.explanations, None, span, limits)),)


RULES = (
    Rule(
        id="incomplete.gap",
        version=2,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="记录中断",
        title_en="Interruption inside the recording",
        condition_zh=(
            "时段内中断2至10秒为提示信息，超过10秒：已有说明待审批为提示，未接入说明为不合规；时限内无说明的改由 "
            "incomplete.unexplained-gap 提出"
        ),
        condition_en=(
            "Interior gap of 2 to 10 s: info; more than 10 s: fail (warn while its explanation awaits approval, info "
            "once approved). Where explanations are on record and none was given, incomplete.unexplained-gap asks "
            "instead"
        ),
        basis=(unverified("XC-2016: 全程不间断 (原文待核实)"), unverified("JD-2022: 全过程"), LOCAL),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, each_party(gap)),
        limits=("gap_info_seconds", "gap_fail_seconds", "explanation_slack_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.unexplained-gap",
        version=2,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="中断未见说明",
        title_en="Interruption without explanation",
        condition_zh="时段内中断超过10秒，且24小时内未找到说明（代替 incomplete.gap，同一中断只提出一次）",
        condition_en=(
            "Interior gap of more than 10 s with no explanation within 24 h (in place of incomplete.gap: a hole is "
            "asked about once)"
        ),
        basis=(unverified("XC-2016 (原文待核实)"),),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, each_party(unexplained_gap)),
        limits=("gap_fail_seconds", "explanation_hours", "explanation_slack_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.low-coverage",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="记录完整率不足",
        title_en="Too little of the window is on record",
        condition_zh="记录完整率低于0.95提示，低于0.80不合规；晚开始、早结束、中断等问题已经说明的时间不重复计算",
        condition_en=(
            "Coverage below 0.95: warn, below 0.80: fail; time that late-start, early-end or gap findings already "
            "speak about is not counted again"
        ),
        basis=(practice("公开发布的指标: 61–87 % 的录像完整 / published metric: 61–87 % of videos whole"), LOCAL),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, each_party(low_coverage)),
        limits=("coverage_warn_ratio", "coverage_fail_ratio", "edge_tolerance_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.fragment",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="仅有零碎记录",
        title_en="A mere fragment was recorded",
        condition_zh="已出警警情的全部片段合计不足30秒（代替晚开始、早结束、中断和完整率各项）",
        condition_en=(
            "All clips of an attended incident together are shorter than 30 s (in place of late-start, early-end, gap "
            "and coverage)"
        ),
        basis=(LOCAL,),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, fragment),
        limits=("fragment_seconds",),
        waits_for_upload=True,
    ),
)
