"""What stands in the picture: date and time, and the numbers beside them, against the file's own time line.

Compared with what the camera itself wrote, name and container, as local time of its store's zone; not with our
corrected clock: a camera that is off shows the same wrong time in both, and nonstandard.clock speaks about that.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from detectors.basis import LOCAL, practice
from detectors.content_facts import ContentFacts
from detectors.content_kinds import PICTURE
from detectors.content_stretches import begin, inside, lay, trimmed, without
from detectors.content_verdict import NO_PICTURE, NOT_MEASURED, as_check
from detectors.content_words import media_time
from detectors.incomplete_files import no_content
from detectors.limits import Limits
from detectors.nonstandard_time import ON_CAMERA
from detectors.rule import ClipFacts, Rule, judging
from detectors.verdict import failed, in_seconds, not_applicable, passed, unknown
from domain.clip import Clip, ClockSource, StoreKind
from domain.finding import Flag, MeasuredValue, Outcome, Result, Severity, SubjectKind
from domain.media import TrackKind
from domain.observation import Observation, ObservationKind
from domain.timespan import ZERO, Span, total, utc
from domain.vocabulary import SOURCES
from domain.wording import COLON, joined, say

EPOCH = utc(1970, 1, 1)
LATEST = 2.0**33  # seconds, in the year 2242: beyond it a reading is no time
SHOWN = 3
LONG_NUMBER = 5  # characters: one of them read wrong still tells the number


@dataclass(frozen=True, slots=True)
class Stated:
    """A time that the camera wrote, as seconds since 1970 of its local time, and the bound on the reading's error."""

    source: ClockSource
    seconds: float
    error: timedelta


@dataclass(frozen=True, slots=True)
class Said:
    """One thing found: how it counts, its statement and its figures."""

    result: Result
    severity: Severity
    text: str
    measured: dict[str, MeasuredValue]


def overlay(facts: ClipFacts, limits: Limits) -> Outcome:
    """The pictures that were sampled show no date-time or no number, or a time that is not the file's."""
    nothing, probe = no_content(facts, limits), facts.probe
    if nothing:
        return nothing
    content, clip = facts.content, facts.clip
    if content is None or clip is None or probe is None:
        return NOT_MEASURED
    if probe.first(TrackKind.STILL):
        return not_applicable(say("静态照片", "a still photo"))
    if probe.video is None:
        return NO_PICTURE
    content = trimmed(clip, content)
    looked = _sum(content, ObservationKind.OVERLAY_CHECKED)
    if not looked:
        return _not_read(content)
    found = [
        *_missing(clip, content, looked, limits),
        *_differs(facts, clip, content, limits),
        *_stopped(clip, content, limits),
        *_numbers(facts, clip, content),
    ]
    return _concluded(found, looked)


def _not_read(content: ContentFacts) -> Outcome:
    if content.ended and not content.waiting:
        return unknown(joined((say("内容检查被中止", "looking at its content was ended"), content.ended), COLON))
    if not content.overlay_read:
        text = say("未安装画面文字识别", "the reader of on-screen text is not installed")
    elif content.waiting:
        text = say("内容在检查队列中", "its content is in the queue")
    else:
        text = say("未抽查画面时间", "no picture was sampled for an on-screen clock")
    return Outcome(Result.NOTCHECKED, Severity.INFO, evidence=(text,))


def _concluded(found: Sequence[Said], looked: float) -> Outcome:
    measured: dict[str, MeasuredValue] = {"pictures": looked}
    for one in found:
        measured |= one.measured
    for result in (Result.FAIL, Result.UNKNOWN):
        some = [one for one in found if one.result is result]
        if some and result is Result.FAIL:
            grave = Severity.WARN if any(one.severity is Severity.WARN for one in some) else Severity.INFO
            return failed(grave, *(one.text for one in some), **measured)
        if some:
            return unknown(*(one.text for one in some), **measured)
    fine = [one for one in found if one.result is Result.PASS]
    if not fine:
        return not_applicable(*(one.text for one in found), **measured)
    return passed(*(one.text for one in fine), **measured)


def _sum(content: ContentFacts, kind: ObservationKind) -> float:
    return sum(one.value or 0 for one in content.observations if one.kind is kind)


def _of(content: ContentFacts, kind: ObservationKind) -> list[Observation]:
    return sorted((one for one in content.observations if one.kind is kind), key=lambda one: one.start)


def _clocks(content: ContentFacts) -> list[Observation]:
    """Readings of the clock that can be times at all."""
    return [one for one in _of(content, ObservationKind.CLOCK) if one.value is not None and 0 <= one.value < LATEST]


def _clock_shown(content: ContentFacts) -> bool:
    """A clock stands in the picture, known exactly or not."""
    return bool(_clocks(content)) or any(one.value is None for one in _of(content, ObservationKind.CLOCK))


