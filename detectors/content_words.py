"""How stretches of a clip's content are told: which kind, from when to when, at what level, against which limit."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from detectors.content_stretches import Laid, Sort, Sought, Verdict, counted, inside
from detectors.limits import Limits
from detectors.verdict import in_seconds, local
from domain.finding import MeasuredValue
from domain.observation import Observation, ObservationKind
from domain.timespan import Span, total
from domain.vocabulary import OBSERVATIONS, Word
from domain.wording import COLON, LIST, STOP, joined, say

SHOWN = 5  # stretches that the evidence names; the measured figures list them all
SMALLEST_STEP_DBFS = -90.3
"""The least that sound of 16 bits can hold: quieter than this at its loudest, nothing was recorded."""

LEVELS: dict[ObservationKind, tuple[str, str, Word]] = {
    ObservationKind.BLACK: ("最亮处", "brightest part", ("灰阶", "grey levels")),
    ObservationKind.FROZEN: ("最大变化", "largest change", ("灰阶", "grey levels")),
    ObservationKind.NO_SIGNAL: ("提示卡或彩条占比", "share of card or bars", ("", "")),
    ObservationKind.COVERED: ("最强纹理", "strongest structure", ("灰阶", "grey levels")),
    ObservationKind.BLURRED: ("最清晰处", "sharpest edge", ("", "")),
    ObservationKind.SILENT: ("最响处", "loudest moment", ("dBFS", "dBFS")),
    ObservationKind.LOW_SOUND: ("响度", "level", ("dBFS", "dBFS")),
}


def media_time(at: timedelta) -> str:
    """Media time as players show it: 0:01:10, with tenths where there are any."""
    tenths = round(at.total_seconds() * 10)
    minutes, rest = divmod(tenths, 600)
    whole = f"{minutes // 60}:{minutes % 60:02}:{rest // 10:02}"
    return f"{whole}.{rest % 10}" if rest % 10 else whole


def pieces_in(laid: Laid, sort: Sort, span: Span, limits: Limits) -> list[Observation]:
    """The pieces of one kind that count within a stretch."""
    start = laid.start
    return [
        one
        for one in counted(laid.content.observations, sort, limits)
        if span.overlaps(Span(start + one.start, start + one.end))
    ]


def level_of(footage: Sequence[Laid], sort: Sort, span: Span, limits: Limits) -> float | None:
    """The least bad level of one kind within a stretch, None where it is not of that kind."""
    values = [one.value for laid in footage for one in pieces_in(laid, sort, span, limits) if one.value is not None]
    return sort.worst(values) if values else None


def kinds_in(footage: Sequence[Laid], sought: Sought, span: Span, limits: Limits) -> list[ObservationKind]:
    found = [sort.kind for sort in sought.sorts if level_of(footage, sort, span, limits) is not None]
    return [*found, *([sought.counts] if sought.counts else [])]


def described(footage: Sequence[Laid], sought: Sought, span: Span, limits: Limits) -> str:
    """One stretch as a statement."""
    names = joined((say(*OBSERVATIONS[kind]) for kind in kinds_in(footage, sought, span, limits)), LIST)
    length = f"{in_seconds(span.duration):g}"
    head = joined((names or _trackless(sought), say(f"{length} 秒", f"{length} s")), COLON)
    levels = [_level(footage, sort, span, limits) for sort in sought.sorts]
    return joined((head, *_places(footage, span, limits), *levels, *_turns(footage, sought, span)))


def _trackless(sought: Sought) -> str:
    return say("没有声音轨", "no sound track") if sought.sound else say("没有画面轨", "no picture track")


def _places(footage: Sequence[Laid], span: Span, limits: Limits) -> Iterator[str]:
    """Where it lies in each clip, and on the wall clock where the clip has a place there."""
    for one in footage:
        if not inside(one.found, [span]):
            continue
        parts = inside([span], one.found)
        here = Span(parts[0].start, parts[-1].end)
        media = f"{media_time(here.start - one.start)}–{media_time(here.end - one.start)}"
        zh, en = (f"片段 {one.clip.name} ", f" {one.clip.name}") if len(footage) > 1 else ("片段", "")
        yield say(f"{zh}内 {media}", f"{media} of the clip{en}")
    if footage[0].clip.span:
        begin, end = local(span.start, limits), local(span.end, limits)
        yield say(f"即 {begin} 至 {end}", f"that is {begin} to {end}")


def _level(footage: Sequence[Laid], sort: Sort, span: Span, limits: Limits) -> str:
    level = level_of(footage, sort, span, limits)
    if level is None:
        return ""
    if sort.kind is ObservationKind.SILENT and level < SMALLEST_STEP_DBFS:
        return say("数字零：没有写入任何声音", "digital zero: no sound was written at all")
    zh, en, unit = LEVELS[sort.kind]
    shown, limit = f"{level:g}", f"{getattr(limits, sort.limit):g}"
    bound_zh, bound = ("下限", "at least") if sort.least else ("限值", "limit")
    return say(
        f"{zh} {shown} {unit[0]}（{bound_zh} {limit}）".replace("  ", " ").replace(" （", "（"),
        f"{en} {shown} {unit[1]} ({bound} {limit})".replace("  ", " "),
    )


def _turns(footage: Sequence[Laid], sought: Sought, span: Span) -> Iterator[str]:
    if sought.counts is not ObservationKind.TURNED:
        return
    degrees = {
        one.value
        for laid in footage
        for one in laid.content.observations
        if one.kind is sought.counts and one.value and span.overlaps(Span(laid.start + one.start, laid.start + one.end))
    }
    for value in sorted(degrees):
        yield say(f"顺时针转 {value:g} 度可复正", f"right when turned {value:g} degrees clockwise")


def figures(footage: Sequence[Laid], sought: Sought, verdict: Verdict, limits: Limits) -> dict[str, MeasuredValue]:
    """The measured values of a verdict: the longest stretch, every level, what was not looked at."""
    measured: dict[str, MeasuredValue] = {"content_allowed_s": in_seconds(sought.allowed(limits))}
    if verdict.unseen:
        measured["not_checked_s"] = in_seconds(total(verdict.unseen))
    if not verdict.long:
        return measured
    longest = max(verdict.long, key=lambda span: span.duration)
    kinds = dict.fromkeys(kind for span in verdict.long for kind in kinds_in(footage, sought, span, limits))
    measured |= {
        "longest_s": in_seconds(longest.duration),
        "all_s": in_seconds(total(verdict.long)),
        "kinds": [kind.value for kind in kinds],
    }
    for sort in sought.sorts:
        levels = [level_of(footage, sort, span, limits) for span in verdict.long]
        known = [level for level in levels if level is not None]
        if known:
            measured |= {f"{sort.kind}_level": sort.worst(known), f"{sort.kind}_limit": getattr(limits, sort.limit)}
    if len(footage) == 1:
        start = footage[0].start
        parts = [(span.start - start, span.end - start) for span in verdict.long]
        measured["stretches"] = [f"{media_time(a)}–{media_time(b)}" for a, b in parts]
    return measured


def told(footage: Sequence[Laid], sought: Sought, verdict: Verdict, limits: Limits) -> tuple[str, ...]:
    """The evidence of a verdict: the first stretches, and what was not looked at."""
    said = [described(footage, sought, span, limits) for span in verdict.long[:SHOWN]]
    rest = len(verdict.long) - len(said)
    if rest:
        said.append(say(f"另有 {rest} 段", f"and {rest} more stretches"))
    if verdict.by_clock:
        said.append(say("是否在应记录时段内取决于时钟", "whether it lies in required time depends on the clock"))
    return (*said, *not_looked_at(footage, verdict))


def not_looked_at(footage: Sequence[Laid], verdict: Verdict) -> tuple[str, ...]:
    """How much of the required time was not looked at, and why."""
    if not verdict.unseen:
        return ()
    shown = f"{in_seconds(total(verdict.unseen)):g}"
    lacking = [one for one in footage if inside(one.unseen, verdict.unseen)]
    reasons = [_reason(one) for one in lacking]
    text = say(f"{shown} 秒未检查", f"{shown} s not looked at")
    return (joined((text, joined(dict.fromkeys(reasons), STOP)), COLON),)


def _reason(one: Laid) -> str:
    if one.content.ended:
        return joined((say("检查被中止", "looking at it was ended"), one.content.ended), COLON)
    if one.content.waiting:
        return say("已在队列中", "it is in the queue")
    if any(each.kind is ObservationKind.UNDECODABLE for each in one.content.observations):
        return say("无法解码", "cannot be decoded")
    return say("原因未知", "it is not known why")
