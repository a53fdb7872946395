"""Holes in and between clips, and their likely cause with evidence (`docs/design/linking.md`, section on gaps).

A cause is an explanation offered to a person, never a verdict: where the evidence is not enough, it is `unknown`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.clip import Clip, IndexEntry
from domain.gap import Gap, GapCause
from domain.timespan import ZERO, Span, merge, uncovered
from domain.wording import COLON, joined, say

JOINING = timedelta(seconds=2)
"""Default for `joining`: a roll-over up to this long is no gap."""

OVERLAP_TOLERATED = timedelta(seconds=5)
"""Segments of one camera may overlap this much (pre-buffer, rounding); more means that its clock stepped."""

SLOW_ROLL_OVER = timedelta(seconds=15)
CUT_LENGTHS = tuple(timedelta(minutes=m) for m in (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 240))
CUT_TOLERANCE = timedelta(seconds=1.5)

Reason = tuple[GapCause, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class GapContext:
    """What is known beyond the clips themselves.

    `listed_absent`: rows of station lists whose file is not in the store. `store_offline` and `not_docked`: stretches
    whose footage may lie in a store that cannot be read now, or in a camera not yet read out. `gone`: clips that were
    in a store once; those that ended before `retention_floor` were allowed to go. `numbers_present`: (device,
    sequence) of files that exist without being footage here (stills, clips without a believable time). `phantoms`:
    spans of the recordings' `FRAME_RATE` gaps: they were recorded. `unplayable`: files that are there, begun at a time
    that is believed, of which nothing can be played.
    """

    listed_absent: Sequence[IndexEntry] = ()
    store_offline: Sequence[Span] = ()
    not_docked: Sequence[Span] = ()
    gone: Sequence[Clip] = ()
    retention_floor: datetime | None = None
    numbers_present: Collection[tuple[str, int]] = ()
    phantoms: Sequence[Span] = ()
    unplayable: Sequence[Clip] = ()


NOTHING_KNOWN = GapContext()


def gaps_inside(clip: Clip) -> tuple[Gap, ...]:
    """The stretches inside one file for which it holds no samples, on the wall clock; empty for an unplaced clip."""
    if clip.span is None:
        return ()
    holes = []
    for hole in sorted(clip.discontinuities, key=lambda d: (d.at, d.length)):
        start = min(clip.span.start + hole.at, clip.span.end)
        end = min(start + hole.length, clip.span.end)
        if start < end:
            length, at = _figure(hole.length), _figure(hole.at)
            evidence = say(
                f"{clip.name}：样本时间在 {at} 秒处跳过 {length} 秒",
                f"{clip.name}: sample times jump by {length} s at {at} s",
            )
            holes.append(Gap(Span(start, end), GapCause.DROPPED, (evidence,)))
    return tuple(holes)


def on_record(clips: Iterable[Clip], context: GapContext = NOTHING_KNOWN) -> list[tuple[Span, Clip]]:
    """Every stretch of wall-clock time on record with its clip; a phantom hole after a clip counts as recorded."""
    parts = [(part, clip) for clip in clips for part in clip.presented()]
    if not context.phantoms:
        return parts
    ends = {phantom.start: phantom.end for phantom in sorted(context.phantoms)}
    return [
        (Span(part.start, max(part.end, ends.get(part.end, part.end))), clip)
        if clip.span is not None and part.end == clip.span.end
        else (part, clip)
        for part, clip in parts
    ]


def gaps_in_window(
    window: Span, clips: Sequence[Clip], context: GapContext = NOTHING_KNOWN, joining: timedelta = JOINING
) -> tuple[Gap, ...]:
    """Interior holes of the clips' union inside `window`, each with its cause, in order.

    The lead before the first footage (late start) and the tail after the last (early end) are no gaps, nor are
    holes up to `joining`.
    """
    parts = on_record(clips, context)
    holes = interior(window, merge((part for part, _ in parts), joining))
    return tuple(Gap(hole, *_cause_of(hole, parts, context)) for hole in holes)


def interior(window: Span, footage: Sequence[Span]) -> tuple[Span, ...]:
    """The uncovered parts of `window` that have footage inside the window both before and after them."""
    holes = uncovered(window, footage)
    return tuple(hole for hole in holes if hole.start > window.start and hole.end < window.end)


def cause_between(previous: Clip, following: Clip, context: GapContext = NOTHING_KNOWN) -> Reason:
    """Why nothing is on record between two neighbouring clips, and the evidence for it.

    What others say about that stretch of time comes first (stores, docks, lists), then the camera's own numbering,
    then the state of the file before the hole.
    """
    if previous.span is None or following.span is None:
        return GapCause.UNKNOWN, (say("有片段没有可信的时间", "a clip without a believable time"),)
    hole = Span(min(previous.span.end, following.span.start), max(previous.span.end, following.span.start))
    stepped = following.span.start < previous.span.end - OVERLAP_TOLERATED
    if stepped and previous.device == following.device and previous.device is not None:
        early = _figure(hole.duration)
        evidence = say(
            f"{following.name} 的开始比 {previous.name} 的结束早 {early} 秒",
            f"{following.name} starts {early} s before {previous.name} ends",
        )
        return GapCause.CLOCK_STEP, (evidence,)
    found = _absent_elsewhere(hole, previous, context) or _begun_inside(hole, previous, context)
    return found or _by_numbering(previous, following, context)


def _cause_of(hole: Span, parts: Sequence[tuple[Span, Clip]], context: GapContext) -> Reason:
    for _, clip in sorted(parts, key=_part_order):
        if clip.span is not None and clip.span.start < hole.start and hole.end < clip.span.end:
            return GapCause.DROPPED, tuple(
                e for gap in gaps_inside(clip) if gap.span.overlaps(hole) for e in gap.evidence
            )
    before = [clip for part, clip in sorted(parts, key=_part_order) if part.end == hole.start]
    after = [clip for part, clip in sorted(parts, key=_part_order) if part.start == hole.end]
    if not before or not after:
        return GapCause.UNKNOWN, (say("中断前后没有相邻片段", "no clip borders the hole"),)
    same = [(b, a) for b in before for a in after if b.device is not None and b.device == a.device]
    previous, following = same[0] if same else (before[0], after[0])
    return cause_between(previous, following, context)


def _part_order(item: tuple[Span, Clip]) -> tuple[Span, str]:
    return item[0], item[1].name


def _absent_elsewhere(hole: Span, previous: Clip, context: GapContext) -> Reason | None:
    """Causes that rest on what is known about that stretch of time from outside the two clips."""
    if any(span.overlaps(hole) for span in context.store_offline):
        offline = say("可能存有该时段记录的存储无法读取", "a store that may hold this time cannot be read")
        return GapCause.STORE_OFFLINE, (offline,)
    if any(span.overlaps(hole) for span in context.not_docked):
        waiting = say("可能存有该时段记录的设备尚未导入", "a camera that may hold this time has not been read out")
        return GapCause.NOT_DOCKED, (waiting,)
    listed = [entry for entry in context.listed_absent if _of_device(entry.device, previous) and _lists(entry, hole)]
    if listed:
        return GapCause.LOST_FILE, tuple(
            say(f"采集站清单列有 {e.path}，存储中没有", f"station list names {e.path}, not in the store")
            for e in _by_path(listed)
        )
    gone = [
        clip for clip in context.gone if _of_device(clip.device, previous) and clip.span and clip.span.overlaps(hole)
    ]
    if not gone:
        return None
    floor = context.retention_floor
    allowed = floor is not None and all(clip.span is not None and clip.span.end < floor for clip in gone)
    cause = GapCause.RETENTION if allowed else GapCause.LOST_FILE
    names = sorted(clip.name for clip in gone)
    return cause, tuple(say(f"{name} 曾在存储中，现已不在", f"{name} was in the store and is gone") for name in names)


def _begun_inside(hole: Span, previous: Clip, context: GapContext) -> Reason | None:
    """A recording that began in the hole and cannot be played: nobody stopped there by hand."""
    begun = [
        clip
        for clip in context.unplayable
        if _of_device(clip.device, previous) and clip.span and hole.start - JOINING <= clip.span.start < hole.end
    ]
    if not begun:
        return None
    cause = GapCause.UNKNOWN if all(clip.closed for clip in begun) else GapCause.POWER_LOSS
    return cause, tuple(_broke_off(clip) for clip in sorted(begun, key=lambda clip: (clip.span, clip.name)))


def _broke_off(clip: Clip) -> str:
    if clip.closed:
        return say(f"{clip.name} 始于该时段，无法播放", f"{clip.name} begins there and cannot be played")
    return say(
        f"{clip.name} 始于该时段，没有索引：断电或未正常关闭",
        f"{clip.name} begins there and has no index: power lost, or never closed",
    )


def _by_path(entries: Iterable[IndexEntry]) -> list[IndexEntry]:
    return sorted(entries, key=lambda entry: entry.path)


def _of_device(device: str | None, clip: Clip) -> bool:
    """A record without a device may be of any camera."""
    return device is None or clip.device is None or device == clip.device


def _lists(entry: IndexEntry, hole: Span) -> bool:
    if entry.started_at is None:
        return False
    end = entry.ended_at if entry.ended_at and entry.ended_at > entry.started_at else None
    return Span(entry.started_at, end).overlaps(hole) if end else hole.contains(entry.started_at)


def _by_numbering(previous: Clip, following: Clip, context: GapContext) -> Reason:
    """Causes that rest on the camera's own numbering and on how the file before the hole ends."""
    closed = _how_it_ends(previous)
    if previous.device is None or previous.device != following.device:
        evidence = (closed, _next_device(following.device))
        return (GapCause.UNKNOWN if previous.closed else GapCause.POWER_LOSS), evidence
    if previous.sequence is None or following.sequence is None:
        return (GapCause.UNKNOWN if previous.closed else GapCause.POWER_LOSS), (
            closed,
            say("没有编号", "no sequence numbers"),
        )
    step = following.sequence - previous.sequence
    numbers = say(
        f"编号 {previous.sequence} 之后为 {following.sequence}",
        f"sequence {previous.sequence} is followed by {following.sequence}",
    )
    if step > 1:
        lost = _numbers_lost(previous, following, context)
        if lost:
            return GapCause.LOST_FILE, (joined((numbers, say(f"缺 {lost} 个", f"{lost} missing")), COLON),)
    elif step < 1:
        return _numbers_return(numbers, closed, previous, following)
    if not previous.closed:
        return GapCause.POWER_LOSS, (closed, numbers)
    return _closed_and_continued(numbers, closed, previous, following)