def _missing(clip: Clip, content: ContentFacts, looked: float, limits: Limits) -> Iterator[Said]:
    """Too many of the pictures show no clock; a picture that is lost anyway shows nothing and is said elsewhere."""
    pieces, start = _of(content, ObservationKind.CLOCK_MISSING), begin(clip)
    lost = lay(clip, content, PICTURE, limits).found if pieces else ()
    hidden = [one for one in pieces if lost and not without([Span(start + one.start, start + one.end)], lost)]
    lacking = sum(one.value or 0 for one in pieces if one not in hidden)
    visible = looked - sum(one.value or 0 for one in hidden)
    measured: dict[str, MeasuredValue] = {"without_clock": lacking}
    if visible <= 0:
        text = say("画面缺失：见 incomplete.picture-lost", "picture lost: said by incomplete.picture-lost")
        yield Said(Result.NOTAPPLICABLE, Severity.INFO, text, measured)
        return
    if lacking / visible <= limits.overlay_missing_ratio:
        if not _clock_shown(content):
            text = say("画面时间未能读出", "no on-screen clock could be read")
            yield Said(Result.UNKNOWN, Severity.WARN, text, measured)
        return
    text = say(
        f"抽查 {visible:g} 幅画面，{lacking:g} 幅没有日期时间",
        f"{lacking:g} of {visible:g} pictures sampled show no date and time",
    )
    if content.overlay_expected:
        yield Said(Result.FAIL, Severity.WARN, text, measured)
    elif not _clock_shown(content):
        unexpected = say("本存储的设备不叠加时间", "cameras of this store write no time into the picture")
        yield Said(Result.NOTAPPLICABLE, Severity.INFO, joined((text, unexpected)), measured)


def _differs(facts: ClipFacts, clip: Clip, content: ContentFacts, limits: Limits) -> Iterator[Said]:
    """The first time that is shown against what name and container state; a later jump is said by edited."""
    clocks = _clocks(content)
    inexact = [one for one in _of(content, ObservationKind.CLOCK) if one.value is None]
    if inexact and (not clocks or inexact[0].start < clocks[0].start):
        text = say(
            "画面时间不显示秒，且不足以推算", "the on-screen clock shows no seconds, and too little to infer them"
        )
        yield Said(Result.UNKNOWN, Severity.WARN, joined((text, inexact[0].detail or "")), {})
        return
    if not clocks:
        return
    value = clocks[0].value or 0.0
    shown = f"{EPOCH + timedelta(seconds=round(value)):%Y-%m-%d %H:%M:%S}"
    text = say(f"画面时间折合片段开始为 {shown}", f"the on-screen clock puts the beginning of the clip at {shown}")
    stated = list(_stated(facts, clip))
    if not stated:
        lack = say("文件没有可比的时间", "the file states no time to compare with")
        yield Said(Result.UNKNOWN, Severity.WARN, joined((text, lack)), {"shown": shown})
        return
    apart, nearest = min(
        ((distance, one) for one in _best(stated) for distance in _apart(value, one, clip)),
        key=lambda pair: abs(pair[0]),
    )
    allowed = limits.overlay_seconds + limits.overlay_reading_seconds
    figures: dict[str, MeasuredValue] = {
        "shown": shown,
        "differ_s": round(apart, 1),
        "allowed_s": allowed,
        "source": nearest.source.value,
    }
    zh, en = SOURCES[nearest.source]
    differ = say(
        f"与{zh}相差 {apart:+.1f} 秒，容许 {allowed:g} 秒", f"{apart:+.1f} s from the {en}, allowed {allowed:g} s"
    )
    if abs(apart) <= allowed:
        yield Said(Result.PASS, Severity.INFO, joined((text, differ)), figures)
    elif abs(apart) <= allowed + nearest.error.total_seconds():
        lack = say("时间来源精度不足", "the source is not exact enough to tell")
        yield Said(Result.UNKNOWN, Severity.WARN, joined((text, differ, lack)), figures)
    else:
        yield Said(Result.FAIL, Severity.WARN, joined((text, differ)), figures)


def _stated(facts: ClipFacts, clip: Clip) -> Iterator[Stated]:
    """What the camera itself wrote, a lost clock's too; a source in the wrong zone is said by nonstandard.clock."""
    blamed = facts.clock.zone_sources if facts.clock else ()
    zone = ZoneInfo(facts.zone)
    for source in clip.sources:
        moment = source.start or source.shown
        if source.source in ON_CAMERA - set(blamed) and moment:
            yield from _on_camera(source.source, moment, source.error, zone)
    if not clip.sources and clip.span and clip.clock_source in ON_CAMERA:
        yield from _on_camera(clip.clock_source, clip.span.start - clip.clock_offset, ZERO, zone)


