"""Picture or sound that is lost: by the tables of the file, and by what was measured in required time.

Of a clip it is a question to a person. Its activities fail with it; only what no clip alone shows is asked there.
"""

from collections.abc import Sequence

from detectors.basis import LOCAL, practice, quoted
from detectors.content_activities import of_activity
from detectors.content_kinds import LOW, PICTURE, SILENCE
from detectors.content_stretches import Laid, Verdict, inside, joining, lay
from detectors.content_verdict import concluded, content_outcome, graded, together, windows
from detectors.content_words import SMALLEST_STEP_DBFS, level_of
from detectors.incomplete_files import on_content, picture_lost, sound_lost
from detectors.limits import Limits
from detectors.rule import ClipFacts, Facts, Rule
from detectors.verdict import Outcomes
from domain.finding import Flag, Outcome, Result, Severity, SubjectKind
from domain.timespan import merge, total
from domain.wording import say

QUIET = say(
    "录音中有底噪：可能是安静的现场，也可能是话筒失灵或被遮挡",
    "there is noise: a quiet place, or a microphone that is dead or covered",
)


def picture_of_clip(facts: ClipFacts, limits: Limits) -> Outcomes:
    """No picture track, it ends early, or it shows nothing for too long in required time."""
    tables = on_content(picture_lost)(facts, limits)
    if facts.content is None or facts.probe is None or facts.probe.video is None:
        return tables
    return (together([*tables, content_outcome(facts, PICTURE, graded(Severity.FAIL), limits)]),)


def sound_of_clip(facts: ClipFacts, limits: Limits) -> Outcomes:
    """No sound track, it ends early, or it is silent for too long in required time; or never loud enough."""
    tables = on_content(sound_lost)(facts, limits)
    if facts.content is None or facts.probe is None or facts.probe.audio is None:
        return tables
    measured = content_outcome(facts, SILENCE, silence_severity, limits)
    if measured.result is Result.FAIL and measured.severity is Severity.WARN:
        measured = together([measured, Outcome(Result.FAIL, Severity.WARN, evidence=(QUIET,))])
    low = None if measured.result is Result.FAIL else too_low(facts, limits)
    return (together([*tables, low or measured]),)


def silence_severity(footage: Sequence[Laid], verdict: Verdict, limits: Limits) -> Severity:
    """Digital zero for too long is a fault; silence with noise in it may be a quiet place."""
    sort = SILENCE.sorts[0]
    allowed = SILENCE.allowed(limits)
    levels = [level_of(footage, sort, span, limits) for span in verdict.long if span.duration > allowed]
    nothing = any(level is not None and level < SMALLEST_STEP_DBFS for level in levels)
    trackless = any(level is None for level in levels)
    return Severity.FAIL if nothing or trackless else Severity.WARN


def silence_of_activity(footage: Sequence[Laid], verdict: Verdict, limits: Limits) -> Severity:
    """As of a clip; but where the same files hold sound the microphone works, and a quiet while only informs."""
    severity = silence_severity(footage, verdict, limits)
    heard = any(one.seen for one in footage)
    return Severity.INFO if severity is Severity.WARN and heard else severity


def too_low(facts: ClipFacts, limits: Limits) -> Outcome | None:
    """Sound that stays low over a whole required part, None where it does not."""
    if facts.clip is None or facts.content is None:
        return None
    laid, allowed = lay(facts.clip, facts.content, LOW, limits), LOW.allowed(limits)
    for window in windows(facts, facts.clip, facts.content):
        low = merge(inside(laid.found, [window]), joining(limits))
        others = total(inside((*laid.seen, *laid.unseen), [window]))
        if total(low) > allowed and others <= joining(limits):
            return concluded([laid], LOW, Verdict(Result.FAIL, low), Severity.WARN, limits)
    return None


def _picture(facts: Facts, limits: Limits) -> Outcomes:
    if isinstance(facts, ClipFacts):
        return picture_of_clip(facts, limits)
    return of_activity(facts, PICTURE, "incomplete.picture-lost", graded(Severity.FAIL), limits)


def _sound(facts: Facts, limits: Limits) -> Outcomes:
    if isinstance(facts, ClipFacts):
        return sound_of_clip(facts, limits)
    return of_activity(facts, SILENCE, "incomplete.sound-lost", silence_of_activity, limits)


RULES = (
    Rule(
        id="incomplete.sound-lost",
        version=3,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="声音缺失",
        title_en="Sound lost",
        condition_zh=(
            "没有声音轨，或声音比画面早结束5秒以上；或应记录时段内无声超过60秒（数字零为问题，有底噪为提醒）；"
            "或声音在整段应记录时段内过低（提醒）"
        ),
        condition_en=(
            "No sound track, or the sound ends more than 5 s before the picture; or silence for more than 60 s in "
            "required time (digital zero: fail, with noise in it: warn); or too low over a whole required part (warn)"
        ),
        basis=(
            quoted("XC-2016 第二条: 视音频同步记录"),
            practice("-60 dBFS: ffmpeg silencedetect 的默认值 / its default"),
            LOCAL,
        ),
        applies_to=(SubjectKind.CLIP, SubjectKind.INCIDENT, SubjectKind.SESSION),
        check=_sound,
        waits_for_upload=True,
        limits=("track_end_seconds", "silence_seconds", "silence_dbfs", "low_sound_dbfs", "content_join_seconds"),
    ),
    Rule(
        id="incomplete.picture-lost",
        version=3,
        flag=Flag.INCOMPLETE,
        severity=Severity.FAIL,
        title_zh="画面缺失",
        title_en="Picture lost",
        condition_zh=(
            "没有画面轨，或画面比声音早结束5秒以上；或应记录时段内黑屏、静帧、无信号合计连续超过30秒（恢复不超过2秒不算恢复）"
        ),
        condition_en=(
            "No picture track, or the picture ends more than 5 s before the sound; or black, frozen or no signal for "
            "more than 30 s on end in required time (2 s of picture between are none)"
        ),
        basis=(quoted("XC-2016 第二条: 视音频同步记录"), LOCAL),
        applies_to=(SubjectKind.CLIP, SubjectKind.INCIDENT, SubjectKind.SESSION),
        check=_picture,
        waits_for_upload=True,
        limits=(
            "track_end_seconds",
            "picture_lost_seconds",
            "black_grey",
            "frozen_grey",
            "no_signal_ratio",
            "content_join_seconds",
        ),
    ),
)
