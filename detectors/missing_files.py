"""Clips that ought to be there: of a whole shift, of a file once indexed (XC-2016 art. 13), of a numbering or list."""

from dataclasses import replace
from datetime import timedelta

from detectors.basis import LOCAL, law, practice, quoted
from detectors.limits import Limits
from detectors.missing_footage import SHIFT_RULE
from detectors.retention import months_later
from detectors.rule import (
    ClipFacts,
    DeviceFacts,
    Facts,
    Rule,
    SequenceHole,
    Shift,
    StoreFacts,
    judging,
)
from detectors.verdict import (
    Outcomes,
    doubted,
    failed,
    local,
    not_applicable,
    passed,
    proof_of_absence,
    unknown,
    unseen_stores,
)
from domain.clip import FileState, IndexEntry
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.timespan import Span
from domain.wording import COLON, joined, say


def shift_without_clips(facts: DeviceFacts, limits: Limits) -> Outcomes:
    """A camera was issued for a day with incidents and holds no clip of that day."""
    if not facts.shifts:
        return (not_applicable(say("未登记领用", "the camera was not issued on any day looked at")),)
    return tuple(_one_shift(facts, shift, limits) for shift in facts.shifts)


def _one_shift(facts: DeviceFacts, shift: Shift, limits: Limits) -> Outcome:
    outcome = _shift_verdict(facts, shift, limits)
    return replace(
        outcome,
        anchor=f"{shift.officer}/{shift.day.isoformat()}",
        officer=shift.officer,
        span=shift.span if outcome.result is Result.FAIL else None,
        recheck_at=shift.upload_due if outcome.result in (Result.FAIL, Result.UNKNOWN) else None,
    )


def _shift_verdict(facts: DeviceFacts, shift: Shift, limits: Limits) -> Outcome:
    if shift.clips:
        return passed(say(f"当班有 {shift.clips} 个片段", f"{shift.clips} clips that day"))
    if len(shift.incidents) < limits.shift_incidents:
        return not_applicable(
            say("警情不足，按警情单独提出", "too few incidents: said by the incident itself"),
            incidents=list(shift.incidents),
        )
    absent = failed(
        Severity.FAIL,
        say(
            f"当班出警 {len(shift.incidents)} 起，未找到任何片段",
            f"{len(shift.incidents)} incidents attended that day, no clip of this camera was found",
        ),
        *proof_of_absence(facts.stores, limits),
        incidents=list(shift.incidents),
        clips=0,
    )
    doubts = list(unseen_stores(facts.stores))
    if facts.clock and facts.clock.lost_clips:
        doubts.append(
            say(
                f"该设备有 {facts.clock.lost_clips} 个片段时间丢失，可能属于当班",
                f"{facts.clock.lost_clips} clips of this camera lost their time and may be of that day",
            )
        )
    return doubted(absent, doubts)


def file_lost(facts: ClipFacts, limits: Limits) -> Outcomes:
    """A file that was once indexed is gone before its time (XC-2016 art. 13)."""
    if facts.state is FileState.ARRIVING:
        return (not_applicable(say("文件正在传输", "the file is arriving")),)
    if facts.state is not FileState.MISSING:
        return (passed(_there(facts)),)
    if facts.kept_at:
        names = ", ".join(facts.kept_at[:5])
        text = say(f"原处已无此文件，同样内容仍在：{names}", f"gone from its place; the same content is at {names}")
        return (passed(text),)
    if facts.lost_since is None:
        return (unknown(say("不知文件何时消失", "it is not known since when the file is gone")),)
    size = facts.first_size if facts.first_size is not None else facts.file.size
    lost = failed(
        Severity.FAIL,
        say(
            f"曾入库的文件自 {local(facts.lost_since, limits)} 起未再找到",
            f"a file once indexed has not been found since {local(facts.lost_since, limits)}",
        ),
        bytes=size,
        lost_at=facts.lost_since.isoformat(),
    )
    if facts.retention_permanent:
        ever = say("应永久保存", "to be kept for ever")
        return (replace(lost, evidence=(*lost.evidence, joined((ever, facts.retention_permanent), COLON))),)
    return (_within_retention(facts, lost, limits),)


def _there(facts: ClipFacts) -> str:
    first = facts.first_seen_as or facts.file.name
    if first == facts.file.name:
        return say("文件存在", "the file is there")
    name = facts.file.name
    return say(f"文件现位于 {name}，最初为 {first}", f"the file is now at {name}, first seen as {first}")


def _within_retention(facts: ClipFacts, lost: Outcome, limits: Limits) -> Outcome:
    recorded = facts.clip.span.end if facts.clip and facts.clip.span else None
    keep_until = months_later(recorded or facts.file.modified_at, limits.retention_months)
    until = keep_until.isoformat()
    if facts.lost_since is not None and facts.lost_since >= keep_until:
        return passed(say("已过保存期", "kept for the whole retention time"), keep_until=until)
    shown = say(
        f"应保存至 {local(keep_until, limits)}（{limits.retention_months} 个自然月）",
        f"to be kept until {local(keep_until, limits)} ({limits.retention_months} calendar months)",
    )
    lost = replace(lost, measured={**lost.measured, "keep_until": until}, evidence=(*lost.evidence, shown))
    no_time = say(
        "记录时间未知，按文件修改时间推算", "time of recording unknown, reckoned from the file's modification"
    )
    return doubted(lost, () if recorded else (no_time,))


