"""Files that are damaged, lack sound or picture, or do not finish arriving. Judged by the tables of the file alone.

What was measured in picture and sound joins them in `incomplete_content.py`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import Enum, auto

from detectors.basis import LOCAL, law
from detectors.limits import Limits
from detectors.lost_time import of_a_cut, of_an_index
from detectors.rule import ClipFacts, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, local, not_applicable, passed, unknown
from domain.clip import FileState
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.media import Probe, Problem, ProblemCode, Track, TrackKind
from domain.vocabulary import PROBLEMS
from domain.wording import halves, say

BROKEN = frozenset({ProblemCode.ZERO_LENGTH, ProblemCode.INDEX_MISSING, ProblemCode.NO_TRACKS})
"""The file itself shows that nothing in it can be played."""

NOT_OURS = frozenset(
    {
        ProblemCode.UNRECOGNISED,
        ProblemCode.ENCRYPTED,
        ProblemCode.OUT_OF_TIME,
        ProblemCode.OUT_OF_MEMORY,
        ProblemCode.READ_ERROR,
    }
)
"""We could not read it; that proves nothing about the recording. A person has to open it."""

CUT = frozenset({ProblemCode.TRUNCATED, ProblemCode.DATA_MISSING})
GONE = frozenset({FileState.MISSING, FileState.MOVED, FileState.ARRIVING})


class Readability(Enum):
    """How far a file can be read, as its tables tell."""

    NOT_THERE = auto()
    EMPTY = auto()
    NOT_READ = auto()
    UNEXPLAINED = auto()
    BROKEN = auto()
    NOT_OURS = auto()
    CUT = auto()
    UNMEASURED = auto()
    WHOLE = auto()


def readability(facts: ClipFacts, limits: Limits) -> Readability:
    """Without words and figures: every rule on content asks it."""
    probe, failed_to = facts.probe, facts.state is FileState.UNREADABLE
    if facts.state in GONE:
        return Readability.NOT_THERE
    if facts.file.size == 0:
        return Readability.EMPTY
    if probe is None:
        return Readability.UNEXPLAINED if failed_to else Readability.NOT_READ
    codes, share = {problem.code for problem in probe.problems}, probe.decodable_share
    if codes & BROKEN:
        return Readability.BROKEN
    if codes & NOT_OURS:
        return Readability.NOT_OURS
    if share is not None and share < limits.decodable_ratio:
        return Readability.CUT
    unmeasured = failed_to or (share is None and codes & (CUT | {ProblemCode.DECODER_ERROR}))
    return Readability.UNMEASURED if unmeasured else Readability.WHOLE


def unreadable(facts: ClipFacts, limits: Limits) -> Outcomes:
    """The file cannot be played, or too little of what it declares is inside it."""
    found = readability(facts, limits)
    if found is Readability.NOT_THERE:
        return (not_applicable(say("文件不在或正在传输", "the file is not there or still arriving")),)
    if found is Readability.EMPTY:
        return (failed(Severity.FAIL, say("文件长度为零", "the file has no byte at all"), bytes=0),)
    if facts.probe is None:
        if found is Readability.UNEXPLAINED:
            return (unknown(say("文件无法读取，原因未知", "the file cannot be read, and it is not known why")),)
        return (NOT_READ,)
    return (_readable(found, facts, facts.probe, limits),)


NOT_READ = Outcome(Result.NOTCHECKED, Severity.INFO, evidence=(say("文件尚未读取", "the file has not been read yet"),))


def _readable(found: Readability, facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    codes = {problem.code for problem in probe.problems}
    evidence = tuple(_described(problem) for problem in probe.problems[:5])
    share, required = probe.decodable_share, limits.decodable_ratio
    measured: dict[str, str | float | list[str]] = {"problems": sorted(codes), "bytes": float(facts.file.size)}
    if share is not None:
        measured |= {"ratio": round(share, 4), "required_ratio": required}
    if found is Readability.BROKEN:
        lost, figures = of_an_index(facts, probe)
        return failed(Severity.FAIL, *evidence, *lost, **measured, **figures)
    if found is Readability.NOT_OURS:
        return unknown(*evidence, say("请人工打开核实", "to be opened and checked by a person"), **measured)
    if found is Readability.CUT and share is not None:
        text = say(f"可解码部分 {share:.1%}", f"decodable share {share:.1%} of what is declared")
        lost, figures = of_a_cut(probe, share)
        return failed(Severity.FAIL, text, *lost, *evidence, **measured, **figures)
    if found is Readability.UNMEASURED:
        lack = say("可解码部分未能测量", "the decodable share could not be measured")
        return unknown(*evidence, lack, **measured)
    return passed(say("文件可读", "the file can be read"), **measured)


def _described(problem: Problem) -> str:
    at_zh, at = (f"（字节 {problem.offset}）", f" at byte {problem.offset}") if problem.offset is not None else ("", "")
    detail_zh, detail = halves(problem.detail)
    more = f"：{detail_zh}" if detail_zh != detail else f"；读取器原文：{detail}"
    return say(f"文件问题：{PROBLEMS[problem.code][0]}{at_zh}{more}", f"{problem.code.value}{at}: {detail}")


def no_content(facts: ClipFacts, limits: Limits) -> Outcome | None:
    """Why no rule on a clip's content speaks about this file, None when they do.

    A file that cannot be played is asked about by incomplete.unreadable alone.
    """
    if facts.state in GONE:
        return not_applicable(say("文件不在或正在传输", "the file is not there or still arriving"))
    if readability(facts, limits) is Readability.NOT_READ:
        return NOT_READ
    if facts.state is FileState.UNREADABLE or facts.probe is None or not facts.probe.playable:
        return not_applicable(
            say("文件无法播放：见 incomplete.unreadable", "not playable: said by incomplete.unreadable")
        )
    return None


def no_tracks(facts: ClipFacts, limits: Limits) -> Outcome | None:
    """The same for rules on tracks, which a damaged file would only repeat; stills have no tracks in time."""
    nothing = no_content(facts, limits)
    if nothing:
        return nothing
    if readability(facts, limits) is not Readability.WHOLE:
        return not_applicable(say("文件损坏：见 incomplete.unreadable", "damaged: said by incomplete.unreadable"))
    if facts.probe and facts.probe.first(TrackKind.STILL):
        return not_applicable(say("静态照片", "a still photo"))
    return None


def on_content(judge: Callable[[ClipFacts, Probe, Limits], Outcome]) -> Callable[[ClipFacts, Limits], Outcomes]:
    """A judge of the tracks of an undamaged file."""

    def check(facts: ClipFacts, limits: Limits) -> Outcomes:
        nothing = no_tracks(facts, limits)
        if nothing or facts.probe is None:
            return (nothing or NOT_READ,)
        return (judge(facts, facts.probe, limits),)

    check.__name__ = judge.__name__
    return check


def sound_lost(_facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    """No sound track, or it ends before the picture does."""
    if probe.video is None:
        return not_applicable(
            say("没有画面：见 incomplete.picture-lost", "no picture: said by incomplete.picture-lost")
        )
    return _lost(probe, probe.audio, probe.video, limits)


def picture_lost(_facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    """No picture track, or it ends before the sound does."""
    if probe.audio is None:
        return not_applicable(say("没有声音：见 incomplete.sound-lost", "no sound: said by incomplete.sound-lost"))
    return _lost(probe, probe.video, probe.audio, limits)


def _lost(probe: Probe, track: Track | None, other: Track, limits: Limits) -> Outcome:
    zh, en = ("画面", "picture") if other.kind is TrackKind.AUDIO else ("声音", "sound")
    if track is None or track.sample_count == 0:
        lacking = "没有" if track is None else "空的"
        return failed(
            Severity.FAIL,
            say(f"文件中{lacking}{zh}轨", f"{'no' if track is None else 'an empty'} {en} track in the file"),
            tracks=[each.kind.value for each in probe.tracks],
        )
    ends_before = other.end - track.end
    measured = {"ends_before_s": in_seconds(ends_before), "allowed_s": limits.track_end_seconds}
    if ends_before <= timedelta(seconds=limits.track_end_seconds):
        return passed(say("声音与画面齐全", "sound and picture both go to the end"), **measured)
    text = say(
        f"{zh}提前 {in_seconds(ends_before):g} 秒结束",
        f"the {en} ends {in_seconds(ends_before):g} s before the other track",
    )
    if any(problem.code is ProblemCode.TIMESTAMPS_BROKEN for problem in probe.problems):
        return unknown(text, say("文件内时间戳有误", "time stamps inside the file are broken"), **measured)
    return failed(Severity.FAIL, text, **measured)


def still_arriving(facts: ClipFacts, limits: Limits) -> Outcomes:
    """A file that has been arriving for too long."""
    if facts.state is not FileState.ARRIVING:
        return (passed(say("文件已传完", "the file has arrived")),)
    if facts.arriving_since is None:
        return (unknown(say("不知文件何时开始传输", "it is not known since when the file is arriving")),)
    allowed = timedelta(hours=limits.still_arriving_hours)
    since, waited = local(facts.arriving_since, limits), facts.now - facts.arriving_since
    text = say(f"自 {since} 起传输中", f"arriving since {since}")
    measured = {"arriving_h": round(waited / timedelta(hours=1), 1), "allowed_h": limits.still_arriving_hours}
    if waited > allowed:
        return (failed(Severity.WARN, text, **measured),)
    pending = Outcome(Result.PENDING, Severity.INFO, measured=measured, evidence=(text,))
    return (replace(pending, recheck_at=facts.arriving_since + allowed),)


RULES = (
    Rule(
        id="incomplete.unreadable",
        version=2,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="文件损坏或无法播放",
        title_en="File damaged or not playable",
        condition_zh=(
            "没有索引、长度为零，或可解码部分低于声明的98%；没有索引时按该设备的通常码率估计丢失的时长；本程序无法读取时为"
            "无法判定，请人工核实"
        ),
        condition_en=(
            "No index, zero length, or less than 98 % of what is declared can be decoded; without an index the time "
            "lost is estimated by the camera's usual bit rate; unknown, to be checked by a person, when this program "
            "cannot read it"
        ),
        basis=(law("GFJS 第一百一十条第(五)项、第一百一十一条"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, unreadable),
        limits=("decodable_ratio",),
        ask_when_unknown=True,
    ),
    Rule(
        id="incomplete.still-arriving",
        version=1,
        flag=Flag.INCOMPLETE,
        severity=Severity.WARN,
        title_zh="文件长时间未传完",
        title_en="File still arriving",
        condition_zh="文件传输超过24小时仍未完成",
        condition_en="A file has been arriving for more than 24 h",
        basis=(LOCAL,),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, still_arriving),
        limits=("still_arriving_hours",),
    ),
)
