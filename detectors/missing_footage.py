"""Activities that had to be recorded and of which no recording was found: incidents, officers, sessions."""

from dataclasses import replace

from detectors.basis import law, practice, quoted, unverified
from detectors.explanations import of_session, reconciled
from detectors.incomplete_sessions import absent
from detectors.limits import Limits
from detectors.rule import (
    IncidentFacts,
    Rule,
    SessionFacts,
    judging,
)
from detectors.scope import (
    NO_WINDOW,
    Party,
    begun_unplayable,
    out_of_scope,
    outside_links,
    parties,
    session_doubts,
    session_scope,
    too_short,
    unplaced_clips,
    unplayable_in,
    views,
)
from detectors.verdict import (
    Outcomes,
    doubted,
    failed,
    in_seconds,
    not_applicable,
    passed,
    proof_of_absence,
    unknown,
    unseen_stores,
)
from domain.activity import Bound
from domain.coverage import Coverage
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.timespan import uncovered
from domain.wording import say

SHIFT_RULE = "missing.shift-without-clips"


def no_recording(facts: IncidentFacts, limits: Limits) -> Outcomes:
    """Nobody's footage touches the window under any plausible clock, and everything that could hold it was seen."""
    skipped = out_of_scope(facts, limits)
    if skipped:
        return (skipped,)
    measured = views(facts)
    if not measured:
        return (NO_WINDOW,)
    if any(view.touches for view in measured):
        return (passed(say("应记录时段内有记录", "footage lies in the window")),)
    window = (facts.together or measured[0]).window.span
    begun = begun_unplayable(facts, None, window, limits)
    if begun:
        return (replace(unknown(*begun, *_cameras(facts), required_s=in_seconds(window.duration)), span=window),)
    absent = failed(
        Severity.FAIL,
        say("未找到任何到场民警在应记录时段内的记录", "no recording of any assigned officer was found in the window"),
        *_cameras(facts),
        *proof_of_absence(facts.stores, limits),
        required_s=in_seconds(window.duration),
        covered_s=0.0,
        officers=list(facts.incident.officers),
        linked_outside=outside_links(facts),
    )
    absent = replace(doubted(absent, _doubts_about_absence(facts)), span=window)
    if absent.result is Result.FAIL and _shifts_say_it(facts):
        absent = replace(absent, measured={**absent.measured, "said_by": SHIFT_RULE})
    return (reconciled(absent, facts.explanations, _concerned(facts), limits),)


def _doubts_about_absence(facts: IncidentFacts) -> tuple[str, ...]:
    measured = views(facts)
    windows = [view.window for view in measured]
    doubts = [*unplaced_clips(facts, None), *unseen_stores(facts.stores)]
    if any(view.may_touch for view in measured):
        doubts.append(say("有记录, 是否在时段内取决于设备时钟", "footage may lie in the window, depending on a clock"))
    if not facts.incident.officers and not facts.coverages:
        doubts.append(say("警情未登记到场民警", "the incident names no officer"))
    if all(window.start_known is window.end_known is Bound.ESTIMATED for window in windows):
        doubts.append(say("未登记到场, 时段为估计", "attendance is not on record; the window is an estimate"))
    elif outside_links(facts) and not all(window.start_known is window.end_known is Bound.STATED for window in windows):
        doubts.append(say("已关联记录在估计时段之外", "linked footage lies outside a window that is partly estimated"))
    return tuple(doubts)


def _cameras(facts: IncidentFacts) -> tuple[str, ...]:
    if not facts.assignments_known:
        return ()
    issued = [f"{officer}: {', '.join(devices)}" for officer, devices in sorted(facts.issued.items()) if devices]
    listed = "; ".join(issued)
    return (say(f"领用设备：{listed or '无'}", f"cameras issued: {listed or 'none'}"),)


def _shifts_say_it(facts: IncidentFacts) -> bool:
    named = facts.incident.officers or tuple(view.officer for view in facts.coverages if view.officer)
    return bool(named) and set(named) <= set(facts.shifts_without_clips)


def _concerned(facts: IncidentFacts) -> list[str | None]:
    """Whose notes are needed: that nobody recorded is explained by one for everybody, or by one of each officer."""
    named: list[str | None] = [view.officer for view in facts.coverages if view.officer]
    return named or list(facts.incident.officers) or [None]


def officer_not_recording(facts: IncidentFacts, limits: Limits) -> Outcomes:
    """A colleague's footage exists, this officer had a camera, and no footage of his touches his window."""
    skipped = out_of_scope(facts, limits)
    if skipped:
        return (skipped,)
    if not views(facts):
        return (NO_WINDOW,)
    if len(facts.coverages) < 2:
        return (not_applicable(say("只有一名到场民警", "fewer than two officers are named")),)
    if not any(view.touches for view in views(facts)):
        return (
            not_applicable(say("无人有记录：见 missing.no-recording", "nobody recorded: said by missing.no-recording")),
        )
    return tuple(_one_officer(party) for party in parties(facts, limits))


