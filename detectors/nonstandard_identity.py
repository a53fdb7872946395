"""Whose clip it is and where it belongs: device and badge, links to activities, file name."""

from dataclasses import replace
from datetime import timedelta

from detectors.basis import LOCAL, practice, unverified
from detectors.incomplete_files import no_content
from detectors.limits import Limits
from detectors.nonstandard_feeds import described
from detectors.nonstandard_rooms import RULE as ROOM_RULE
from detectors.rule import ClipFacts, LinkedWindow, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, not_applicable, passed, unknown
from domain.clip import Clip, ClockSource, StoreKind
from domain.finding import Flag, MeasuredValue, Outcome, Result, Severity, SubjectKind
from domain.link import LinkMethod, LinkStatus
from domain.media import TrackKind
from domain.wording import say

Reasons = list[tuple[str, str]]
"""(short code for `measured`, evidence)"""


def unidentified(facts: ClipFacts, limits: Limits) -> Outcomes:
    """Device serial or badge empty, default, not in the register, or not the pair issued that day."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    if facts.clip is None:
        return (unknown(say("片段尚未定位", "the clip has not been placed yet")),)
    wrong, lacking = _device(facts, facts.clip, limits)
    if facts.store_kind is StoreKind.RECORDER:
        for found, open_questions in (_badge(facts, facts.clip, limits), _pair(facts, facts.clip)):
            wrong += found
            lacking += open_questions
    measured: dict[str, MeasuredValue] = {
        "reasons": [code for code, _ in wrong or lacking],
        "device": facts.clip.device,
        "badge": facts.clip.officer,
    }
    if wrong:
        return (failed(Severity.WARN, *(text for _, text in wrong), **measured),)
    if lacking:
        return (unknown(*(text for _, text in lacking), **measured),)
    return (passed(say("设备与警号均已登记", "device and badge are known"), **measured),)


def _device(facts: ClipFacts, clip: Clip, limits: Limits) -> tuple[Reasons, Reasons]:
    if facts.store_kind is StoreKind.INTERROGATION and clip.room and facts.registered is not False:
        return [], []
    if not clip.device:
        return [("device-empty", say("没有设备编号", "no device serial"))], []
    if clip.device in limits.default_identities:
        return [
            ("device-default", say(f"设备编号为出厂默认 {clip.device}", f"device serial is a default: {clip.device}"))
        ], []
    if facts.registered is False:
        return [
            ("device-unregistered", say(f"设备 {clip.device} 未登记", f"device {clip.device} is not in the register"))
        ], []
    if facts.registered is None:
        return [], [("no-device-register", say("没有设备登记表", "there is no register of devices"))]
    return [], []


def _badge(facts: ClipFacts, clip: Clip, limits: Limits) -> tuple[Reasons, Reasons]:
    if not clip.officer:
        holders = sorted({each.officer for each in facts.issued or ()})
        if len(holders) == 1:  # the record of issue says who carried the camera
            return [], []
        if facts.issued is None or clip.span is None:
            return [], [("badge-empty", say("没有警号，也无领用记录可查", "no badge, and no record of issue to ask"))]
        return [("badge-empty", say("没有警号", "no badge number"))], []
    if clip.officer in limits.default_identities:
        return [
            ("badge-default", say(f"警号为出厂默认 {clip.officer}", f"badge number is a default: {clip.officer}"))
        ], []
    if facts.officer_known is False:
        return [
            ("badge-unregistered", say(f"警号 {clip.officer} 未登记", f"badge {clip.officer} is not in the register"))
        ], []
    if facts.officer_known is None:
        return [], [("no-officer-register", say("没有民警登记表", "there is no register of officers"))]
    return [], []


def _pair(facts: ClipFacts, clip: Clip) -> tuple[Reasons, Reasons]:
    """Was this camera issued to this officer? Only asked where clip and issue can be compared."""
    if not clip.officer or not clip.device:
        return [], []
    if facts.issued is None:
        return [], [("no-assignments", say("没有当日领用记录", "no record of issue covers that day"))]
    if clip.span is None or clip.clock_source is ClockSource.MODIFIED:
        return [], [
            (
                "time-unknown",
                say("记录时间不可信，无法核对领用", "no believable time to compare with the record of issue"),
            )
        ]
    if any(each.officer == clip.officer for each in facts.issued):
        return [], []
    holders = ", ".join(sorted({each.officer for each in facts.issued}))
    if not holders:
        return [
            (
                "not-issued",
                say(f"设备 {clip.device} 当时未登记领用", f"device {clip.device} was not issued at that time"),
            )
        ], []
    return [
        (
            "other-pair",
            say(f"设备 {clip.device} 当时由 {holders} 领用", f"device {clip.device} was issued to {holders}"),
        )
    ], []


def unlinked(facts: ClipFacts, limits: Limits) -> Outcomes:
    """The clip belongs to no activity although there was time to link it."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    if any(each.link.status is LinkStatus.LINKED for each in facts.linked):
        return (passed(say("已关联", "linked to an activity")),)
    if facts.probe and facts.probe.first(TrackKind.STILL):
        return (not_applicable(say("静态照片", "a still photo")),)
    if facts.clip is None or facts.clip.span is None:
        return (unknown(say("记录时间未知，无法关联", "no believable time, so it cannot be linked")),)
    if facts.room_registered:
        elsewhere = say(f"讯问室录像：见 {ROOM_RULE}", f"footage of a room: said by {ROOM_RULE} on its recorder")
        return (not_applicable(elsewhere),)
    if not facts.activities_known:
        return (unknown(say("没有该时段的警情或办案数据", "no feed of activities covers that time")),)
    if facts.feed_holes:
        return (unknown(*(described(hole) for hole in facts.feed_holes)),)
    imported = facts.imported_at or facts.imported_before
    if imported is None:
        return (unknown(say("导入时间未知", "the time of import is not known")),)
    proposed = [each.link.number for each in facts.linked if each.link.status is LinkStatus.PROPOSED]
    text = [say("未关联任何警情或办案活动", "not linked to any activity")]
    if proposed:
        text.append(
            say(f"待人工确认：{', '.join(proposed)}", f"proposed, to be decided by a person: {', '.join(proposed)}")
        )
    waited, due = facts.now - imported, imported + timedelta(hours=limits.unlinked_hours)
    measured: dict[str, MeasuredValue] = {
        "waited_h": round(waited / timedelta(hours=1), 1),
        "allowed_h": limits.unlinked_hours,
        "proposed": proposed,
    }
    if facts.now < due:
        return (Outcome(Result.PENDING, Severity.INFO, measured=measured, evidence=tuple(text), recheck_at=due),)
    return (failed(Severity.WARN, *text, **measured),)