def _numbers_lost(previous: Clip, following: Clip, context: GapContext) -> int:
    if previous.sequence is None or following.sequence is None:
        return 0
    present = {number for device, number in context.numbers_present if device == previous.device}
    between = range(previous.sequence + 1, following.sequence)
    return len(between) - sum(number in between for number in present)


def _numbers_return(numbers: str, closed: str, previous: Clip, following: Clip) -> Reason:
    """Numbers that do not grow: a camera may count anew from 0 or 1; anything else contradicts the clock."""
    if following.sequence is not None and following.sequence <= 1:
        evidence = (closed, joined((numbers, say("重新开始编号", "numbering starts again")), COLON))
        return (GapCause.UNKNOWN if previous.closed else GapCause.POWER_LOSS), evidence
    return GapCause.CLOCK_STEP, (joined((numbers, say("但后者开始更晚", "although it starts later")), ("，", " ")),)


def _closed_and_continued(numbers: str, closed: str, previous: Clip, following: Clip) -> Reason:
    """Closed properly, numbers go on: cut by the camera when short and at a usual cut length, else stopped by hand."""
    hole = following.span.start - previous.span.end if following.span and previous.span else ZERO
    length = previous.span.duration if previous.span else ZERO
    cut = next((c for c in CUT_LENGTHS if abs(length - c) <= CUT_TOLERANCE), None)
    if hole <= JOINING + timedelta(seconds=1):
        return GapCause.ROLL_OVER, (numbers, say(f"两段间隔 {_figure(hole)} 秒", f"{_figure(hole)} s between segments"))
    if cut is not None and hole <= SLOW_ROLL_OVER:
        usual = say(
            f"{previous.name} 为通常的分段时长 {_figure(cut)} 秒",
            f"{previous.name} has the usual cut length of {_figure(cut)} s",
        )
        return GapCause.ROLL_OVER, (numbers, usual)
    return GapCause.STOPPED, (closed, numbers)


def _how_it_ends(clip: Clip) -> str:
    if clip.closed:
        return say(f"{clip.name} 已正常关闭", f"{clip.name} was closed properly")
    return say(f"{clip.name} 没有索引：未正常关闭", f"{clip.name} has no index: never closed")


def _next_device(device: str | None) -> str:
    return say(f"其后的记录来自设备 {device or '不明'}", f"next footage is of device {device or 'unknown'}")


def _figure(value: timedelta) -> str:
    return f"{value.total_seconds():.1f}"
