"""Recordings of incidents that begin after arrival or stop before the end (XC-2016, wording unverified)."""

from dataclasses import replace
from datetime import datetime, timedelta

from detectors.basis import LOCAL, unverified
from detectors.limits import Limits
from detectors.rule import IncidentFacts, Rule, judging
from detectors.scope import NO_WINDOW, Party, each_party, is_fragment, out_of_scope, views
from detectors.verdict import Outcomes, exceeds, failed, in_seconds, local, not_applicable, passed, unknown
from domain.activity import Bound
from domain.coverage import Bounds
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.timespan import ZERO, Span
from domain.wording import say


def late_start(party: Party) -> Outcomes:
    """Footage begins later after arrival than allowed, under every plausible clock."""
    limits, late, window = party.limits, party.coverage.late, party.window.span
    warn, fail = (timedelta(seconds=s) for s in (limits.late_start_warn_seconds, limits.late_start_fail_seconds))
    verdict = exceeds(late, warn, party.uncertainty)
    measured = _bounds("late", late) | {"allowed_s": in_seconds(max(warn, party.uncertainty))}
    if verdict is Result.PASS:
        return (passed(say("到达前后已开始记录", "recording had begun on arrival"), **measured),)
    text = say(
        f"到达后 {in_seconds(late.nominal):g} 秒开始有记录",
        f"footage begins {in_seconds(late.nominal):g} s after arrival",
    )
    if party.window.start_known is not Bound.STATED:
        return (unknown(text, say("到达时间为估计", "the time of arrival is an estimate"), **measured),)
    if verdict is Result.UNKNOWN:
        return (unknown(text, _depends_on_clock(party), **measured),)
    severe = exceeds(late, fail, party.uncertainty) is Result.FAIL
    begun = Span.of(window.start, min(late.nominal, window.duration))
    return (replace(failed(Severity.FAIL if severe else Severity.WARN, text, **measured), span=begun),)


def early_end(party: Party) -> Outcomes:
    """Footage ends earlier before the finish than allowed; never a failure when the finish itself is not stated."""
    if _custody_judges(party):
        return (
            not_applicable(say("带至办案区：见 incomplete.not-until-custody", "said by incomplete.not-until-custody")),
        )
    limits, early, window = party.limits, party.coverage.early, party.window.span
    base = timedelta(seconds=limits.early_end_seconds)
    verdict = exceeds(early, base, party.uncertainty)
    measured = _bounds("early", early) | {"allowed_s": in_seconds(max(base, party.uncertainty))}
    if verdict is Result.PASS:
        return (passed(say("记录至处置结束", "recording went on until the end"), **measured),)
    text = say(
        f"最后的记录比时段结束早 {in_seconds(early.nominal):g} 秒",
        f"footage ends {in_seconds(early.nominal):g} s before the window does",
    )
    if party.window.end_known is Bound.UPPER_BOUND:
        return (
            unknown(
                text,
                say("只有反馈时间，处置可能早已结束", "only a feedback time: work may have ended before"),
                **measured,
            ),
        )
    if party.window.end_known is Bound.ESTIMATED:
        return (unknown(text, say("完毕时间为估计", "the time of finish is an estimate"), **measured),)
    if verdict is Result.UNKNOWN:
        return (unknown(text, _depends_on_clock(party), **measured),)
    stopped = Span(window.end - min(early.nominal, window.duration), window.end)
    return (replace(failed(Severity.FAIL, text, **measured), span=stopped),)


def _custody_judges(party: Party) -> bool:
    """The end of this officer's footage is asked about by incomplete.not-until-custody."""
    entry = party.facts.custody_entry
    if entry is None:
        return False
    if party.window.span.end >= entry:
        return True
    return not_until_custody(party.facts, party.limits)[0].result is Result.FAIL


def not_until_custody(facts: IncidentFacts, limits: Limits) -> Outcomes:
    """A person was brought in and nobody's footage reaches the entry to the case-handling area."""
    skipped = out_of_scope(facts, limits)
    if skipped:
        return (skipped,)
    if facts.custody_entry is None:
        return (not_applicable(say("无人被带至办案区", "nobody was brought in")),)
    together = facts.together or (facts.coverages[0] if len(facts.coverages) == 1 else None)
    if together is None:
        return (NO_WINDOW,) if not views(facts) else (_not_measured(facts.custody_entry, limits),)
    if not together.may_touch or is_fragment(facts, limits):
        return (not_applicable(say("没有记录或仅有零碎记录，已另行提出", "no footage or a fragment: said elsewhere")),)
    party = Party(facts, replace(together, officer=None), limits)
    return (party.settle(_until_custody(party, facts.custody_entry)),)