def _one_officer(party: Party) -> Outcome:
    facts, coverage, officer = party.facts, party.coverage, party.officer or ""
    short = too_short(party.window, party.limits)
    if short:
        return party.settle(short)
    if coverage.touches:
        return party.settle(passed(say("该民警有记录", "this officer recorded")))
    if facts.assignments_known and not facts.issued.get(officer):
        return party.settle(not_applicable(say("未领用设备", "no camera was issued to this officer")))
    begun = begun_unplayable(facts, officer, party.window.span, party.limits)
    if begun:
        return party.settle(unknown(*begun))
    absent = failed(
        Severity.WARN,
        say("同行民警有记录，未找到该民警的记录", "a colleague recorded; no recording of this officer was found"),
        *proof_of_absence(facts.stores, party.limits),
        required_s=in_seconds(coverage.required),
        covered_s=0.0,
        devices=list(facts.issued.get(officer, ())),
    )
    absent = replace(absent, span=party.window.span)
    if officer in facts.shifts_without_clips:
        absent = replace(absent, measured={**absent.measured, "said_by": SHIFT_RULE})
    lacking = []
    if coverage.may_touch:
        lacking.append(say("取决于设备时钟", "depends on the camera's clock"))
    if not facts.assignments_known:
        lacking.append(say("无领用记录，不知是否领用设备", "no record of issued cameras covers that day"))
    return party.settle(doubted(absent, lacking))


def session_not_recorded(facts: SessionFacts, limits: Limits) -> Outcomes:
    """No room recording touches the session."""
    skipped = session_scope(facts, limits)
    if skipped:
        return (skipped,)
    together = facts.together
    if together is None:
        return (unknown(say("笔录没有开始时间", "the session has no start time")),)
    if together.touches:
        return (_whose_footage(facts, together),)
    window = together.window.span
    begun = unplayable_in(facts.unplayable, window, limits)
    if begun:
        return (replace(unknown(*begun, required_s=in_seconds(window.duration)), span=window),)
    absent = failed(
        Severity.FAIL,
        say("未找到该次活动的同步录音录像", "no room recording of this session was found"),
        *proof_of_absence(facts.stores, limits),
        required_s=in_seconds(window.duration),
        covered_s=0.0,
    )
    absent = replace(doubted(absent, session_doubts(facts, window, limits)), span=window)
    return (reconciled(absent, of_session(facts), [None], limits),)


def _whose_footage(facts: SessionFacts, together: Coverage) -> Outcome:
    """Footage of the room proves the session where nobody else's session was in the room as well."""
    recorded = uncovered(together.window.span, absent(together))
    others = [other for other in facts.shared if other.same_person is not True]
    if any(uncovered(part, [other.span for other in others]) for part in recorded):
        return passed(say("有同步录音录像", "the room recorded the session"))
    numbers = ", ".join(other.number for other in others)
    return unknown(
        say(
            f"该室有录像，但同时登记有 {numbers}，不能证明是哪一次活动",
            f"the room recorded, but {numbers} is on record there at the same time: footage cannot prove whose it is",
        )
    )


RULES = (
    Rule(
        id="missing.no-recording",
        version=3,
        flag=Flag.MISSING,
        severity=Severity.FAIL,
        title_zh="未找到出警记录",
        title_en="No recording of an attended incident was found",
        condition_zh=(
            "已出警（非撤销、重复、排除类别，在场不少于规定时间），在任何可能的时钟偏差下，应记录时段内均未找到任何到场"
            "民警的片段"
        ),
        condition_en=(
            "Attended incident (not cancelled, duplicate or excluded; on scene long enough): no clip of any assigned "
            "officer touches the window under any plausible clock"
        ),
        basis=(
            quoted("XC-2016: “接受群众报警或者110指令后处警”须记录"),
            unverified("JD-2022 第九条"),
            practice("匹配方法 / the match method"),
        ),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, no_recording),
        limits=("min_on_scene_seconds", "upload_grace_hours", "explanation_slack_seconds"),
        waits_for_upload=True,
    ),
    Rule(
        id="missing.officer-not-recording",
        version=3,
        flag=Flag.MISSING,
        severity=Severity.WARN,
        title_zh="同行民警有记录，未找到该民警的记录",
        title_en="A colleague recorded; no recording of this officer was found",
        condition_zh="同一警情有其他民警的记录，领用设备的到场民警没有任何片段触及应记录时段",
        condition_en=(
            "A colleague recorded, but no clip of an assigned officer who was issued a camera touches the window"
        ),
        basis=(practice("公开发布的指标: 到场民警中有记录的比例 / published metric: officers present who recorded"),),
        applies_to=(SubjectKind.INCIDENT,),
        check=judging(IncidentFacts, officer_not_recording),
        limits=("min_on_scene_seconds", "upload_grace_hours"),
        waits_for_upload=True,
    ),
    Rule(
        id="missing.session-not-recorded",
        version=3,
        flag=Flag.MISSING,
        severity=Severity.FAIL,
        title_zh="未找到办案区活动的同步录音录像",
        title_en="No room recording of a session was found",
        condition_zh=(
            "讯问、询问、辨认、财物清点等活动期间，没有任何讯问室录像；全部录像时间都有他人的活动登记在同一室时无法判定"
        ),
        condition_en=(
            "Session (讯问 询问 辨认 财物清点) without any room recording; unknown where all the footage is of a time "
            "at which another person's session is on record in the same room"
        ),
        basis=(law("XS 第二百零八条"), unverified("JD-2022 第十三条")),
        applies_to=(SubjectKind.SESSION,),
        check=judging(SessionFacts, session_not_recorded),
        limits=("exempt_session_kinds", "upload_grace_hours"),
        waits_for_upload=True,
    ),
)
