"""What one recording's overlaps say about each window: linked, proposed, or rejected with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.clip import Recording
from domain.link import LinkBasis, LinkStatus
from domain.timespan import ZERO, Span, total, uncovered
from domain.wording import COMMA, joined, say
from indexer.scoring import Fit, Footage, Key, LinkingLimits, Relation


@dataclass(frozen=True, slots=True)
class Verdict:
    """One recording against one activity. `open`: proposed instead of rejected if nothing else covers the activity.

    `whole`: every clip of the recording takes part, although none overlaps the window.
    """

    status: LinkStatus
    score: float
    reason: str
    open: bool = False
    whole: bool = False


Verdicts = dict[Key, Verdict]

CLEAR_SHARE = 0.5
"""Of the window or of the recording: less is no clear case when only unit and time speak for it."""


def judge_overlaps(footage: Footage, fits: Sequence[Fit], limits: LinkingLimits) -> Verdicts:
    """Verdicts on the windows that the recording really overlaps; the others are left out. `fits`: best first."""
    over = [one for one in fits if one.relation is Relation.OVERLAP]
    main = next((one for one in over if not one.small), None)
    verdicts = {one.key: _graze(one, main) for one in over if one.small and main is not None}
    rest = [one for one in over if one.key not in verdicts]
    for one in rest:
        if one.need.firm:
            verdicts[one.key] = _firm(one, rest, fits, limits)
    _judge_soft(footage.recording, rest, verdicts, limits)
    return _unit_only(fits, verdicts, limits) if footage.basis is LinkBasis.UNIT else verdicts


def _graze(one: Fit, main: Fit) -> Verdict:
    shared, number = f"{one.overlap.total_seconds():.0f}", main.need.window.number
    reason = say(f"仅擦边 {shared} 秒，该记录属于 {number}", f"grazes by {shared} s, {number} explains the recording")
    return Verdict(LinkStatus.REJECTED, one.score * 0.5, reason, open=True)


def _firm(one: Fit, rest: Sequence[Fit], fits: Sequence[Fit], limits: LinkingLimits) -> Verdict:
    """A stated window overlapped for real: linked, unless that depends on the clock or is one of several grazes."""
    if one.small and len(rest) > 1:
        slight = say(
            "仅为多处轻微重叠之一，均不足以说明该记录", "one of several slight overlaps, none explains the recording"
        )
        return Verdict(LinkStatus.PROPOSED, one.score, slight)
    return _by_clock(one, fits, limits) or _by_score(one, limits, say("与时段重叠", "overlaps the window"))


def _by_clock(one: Fit, fits: Sequence[Fit], limits: LinkingLimits) -> Verdict | None:
    """Proposed when the overlap may vanish and the clock is very uncertain or another activity fits about as well."""
    if one.clock >= 1.0:
        return None
    rivals = [other for other in fits if other.key != one.key and other.clock > 0.0]
    if rivals and one.score - max(other.score for other in rivals) < limits.margin:
        rival = say("取决于时钟，另一活动同样相符", "depends on the clock, another activity fits as well")
        return Verdict(LinkStatus.PROPOSED, one.score, rival)
    if one.clock_error > timedelta(minutes=limits.clock_error_minutes):
        error = f"{one.clock_error.total_seconds():.0f}"
        unsure = say(f"取决于时钟，误差达 {error} 秒", f"depends on a clock known to {error} s")
        return Verdict(LinkStatus.PROPOSED, one.score, unsure)
    return None


def _by_score(one: Fit, limits: LinkingLimits, reason: str) -> Verdict:
    if one.score < limits.link_score:
        low = say(f"得分低于 {limits.link_score:.2f}", f"score below {limits.link_score:.2f}")
        return Verdict(LinkStatus.PROPOSED, one.score, joined((reason, low), COMMA))
    return Verdict(LinkStatus.LINKED, one.score, reason)


def _judge_soft(recording: Recording, over: Sequence[Fit], verdicts: Verdicts, limits: LinkingLimits) -> None:
    """Windows with an estimated or open end claim only footage that no better explained window holds already."""
    explained = [
        _explains(one, recording)
        for one in over
        if one.key in verdicts and verdicts[one.key].status is LinkStatus.LINKED
    ]
    soft = [one for one in over if one.key not in verdicts]
    novel: list[Fit] = []
    for one in soft:
        novelty = _novelty(one, recording, explained)
        if novelty < limits.novelty_share:
            reason = say(
                f"时段不确定，重叠部分的 {1 - novelty:.0%} 属于另一活动",
                f"window not certain, {1 - novelty:.0%} of the overlap is explained by another activity",
            )
            verdicts[one.key] = Verdict(LinkStatus.REJECTED, one.score * 0.5, reason, open=True)
            continue
        novel.append(one)
        rivals = [other for other in soft if other is not one and _same_claim(one, other, recording, limits)]
        explained += [] if rivals else [_explains(one, recording)]
    for one in novel:
        rivals = [other for other in novel if other is not one and _same_claim(one, other, recording, limits)]
        verdicts[one.key] = _soft(one, rivals, over, limits)


def _soft(one: Fit, rivals: Sequence[Fit], over: Sequence[Fit], limits: LinkingLimits) -> Verdict:
    if rivals:
        rival = rivals[0].need.window.number
        reason = say(f"时段不确定，{rival} 同样相符", f"window not certain, {rival} fits as well")
        return Verdict(LinkStatus.PROPOSED, one.score, reason)
    overlaps = say("与不确定的时段重叠", "overlaps a window that is not certain")
    return _by_clock(one, over, limits) or _by_score(one, limits, overlaps)


def _explains(one: Fit, recording: Recording) -> Span:
    """The window, and the way to it when the recording was begun on the way."""
    begun_for_it = one.begun_within and recording.span.start < one.need.start
    return Span(recording.span.start if begun_for_it else one.need.start, one.need.end)


def _claim(one: Fit, recording: Recording) -> Span:
    return Span(max(recording.span.start, one.need.start), min(recording.span.end, one.need.end))


def _novelty(one: Fit, recording: Recording, explained: Sequence[Span]) -> float:
    """Share (0..1) of the claimed footage that lies in no window explained already."""
    claim = _claim(one, recording)
    return total(uncovered(claim, explained)) / claim.duration if claim.duration > ZERO else 0.0


def _same_claim(one: Fit, other: Fit, recording: Recording, limits: LinkingLimits) -> bool:
    """Two uncertain windows want mostly the same footage with about the same right."""
    mine, theirs = _claim(one, recording), _claim(other, recording)
    shared = mine.overlap(theirs)
    return (
        abs(one.score - other.score) < limits.margin
        and shared > mine.duration * limits.novelty_share
        and shared > theirs.duration * limits.novelty_share
    )


def _unit_only(fits: Sequence[Fit], verdicts: Verdicts, limits: LinkingLimits) -> Verdicts:
    """Same unit and time alone links only what is unique and clear; everything else is proposed."""
    possible = [one for one in fits if one.clock > 0.0]
    rival = max((one.score for one in fits[1:]), default=0.0)
    unique = len(possible) == 1 and possible[0].score - rival >= limits.margin
    if unique and max(possible[0].of_window, possible[0].of_recording) >= CLEAR_SHARE:
        return verdicts
    alone = say("但仅凭单位与时间不足以关联", "but unit and time alone are not enough")
    return {
        key: Verdict(LinkStatus.PROPOSED, verdict.score, joined((verdict.reason, alone), COMMA))
        if verdict.status is LinkStatus.LINKED
        else verdict
        for key, verdict in verdicts.items()
    }
