"""Traces of editing: who wrote the file, cuts in its tables, and jumps of the clock that stands in the picture.

An on-screen clock that jumps shows that time is missing inside a file whose tables go on as if nothing were. It also
jumps when the camera sets its clock. Where the size of the jump can be that, both readings are said and it warns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from detectors.basis import law, quoted
from detectors.content_stretches import trimmed
from detectors.content_verdict import not_seen_yet
from detectors.content_words import media_time
from detectors.incomplete_files import no_content
from detectors.limits import Limits
from detectors.rule import ClipFacts, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, local, not_applicable, passed, unknown
from domain.clip import ClockKind
from domain.finding import Flag, MeasuredValue, Severity, SubjectKind
from domain.media import Discontinuity, Probe, ProblemCode
from domain.observation import Observation, ObservationKind
from domain.timespan import ZERO
from domain.wording import joined, say

WITHOUT_WRITER = frozenset({"ts", "ps", "dav", "h264", "hevc"})
"""Containers that have no place for a writing application or cuts: their absence shows nothing."""
SHOWN = 3  # places that the evidence names; the explanation of the file lists them all
GAP_SLACK = timedelta(seconds=2)
"""A jump beside a recorded gap of the same length is the gap: readings are a second or two apart."""

LONGEST = 2.0**33  # seconds: beyond it a reading is no time


@dataclass(frozen=True, slots=True)
class Traces:
    """What speaks of editing, gravest first, and what was seen and explained. `unsure`: why jumps prove nothing."""

    severe: tuple[str, ...] = ()
    mild: tuple[str, ...] = ()
    explained: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    def __add__(self, other: "Traces") -> "Traces":
        return Traces(
            self.severe + other.severe,
            self.mild + other.mild,
            self.explained + other.explained,
            self.unsure + other.unsure,
        )


def edited(facts: ClipFacts, limits: Limits) -> Outcomes:
    """Traces of an editor or converter, cuts, parameters that change inside the file, or a clock that jumps in it."""
    nothing, probe = no_content(facts, limits), facts.probe
    if nothing or probe is None:
        return (nothing or not_applicable(),)
    jumps = jumps_of(facts, limits)
    traces = _in_tables(facts, probe, limits) + _in_pictures(facts, probe, jumps, limits)
    measured: dict[str, MeasuredValue] = {
        "writer": probe.writer,
        "edits": probe.edits,
        "parameter_changes": probe.parameter_changes,
    }
    if jumps:
        measured |= {
            "clock_jumps_s": [f"{in_seconds(timedelta(seconds=jump.value or 0)):+g}" for jump in jumps],
            "allowed_s": limits.overlay_jump_seconds,
        }
    if traces.severe or traces.mild:
        grave = Severity.FAIL if traces.severe else Severity.WARN
        return (failed(grave, *traces.severe, *traces.mild, *traces.explained, **measured),)
    if traces.unsure:
        return (unknown(*traces.unsure, **measured),)
    if not probe.writer and probe.container.lower() in WITHOUT_WRITER:
        lack = say("该格式不记载写入程序", "this format does not name its writer or cuts")
        return (unknown(lack, *traces.explained, **measured),)
    lacking = not_seen_yet(facts) if facts.content and facts.content.overlay_read else None
    if lacking and facts.content and facts.content.overlay_expected and not _overlay_seen(facts):
        return (lacking,)
    return (passed(say("未见编辑痕迹", "no trace of editing"), *traces.explained, **measured),)


def _in_tables(facts: ClipFacts, probe: Probe, limits: Limits) -> Traces:
    writer = probe.writer or ""
    word = _editor_word(writer, limits)
    severe, mild = [], []
    if word:
        severe.append(say(f"写入程序为 {writer}", f"written by {writer}, an editor or converter"))
    if probe.edits:
        severe.append(
            say(f"编辑列表有 {probe.edits} 处剪接", f"the edit list cuts or repeats media {probe.edits} times")
        )
    if probe.parameter_changes:
        mild.append(_changed(probe))
    if facts.vendor_tagged and not probe.tags and not word:
        mild.append(say("同型号设备应有的厂商标记缺失", "lacks the vendor tags that this camera model writes"))
    return Traces(tuple(severe), tuple(mild))


def _changed(probe: Probe) -> str:
    """How often parameters change, and where the file tells: the first few places, in seconds from its begin."""
    count = probe.parameter_changes
    zh, en = f"文件内参数改变 {count} 次", f"parameters change {count} times inside the file"
    places = sorted({in_seconds(at) for track in probe.tracks for at in track.changes_at})
    if not places:
        return say(zh, en)
    first = [f"{place:g}" for place in places[:SHOWN]]
    cut = len(places) > len(first)
    rest_zh, rest = (f"，共 {len(places)} 处", f", the first of {len(places)} places") if cut else ("", "")
    return say(f"{zh}：第 {'、'.join(first)} 秒{rest_zh}", f"{en}: at {', '.join(first)} s{rest}")


def _editor_word(writer: str, limits: Limits) -> str | None:
    name = writer.casefold()
    if any(own.casefold() in name for own in limits.trusted_writers):
        return None
    return next((word for word in limits.editor_words if word.casefold() in name), None)


def _overlay_seen(facts: ClipFacts) -> bool:
    found = facts.content.observations if facts.content else ()
    return any(one.kind is ObservationKind.OVERLAY_CHECKED for one in found)


def jumps_of(facts: ClipFacts, limits: Limits) -> tuple[Observation, ...]:
    """Jumps of the on-screen clock beyond the limit, in order of time."""
    found = trimmed(facts.clip, facts.content).observations if facts.clip and facts.content else ()
    jumps = [
        one
        for one in found
        if one.kind is ObservationKind.CLOCK_JUMP
        and one.value is not None
        and limits.overlay_jump_seconds < abs(one.value) < LONGEST
    ]
    return tuple(sorted(jumps, key=lambda one: one.start))


def _in_pictures(facts: ClipFacts, probe: Probe, jumps: Sequence[Observation], limits: Limits) -> Traces:
    gaps = _gaps(facts, probe)
    left = [jump for jump in jumps if _gap_of(jump, gaps) is None]
    explained = tuple(_is_gap(jump, gap) for jump in jumps if (gap := _gap_of(jump, gaps)))
    said = tuple(_jumps(jump, facts, limits) for jump in left[:SHOWN])
    rest = len(left) - len(said)
    more = (say(f"另有 {rest} 处跳变", f"and {rest} more jumps"),) if rest else ()
    if not left:
        return Traces(explained=explained)
    if any(problem.code is ProblemCode.TIMESTAMPS_BROKEN for problem in probe.problems):
        broken = say(
            "文件内时间戳有误，跳变不能说明问题", "time stamps inside the file are broken: a jump shows nothing"
        )
        return Traces(explained=explained, unsure=(*said, *more, broken))
    if len(left) == 1 and _may_be_set(left[0], facts, limits):
        both = say(
            "可能是设备校时，也可能是剪接，仅凭画面时间无法区分",
            "the camera may have set its clock, or time was cut out: the on-screen clock alone cannot tell",
        )
        return Traces(mild=(joined((said[0], both)),), explained=explained)
    return Traces(severe=(*said, *more), explained=explained)


def _gaps(facts: ClipFacts, probe: Probe) -> tuple[Discontinuity, ...]:
    """Every gap that the file's own tables tell, of one track: all tracks tell the same ones."""
    track = probe.video or probe.audio
    own = track.discontinuities if track else ()
    return own or (facts.clip.discontinuities if facts.clip else ())


