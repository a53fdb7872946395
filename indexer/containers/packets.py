"""Packet times of one demuxed stream, made into a track: unrolled, put in order of presentation, searched for holes."""

import struct
from array import array
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.codeccontext import VideoCodecContext

from domain.media import ProblemCode, Track, TrackKind
from domain.wording import COLON, joined, say
from indexer.containers.about import LAST_CUT, about, goes_back, track_label
from indexer.containers.assembly import Shown, placed, rate
from indexer.containers.continuity import as_delta
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.parameter_sets import level_name

SKIPPED = struct.Struct("<II")  # FFmpeg's AV_PKT_DATA_SKIP_SAMPLES: samples not to be heard at the begin, at the end
WRAP = 1 << 33  # ISO/IEC 13818-1 § 2.4.3.7: presentation times have 33 bits
BACK_SECONDS = 1  # decoding times may stumble by less than this
REORDER_SECONDS = 10  # presentation times without decoding times go back and forth by frames
LATEST_TICK = 1 << 62
MAX_RATE = 1000
NO_TIME = timedelta(0)
KINDS = {"video": TrackKind.VIDEO, "audio": TrackKind.AUDIO}


@dataclass(slots=True)
class TrackTimes:
    """Collects the packets of one stream. Times are in ticks of `base` seconds; `back` and `reorder` are limits.

    `wraps`: times have 33 bits. `plain`: the file has one time for each packet, which the library calls decoding time.
    """

    stream: Stream
    base: Fraction
    wraps: bool
    back: int
    reorder: int
    plain: bool = False
    times: "array[int]" = field(default_factory=lambda: array("q"))
    sync: "array[int]" = field(default_factory=lambda: array("q"))
    timeless: int = 0
    sync_timeless: int = 0  # those of them that can be decoded alone: then the distances of the others say nothing
    lasting: int = 0  # summed durations of packets without a time
    backwards: int = 0
    damaged: int = 0
    last_damaged: bool = False
    latest: int | None = None  # latest end, and the ticks that its packet lasts
    latest_duration: int = 0
    priming: int = 0  # ticks at the begin that are not to be heard
    _usual: int = 0
    _shift: int = 0
    _before: int | None = None

    @classmethod
    def of(cls, stream: Stream, wraps: bool, plain: bool = False) -> "TrackTimes":
        base = stream.time_base or Fraction(1, 1000)
        return cls(stream, base, wraps, int(BACK_SECONDS / base), int(REORDER_SECONDS / base), plain)

    def add(self, packet: "Packet[Any]") -> None:
        self.last_damaged = packet.is_corrupt
        self.damaged += packet.is_corrupt
        shown = packet.dts if packet.pts is None or (self.plain and packet.dts is not None) else packet.pts
        duration = packet.duration or 0
        if shown is None or abs(shown) + self._shift > LATEST_TICK:
            self.timeless += 1
            self.sync_timeless += packet.is_keyframe
            self.lasting += duration
            return
        order = packet.dts if packet.dts is not None else shown
        self._unroll(order, duration, self.back if packet.dts is not None else self.reorder)
        shown += self._shift
        self.times.append(shown)
        if packet.is_keyframe:
            self.sync.append(shown)
        if self.stream.type == "audio" and packet.has_sidedata("skip_samples"):
            duration = self._heard(packet, duration)
        self._usual = self._usual or duration
        if self.latest is None or shown >= self.latest:
            self.latest, self.latest_duration = shown, duration

    def _heard(self, packet: "Packet[Any]", duration: int) -> int:
        """How much of a packet is to be heard; some demuxers have shortened the last one already."""
        content = bytes(packet.get_sidedata("skip_samples"))
        rate = int(getattr(self.stream.codec_context, "sample_rate", 0))
        if len(content) < SKIPPED.size or not rate:
            return duration
        begin, end = (round(Fraction(count, rate) / self.base) for count in SKIPPED.unpack_from(content))
        if len(self.times) == 1:
            self.priming = begin
        return min(duration, max((self._usual or duration) - end, 0))

    def _unroll(self, order: int, duration: int, limit: int) -> None:
        """Keep time running on where 33 bits wrap, or where a splice sets it back."""
        if self._before is not None:
            step = order + self._shift - self._before
            if self.wraps and step < -(WRAP >> 1):
                self._shift += WRAP
            elif step < -limit:
                self.backwards += 1
                self._shift += duration - step
        self._before = order + self._shift


