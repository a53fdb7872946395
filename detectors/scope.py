"""Which incidents, officers and sessions the rules on footage speak about, and what stands in the way of a verdict.

Here lies "one finding per fact": whoever has no footage at all is asked about by `missing.*` alone, and a mere
fragment by `incomplete.fragment` alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from detectors.explanations import of_session, reconciled
from detectors.limits import Limits
from detectors.rule import IncidentFacts, SessionFacts, Unplayable
from detectors.verdict import (
    Outcomes,
    doubted,
    in_seconds,
    local,
    not_applicable,
    unknown,
    unseen_stores,
)
from domain.activity import Bound, RequiredWindow
from domain.coverage import Coverage
from domain.finding import Outcome, Result
from domain.link import LinkStatus
from domain.timespan import ZERO, Span
from domain.wording import COLON, joined, say


@dataclass(frozen=True, slots=True)
class Party:
    """One officer's footage on one incident (officer None: nobody is named, all footage together)."""

    facts: IncidentFacts
    coverage: Coverage
    limits: Limits

    @property
    def officer(self) -> str | None:
        return self.coverage.officer

    @property
    def window(self) -> RequiredWindow:
        return self.coverage.window

    @property
    def uncertainty(self) -> timedelta:
        """No edge of an activity is known better than this."""
        return max(timedelta(seconds=self.limits.edge_tolerance_seconds), self.coverage.clock_error)

    def doubts(self, span: Span) -> tuple[str, ...]:
        """What could hold footage of a stretch of time that was not seen, not placed, or cannot be played."""
        broken = begun_unplayable(self.facts, self.officer, span, self.limits)
        return (*broken, *unplaced_clips(self.facts, self.officer), *unseen_stores(self.facts.stores))

    def settle(self, outcome: Outcome) -> Outcome:
        """The outcome with its officer, its doubts and its explanation."""
        span = outcome.span or self.window.span
        settled = replace(outcome, officer=self.officer, anchor=outcome.anchor or self.officer or "")
        if settled.result is Result.FAIL:
            settled = doubted(settled, self.doubts(span))
        noted = reconciled(settled, self.facts.explanations, [self.officer], self.limits, span)
        return replace(noted, span=span) if outcome.result is Result.FAIL else noted


def views(facts: IncidentFacts) -> tuple[Coverage, ...]:
    """Every measurement of the incident: each officer's and all together."""
    return (*facts.coverages, *([facts.together] if facts.together else []))


def parties(facts: IncidentFacts, limits: Limits) -> tuple[Party, ...]:
    """Who had to record: the named officers, else everybody together."""
    return tuple(Party(facts, coverage, limits) for coverage in facts.coverages or views(facts))


def unplaced_clips(facts: IncidentFacts, officer: str | None) -> tuple[str, ...]:
    """Clips without a believable time that may hold the missing footage (officer None: anybody's)."""
    names = [name for badge, clips in facts.unplaced.items() if officer in (None, badge) for name in clips]
    if not names:
        return ()
    listed = ", ".join(names[:5])
    return (
        say(
            f"{len(names)} 个片段时间不可信，可能属于本活动：{listed}",
            f"{len(names)} clips have no believable time and may belong here: {listed}",
        ),
    )


def begun_unplayable(facts: IncidentFacts, officer: str | None, span: Span, limits: Limits) -> tuple[str, ...]:
    """Recordings that were begun, may have covered some of the span and cannot be played (officer None: anybody's).

    The file itself is asked about by incomplete.unreadable; nobody can be asked for what may be lost in it.
    """
    begun = {one for badge, some in facts.unplayable.items() if officer in (None, badge) for one in some}
    return unplayable_in(sorted(begun, key=lambda one: (one.started_at, one.name)), span, limits)


def unplayable_in(files: Sequence[Unplayable], span: Span, limits: Limits) -> tuple[str, ...]:
    """A statement on every such file that may reach into the span."""
    return tuple(_begun(one, limits) for one in files if one.reach.overlaps(span))


def _begun(one: Unplayable, limits: Limits) -> str:
    at = local(one.started_at, limits)
    zh, en = ("断电或未正常关闭，", ": power lost, or never closed") if one.lost_power else ("", "")
    return say(
        f"有记录始于 {at}，{zh}文件无法播放，是否涵盖该时段不得而知：{one.name}",
        f"a recording began at {at} and its file cannot be played{en}; whether it covers this time is not known: "
        f"{one.name}",
    )


def outside_links(facts: IncidentFacts) -> int:
    """Clips linked to the incident, whether or not they touch its window."""
    return len({link.file_id for link in facts.links if link.status is LinkStatus.LINKED})