def _until_custody(party: Party, entry: datetime) -> Outcome:
    early, end = party.coverage.early, party.window.span.end
    if end < entry:
        return _not_measured(entry, party.limits)
    after_entry = end - entry
    missing = Bounds(*(max(ZERO, value - after_entry) for value in (early.low, early.nominal, early.high)))
    base = timedelta(seconds=party.limits.custody_end_seconds)
    verdict = exceeds(missing, base, party.uncertainty)
    measured = _bounds("early", missing) | {"allowed_s": in_seconds(max(base, party.uncertainty))}
    if verdict is Result.PASS:
        return passed(say("记录至进入办案区", "recording went on until entry to the case-handling area"), **measured)
    at = local(entry, party.limits)
    text = say(
        f"最后的记录比进入办案区（{at}）早 {in_seconds(missing.nominal):g} 秒",
        f"footage ends {in_seconds(missing.nominal):g} s before entry to the case-handling area ({at})",
    )
    if verdict is Result.UNKNOWN:
        return unknown(text, _depends_on_clock(party), **measured)
    start = max(party.window.span.start, entry - missing.nominal)
    return replace(failed(Severity.FAIL, text, **measured), span=Span(start, entry) if start <= entry else None)


def _not_measured(entry: datetime, limits: Limits) -> Outcome:
    at = local(entry, limits)
    return unknown(
        say(
            f"处置完毕至进入办案区（{at}）之间的记录未测量",
            f"footage between the finish and entry to the case-handling area ({at}) was not measured",
        )
    )


def _bounds(name: str, value: Bounds) -> dict[str, float]:
    low, nominal, high = (in_seconds(each) for each in (value.low, value.nominal, value.high))
    return (
        {f"{name}_s": nominal} if low == high else {f"{name}_s": nominal, f"{name}_low_s": low, f"{name}_high_s": high}
    )


def _depends_on_clock(party: Party) -> str:
    error = in_seconds(party.coverage.clock_error)
    return say(
        f"取决于设备时钟（误差可达 {error:g} 秒）", f"depends on the camera's clock (wrong by up to {error:g} s)"
    )


RULES = (
    Rule(
        id="incomplete.late-start",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="到达现场后较晚开始记录",
        title_en="Recording begins late after arrival",
        condition_zh=(
            "首个片段晚于到达时间：超过60秒提示，超过180秒不合规（容差不低于60秒及时钟误差；到达时间为估计时不判不合规"
            "）"
        ),
        condition_en=(
            "First clip after arrival by more than 60 s: warn, more than 180 s: fail (tolerance never below 60 s and "
            "the clock's uncertainty; never a failure when arrival is an estimate)"
        ),
        basis=(unverified("XC-2016: 自到达现场时开始 (原文待核实)"), LOCAL),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, each_party(late_start)),
        limits=("late_start_warn_seconds", "late_start_fail_seconds", "edge_tolerance_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.early-end",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="处置完毕前停止记录",
        title_en="Recording ends before the finish",
        condition_zh="最后片段早于处置完毕时间超过120秒；只有反馈时间时无法判定",
        condition_en="Last clip more than 120 s before the finish; unknown when only a feedback time exists",
        basis=(unverified("XC-2016: 至执法活动结束时停止 (原文待核实)"), LOCAL),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, each_party(early_end)),
        limits=("early_end_seconds", "edge_tolerance_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="incomplete.not-until-custody",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="带至办案区前停止记录",
        title_en="Recording ends before entry to the case-handling area",
        condition_zh="有人被带至办案区，而全部记录早于进入时间超过120秒停止",
        condition_en="Person brought in; all recording stopped more than 120 s before entry to the case-handling area",
        basis=(unverified("XC-2016 (原文待核实)"), LOCAL),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, not_until_custody),
        limits=("custody_end_seconds", "edge_tolerance_seconds"),
        waits_for_upload=True,
    ),
)
