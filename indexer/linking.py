"""Recordings × required windows → links, decided jointly over one party's neighbouring activities.

Never the first match and never padding alone (`docs/design/linking.md`): a recording is linked to every window that it
truly overlaps, not to one that it only grazes, and what is ambiguous is proposed to a person with its runner-up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.hand_link import Pair
from domain.link import Link, LinkBasis, LinkStatus
from domain.wording import joined, say
from indexer.attribution import clip_links
from indexer.candidates import candidates, distinct, prepared
from indexer.judging import Verdict, Verdicts, judge_overlaps
from indexer.scoring import (
    BASIS_WEIGHT,
    RELATIONS,
    ActivityWindow,
    Fit,
    Footage,
    Key,
    LinkingLimits,
    Relation,
    certainty,
)

__all__ = ["ActivityWindow", "Footage", "LinkingLimits", "decide"]

DEFAULTS = LinkingLimits()
FOLLOWED = 0.7
"""Base score of a recording on the way to a call that the next recording covers."""

SEAM = timedelta(seconds=5)
PROPOSABLE = frozenset({Relation.SHIFTED, Relation.BEYOND, Relation.APPROACH, Relation.TRAIL})


@dataclass(frozen=True, slots=True)
class _Case:
    """One recording with every window near it, and what was concluded so far."""

    footage: Footage
    fits: tuple[Fit, ...]
    verdicts: Verdicts

    def keys(self, *statuses: LinkStatus) -> set[Key]:
        return {key for key, verdict in self.verdicts.items() if verdict.status in statuses}


def decide(
    footage: Sequence[Footage],
    windows: Sequence[ActivityWindow],
    limits: LinkingLimits = DEFAULTS,
    refused: frozenset[Pair] = frozenset(),
) -> tuple[Link, ...]:
    """Links of one party (an officer, a unit without officer, a room): its recordings against its windows.

    Every clip gets a row for each activity it is linked or proposed to, and for at most three considered losers.
    `Link.runner_up` is the best other activity of the same clip. The result does not depend on the order of input.
    """
    needs = prepared(windows, limits)
    cases = []
    for take in distinct(footage):
        fits = tuple(one for one in candidates(take, needs, limits) if not _refused(take, one, refused))
        cases.append(_Case(take, fits, judge_overlaps(take, fits, limits)))
    cases = _with_followed(cases, limits)
    owned = {key for case in cases for key in case.keys(LinkStatus.LINKED)}
    links = [
        link for case in cases for link in clip_links(case.footage, case.fits, _final(case, owned, limits), limits)
    ]
    return tuple(sorted(links, key=lambda link: (link.file_id, -link.score, link.kind, link.number)))


def _refused(take: Footage, one: Fit, refused: frozenset[Pair]) -> bool:
    """Whether people took every clip of the recording apart from this activity: then others may have it."""
    kind, number = one.key
    return bool(refused) and all((clip.file_id, kind.value, number) in refused for clip in take.recording.clips)


def _with_followed(cases: Sequence[_Case], limits: LinkingLimits) -> list[_Case]:
    """Links recordings made on the way to a call, when the next recording goes on into it; latest first, so that
    several in a row hold on to each other."""
    done = list(cases)
    for index in range(len(done) - 1, -1, -1):
        case = done[index]
        if case.keys(LinkStatus.LINKED):
            continue
        goal = _goal(case, _next_linked(case, done[index + 1 :], limits), limits)
        if goal is not None:
            done[index] = replace(case, verdicts=case.verdicts | {goal.key: _on_the_way(case, goal)})
    return done


def _next_linked(case: _Case, later: Iterable[_Case], limits: LinkingLimits) -> set[Key]:
    """Activities linked to a recording that begins where this one ends."""
    end = case.footage.recording.span.end
    found: set[Key] = set()
    for other in later:
        hole = other.footage.recording.span.start - end
        if hole > timedelta(seconds=limits.follow_seconds):
            break
        if hole >= -SEAM:
            found |= other.keys(LinkStatus.LINKED)
    return found


def _goal(case: _Case, linked: set[Key], limits: LinkingLimits) -> Fit | None:
    """The call this recording was on the way to: begun around its dispatch or later, ended before arrival."""
    span, early = case.footage.recording.span, timedelta(seconds=limits.approach_seconds)
    ahead = [
        one
        for one in case.fits
        if one.key in linked and span.end <= one.need.start and one.need.called_at - early <= span.start
    ]
    return min(ahead, key=lambda one: (one.need.start, one.key), default=None)


def _on_the_way(case: _Case, goal: Fit) -> Verdict:
    score = FOLLOWED * BASIS_WEIGHT[case.footage.basis] * certainty(goal.need)
    reason = say(
        "在派警与到达之间，下一段记录延续至时段内",
        "between dispatch and arrival, the next recording goes on into the window",
    )
    status = LinkStatus.PROPOSED if case.footage.basis is LinkBasis.UNIT else LinkStatus.LINKED
    return Verdict(status, score, reason, whole=True)


def _final(case: _Case, owned: set[Key], limits: LinkingLimits) -> Verdicts:
    """Nothing is lost silently: slight claims on an activity without other footage, and the best of a recording
    that overlaps nothing, are proposed; the rest is rejected."""
    only = say("该活动没有其他记录", "no other footage of it")
    final = {
        key: replace(verdict, status=LinkStatus.PROPOSED, reason=joined((verdict.reason, only)))
        if verdict.open and key not in owned
        else verdict
        for key, verdict in case.verdicts.items()
    }
    best = next((one for one in case.fits if one.key not in final and one.relation in PROPOSABLE), None)
    taken = any(verdict.status is not LinkStatus.REJECTED for verdict in final.values())
    if best is not None and not taken and best.score >= limits.propose_score:
        final[best.key] = Verdict(LinkStatus.PROPOSED, best.score, _apart(best), whole=True)
    for one in case.fits:
        if one.key not in final:
            final[one.key] = Verdict(LinkStatus.REJECTED, one.score, _apart(one))
    return final


def _apart(one: Fit) -> str:
    zh, en = RELATIONS[one.relation]
    return say(f"没有重叠：{zh}", f"no overlap: {en}")
