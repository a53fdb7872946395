"""Activities whose footage shows or sounds like nothing: what is recorded like this is no record of them.

A clip's own finding asks about it; the activity only counts it (`said_by`), and asks itself where no clip alone is bad
enough, as when one dark stretch runs on from file to file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from detectors.content_facts import FootageContent
from detectors.content_stretches import Laid, Sought, judged, lay, presented
from detectors.content_verdict import NOT_MEASURED, Grading, concluded
from detectors.incomplete_sessions import declared
from detectors.limits import Limits
from detectors.rule import Facts, IncidentFacts, SessionFacts
from detectors.scope import Party, each_party, session_silent, settle_session
from detectors.verdict import Outcomes, hole_inside, not_applicable
from domain.activity import Bound, RequiredWindow
from domain.coverage import Coverage
from domain.finding import MeasuredValue, Outcome, Result, Severity
from domain.timespan import Span, merge
from domain.wording import say

NO_FOOTAGE = not_applicable(say("时段内没有可查内容的记录", "no footage with content in the window"))
WENT_ON = say("活动在该时段是否仍在进行未登记", "it is not on record whether the activity went on during this time")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an activity: what counts, which rule asks it of clips, how grave it is."""

    sought: Sought
    rule: str
    grading: Grading


def of_activity(facts: Facts, sought: Sought, rule: str, grading: Grading, limits: Limits) -> Outcomes:
    """Lost picture or sound of an incident's officers, or of a session's room."""
    match facts:
        case IncidentFacts(content=None) | SessionFacts(content=None):
            return (NOT_MEASURED,)
        case IncidentFacts():
            return _incident(facts, Question(sought, rule, grading), limits)
        case SessionFacts():
            return _session(facts, Question(sought, rule, grading), limits)
    raise TypeError(f"{rule} judges clips, incidents and sessions, got {type(facts).__name__} {facts.subject}")


def _incident(facts: IncidentFacts, question: Question, limits: Limits) -> Outcomes:
    def judge(party: Party) -> Outcomes:
        mine = [one for one in facts.content or () if party.officer in (None, one.officer)]
        return (_asked(mine, party.coverage, question, limits),)

    return each_party(judge)(facts, limits)


def _session(facts: SessionFacts, question: Question, limits: Limits) -> Outcomes:
    silent, together = session_silent(facts, limits), facts.together
    if silent or together is None:
        return (silent or NO_FOOTAGE,)
    content, pauses = facts.content or (), declared(facts, limits)
    # One microphone serves a room; each required camera has its own picture.
    views = (together,) if question.sought.sound or not facts.channels else facts.channels
    found = []
    for view in views:
        mine = [one for one in content if view.channel in (None, one.clip.channel)]
        outcome = replace(_asked(mine, view, question, limits, pauses), anchor=view.channel or "")
        found.append(settle_session(facts, outcome, limits))
    return tuple(found)


def _asked(
    footage: Sequence[FootageContent], view: Coverage, question: Question, limits: Limits, but: Sequence[Span] = ()
) -> Outcome:
    """One party's footage against its window."""
    laid = [_laid(one, question.sought, limits, but) for one in footage if one.clip.span]
    verdict = judged(laid, view.window.span, question.sought, view.clock_error, limits)
    if verdict is None:
        return NO_FOOTAGE
    there = [one for one in laid if one.clip.span and one.clip.span.overlaps(view.window.span)] or laid
    severity = question.grading(there, verdict, limits)
    outcome = concluded(there, question.sought, verdict, severity, limits)
    if verdict.result is not Result.FAIL:
        return outcome
    if not all(_went_on(span, view.window, laid) for span in verdict.long):
        return replace(outcome, result=Result.UNKNOWN, severity=Severity.WARN, evidence=(*outcome.evidence, WENT_ON))
    names = [one.clip.name for one in there if any(_alone(one, span, view, question, limits) for span in verdict.long)]
    said = all(any(_alone(one, span, view, question, limits) for one in there) for span in verdict.long)
    more: dict[str, MeasuredValue] = {"clips": names}
    if said:
        more["said_by"] = question.rule
    return replace(outcome, measured={**outcome.measured, **more})


def _laid(one: FootageContent, sought: Sought, limits: Limits, but: Sequence[Span]) -> Laid:
    """A clip without the track is lost as a whole, by its tables."""
    there = one.clip.has_sound if sought.sound else one.clip.has_picture
    if there:
        return lay(one.clip, one.content, sought, limits, but)
    return Laid(one.clip, replace(one.content, observations=()), presented(one.clip), (), ())


def _alone(one: Laid, lost: Span, view: Coverage, question: Question, limits: Limits) -> bool:
    """Whether the clip's own finding asks about a stretch: its own part of it is too long by itself."""
    if not (one.clip.has_sound if question.sought.sound else one.clip.has_picture):
        return bool(one.clip.span and one.clip.span.overlaps(lost))
    window, allowed = view.window.span, question.sought.allowed(limits)
    return any(
        part.overlaps(lost) and hole_inside(part, window, max(view.clock_error, one.clip.clock_error)).low > allowed
        for part in merge(one.found)
    )


def _went_on(lost: Span, window: RequiredWindow, laid: Sequence[Laid]) -> bool:
    """Whether the activity went on over a stretch: between stated ends, else with something to see on that side."""
    seen = [span for one in laid for span in one.seen]
    begun = window.start_known is Bound.STATED or any(span.start < lost.start for span in seen)
    ended = window.end_known is Bound.STATED or any(lost.end < span.end for span in seen)
    return begun and ended