def _gap_of(jump: Observation, gaps: Sequence[Discontinuity]) -> Discontinuity | None:
    """The gap on record that a jump forward is: beside it, and as long; or all of those beside it together."""
    length = timedelta(seconds=jump.value or 0)
    beside = [gap for gap in gaps if gap.at - GAP_SLACK <= jump.end and jump.start <= gap.at + gap.length + GAP_SLACK]
    if not beside:
        return None
    whole = Discontinuity(beside[0].at, sum((gap.length for gap in beside), ZERO))
    return next((gap for gap in (*beside, whole) if abs(gap.length - length) <= GAP_SLACK), None)


def _is_gap(jump: Observation, gap: Discontinuity) -> str:
    at, length = media_time(gap.at), f"{in_seconds(gap.length):g}"
    moved = f"{jump.value:+g}"
    return say(
        f"画面时间跳变 {moved} 秒即文件自身在 {at} 处 {length} 秒的中断",
        f"the jump of {moved} s is the file's own gap of {length} s at {at}",
    )


def _jumps(jump: Observation, facts: ClipFacts, limits: Limits) -> str:
    start, end = media_time(jump.start), media_time(jump.end)
    moved = f"{jump.value:+g}"
    text = say(
        f"画面时间在片段内 {start}–{end} 跳变 {moved} 秒，文件自身没有中断",
        f"the on-screen clock jumps by {moved} s at {start}–{end} of the clip, whose own tables go on",
    )
    if facts.clip is None or facts.clip.span is None:
        return text
    at = local(facts.clip.span.start + jump.start, limits)
    return joined((text, say(f"约 {at}", f"about {at}")))


def _may_be_set(jump: Observation, facts: ClipFacts, limits: Limits) -> bool:
    """Whether the camera may have set its clock by so much: within what the clock is known to be off, or gains a day.

    A clock that had lost its time may be set by any amount.
    """
    clip, known = facts.clip, facts.clock
    if (known and known.kind is ClockKind.RESET) or (clip and any(source.lost for source in clip.sources)):
        return True
    off = timedelta(seconds=limits.clock_drift_seconds_per_day)
    if known:
        off = max(off, abs(known.offset) + known.error)
    if clip:
        off = max(off, abs(clip.clock_offset) + clip.clock_error)
    return abs(jump.value or 0) <= (off + timedelta(seconds=limits.overlay_reading_seconds)).total_seconds()


RULES = (
    Rule(
        id="nonstandard.edited",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="文件有编辑或转换痕迹",
        title_en="Traces of editing or conversion",
        condition_zh=(
            "写入程序为编辑或转换软件，或编辑列表有剪接，或文件内参数改变，或缺少该型号应有的厂商标记，或画面时间在文件内跳变"
            "2秒以上而文件自身没有中断（跳变可能是设备校时的，为提醒）"
        ),
        condition_en=(
            "Writing application is an editor or converter, edit list cuts, parameter change inside the file, vendor "
            "tag missing where the model has one, or an on-screen clock that jumps by more than 2 s where the file's "
            "own tables go on (warn where the camera may have set its clock)"
        ),
        basis=(quoted("XC-2016: 不得剪接、删改"), law("XS 第二百零八条")),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, edited),
        limits=("editor_words", "trusted_writers", "overlay_jump_seconds", "overlay_reading_seconds"),
    ),
)