def sequence_hole(facts: Facts, limits: Limits) -> Outcomes:
    """The camera's numbering (device) or the station's list (store) names files that are not in the store."""
    if isinstance(facts, DeviceFacts):
        return tuple(_one_hole(facts, hole, limits) for hole in facts.holes) or (
            passed(say("编号连续", "the numbering has no hole")),
        )
    if isinstance(facts, StoreFacts):
        return tuple(_one_listed(facts, entry, limits) for entry in facts.listed_absent) or (
            passed(say("采集站清单中的文件均在", "every file on the station's list is there")),
        )
    raise TypeError(f"missing.sequence-hole judges devices and stores, got {type(facts).__name__} {facts.subject}")


def _one_hole(facts: DeviceFacts, hole: SequenceHole, limits: Limits) -> Outcome:
    start, end = hole.after.span, hole.before.span
    gap = failed(
        Severity.FAIL,
        say(
            f"编号 {hole.after.sequence} 与 {hole.before.sequence} 之间缺 {hole.missing} 个文件",
            f"{hole.missing} files lacking between numbers {hole.after.sequence} and {hole.before.sequence}",
        ),
        say(
            f"位于 {hole.after.name} 之后，{hole.before.name} 之前",
            f"after {hole.after.name}, before {hole.before.name}",
        ),
        missing_files=hole.missing,
    )
    numbered = hole.after.sequence is not None and hole.before.sequence is not None
    no_number = say("片段编号未知", "the clips carry no numbers")
    return replace(
        doubted(gap, (*unseen_stores(facts.stores), *(() if numbered else (no_number,)))),
        anchor=hole.after.name,
        officer=hole.after.officer if hole.after.officer == hole.before.officer else None,
        span=Span(start.end, end.start) if start and end and start.end <= end.start else None,
        recheck_at=end.end + timedelta(hours=limits.upload_grace_hours) if end else None,
    )


def _one_listed(facts: StoreFacts, entry: IndexEntry, limits: Limits) -> Outcome:
    times = [time for time in (entry.imported_at, entry.ended_at, entry.started_at) if time]
    newest = max(times, default=None)
    if newest and months_later(newest, limits.retention_months) <= facts.now:
        return replace(not_applicable(say("已过保存期", "beyond its retention time")), anchor=entry.path)
    absent = failed(
        Severity.FAIL,
        say(
            f"采集站清单列有 {entry.path}，存储中未找到",
            f"the station's list names {entry.path}; it is not in the store",
        ),
        missing_files=1,
    )
    whole = entry.started_at and entry.ended_at and entry.started_at <= entry.ended_at
    return replace(
        doubted(absent, unseen_stores((facts.proof,))),
        anchor=entry.path,
        officer=entry.officer,
        span=Span(entry.started_at, entry.ended_at) if whole and entry.started_at and entry.ended_at else None,
        recheck_at=newest + timedelta(hours=limits.upload_grace_hours) if newest else None,
    )


RULES = (
    Rule(
        id=SHIFT_RULE,
        version=1,
        flag=Flag.MISSING,
        severity=Severity.FAIL,
        title_zh="整班未找到任何片段",
        title_en="No clip of a whole shift was found",
        condition_zh="领用设备且当日出警达到规定起数，全天没有任何片段（合为一个问题，不逐起提出）",
        condition_en="Camera issued, incidents that day, no clip at all (one finding, not one per incident)",
        basis=(practice("公开发布的指标: 启用率 / published metric: activation rate"),),
        applies_to=(SubjectKind.DEVICE,),
        check=judging(DeviceFacts, shift_without_clips),
        limits=("shift_incidents", "upload_grace_hours"),
        waits_for_upload=True,
    ),
    Rule(
        id="missing.file-lost",
        version=3,
        flag=Flag.MISSING,
        severity=Severity.FAIL,
        title_zh="曾入库的文件在保存期内未再找到",
        title_en="A file once indexed is gone within its retention time",
        condition_zh=(
            "曾入库的文件消失时未满六个自然月；证据、妨害公务、重大或群体性事件、其他重大疑难复杂警情应永久保存"
        ),
        condition_en=(
            "A file once indexed is gone below its retention: 6 calendar months; permanent for evidence, obstruction "
            "of duty, major or mass incidents, other major difficult cases"
        ),
        basis=(quoted("XC-2016 第十三条"),),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, file_lost),
        limits=("retention_months", "permanent_categories"),
        ask_when_unknown=True,
    ),
    Rule(
        id="missing.sequence-hole",
        version=1,
        flag=Flag.MISSING,
        severity=Severity.FAIL,
        title_zh="编号或清单所列文件未找到",
        title_en="Numbering or the station's list names a file that was not found",
        condition_zh="设备编号不连续，或采集站清单列有存储中没有的文件",
        condition_en="Recorder numbering or the station's list names a file that is not in the store",
        basis=(law("GFJS 第一百一十一条第(四)(五)项"), LOCAL),
        applies_to=(SubjectKind.DEVICE, SubjectKind.STORE),
        check=sequence_hole,
        limits=("upload_grace_hours", "retention_months"),
        waits_for_upload=True,
    ),
)