def _on_camera(source: ClockSource, moment: datetime, error: timedelta, zone: ZoneInfo) -> Iterator[Stated]:
    """As the camera's clock shows it; nothing for the last hours of the calendar: nobody's time."""
    with suppress(OverflowError):
        local = moment.astimezone(zone)
        yield Stated(source, (local.replace(tzinfo=EPOCH.tzinfo) - EPOCH).total_seconds(), error)


def _best(stated: Sequence[Stated]) -> Sequence[Stated]:
    """Sources that state the beginning for sure, where there is one: containers may state the end."""
    return [one for one in stated if one.source is not ClockSource.CONTAINER] or stated


def _apart(value: float, stated: Stated, clip: Clip) -> tuple[float, ...]:
    """How far the shown time is ahead of the stated one; a container may state the end of the recording."""
    apart = value - stated.seconds
    if stated.source is not ClockSource.CONTAINER or not clip.duration:
        return (apart,)
    return apart, apart + clip.duration.total_seconds()


def _stopped(clip: Clip, content: ContentFacts, limits: Limits) -> Iterator[Said]:
    """The clock stands still while the picture goes on."""
    allowed, start = limits.overlay_seconds + limits.overlay_reading_seconds, begin(clip)
    pieces = [one for one in _of(content, ObservationKind.CLOCK_STOPPED) if (one.value or 0) > allowed]
    lost = lay(clip, content, PICTURE, limits).found if pieces else ()
    places = []
    for one in pieces:
        stretch = Span(start + one.start, start + one.end)
        if total(inside([stretch], lost)) * 2 <= stretch.duration:
            places.append(one)
    if not places:
        return
    longest = max(places, key=lambda one: one.value or 0)
    listed = ", ".join(f"{media_time(one.start)}–{media_time(one.end)}" for one in places[:SHOWN])
    text = say(
        f"画面时间停走至多 {longest.value:g} 秒：片段内 {listed}",
        f"the on-screen clock stands still for up to {longest.value:g} s: {listed} of the clip",
    )
    seconds = in_seconds(timedelta(seconds=min(longest.value or 0, LATEST)))
    yield Said(Result.FAIL, Severity.WARN, text, {"stopped_s": seconds, "stopped_allowed_s": allowed})


def _numbers(facts: ClipFacts, clip: Clip, content: ContentFacts) -> Iterator[Said]:
    """Badge or serial beside the clock; of rooms the numbers (temperature, humidity) are only noted."""
    read = list(dict.fromkeys(one.detail for one in _of(content, ObservationKind.NUMBERS) if one.detail))
    listed = ", ".join(read[:SHOWN])
    noted = say(f"画面编号：{listed}", f"on-screen numbers: {listed}")
    figures: dict[str, MeasuredValue] = {"numbers": [*read]}
    if facts.store_kind is StoreKind.INTERROGATION or not content.overlay_expected or not _clock_shown(content):
        if read:
            yield Said(Result.PASS, Severity.INFO, noted, figures)
        return
    own = [number for number in (clip.officer, clip.device) if number]
    if not read:
        none = say("画面上没有警号或设备编号", "neither badge nor serial stands in the picture")
        yield Said(Result.FAIL, Severity.INFO, none, figures)
    elif own and not any(_shows(text, number) for text in read for number in own):
        other = say(
            f"画面编号 {listed} 中没有本片段的警号或设备编号 {'、'.join(own)}",
            f"neither badge nor serial of the clip, {', '.join(own)}, is among the on-screen numbers {listed}",
        )
        yield Said(Result.FAIL, Severity.INFO, other, figures)
    else:
        yield Said(Result.PASS, Severity.INFO, noted, figures)


def _shows(text: str, number: str) -> bool:
    """Whether a number stands in what was read, with one of its characters read wrong where it is long."""
    read, wanted = "".join(text.split()).casefold(), "".join(number.split()).casefold()
    wrong = 1 if len(wanted) >= LONG_NUMBER else 0
    starts = range(len(read) - len(wanted) + 1)
    return any(sum(a != b for a, b in zip(read[at:], wanted, strict=False)) <= wrong for at in starts)


RULES = (
    Rule(
        id="nonstandard.overlay",
        version=3,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="画面时间水印缺失或不符",
        title_en="On-screen clock missing or wrong",
        condition_zh=(
            "抽查的画面多数没有日期时间（应叠加的存储），或与文件名、文件内部时间相差3秒以上（另加1秒读取误差），或停走；"
            "没有警号或设备编号为提示"
        ),
        condition_en=(
            "Most pictures sampled show no date and time (where the store's cameras should), or one more than 3 s from "
            "the file's name and container (and 1 s of reading), or it stands still; no badge or serial: info"
        ),
        basis=(practice("GA/T 947.2 第6.2.8条"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, as_check(overlay)),
        limits=("overlay_seconds", "overlay_reading_seconds", "overlay_missing_ratio"),
    ),
)
