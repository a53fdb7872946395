"""Written notes beside what is missing: whom and which time they speak for, and what they leave unexplained.

A note explains the time it names and no more: what is left of a stretch stays with its own length. Approved by a
supervisor it takes the sting out of a failure; until then the question stays open and says that a note waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from detectors.limits import Limits
from detectors.rule import SessionFacts
from domain.activity import Explanation
from domain.finding import Outcome, Result, Severity
from domain.timespan import ZERO, Span, merge, total, uncovered
from domain.wording import LIST, joined, say

Notes = Sequence[Explanation]
Piece = tuple[Span, Explanation | None]
"""A part of a stretch, and the note that explains it."""


def explanation_for(notes: Notes, officer: str | None, span: Span | None, limits: Limits) -> Explanation | None:
    """The note that covers this officer and time, an approved one first.

    Without officer it speaks for all, without span for the whole activity; entered times have a slack.
    """
    slack = _slack(limits)
    fitting = [
        each
        for each in notes
        if each.officer in (None, officer)
        and (each.span is None or (span is not None and _holds(each.span, span, slack)))
    ]
    return next((each for each in fitting if each.approved_by), fitting[0] if fitting else None)


def of_session(facts: SessionFacts) -> tuple[Explanation, ...]:
    """The session's notes; one by an officer who conducted it speaks for the session."""
    mine = facts.session.officers
    return tuple(replace(one, officer=None) if one.officer in mine else one for one in facts.explanations)


def _slack(limits: Limits) -> timedelta:
    return timedelta(seconds=limits.explanation_slack_seconds)


def _holds(outer: Span, inner: Span, slack: timedelta) -> bool:
    return outer.start - slack <= inner.start and inner.end <= outer.end + slack


def pieces(span: Span, notes: Notes, officer: str | None, limits: Limits) -> tuple[Piece, ...]:
    """A stretch cut where notes begin and end, in order of time: by approved ones first, the rest by the others.

    A note that covers all of it leaves it whole, and so does one that leaves no more than times entered by hand err.
    """
    whole = explanation_for(notes, officer, span, limits)
    if whole and whole.approved_by:
        return ((span, whole),)
    found: list[Piece] = []
    for part, note in _cut(span, notes, officer, limits, approved=True):
        if note is None:
            found += _cut(part, notes, officer, limits, approved=False)
        else:
            found.append((part, note))
    return tuple(sorted(found, key=lambda piece: piece[0]))


def _cut(span: Span, notes: Notes, officer: str | None, limits: Limits, *, approved: bool) -> list[Piece]:
    whole = explanation_for(notes, officer, span, limits)
    if whole and bool(whole.approved_by) is approved:
        return [(span, whole)]
    mine = _fitting(notes, officer, approved=approved)
    rest = _unexplained(span, mine, limits)
    explained_parts = [(part, _longest(part, mine)) for part in uncovered(span, rest)]
    return [*explained_parts, *((part, None) for part in rest)]


def _fitting(notes: Notes, officer: str | None, *, approved: bool) -> list[Explanation]:
    """Notes on some of the time that speak for an officer."""
    return [n for n in notes if n.span and n.officer in (None, officer) and bool(n.approved_by) is approved]


def _unexplained(span: Span, notes: Iterable[Explanation], limits: Limits) -> tuple[Span, ...]:
    """What notes leave of a stretch, more than a minute at a time."""
    spans = [note.span for note in notes if note.span and note.span.overlaps(span)]
    if not spans:
        return (span,)
    return tuple(part for part in uncovered(span, spans) if part.duration > _slack(limits))


def _longest(part: Span, notes: Iterable[Explanation]) -> Explanation | None:
    return max(notes, key=lambda note: note.span.overlap(part) if note.span else ZERO, default=None)


def explained(outcome: Outcome, explanation: Explanation | None) -> Outcome:
    """A failure with its note beside it: approved, it stays visible but only informs."""
    if outcome.result is not Result.FAIL or explanation is None:
        return outcome
    approved = bool(explanation.approved_by)
    text = (
        say(f"已有经审批的说明：{explanation.reason}", f"explained and approved: {explanation.reason}")
        if approved
        else say(f"已有说明待审批：{explanation.reason}", f"explained, not yet approved: {explanation.reason}")
    )
    return replace(
        outcome,
        severity=Severity.INFO if approved else outcome.severity,
        measured={**outcome.measured, "explained": approved},
        evidence=(*outcome.evidence, text),
    )


def reconciled(
    outcome: Outcome, notes: Notes, officers: Sequence[str | None], limits: Limits, window: Span | None = None
) -> Outcome:
    """A failure beside the notes of everybody whom it concerns: explained, explained in part, or waiting for approval.

    `outcome.span` is the stretch that lacks; where it has none, only a note on all of `window` counts.
    """
    if outcome.result is not Result.FAIL:
        return outcome
    found = [explanation_for(notes, officer, outcome.span or window, limits) for officer in officers]
    weakest = min((note for note in found if note), key=lambda note: bool(note.approved_by), default=None)
    whole = weakest if all(found) else None
    if outcome.span is None or (whole and whole.approved_by):
        return explained(outcome, whole)
    mine = {officer: _fitting(notes, officer, approved=True) for officer in officers}
    rests = [_left(outcome.span, notes, mine[officer], officer, limits) for officer in officers]
    left = merge(part for rest in rests for part in rest)
    if total(left) == outcome.span.duration:
        return explained(outcome, whole)
    partial = [note for some in mine.values() for note in some if note.span and note.span.overlaps(outcome.span)]
    text = joined(dict.fromkeys(note.reason for note in partial), LIST)
    if not left:
        return explained(outcome, replace(partial[0], reason=text)) if partial else explained(outcome, whole)
    return explained(_in_part(outcome, outcome.span, left, text), whole)


def _left(
    span: Span, notes: Notes, mine: Sequence[Explanation], officer: str | None, limits: Limits
) -> tuple[Span, ...]:
    whole = explanation_for(notes, officer, span, limits)
    return () if whole and whole.approved_by else _unexplained(span, mine, limits)


def _in_part(outcome: Outcome, span: Span, left: Sequence[Span], reasons: str) -> Outcome:
    rest = round(total(left).total_seconds(), 1)
    told = round(span.duration.total_seconds() - rest, 1)
    text = say(
        f"其中 {told:g} 秒已有经审批的说明（{reasons}），其余 {rest:g} 秒没有",
        f"{told:g} s of it explained and approved ({reasons}), {rest:g} s are not",
    )
    return replace(
        outcome,
        measured={**outcome.measured, "explained_s": told, "unexplained_s": rest},
        evidence=(*outcome.evidence, text),
    )
