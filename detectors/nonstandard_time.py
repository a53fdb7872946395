"""Clocks that are wrong, times that contradict each other, uploads that come late.

A clock at fault is one finding about the device; its clips do not repeat it.
"""

from datetime import datetime, timedelta
from itertools import combinations

from detectors.basis import LOCAL, law, practice, quoted, unverified
from detectors.incomplete_files import no_content
from detectors.limits import Limits
from detectors.rule import ClipFacts, DeviceFacts, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, local, not_applicable, passed, unknown
from domain.clip import Clip, ClockKind, ClockSource, DeviceClock, StoreKind, TimeSource
from domain.finding import Flag, MeasuredValue, Outcome, Result, Severity, SubjectKind
from domain.timespan import ZERO
from domain.vocabulary import SOURCES
from domain.wording import COMMA, joined, say

ON_CAMERA = frozenset({ClockSource.NAME, ClockSource.CONTAINER, ClockSource.EXIF})
COMPARED = ON_CAMERA | {ClockSource.CLIP_INDEX}


def clock(facts: DeviceFacts, limits: Limits) -> Outcomes:
    """One verdict on the device's clock, from what the population of its clips shows."""
    known = facts.clock
    if known is None:
        return (unknown(say("没有可用于判断时钟的片段", "no clip from which its clock could be judged")),)
    drift = facts.drift_s_per_day if facts.drift_s_per_day is not None else known.drift_s_per_day
    measured: dict[str, MeasuredValue] = {
        "kind": known.kind.value,
        "offset_s": in_seconds(known.offset),
        "error_s": in_seconds(known.error),
        "lost_clips": known.lost_clips,
        "drift_s_per_day": drift,
    }
    result, severity, text = _worst(known, drift, limits)
    return (Outcome(result, severity, measured=measured, evidence=(*text, *known.evidence)),)


Verdict = tuple[Result, Severity, tuple[str, ...]]


def _worst(known: DeviceClock, drift: float | None, limits: Limits) -> Verdict:
    found = [_lost(known), _zone(known), _drift(known, drift, limits), _offset(known, limits)]
    order = (
        (Result.FAIL, Severity.FAIL),
        (Result.FAIL, Severity.WARN),
        (Result.UNKNOWN, Severity.WARN),
        (Result.PASS, Severity.INFO),
    )
    present = [verdict for verdict in found if verdict is not None]
    worst = min(present, key=lambda verdict: order.index((verdict[0], verdict[1])))
    text = tuple(line for result, _, lines in present for line in lines if result is worst[0])
    return worst[0], worst[1], text


def _lost(known: DeviceClock) -> Verdict | None:
    if known.kind is not ClockKind.RESET and not known.lost_clips:
        return None
    text = say(f"{known.lost_clips} 个片段的设备时钟已丢失", f"the clock was lost in {known.lost_clips} clips")
    return Result.FAIL, Severity.FAIL, (text,)


def _zone(known: DeviceClock) -> Verdict | None:
    if known.kind is not ClockKind.ZONE and not known.zone_sources:
        return None
    names = [SOURCES[source] for source in known.zone_sources] or [("设备", "camera")]
    where_zh, where = "、".join(zh for zh, _ in names), ", ".join(en for _, en in names)
    wrong = say(f"时区错误（{where_zh}）", f"wrong zone in {where}")
    hours = known.offset / timedelta(hours=1)
    add = say(f"应加 {hours:+.1f} 小时", f"{hours:+.1f} h to be added") if hours else ""
    return Result.FAIL, Severity.FAIL, (joined((wrong, add), COMMA),)


def _drift(known: DeviceClock, drift: float | None, limits: Limits) -> Verdict | None:
    most = limits.clock_drift_seconds_per_day
    if drift is None:
        lack = say("漂移未能测量", "the drift could not be measured")
        return (Result.UNKNOWN, Severity.WARN, (lack,)) if known.kind is ClockKind.DRIFT else None
    if abs(drift) <= most or known.kind is not ClockKind.DRIFT:
        return None
    return Result.FAIL, Severity.WARN, (say(f"每日漂移 {drift:+.1f} 秒", f"drifts by {drift:+.1f} s a day"),)


