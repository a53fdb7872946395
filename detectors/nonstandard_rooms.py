"""Interrogation rooms from the recording's side: what was recorded, and no session is on record for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from detectors.basis import LOCAL
from detectors.limits import Limits
from detectors.nonstandard_feeds import described
from detectors.rule import DeviceFacts, RoomRecording, Rule, SessionFeeds, judging
from detectors.verdict import Outcomes, doubted, failed, in_seconds, local, not_applicable, passed, unseen_stores
from domain.clip import StoreKind
from domain.finding import Flag, MeasuredValue, Outcome, Severity, SubjectKind
from domain.wording import say

RULE = "nonstandard.recording-without-session"


def recording_without_session(facts: DeviceFacts, limits: Limits) -> Outcomes:
    """A registered room recorded for long, and the feed names no session at that time."""
    if facts.device is None or facts.device.kind is not StoreKind.INTERROGATION or not facts.device.room:
        return (not_applicable(say("不是登记在册的讯问室设备", "no recorder of a registered room")),)
    outcomes = [_judged(facts, one, limits) for one in facts.room_recordings]
    asked = tuple(outcome for outcome in outcomes if outcome is not None)
    seen = len(facts.room_recordings)
    nothing = passed(
        say(f"{seen} 段录像均有对应活动或无需对应", f"{seen} recordings: each has a session, or needs none"),
        recordings=seen,
    )
    return asked or (nothing,)


def _judged(facts: DeviceFacts, one: RoomRecording, limits: Limits) -> Outcome | None:
    """None where nothing is to be said: too short, or a session is on record."""
    length = one.span.duration
    if one.sessions or length < timedelta(minutes=limits.room_recording_minutes):
        return None
    if length >= timedelta(hours=limits.room_continuous_hours):
        text = say(
            "全天候录像，不能说明房间是否使用", "kept running day and night: says nothing about the use of the room"
        )
        return replace(not_applicable(text, recorded_s=in_seconds(length)), anchor=one.first)
    measured: dict[str, MeasuredValue] = {
        "room": one.room,
        "recorded_s": in_seconds(length),
        "allowed_s": limits.room_recording_minutes * 60,
        "clips": one.clips,
        "channels": list(one.channels),
    }
    text = say(
        f"{one.room} 自 {local(one.span.start, limits)} 起录像 {length / timedelta(minutes=1):.0f} 分钟，"
        "办案活动数据中没有对应活动",
        f"{one.room} recorded for {length / timedelta(minutes=1):.0f} min from {local(one.span.start, limits)}; the "
        "feed names no session in that room at that time",
    )
    doubts = (*_feed_doubts(facts.session_feeds, one, limits), *unseen_stores(facts.stores))
    return replace(
        doubted(failed(Severity.WARN, text, **measured), doubts),
        anchor=one.first,
        span=one.span,
        recheck_at=one.span.end + timedelta(hours=limits.feed_arrival_hours),
    )


def _feed_doubts(feeds: SessionFeeds, one: RoomRecording, limits: Limits) -> Sequence[str]:
    """Why the feed's silence does not mean that there was no session."""
    doubts = [say(f"数据源 {name} 无法读取", f"feed {name} cannot be read") for name in feeds.unreadable]
    if feeds.spoken is None:
        return [*doubts, say("未接入办案活动数据", "no feed of sessions is connected")]
    if not (feeds.spoken.start <= one.span.start and one.span.end <= feeds.spoken.end):
        start, end = local(feeds.spoken.start, limits), local(feeds.spoken.end, limits)
        doubts.append(
            say(
                f"办案活动数据只涉及 {start} 至 {end}，此外是否有活动不得而知",
                f"the feed of sessions speaks of {start} to {end} only; whether there was one beyond is not known",
            )
        )
    doubts += [described(hole) for hole in feeds.holes if hole.span.overlaps(one.span)]
    if one.roomless:
        numbers = ", ".join(one.roomless[:5])
        doubts.append(
            say(f"同时段有活动未登记房间：{numbers}", f"sessions at that time of which no room is on record: {numbers}")
        )
    return doubts


RULES = (
    Rule(
        id=RULE,
        version=1,
        flag=Flag.NONSTANDARD,
        severity=Severity.WARN,
        title_zh="讯问室有录像而无办案活动",
        title_en="A room recorded and no session is on record",
        condition_zh=(
            "登记在册的讯问室连续录像达到60分钟，办案活动数据中该室前后10分钟内没有任何活动（每段录像一个问题，不按片段或"
            "通道重复）；数据源有缺口、未涉及该时段或存储不可信时无法判定；全天候录像不适用"
        ),
        condition_en=(
            "A registered room recorded for 60 min or more and the feed names no session there within 10 min of that "
            "time (one finding per recording of a room, not per clip or channel); unknown where the feed has a hole or "
            "does not speak of that time or a store is in doubt; rooms recorded day and night are left out"
        ),
        basis=(LOCAL,),
        applies_to=(SubjectKind.DEVICE,),
        check=judging(DeviceFacts, recording_without_session),
        limits=("room_recording_minutes", "room_slack_minutes", "room_continuous_hours", "feed_arrival_hours"),
        waits_for_upload=True,
    ),
)