def wrong_link(facts: ClipFacts, limits: Limits) -> Outcomes:
    """A link made by hand to an activity that the clip does not fit."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    manual = [
        each for each in facts.linked if each.link.method is LinkMethod.MANUAL and each.link.status is LinkStatus.LINKED
    ]
    if facts.clip is None or not manual:
        return (not_applicable(say("没有人工关联", "no link was made by hand")),)
    clip = facts.clip
    return tuple(
        replace(_fits(clip, each, limits), anchor=f"{each.link.kind.value}:{each.link.number}") for each in manual
    )


def _fits(clip: Clip, linked: LinkedWindow, limits: Limits) -> Outcome:
    number = linked.link.number
    if clip.officer and linked.officers and clip.officer not in linked.officers:
        text = say(f"警号 {clip.officer} 不在 {number} 的民警之列", f"badge {clip.officer} is not assigned to {number}")
        return failed(Severity.WARN, text, number=number)
    if clip.span is None:
        return unknown(say("记录时间未知", "the time of recording is not known"), number=number)
    distance = clip.span.distance(linked.window)
    allowed = timedelta(seconds=limits.link_tolerance_seconds)
    measured: dict[str, MeasuredValue] = {
        "number": number,
        "distance_s": in_seconds(distance),
        "allowed_s": in_seconds(allowed),
    }
    if distance > allowed + clip.clock_error:
        text = say(
            f"与 {number} 相隔 {in_seconds(distance):g} 秒", f"lies {in_seconds(distance):g} s away from {number}"
        )
        return failed(Severity.WARN, text, **measured)
    if distance > allowed:
        return unknown(say("取决于设备时钟", "depends on the camera's clock"), **measured)
    if not clip.officer or not linked.officers:
        return unknown(say("无法核对民警", "the officers cannot be compared"), **measured)
    return passed(say(f"与 {number} 相符", f"fits {number}"), **measured)


def name(facts: ClipFacts, limits: Limits) -> Outcomes:
    """The file name follows a known pattern, or the station's list says what the file is."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    if facts.name_pattern:
        return (passed(say("文件名符合规则", "the name matches a known pattern"), pattern=facts.name_pattern),)
    if facts.index_entry:
        return (passed(say("采集站清单列有此文件", "the station's list names this file"), pattern=None),)
    if facts.clip is None:
        return (unknown(say("文件名尚未核对", "the name has not been compared yet")),)
    text = say(f"文件名 {facts.file.path} 不符合任何已知规则", f"name {facts.file.path} matches no known pattern")
    return (failed(Severity.INFO, text, pattern=None),)


RULES = (
    Rule(
        id="nonstandard.unidentified",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="设备或民警无法确认",
        title_en="Device or officer not identified",
        condition_zh="设备编号或警号为空、为出厂默认、未登记，或与当日领用不符（没有登记表时无法判定）",
        condition_en=(
            "Device serial or badge empty, default, not in the register, or not the pair issued that day (unknown "
            "without a register)"
        ),
        basis=(practice("设备编号7位、警号6位均为必填 / serial 7 and badge 6 characters, both required"),),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, unidentified),
        limits=("default_identities",),
    ),
    Rule(
        id="nonstandard.unlinked",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="片段未关联",
        title_en="Clip not linked to any activity",
        condition_zh="导入72小时后仍未关联任何警情或办案活动；数据源该日疑有缺口时无法判定，讯问室录像另行提出",
        condition_en=(
            "Clip not linked to any activity 72 h after import (backlog); unknown where the feed seems to have a hole; "
            "footage of rooms is asked about by the recording"
        ),
        basis=(
            unverified("JD-2022 第十四条: 110警情视频全部关联"),
            practice("未关联视频数 / backlog of unlinked clips"),
            LOCAL,
        ),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, unlinked),
        limits=("unlinked_hours",),
    ),
    Rule(
        id="nonstandard.wrong-link",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="人工关联与时间或民警不符",
        title_en="A link made by hand does not fit",
        condition_zh="人工关联的片段不在活动时段内，或民警不在该活动之列",
        condition_en="Manually linked clip does not overlap the window, or its officer is not assigned",
        basis=(practice("公开审计: 24 % / published audit: 24 %"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, wrong_link),
        limits=("link_tolerance_seconds",),
    ),
    Rule(
        id="nonstandard.name",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.INFO,
        title_zh="文件名不符合规则",
        title_en="Name matches no known pattern",
        condition_zh="文件名不符合任何已知规则，采集站清单也未列出",
        condition_en="The name matches no known pattern and the station's list does not say what the file is",
        basis=(LOCAL,),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, name),
    ),
)
