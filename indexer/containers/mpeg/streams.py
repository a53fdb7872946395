"""One elementary stream of a transport or program stream, collected chunk by chunk and made into a track."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fractions import Fraction

import numpy as np

from domain.media import ProblemCode, Track, TrackKind
from domain.wording import say
from indexer.containers.about import about, track_label
from indexer.containers.assembly import Shown, placed
from indexer.containers.continuity import Ticks
from indexer.containers.handover import HandOver
from indexer.containers.isobmff.boxes import ProblemList
from indexer.containers.isobmff.parameter_sets import NOTHING, Parameters, from_annex_b
from indexer.containers.mpeg.payload import Bytes
from indexer.containers.mpeg.sound import HEAD, PARSERS, FrameWalk, adts
from indexer.containers.mpeg.stamps import CLOCK, Stamps, Unrolled

STREAM_TYPES: Mapping[int, tuple[TrackKind, str]] = {
    0x01: (TrackKind.VIDEO, "mpeg1video"), 0x02: (TrackKind.VIDEO, "mpeg2video"), 0x10: (TrackKind.VIDEO, "mpeg4"),
    0x1B: (TrackKind.VIDEO, "h264"), 0x24: (TrackKind.VIDEO, "hevc"), 0x33: (TrackKind.VIDEO, "vvc"),
    0x80: (TrackKind.VIDEO, "svac"), 0x03: (TrackKind.AUDIO, "mp2"), 0x04: (TrackKind.AUDIO, "mp2"),
    0x0F: (TrackKind.AUDIO, "aac"), 0x11: (TrackKind.AUDIO, "aac_latm"), 0x81: (TrackKind.AUDIO, "ac3"),
    0x90: (TrackKind.AUDIO, "pcm_alaw"), 0x91: (TrackKind.AUDIO, "pcm_mulaw"), 0x92: (TrackKind.AUDIO, "g722.1"),
    0x93: (TrackKind.AUDIO, "g723_1"), 0x99: (TrackKind.AUDIO, "g729"), 0x9B: (TrackKind.AUDIO, "svac_audio"),
}  # fmt: skip
"""ISO/IEC 13818-1 table 2-34; 0x80 and from 0x90 on as GB/T 28181 annex C gives them for surveillance."""

WITH_UNITS = frozenset({"h264", "hevc"})
MPEG_VIDEO = frozenset({"mpeg1video", "mpeg2video"})
MPEG_RATES = (None, 24000 / 1001, 24.0, 25.0, 30000 / 1001, 30.0, 50.0, 60000 / 1001, 60.0)
SEQUENCE = b"\0\0\1\xb3"
LOOK = 256 * 1024  # bytes of a stream that are searched for its parameters
LOOK_PRIVATE = 8192 + HEAD  # bytes that hold the longest frame of sound and the head of the next
MOST_LOOKS = 1000
EVERYTHING = 1 << 62
MANY = 1.8  # declared pictures to timed ones, from where a packet must hold several pictures
TIMELESS_SHARE = 0.05
TELLING = 25
BASE = Fraction(1, CLOCK)
UNKNOWN = "unknown"


@dataclass(slots=True)
class Elementary:
    """What has been seen of one stream. `head` is its beginning, until it has shown what it is."""

    kind: TrackKind
    codec: str
    stamps: Stamps = field(default_factory=Stamps)
    head: bytes = b""
    searched: bool = False
    looks: int = 0  # so many beginnings of packets will yet be searched for parameters
    declared: Parameters = NOTHING
    walk: FrameWalk | None = None
    begins: list[Ticks] = field(default_factory=list)  # of payloads of timed packets, in bytes of the stream
    frames: list[Ticks] = field(default_factory=list)  # of sound, in bytes of the stream
    length: int = 0
    lost: int = 0
    scrambled: bool = False

    def __post_init__(self) -> None:
        if self.codec in PARSERS:
            self.walk = FrameWalk(PARSERS[self.codec])

    def name(self, kind: TrackKind, codec: str) -> None:
        """A map says what nothing has told so far. Sound whose frames would have had to be followed stays unnamed."""
        if codec not in PARSERS:
            self.kind, self.codec = kind, codec
            self.head, self.searched = b"", False

    @property
    def wanted(self) -> int:
        """How many bytes more of the payload have to be seen."""
        if self.kind is TrackKind.VIDEO:
            return 0 if self.searched else LOOK - len(self.head)
        undecided = self.kind is TrackKind.OTHER and not self.searched
        return EVERYTHING if undecided or self.walk is not None else 0

    @property
    def known(self) -> bool:
        """Its payload has nothing more to tell."""
        return not self.wanted and not self.looks

    def take(self, content: Bytes, begins: Ticks) -> None:
        """More of the payload, from the first start on, and where in it the payloads of timed packets begin."""
        if self.walk is None:
            self.head += content.tobytes()
        if self.kind is not TrackKind.VIDEO:
            self.begins.append(begins + self.length)
            self.length += len(content)
        if self.walk is not None:
            self.frames.append(self.walk.frames(content))
        elif len(self.head) >= (LOOK if self.kind is TrackKind.VIDEO else LOOK_PRIVATE):
            self.recognise()

    def recognise(self) -> None:
        """By its head: pictures by their parameters; private data that begin with frames of sound are sound."""
        head, self.head, self.searched = self.head, b"", True
        if self.kind is TrackKind.VIDEO:
            self.declared = parameters(self.codec, head[:LOOK])
            self.looks = 0 if self.declared.width else MOST_LOOKS
        elif self.kind is TrackKind.OTHER and len(head) > HEAD:
            first = adts(head[:HEAD])
            if first is not None and (len(head) < first.length + HEAD or adts(head[first.length :][:HEAD])):
                self.kind, self.codec, self.walk = TrackKind.AUDIO, "aac", FrameWalk(adts)
                self.frames.append(self.walk.frames(head))

    def look(self, content: bytes) -> None:
        """Where a later packet begins: a recording cut from a stream may begin long before a key picture."""
        found = parameters(self.codec, content)
        self.declared, self.looks = (found, 0) if found.width else (self.declared, self.looks - 1)

    def settle(self) -> None:
        """There is no more of it."""
        self.stamps.settle()
        if not self.searched and self.walk is None:
            self.recognise()


def parameters(codec: str, data: bytes) -> Parameters:
    """What the pictures' parameters declare, where they are known."""
    if codec in MPEG_VIDEO:
        return _mpeg_parameters(data)
    return from_annex_b(codec, data) if codec in WITH_UNITS else NOTHING