def _offset(known: DeviceClock, limits: Limits) -> Verdict:
    if known.kind is ClockKind.ZONE:  # said as a fault of the zone
        return Result.PASS, Severity.INFO, ()
    size, shown = abs(known.offset), in_seconds(known.offset)
    warn, fail = timedelta(seconds=limits.clock_warn_seconds), timedelta(seconds=limits.clock_fail_seconds)
    text = (
        say(
            f"应加 {shown:+g} 秒（误差 {in_seconds(known.error):g} 秒）",
            f"{shown:+g} s to be added, known to ± {in_seconds(known.error):g} s",
        ),
    )
    if size - known.error > warn:
        return Result.FAIL, Severity.FAIL if size - known.error > fail else Severity.WARN, text
    if size + known.error <= warn:
        return Result.PASS, Severity.INFO, text
    return Result.UNKNOWN, Severity.WARN, text


def time_conflict(facts: ClipFacts, limits: Limits) -> Outcomes:
    """Name, container and station list give different times for the same clip, beyond what the clock explains."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    clip = facts.clip
    dated = [source for source in (clip.sources if clip else ()) if source.start and source.source in COMPARED]
    blamed = _blamed(facts.clock)
    dated = [source for source in dated if source.source not in blamed]
    if clip is None or len(dated) < 2:
        return (not_applicable(say("只有一个可比的时间来源", "fewer than two sources of time to compare")),)
    conflicts = [_compare(clip, facts.clock, pair, limits) for pair in combinations(dated, 2)]
    worst = max(conflicts, key=lambda each: (each.result is Result.FAIL, each.result is Result.UNKNOWN, _size(each)))
    return (worst,)


def _blamed(known: DeviceClock | None) -> frozenset[ClockSource]:
    """Sources that nonstandard.clock already speaks about."""
    if known is None:
        return frozenset()
    if known.zone_sources:
        return frozenset(known.zone_sources)
    return ON_CAMERA if known.kind in (ClockKind.ZONE, ClockKind.RESET) else frozenset()


def _size(outcome: Outcome) -> float:
    value = outcome.measured.get("differ_s")
    return value if isinstance(value, float) else 0.0


def _compare(clip: Clip, known: DeviceClock | None, pair: tuple[TimeSource, ...], limits: Limits) -> Outcome:
    first, second = sorted(pair, key=lambda source: source.source is ClockSource.CLIP_INDEX)
    if first.start is None or second.start is None:
        return not_applicable()
    apart = second.start - first.start
    allowed = timedelta(seconds=limits.time_conflict_seconds)
    explained = [apart]
    if second.source is ClockSource.CLIP_INDEX and first.source in ON_CAMERA:
        # The list is right and the camera is off by what is known of it, whichever of the two places the clip.
        explained.append(apart - (known.offset if known else clip.clock_offset))
        allowed += known.error if known else ZERO
    elif clip.duration:
        explained += [apart - clip.duration, apart + clip.duration]  # one of the two states the end
    differ = min(explained, key=abs)
    measured: dict[str, MeasuredValue] = {
        "differ_s": in_seconds(abs(differ)),
        "allowed_s": in_seconds(allowed),
        "sources": [first.source.value, second.source.value],
    }
    text = tuple(_says(each, each.start, limits) for each in (first, second) if each.start)
    if abs(differ) <= allowed:
        return passed(say("各时间来源一致", "the sources of time agree"), **measured)
    if abs(differ) <= allowed + first.error + second.error:
        return unknown(*text, say("时间来源精度不足", "the sources are not exact enough to tell"), **measured)
    return failed(Severity.WARN, *text, **measured)


def _says(source: TimeSource, start: datetime, limits: Limits) -> str:
    zh, en = SOURCES[source.source]
    at = local(start, limits)
    return say(f"{zh}记为 {source.raw}，即 {at}", f"{en} says {source.raw} = {at}")


def late_upload(facts: ClipFacts, limits: Limits) -> Outcomes:
    """The clip was imported later after its end than allowed."""
    nothing = no_content(facts, limits)
    if nothing:
        return (nothing,)
    if facts.store_kind is StoreKind.INTERROGATION:
        return (not_applicable(say("讯问室录像不经采集站导入", "room recorders are not read out at a dock")),)
    span = facts.clip.span if facts.clip else None
    if facts.clip is None or span is None:
        return (unknown(say("记录时间未知", "the time of recording is not known")),)
    earliest, latest = facts.imported_at or facts.imported_after, facts.imported_at or facts.imported_before
    allowed, error = timedelta(hours=limits.late_upload_hours), facts.clip.clock_error
    measured: dict[str, MeasuredValue] = {"allowed_h": limits.late_upload_hours}
    if latest and latest - span.end <= allowed:
        measured["delay_h"] = round((latest - span.end) / timedelta(hours=1), 1)
        next_day = latest.astimezone(limits.zone).date() > span.end.astimezone(limits.zone).date()
        slow = latest - span.end - error > timedelta(hours=limits.same_day_upload_hours)
        text = say(f"导入于 {local(latest, limits)}", f"imported at {local(latest, limits)}")
        if facts.imported_at and next_day and slow:
            return (failed(Severity.WARN, say("未在当日导入", "not imported the same day"), text, **measured),)
        return (passed(say("按时导入", "imported in time"), **measured),)
    if earliest and earliest - span.end - error > allowed:
        measured["delay_h"] = round((earliest - span.end) / timedelta(hours=1), 1)
        text = say(f"导入不早于 {local(earliest, limits)}", f"imported no earlier than {local(earliest, limits)}")
        ended = say(f"记录结束于 {local(span.end, limits)}", f"the recording ended at {local(span.end, limits)}")
        return (failed(Severity.FAIL, text, ended, **measured),)
    return (unknown(say("导入时间未知", "the time of import is not known closely enough"), **measured),)


RULES = (
    Rule(
        id="nonstandard.clock",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="设备时钟异常",
        title_en="The device's clock is wrong",
        condition_zh=(
            "设备时钟偏差超过30秒提示，超过60秒不合规；或每日漂移超过3秒；或时区错误；或时钟丢失（每台设备一个问题）"
        ),
        condition_en=(
            "Device offset above 30 s: warn, above 60 s: fail; or drift above 3 s a day; zone fault; lost clock (one "
            "finding per device)"
        ),
        basis=(practice("GA/T 947.2 第6.4.17条: 每日不超过3秒"), law("GFJS 第一百零九条第(二)项: 时间存疑"), LOCAL),
        applies_to=(SubjectKind.DEVICE,),
        check=judging(DeviceFacts, clock),
        limits=("clock_warn_seconds", "clock_fail_seconds", "clock_drift_seconds_per_day"),
    ),
    Rule(
        id="nonstandard.time-conflict",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="时间来源互相矛盾",
        title_en="Sources of time contradict each other",
        condition_zh="文件名、封装与采集站清单的时间，扣除已知时钟偏差后仍相差5秒以上",
        condition_en="Name, container and station list differ by more than 5 s beyond the known offset",
        basis=(law("GFJS 第一百零九条第(二)项"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, time_conflict),
        limits=("time_conflict_seconds",),
    ),
    Rule(
        id="nonstandard.late-upload",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="未及时导入",
        title_en="Imported late",
        condition_zh="记录结束24小时后才导入（非当日且超过12小时为提示）",
        condition_en=(
            "Imported more than 24 h after the recording's end (warn: on a later day and after more than 12 h)"
        ),
        basis=(quoted("24小时: 省级规定"), unverified("XC-2016 (原文待核实)"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, late_upload),
        limits=("late_upload_hours", "same_day_upload_hours", "local_utc_offset_minutes"),
    ),
)