def too_short(window: RequiredWindow, limits: Limits) -> Outcome | None:
    """A stay shorter than the minimum needs no recording; so does one that was over within it at the latest."""
    stay = window.span.duration
    if window.start_known is Bound.ESTIMATED or window.end_known is Bound.ESTIMATED:
        return None
    if stay >= timedelta(seconds=limits.min_on_scene_seconds):
        return None
    return not_applicable(
        say(
            f"在场 {in_seconds(stay):g} 秒，少于 {limits.min_on_scene_seconds:g} 秒",
            f"on scene {in_seconds(stay):g} s, less than {limits.min_on_scene_seconds:g} s",
        ),
        on_scene_s=in_seconds(stay),
        min_on_scene_s=limits.min_on_scene_seconds,
    )


def out_of_scope(facts: IncidentFacts, limits: Limits) -> Outcome | None:
    """Why no rule on footage speaks about this incident, None when they do."""
    if facts.excluded:
        exempt = say("按规定不需记录", "needs no recording")
        return not_applicable(joined((exempt, facts.excluded), COLON))
    stays = [too_short(view.window, limits) for view in views(facts)]
    return stays[-1] if stays and all(stays) else None


def is_fragment(facts: IncidentFacts, limits: Limits) -> bool:
    """All linked clips together are too short to be a record of anything (ZERO: not measured)."""
    touched = any(view.touches for view in views(facts))
    return touched and ZERO < facts.linked_duration < timedelta(seconds=limits.fragment_seconds)


def silent(party: Party) -> Outcome | None:
    """Why rules on completeness do not speak about this officer, None when they do."""
    short = too_short(party.window, party.limits)
    if short:
        return short
    if not party.coverage.may_touch:
        return not_applicable(say("没有记录：见 missing.* 各项", "no footage at all: said by missing.*"))
    if not party.coverage.touches:
        return unknown(
            say("记录是否在应记录时段内取决于设备时钟", "whether footage lies in the window depends on the clock")
        )
    if is_fragment(party.facts, party.limits):
        return not_applicable(
            say("仅有零碎记录：见 incomplete.fragment", "a mere fragment: said by incomplete.fragment")
        )
    return None


def each_party(judge: Callable[[Party], Outcomes]) -> Callable[[IncidentFacts, Limits], Outcomes]:
    """A judge of one officer's footage, applied to everyone who had to record."""

    def check(facts: IncidentFacts, limits: Limits) -> Outcomes:
        skipped = out_of_scope(facts, limits)
        if skipped:
            return (skipped,)
        judged = [outcome for party in parties(facts, limits) for outcome in _judged(party, judge)]
        return tuple(judged) or (NO_WINDOW,)

    check.__name__ = judge.__name__
    return check


def _judged(party: Party, judge: Callable[[Party], Outcomes]) -> Outcomes:
    quiet = silent(party)
    return tuple(party.settle(outcome) for outcome in ((quiet,) if quiet else judge(party)))


NO_WINDOW = unknown(
    say("警情没有任何时间，无法确定应记录时段", "the incident has no time from which a window could follow")
)


def session_scope(facts: SessionFacts, limits: Limits) -> Outcome | None:
    """Why no rule on footage speaks about this session, None when they do."""
    category = facts.session.category or ""
    if category in limits.exempt_session_kinds:
        return not_applicable(say(f"类别不需录像：{category}", f"this kind needs no recording: {category}"))
    return None


def session_doubts(facts: SessionFacts, span: Span | None, limits: Limits) -> tuple[str, ...]:
    """What could hold room footage that was not seen or not placed."""
    doubts = [*unplayable_in(facts.unplayable, span, limits)] if span else []
    doubts += unseen_stores(facts.stores)
    if facts.unplaced:
        listed = ", ".join(facts.unplaced[:5])
        doubts.append(
            say(
                f"该室有 {len(facts.unplaced)} 个片段时间不可信：{listed}",
                f"{len(facts.unplaced)} clips of the room without a believable time: {listed}",
            )
        )
    if facts.together and facts.together.may_touch and not facts.together.touches:
        doubts.append(say("取决于录像设备时钟", "depends on the room recorder's clock"))
    return tuple(doubts)


def session_silent(facts: SessionFacts, limits: Limits) -> Outcome | None:
    """Why rules on completeness do not speak about this session, None when they do."""
    skipped = session_scope(facts, limits)
    if skipped:
        return skipped
    if facts.together is None:
        return not_applicable(say("没有开始时间：见 missing.session-not-recorded", "no start time: said by missing.*"))
    if not facts.together.may_touch:
        return not_applicable(say("没有录像：见 missing.session-not-recorded", "no footage at all: said by missing.*"))
    if not facts.together.touches:
        return unknown(say("录像是否在时段内取决于设备时钟", "whether footage lies in the window depends on the clock"))
    return None


def settle_session(facts: SessionFacts, outcome: Outcome, limits: Limits) -> Outcome:
    """The outcome with its doubts and its explanation."""
    settled = doubted(outcome, session_doubts(facts, outcome.span, limits))
    return reconciled(settled, of_session(facts), [None], limits)
