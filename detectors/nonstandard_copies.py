"""The same content under another name: byte for byte, or encoded anew, or only a part of it."""

from collections.abc import Iterator
from datetime import timedelta

from detectors.basis import LOCAL
from detectors.content_facts import ContentCopy, Part
from detectors.content_verdict import not_seen_yet
from detectors.content_words import media_time
from detectors.incomplete_files import GONE
from detectors.limits import Limits
from detectors.rule import ClipFacts, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, not_applicable, passed, unknown
from domain.clip import Clip
from domain.finding import Flag, MeasuredValue, Severity, SubjectKind
from domain.media import ProblemCode
from domain.timespan import ZERO
from domain.wording import joined, say

SHOWN = 5  # copies that the evidence names; the measured figures list them all
SAME_MOMENT = timedelta(seconds=2)
"""Two streams of one recorder begin and end within this; fingerprints are placed no finer."""
BEGINNING = timedelta(seconds=5)  # a part that begins later than this was cut off in front
WHOLE = 0.95  # of a clip: fingerprints leave out what is too short or too even to be told apart


def duplicate(facts: ClipFacts, _limits: Limits) -> Outcomes:
    """The same content was seen before under another name."""
    if facts.state in GONE or facts.file.size == 0:
        return (not_applicable(say("没有内容可比", "no content to compare")),)
    near = _near(facts)
    copies = [copy for copy in near if not _of_one_moment(facts.clip, copy)]
    if facts.same_content or copies:
        return (failed(Severity.WARN, *_said(facts, copies), **_figures(facts, copies)),)
    broken = facts.probe and any(problem.code is ProblemCode.READ_ERROR for problem in facts.probe.problems)
    if facts.probe is None or broken:
        return (unknown(say("内容尚未读取", "the content has not been read")),)
    bytewise = say("未见相同内容", "no other file with this content")
    notes = [note for copy in near if (note := _of_one_moment(facts.clip, copy))]
    lacking = not_seen_yet(facts)
    if lacking:
        return (lacking,)
    return (passed(bytewise, *dict.fromkeys(notes)),)


def _near(facts: ClipFacts) -> list[ContentCopy]:
    """Copies by what they look or sound like that were seen before; the same bytes are said as such."""
    found = facts.content.copies if facts.content else ()
    return [one for one in found if one.first and one.name not in facts.same_content]


def _of_one_moment(mine: Clip | None, copy: ContentCopy) -> str | None:
    """Why two files that agree are two recordings of one moment and no copies, None where they may be copies."""
    other = copy.clip
    if mine is None or other is None or not _same_time(mine, other, copy):
        return None
    related = (mine.device is not None and mine.device == other.device) or (
        mine.room is not None and mine.room == other.room
    )
    other_channel = None not in (mine.channel, other.channel) and mine.channel != other.channel
    if related and (other_channel or _same_span(mine, other)):
        return say(
            f"与 {copy.name} 为同一设备或房间同一时间的另一路录像，不是重复",
            f"{copy.name} is another stream of the same device or room at the same time: no duplicate",
        )
    two_devices = None not in (mine.device, other.device) and mine.device != other.device
    if two_devices and copy.sound and not copy.picture:
        return say(
            f"与 {copy.name} 仅声音相同且时间一致：两台设备在同一现场，不是重复",
            f"{copy.name} has the same sound at the same time, not the same picture: two devices at one place",
        )
    return None


def _same_time(mine: Clip, other: Clip, copy: ContentCopy) -> bool:
    """Whether the stretch that both have was recorded at one moment, as the two clocks say."""
    if mine.span is None or other.span is None:
        return False
    doubt = ZERO if mine.device and mine.device == other.device else mine.clock_error + other.clock_error
    apart = (mine.span.start - other.span.start) + (copy.here[0] - copy.there[0])
    return abs(apart) <= SAME_MOMENT + doubt


def _same_span(mine: Clip, other: Clip) -> bool:
    if mine.span is None or other.span is None:
        return False
    starts, ends = mine.span.start - other.span.start, mine.span.end - other.span.end
    return max(abs(starts), abs(ends)) <= SAME_MOMENT


def _said(facts: ClipFacts, copies: list[ContentCopy]) -> Iterator[str]:
    if facts.same_content:
        listed = ", ".join(facts.same_content[:SHOWN])
        yield say(f"与 {listed} 内容相同", f"has the same content as {listed}")
    for copy in copies[:SHOWN]:
        yield joined((_agrees(copy), _how_much(facts.clip, copy)))


def _agrees(copy: ContentCopy) -> str:
    zh, en = {
        (True, True): ("画面和声音", "picture and sound"),
        (True, False): ("画面", "the picture"),
        (False, True): ("声音", "the sound"),
    }.get((copy.picture, copy.sound), ("内容", "the content"))
    here, there = shown(copy.here), shown(copy.there)
    return say(f"{zh}在 {here} 与 {copy.name} 的 {there} 相同", f"{en} at {here} as in {copy.name} at {there}")


def shown(part: Part) -> str:
    return f"{media_time(part[0])}–{media_time(part[1])}"


def _how_much(mine: Clip | None, copy: ContentCopy) -> str:
    """Whether all of this file is in the other one, and whether something was cut off."""
    length = mine.duration if mine else None
    if not length:
        return ""
    if (copy.here[1] - copy.here[0]) / length < WHOLE:
        part = f"{in_seconds(copy.here[1] - copy.here[0]):g}"
        whole = f"{in_seconds(length):g}"
        return say(f"仅本文件 {whole} 秒中的 {part} 秒", f"only {part} s of this file's {whole} s")
    if copy.there[0] > BEGINNING + copy.here[0]:
        return say("本文件可能截自该文件", "this file may have been cut out of it")
    return say("本文件全部", "all of this file")


def _figures(facts: ClipFacts, copies: list[ContentCopy]) -> dict[str, MeasuredValue]:
    measured: dict[str, MeasuredValue] = {"copies": [*facts.same_content, *(copy.name for copy in copies)]}
    if copies:
        measured["near_copies"] = [f"{shown(copy.here)} = {shown(copy.there)} {copy.name}" for copy in copies]
    return measured


RULES = (
    Rule(
        id="nonstandard.duplicate",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="内容重复",
        title_en="The same content under another name",
        condition_zh=(
            "相同内容以其他文件名、民警或警情出现，包括重新编码或截取的；同一设备或房间同一时间的另一路录像不算，"
            "两台设备在同一现场录到同样的声音也不算"
        ),
        condition_en=(
            "The same content under another name, officer or incident, encoded anew or cut out too; another stream of "
            "the same device or room at the same time is none, nor are two devices that heard the same at one place"
        ),
        basis=(LOCAL,),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, duplicate),
    ),
)