def track_of(number: int, times: TrackTimes, problems: ProblemList) -> Track:
    """The stream as a track on the container's own clock; what is wrong with its times goes to `problems`."""
    kind = KINDS.get(times.stream.type, TrackKind.OTHER)
    if times.stream.disposition & Disposition.attached_pic:
        kind = TrackKind.STILL
    label = track_label(number, kind)
    _report(times, label, problems)
    track = _described(number, kind, times.stream, len(times.times) + times.timeless)
    if len(times.times):
        order, sync = np.frombuffer(times.times, np.int64), np.frombuffer(times.sync, np.int64)
        order = np.maximum(order, times.times[0] + times.priming) if times.priming else order
        told = len(sync) and not times.sync_timeless
        shown = Shown(order, times.base, times.latest_duration, times.wraps, sync if told else None)
        return placed(track, shown, label, problems)
    lasting = as_delta(times.lasting * times.base)
    return replace(track, duration=lasting, frame_rate=rate(track, lasting))


def counted(number: int, times: TrackTimes, problems: ProblemList) -> Track:
    """A stream without a container: no times in it, its length is what its parameters declare, or 0 for unknown."""
    context = times.stream.codec_context
    declared = context.framerate if isinstance(context, VideoCodecContext) else None
    samples = len(times.times) + times.timeless
    track = _described(number, TrackKind.VIDEO, times.stream, samples)
    if declared and 0 < declared <= MAX_RATE:
        zh = f"没有时间戳：时长按 {samples} 帧、声明的每秒 {float(declared):g} 帧计"
        en = f"no times in it: its length is {samples} pictures at the declared {float(declared):g} a second"
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, say(zh, en))
        return replace(track, duration=as_delta(samples / declared), declared_frame_rate=float(declared))
    zh, en = "没有时间戳，也未声明帧率：时长未知", "no times in it and no declared rate: its length is unknown"
    problems.add(ProblemCode.TIMESTAMPS_BROKEN, say(zh, en))
    return replace(track, declared_frame_rate=None)


def _report(times: TrackTimes, label: str, problems: ProblemList) -> None:
    if times.timeless and not times.stream.disposition & Disposition.attached_pic:
        zh, en = f"{times.timeless} 个数据包没有时间戳", f"{times.timeless} packets without a time"
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, about(label, zh, en))
    if times.backwards:
        problems.add(ProblemCode.TIMESTAMPS_BROKEN, goes_back(label, times.backwards))
    if times.last_damaged:
        problems.add(ProblemCode.TRUNCATED, joined((label, LAST_CUT), COLON))
    if times.damaged > times.last_damaged:
        damaged = times.damaged - times.last_damaged
        problems.add(ProblemCode.DECODER_ERROR, about(label, f"{damaged} 个数据包损坏", f"{damaged} damaged packets"))


def _described(number: int, kind: TrackKind, stream: Stream, samples: int) -> Track:
    context = stream.codec_context
    codec = context.codec.canonical_name if context else "unknown"
    track = Track(number, kind, codec, NO_TIME, NO_TIME, samples)
    if isinstance(context, VideoCodecContext):
        stated = context.framerate or getattr(stream, "average_rate", None)
        declared = float(stated) if stated and stated <= MAX_RATE else None
        return replace(
            track,
            width=context.width or None,
            height=context.height or None,
            declared_frame_rate=declared or None,
            profile=context.profile,
            level=level_name(codec, context.level) if context.level else None,
        )
    if isinstance(context, AudioCodecContext):
        return replace(track, channels=context.channels or None, sample_rate=context.sample_rate or None)
    return track