def _mpeg_parameters(data: bytes) -> Parameters:
    """The sequence header of MPEG-1 and MPEG-2 (ISO/IEC 13818-2 § 6.2.2.1)."""
    at = data.find(SEQUENCE)
    if at < 0 or len(data) < at + 8:
        return NOTHING
    raw = data[at + 4 : at + 8]
    width, height, rate = raw[0] << 4 | raw[1] >> 4, (raw[1] & 15) << 8 | raw[2], raw[3] & 15
    return Parameters(None, None, width or None, height or None, MPEG_RATES[rate] if rate < len(MPEG_RATES) else None)


def track_of(place: int, stream: Elementary, times: Unrolled | None, problems: ProblemList) -> Track:
    """The stream as a track on the sender's clock. Raises HandOver when its packets do not show its pictures."""
    declared = stream.declared
    track = Track(
        place,
        stream.kind,
        stream.codec,
        timedelta(0),
        timedelta(0),
        0,
        declared.width,
        declared.height,
        declared_frame_rate=declared.rate,
        profile=declared.profile,
        level=declared.level,
    )
    label = track_label(place, track.kind)
    _report(stream, label, problems)
    if times is None:
        return track
    if track.kind is TrackKind.AUDIO and stream.walk is not None and stream.walk.first is not None:
        return _sound(track, stream, times, label, problems)
    if track.kind is TrackKind.VIDEO:
        _check_pictures(stream, times)
    track = replace(track, sample_count=len(times.shown))
    sync = times.shown[times.alone != 0]
    return placed(track, Shown(times.shown, BASE, absolute=True, sync=sync), label, problems)


def _report(stream: Elementary, label: str, problems: ProblemList) -> None:
    if stream.scrambled:
        problems.add(ProblemCode.ENCRYPTED, about(label, "数据包已加扰", "packets are scrambled"))
    if stream.lost:
        zh, en = f"丢包 {stream.lost} 处", f"{stream.lost} places where packets are lost"
        problems.add(ProblemCode.DECODER_ERROR, about(label, zh, en))


def _check_pictures(stream: Elementary, times: Unrolled) -> None:
    """A packet must be a picture: else only a parser of the pictures can count them."""
    count, timeless = len(times.shown), stream.stamps.timeless
    if timeless > TIMELESS_SHARE * count + 1:
        zh = f"{timeless} 个数据包没有时间戳，{count} 个有"
        raise HandOver(say(zh, f"{timeless} packets without a time among {count} with one"))
    declared = stream.declared.rate
    if declared and times.usual and count >= TELLING and declared > MANY * CLOCK / times.usual:
        shown = f"{CLOCK / times.usual:g}"
        zh = f"声明每秒 {declared:g} 帧，数据包每秒 {shown} 个"
        raise HandOver(say(zh, f"{declared:g} pictures a second announced, packets {shown} a second"))


def _sound(track: Track, stream: Elementary, times: Unrolled, label: str, problems: ProblemList) -> Track:
    """Frames timed from the packet in which they begin: the first at its time, the others behind it."""
    walk = stream.walk
    assert walk is not None
    assert walk.first is not None
    first = walk.first
    frames, begins = np.concatenate(stream.frames), np.concatenate(stream.begins)[: len(times.shown)]
    packet = np.searchsorted(begins, frames, side="right") - 1
    frames, packet = frames[packet >= 0], packet[packet >= 0]
    if not len(frames):
        return track
    place = np.arange(len(frames)) - np.searchsorted(packet, packet, side="left")
    shown = times.shown[packet] + place * first.samples * CLOCK // first.rate
    track = replace(track, sample_count=len(frames), channels=first.channels or None, sample_rate=first.rate)
    return placed(track, Shown(shown, BASE, first.samples * CLOCK // first.rate, absolute=True), label, problems)
