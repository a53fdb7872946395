"""How much recording a damaged file lost: counted where the file tells, estimated by the camera's usual rate where not.

An estimate is called one, gives its bounds and what it was compared with, and decides no verdict.
"""

from datetime import timedelta

from detectors.rule import ClipFacts
from detectors.verdict import in_seconds
from domain.gap import GapCause
from domain.media import Probe, ProblemCode
from domain.rate import LEAST_CLIPS, WIDEST, Lasted, UsualRate, lasted
from domain.timespan import ZERO
from domain.wording import say

Lost = tuple[tuple[str, ...], dict[str, str | float]]
"""Statements for people, figures for `measured`."""

MINUTES_FROM = timedelta(seconds=100)
HOURS_FROM = timedelta(minutes=100)


def of_a_cut(probe: Probe, share: float) -> Lost:
    """A file whose tables declare more than is in it: what lacks is the difference."""
    whole = max(probe.declared_duration or ZERO, probe.duration or ZERO)
    if not whole:
        return (), {}
    readable = whole * share
    declared_s, readable_s, lost_s = (in_seconds(each) for each in (whole, readable, whole - readable))
    text = say(
        f"声明 {declared_s:g} 秒，可读 {readable_s:g} 秒，丢失 {lost_s:g} 秒",
        f"{declared_s:g} s declared, {readable_s:g} s readable: {lost_s:g} s lost",
    )
    return (text,), {"declared_s": declared_s, "readable_s": readable_s, "lost_s": lost_s}


def of_an_index(facts: ClipFacts, probe: Probe) -> Lost:
    """Media without the tables that make it playable: recording broke off, and only its bytes tell how long it ran."""
    if not any(problem.code is ProblemCode.INDEX_MISSING for problem in probe.problems):
        return (), {}
    broke_off = say("没有索引：录制时断电或未正常关闭", "no index: the camera lost power, or the file was never closed")
    size = facts.file.size if probe.media_bytes is None else probe.media_bytes
    figures: dict[str, str | float] = {"cause": GapCause.POWER_LOSS.value, "media_bytes": float(size)}
    if size == 0:
        return (broke_off, say("没有写入媒体数据", "no media data was written")), figures
    rate = facts.usual_rate or UsualRate()
    ran = lasted(size, rate)
    if ran is None:
        return (broke_off, _no_estimate(rate)), figures
    figures |= {
        "estimated_lost_s": in_seconds(ran.likely),
        "estimated_lost_low_s": in_seconds(ran.least),
        "estimated_lost_high_s": in_seconds(ran.most),
        "usual_bitrate_bps": round(rate.usual),
        "clips_compared": rate.clips,
    }
    return (broke_off, _estimate(ran, size, rate)), figures


def _estimate(ran: Lasted, size: int, rate: UsualRate) -> str:
    likely, least, most = (_about(each) for each in (ran.likely, ran.least, ran.most))
    zh, en = (
        ("该设备", "this camera") if rate.model is None else (f"同型号（{rate.model}）", f"other {rate.model} cameras")
    )
    media, speed = f"{size / 1e6:.1f} MB", f"{rate.usual / 1e6:.1f} Mbit/s"
    return say(
        f"估计丢失约 {likely[0]}（{least[0]}至 {most[0]}）：媒体数据 {media}，"
        f"按{zh} {rate.clips} 个片段的通常码率 {speed} 推算",
        f"estimate: about {likely[1]} lost ({least[1]} to {most[1]}): {media} of media at {speed}, as usual in "
        f"{rate.clips} clips of {en}",
    )


def _about(length: timedelta) -> tuple[str, str]:
    """A duration as precisely as an estimate deserves."""
    if length < MINUTES_FROM:
        figure = f"{round(length.total_seconds())}"
        return f"{figure} 秒", f"{figure} s"
    if length < HOURS_FROM:
        figure = f"{round(length / timedelta(minutes=1))}"
        return f"{figure} 分钟", f"{figure} min"
    figure = f"{length / timedelta(hours=1):.1f}"
    return f"{figure} 小时", f"{figure} h"


def _no_estimate(rate: UsualRate) -> str:
    if rate.clips < LEAST_CLIPS:
        return say(
            f"丢失的时长无法估计：可比片段只有 {rate.clips} 个，至少需要 {LEAST_CLIPS} 个",
            f"the time lost cannot be estimated: {rate.clips} clips to compare with, at least {LEAST_CLIPS} are needed",
        )
    return say(
        f"丢失的时长无法估计：可比片段的码率相差超过 {WIDEST:g} 倍，或结果不可信",
        f"the time lost cannot be estimated: the rates of the clips to compare with differ by more than {WIDEST:g} "
        "times, or no recording is that long",
    )
