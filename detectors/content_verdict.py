"""From one clip's measurements to an outcome: in every part inside a required window, by one kind of stretch."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from detectors.content_facts import ContentFacts
from detectors.content_stretches import Laid, Sought, Verdict, begin, counted, judged, lay
from detectors.content_words import figures, told
from detectors.incomplete_files import NOT_READ, no_content
from detectors.limits import Limits
from detectors.rule import ClipFacts
from detectors.verdict import Outcomes, not_applicable, unknown
from domain.clip import Clip
from domain.finding import Outcome, Result, Severity
from domain.link import LinkStatus
from domain.timespan import Span, merge
from domain.wording import COLON, joined, say

Grading = Callable[[Sequence[Laid], Verdict, Limits], Severity]

NOT_MEASURED = not_applicable(say("未启用内容检查", "content is not checked here"))
NOT_REQUIRED = not_applicable(say("不在任何应记录时段内", "in no required window"))
NO_PICTURE = not_applicable(say("没有画面：见 incomplete.picture-lost", "no picture: said by incomplete.picture-lost"))
NO_SOUND = not_applicable(say("没有声音：见 incomplete.sound-lost", "no sound: said by incomplete.sound-lost"))
ORDER = (Result.FAIL, Result.UNKNOWN, Result.NOTCHECKED, Result.PASS, Result.NOTAPPLICABLE)
"""Worst first: a failure elsewhere is not hidden by a rest that was not looked at."""

EDGE = timedelta(seconds=1)  # parts are cut out of windows; times of media are rounded


def windows(facts: ClipFacts, clip: Clip, content: ContentFacts) -> tuple[Span, ...]:
    """The required windows of which the clip holds a part; the part itself where no link names its window."""
    start = begin(clip)
    known = [one.window for one in facts.linked if one.link.status is LinkStatus.LINKED]
    found: dict[Span, None] = {}
    for a, b in content.required:
        if a < b:
            part = Span(start + a, start + b)
            around = [one for one in known if one.start - EDGE <= part.start and part.end <= one.end + EDGE]
            found |= dict.fromkeys(around or [part])
    return tuple(found)


def of_clip(facts: ClipFacts, laid: Laid, sought: Sought, limits: Limits) -> Verdict | None:
    """All required parts of the clip together: the worst of them. None when it holds none."""
    whole = windows(facts, laid.clip, laid.content)
    verdicts = [judged([laid], window, sought, laid.clip.clock_error, limits) for window in whole]
    present = [verdict for verdict in verdicts if verdict]
    if not present:
        return None
    worst = min((verdict.result for verdict in present), key=ORDER.index)
    as_bad = [verdict for verdict in present if verdict.result is worst]
    return Verdict(
        worst,
        merge(span for verdict in as_bad for span in verdict.long),
        merge(span for verdict in present for span in verdict.unseen),
        any(verdict.by_clock for verdict in as_bad),
    )


def concluded(footage: Sequence[Laid], sought: Sought, verdict: Verdict, severity: Severity, limits: Limits) -> Outcome:
    """The verdict as an outcome: what was measured, where, against which limits."""
    measured, evidence = figures(footage, sought, verdict, limits), told(footage, sought, verdict, limits)
    if verdict.result is Result.FAIL:
        longest = max(verdict.long, key=lambda span: span.duration)
        placed = longest if footage[0].clip.span else None
        return Outcome(Result.FAIL, severity, span=placed, measured=measured, evidence=evidence)
    if verdict.result is Result.PASS:
        fine = say("未见超过限值的时段", "no stretch beyond the limit")
        return Outcome(Result.PASS, Severity.INFO, measured=measured, evidence=(fine, *evidence))
    mild = Severity.WARN if verdict.result is Result.UNKNOWN else Severity.INFO
    return Outcome(verdict.result, mild, measured=measured, evidence=evidence)


def graded(severity: Severity) -> Grading:
    return lambda _footage, _verdict, _limits: severity


def content_outcome(
    facts: ClipFacts, sought: Sought, grading: Grading, limits: Limits, but: Sequence[Span] = ()
) -> Outcome:
    """What the measurements say of one clip. `but`: stretches that another rule speaks about."""
    nothing = no_content(facts, limits)
    if nothing or facts.clip is None:
        return nothing or NOT_READ
    if facts.content is None:
        return NOT_MEASURED
    if facts.probe and not (facts.probe.audio if sought.sound else facts.probe.video):
        return NO_SOUND if sought.sound else NO_PICTURE
    laid = lay(facts.clip, facts.content, sought, limits, but)
    verdict = of_clip(facts, laid, sought, limits)
    if verdict is None:
        return NOT_REQUIRED
    return concluded([laid], sought, verdict, grading([laid], verdict, limits), limits)


def too_long(facts: ClipFacts, sought: Sought, limits: Limits) -> tuple[Span, ...]:
    """Stretches of a clip that are too long by themselves, wherever they lie: for rules that leave them to another."""
    if facts.clip is None or facts.content is None:
        return ()
    if not any(counted(facts.content.observations, sort, limits) for sort in sought.sorts):
        return ()  # as of nearly every clip
    found = lay(facts.clip, facts.content, sought, limits).found
    return tuple(span for span in found if span.duration > sought.allowed(limits))


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome of several on the same question: the worst result, all that was measured, evidence of the worst."""
    some = [one for one in outcomes if one.result is not Result.NOTAPPLICABLE] or list(outcomes)
    worst = min((one.result for one in some), key=ORDER.index)
    as_bad = [one for one in some if one.result is worst]
    severities = [one.severity for one in as_bad]
    grave = next((each for each in (Severity.FAIL, Severity.WARN) if each in severities), Severity.INFO)
    return replace(
        as_bad[0],
        severity=grave,
        span=next((one.span for one in as_bad if one.span), None),
        measured={key: value for one in some for key, value in one.measured.items()},
        evidence=tuple(dict.fromkeys(text for one in as_bad for text in one.evidence)),
    )


def as_check(judge: Callable[[ClipFacts, Limits], Outcome]) -> Callable[[ClipFacts, Limits], Outcomes]:
    """A judge of one outcome as rules want it."""

    def check(facts: ClipFacts, limits: Limits) -> Outcomes:
        return (judge(facts, limits),)

    check.__name__ = judge.__name__
    return check


def not_seen_yet(facts: ClipFacts) -> Outcome | None:
    """Why a clip that lies in required time cannot pass by its tables alone; None where it can."""
    content = facts.content
    if content is None or not content.required:
        return None
    if content.waiting:
        return Outcome(
            Result.NOTCHECKED, Severity.INFO, evidence=(say("内容在检查队列中", "its content is in the queue"),)
        )
    if content.ended:
        return unknown(joined((say("内容检查被中止", "looking at its content was ended"), content.ended), COLON))
    return None
