"""How a file was made: picture size and rate, format, picture against sound, changed bytes."""

from datetime import timedelta

from detectors.basis import LOCAL, law, practice, quoted
from detectors.incomplete_files import GONE, on_content, picture_lost, sound_lost
from detectors.limits import Limits
from detectors.rule import ClipFacts, Rule, judging
from detectors.verdict import Outcomes, failed, in_seconds, not_applicable, passed, unknown
from domain.clip import StoreKind
from domain.finding import Flag, MeasuredValue, Outcome, Result, Severity, SubjectKind
from domain.media import Probe, ProblemCode
from domain.wording import say

CODEC_NAMES = {"h265": "hevc", "hvc1": "hevc", "hev1": "hevc", "avc": "h264", "avc1": "h264", "avc3": "h264"}
CONTAINER_NAMES = {"mpegts": "ts", "mpeg": "ps", "mpegps": "ps", "matroska": "mkv", "quicktime": "mov", "m4v": "mp4"}


def picture_quality(facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    """The picture is smaller, or has fewer frames a second, than the kind of camera must deliver."""
    video = probe.video
    if video is None:
        return not_applicable(
            say("没有画面：见 incomplete.picture-lost", "no picture: said by incomplete.picture-lost")
        )
    room = facts.store_kind is StoreKind.INTERROGATION
    least = (limits.room_width, limits.room_height) if room else (limits.recorder_width, limits.recorder_height)
    rate = None if room else limits.recorder_frame_rate
    measured: dict[str, MeasuredValue] = {
        "width_px": video.width,
        "height_px": video.height,
        "frame_rate_fps": video.frame_rate,
        "required_width_px": least[0],
        "required_height_px": least[1],
        "required_fps": rate,
    }
    small = bool(video.width and video.height) and _smaller((video.width or 0, video.height or 0), least)
    slow = rate is not None and video.frame_rate is not None
    slow = slow and (video.frame_rate or 0) < (rate or 0) * (1 - limits.frame_rate_tolerance_ratio)
    if small or slow:
        text = say(
            f"画面 {video.width}×{video.height}，实际 {video.frame_rate or 0:g} 帧/秒",
            f"picture {video.width}×{video.height}, {video.frame_rate or 0:g} frames a second delivered",
        )
        return failed(Severity.WARN, text, **measured)
    if not (video.width and video.height) or (rate is not None and video.frame_rate is None):
        return unknown(say("画面尺寸或帧率未能测量", "picture size or frame rate could not be measured"), **measured)
    return passed(say("画面符合要求", "the picture is as required"), **measured)


def _smaller(size: tuple[int, int], least: tuple[int, int]) -> bool:
    """Compared long side to long side: a camera worn sideways records upright pictures."""
    return max(size) < max(least) or min(size) < min(least)


def format_listed(_facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    """Container and video codec are on the unit's list."""
    if probe.video is None:
        return not_applicable(
            say("没有画面：见 incomplete.picture-lost", "no picture: said by incomplete.picture-lost")
        )
    container = CONTAINER_NAMES.get(probe.container.lower(), probe.container.lower())
    codec = CODEC_NAMES.get(probe.video.codec.lower(), probe.video.codec.lower())
    measured: dict[str, MeasuredValue] = {"container": container, "video_codec": codec}
    containers = {CONTAINER_NAMES.get(name.lower(), name.lower()) for name in limits.containers}
    codecs = {CODEC_NAMES.get(name.lower(), name.lower()) for name in limits.video_codecs}
    unnamed = {"", "unknown", "none"}
    wrong = [name for name, listed in ((container, containers), (codec, codecs)) if name not in listed | unnamed]
    if wrong:
        text = say(f"不在允许之列：{', '.join(wrong)}", f"not on the unit's list: {', '.join(wrong)}")
        return failed(Severity.WARN, text, **measured)
    if {container, codec} & unnamed:
        return unknown(say("格式未能识别", "the format could not be told"), **measured)
    return passed(say("格式符合要求", "the format is on the list"), **measured)


def sync(facts: ClipFacts, probe: Probe, limits: Limits) -> Outcome:
    """Picture and sound begin together and last equally long."""
    video, audio = probe.video, probe.audio
    if video is None or audio is None:
        return not_applicable(say("只有画面或只有声音，另行提出", "one of the two is missing: said by incomplete.*"))
    if Result.FAIL in (sound_lost(facts, probe, limits).result, picture_lost(facts, probe, limits).result):
        return not_applicable(say("一轨提前结束，另行提出", "one ends early: said by incomplete.*"))
    start, length = abs(video.start - audio.start), abs(video.duration - audio.duration)
    measured = {
        "start_differs_s": in_seconds(start),
        "length_differs_s": in_seconds(length),
        "allowed_s": limits.sync_seconds,
    }
    if max(start, length) <= timedelta(seconds=limits.sync_seconds):
        return passed(say("声画同步", "picture and sound go together"), **measured)
    text = say(
        f"声画起点差 {in_seconds(start):g} 秒，长度差 {in_seconds(length):g} 秒",
        f"picture and sound differ by {in_seconds(start):g} s in start and {in_seconds(length):g} s in length",
    )
    if any(problem.code is ProblemCode.TIMESTAMPS_BROKEN for problem in probe.problems):
        return unknown(text, say("文件内时间戳有误", "time stamps inside the file are broken"), **measured)
    return failed(Severity.WARN, text, **measured)


def altered(facts: ClipFacts, _limits: Limits) -> Outcomes:
    """The file's size or digest is not what was first read, or not what the station wrote down."""
    if facts.state in GONE:
        return (not_applicable(say("文件不在或正在传输", "the file is not there or still arriving")),)
    now_size, first_size = facts.file.size, facts.first_size
    measured: dict[str, MeasuredValue] = {
        "bytes": now_size,
        "first_bytes": first_size,
        "digest": facts.digest_found,
        "digest_listed": facts.digest_listed,
    }
    if first_size is not None and first_size != now_size:
        text = say(
            f"首次读取 {first_size} 字节，现为 {now_size} 字节", f"first read with {first_size} bytes, now {now_size}"
        )
        return (failed(Severity.FAIL, text, **measured),)
    if facts.digest_changed:
        measured |= {"digest_first": facts.digest_first, "digest_now": facts.digest_changed}
        text = say(
            "大小未变，但内容与首次通读时不同（已复读确认）",
            "the same size, but not the bytes that were first read (read twice)",
        )
        return (failed(Severity.FAIL, text, **measured),)
    found, listed = facts.digest_found, facts.digest_listed
    if found and listed and found.lower() != listed.lower():
        text = say("校验值与采集站清单不符", "the digest is not the one on the station's list")
        return (failed(Severity.FAIL, text, **measured),)
    if first_size is None and not (found and listed):
        return (unknown(say("没有可比的大小或校验值", "no earlier size or digest to compare with"), **measured),)
    if listed and not found:
        return (unknown(say("校验值尚未计算", "the listed digest has not been compared yet"), **measured),)
    return (passed(say("大小、校验值未变", "size and digest are unchanged"), **measured),)


RULES = (
    Rule(
        id="nonstandard.picture-quality",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="画面质量低于要求",
        title_en="Picture below the required quality",
        condition_zh="执法记录仪画面低于1280×720或实际帧率低于25帧/秒；讯问室画面低于704×576",
        condition_en="Body camera below 1280×720 or 25 fps delivered; interrogation room below 704×576",
        basis=(practice("招标文件的通行要求 / tender practice"), quoted("704×576: 检察机关2006年规范")),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, on_content(picture_quality)),
        limits=(
            "recorder_width",
            "recorder_height",
            "recorder_frame_rate",
            "frame_rate_tolerance_ratio",
            "room_width",
            "room_height",
        ),
    ),
    Rule(
        id="nonstandard.format",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="格式不在允许之列",
        title_en="Format not on the unit's list",
        condition_zh="视频编码或封装格式不在本单位允许之列",
        condition_en="Codec or container outside the unit's list",
        basis=(LOCAL,),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, on_content(format_listed)),
        limits=("video_codecs", "containers"),
    ),
    Rule(
        id="nonstandard.sync",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="声画不同步",
        title_en="Picture and sound differ",
        condition_zh="画面与声音的起点或长度相差1秒以上",
        condition_en="Picture and sound differ by more than 1 s in length or start",
        basis=(practice("GA/T 947.2"),),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, on_content(sync)),
        limits=("sync_seconds",),
    ),
    Rule(
        id="nonstandard.altered",
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.FAIL,
        title_zh="文件内容已改变",
        title_en="The file has changed",
        condition_zh="文件大小或校验值与首次读取或采集站清单不一致（复核一次后提出）",
        condition_en=(
            "Size or digest differs from the first reading or the station's digest (re-checked once before it is said)"
        ),
        basis=(law("GFJS 第一百一十一条第(三)项"),),
        applies_to=(SubjectKind.CLIP,),
        check=judging(ClipFacts, altered),
    ),
)
