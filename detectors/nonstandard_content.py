"""Pictures that show too little: lens covered, out of focus, picture turned. What is lost is said elsewhere."""

from dataclasses import replace

from detectors.basis import LOCAL, practice
from detectors.content_kinds import BLURRED, COVERED, PICTURE, TURNED
from detectors.content_verdict import as_check, content_outcome, graded, too_long
from detectors.limits import Limits
from detectors.rule import ClipFacts, Rule, judging
from domain.finding import Flag, Outcome, Severity, SubjectKind
from domain.observation import Observation, ObservationKind

WARNS = graded(Severity.WARN)
BY_TEXT = "overlay"
"""The detector that tells from the text in a picture how it is stored."""
QUARTER = 90


def covered(facts: ClipFacts, limits: Limits) -> Outcome:
    """The lens is covered for too long; a picture that is lost is said by incomplete.picture-lost alone."""
    return content_outcome(facts, COVERED, WARNS, limits, too_long(facts, PICTURE, limits))


def blurred(facts: ClipFacts, limits: Limits) -> Outcome:
    """The picture is out of focus for too long; a covered lens and a lost picture are said elsewhere."""
    elsewhere = (*too_long(facts, PICTURE, limits), *too_long(facts, COVERED, limits))
    return content_outcome(facts, BLURRED, WARNS, limits, elsewhere)


def turned(facts: ClipFacts, limits: Limits) -> Outcome:
    """The picture is shown upside down or lying on its side."""
    video = facts.probe.video if facts.probe else None
    if facts.content and video and video.rotation:
        shown = tuple(_as_shown(one, video.rotation) for one in facts.content.observations)
        facts = replace(facts, content=replace(facts.content, observations=shown))
    return content_outcome(facts, TURNED, WARNS, limits, too_long(facts, PICTURE, limits))


def _as_shown(one: Observation, rotation: int) -> Observation:
    """What is left of a turn once players have turned the picture as the file says, to whole quarters.

    Text alone tells how a picture is stored; what is told against the rest of the clip is turned along with it.
    """
    if one.kind is not ObservationKind.TURNED or one.detector != BY_TEXT or not one.value:
        return one
    quarters = round(rotation / QUARTER)
    return replace(one, value=(one.value - QUARTER * quarters) % 360)


RULES = (
    Rule(
        id="nonstandard.covered",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="镜头被遮挡",
        title_en="Lens covered",
        condition_zh="应记录时段内镜头被遮挡（画面没有纹理，明暗不限）超过30秒；黑屏、静帧、无信号另行提出",
        condition_en=(
            "Lens covered (no structure at any brightness) for more than 30 s in required time; black, frozen or no "
            "signal are said elsewhere"
        ),
        basis=(practice("视频质量诊断的通行项目 / usual item of video quality diagnosis"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, as_check(covered)),
        limits=("covered_seconds", "covered_grey", "content_join_seconds"),
    ),
    Rule(
        id="nonstandard.blurred",
        version=2,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="画面模糊",
        title_en="Picture out of focus",
        condition_zh="应记录时段内画面模糊、失焦超过30秒",
        condition_en="Picture blurred or out of focus for more than 30 s in required time",
        basis=(practice("视频质量诊断的通行项目 / usual item of video quality diagnosis"), LOCAL),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, as_check(blurred)),
        limits=("blurred_seconds", "blurred_ratio", "content_join_seconds"),
    ),
    Rule(
        id="nonstandard.turned",
        version=3,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="画面颠倒",
        title_en="Picture turned",
        condition_zh="应记录时段内播放的画面上下颠倒或侧转超过30秒",
        condition_en="Picture shown upside down or on its side for more than 30 s in required time",
        basis=(LOCAL,),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, as_check(turned)),
        limits=("turned_seconds", "content_join_seconds"),
    ),
)
