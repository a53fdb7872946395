"""Pictures of one stream by media time: single key pictures by seeking, every picture where edges are looked for.

What the decoder refuses is counted and passed over; it never becomes an exception.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import av
import numpy as np
from av import Packet, VideoFrame
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.video.stream import VideoStream

from detectors.content.packets import Packets, is_still, only, packets_of
from detectors.content.pictures import DecodedPicture, picture_of
from detectors.content.quiet_packets import silences

MOST_DAMAGE = 1000
FURTHEST = 2000
"""Packets after a seek within which the wanted one must come: containers without an index land too early."""
MOST_POINTS = 64_000_000
"""Points of the largest picture that is decoded: 8K has 33 million; beyond this, memory is what a file is after."""


@dataclass(slots=True)
class Damage:
    """Where the decoder refused something: media times in seconds, and its first words about it.

    `memory`: there was not enough of it for something, which is not the file's fault.
    """

    at: list[float] = field(default_factory=list)
    words: str = ""
    memory: bool = False

    def note(self, at: float, error: BaseException | str) -> None:
        self.memory = self.memory or isinstance(error, MemoryError)
        self.words = self.words or (error if isinstance(error, str) else f"{type(error).__name__}: {error}")
        if len(self.at) < MOST_DAMAGE:
            self.at.append(at)


class PictureStream:
    """The pictures of one video stream. `keys` are places in `packets` that can be decoded alone."""

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._container = container
        self._stream = stream
        self.damage = Damage()
        self.is_still = is_still(container)
        stream.codec_context.thread_count = 1  # the pool has a worker for each processor
        stream.codec_context.thread_type = ThreadType.NONE
        self.packets: Packets = packets_of(container, stream)
        for complaint in self.packets.complaints:
            self.damage.note(self.packets.end, complaint)
        only(container, stream)
        self.key_places = self.packets.keys
        self.key_times = self.packets.times[self.key_places]
        self.silences = silences(self.packets, stream.width * stream.height)

    def key(self, number: int) -> DecodedPicture | None:
        """The key picture of this number, None where the decoder refuses it."""
        stamp = int(self.packets.stamps[self.key_places[number]])
        at = float(self.key_times[number])
        try:
            self._seek(stamp)
            packet = self._packet_at(stamp)
            if packet:
                return self._alone(packet, at)
            self.damage.note(at, "no picture where the index says")
        except (FFmpegError, ValueError, MemoryError) as error:
            self.damage.note(at, error)
        finally:
            self._stream.codec_context.flush_buffers()
        return None

    def nearest_key(self, at: float, *, not_before: bool = False) -> int | None:
        """Number of the key picture nearest to a moment, of the first one from then on if there is one."""
        if not len(self.key_times):
            return None
        following = int(np.searchsorted(self.key_times, at - 0.01))
        if not_before and following < len(self.key_times):
            return following
        beside = [place for place in (following - 1, following) if 0 <= place < len(self.key_times)]
        return min(beside, key=lambda place: abs(float(self.key_times[place]) - at))

    def every(self, since: float, until: float, step: float) -> Iterator[DecodedPicture]:
        """Pictures from `since` to before `until`, `step` seconds apart, and key pictures: all are decoded in turn."""
        number = int(np.searchsorted(self.key_times, since, side="right")) - 1
        stamp = int(self.packets.stamps[self.key_places[max(number, 0)]]) if len(self.key_places) else 0
        try:
            self._seek(stamp)
            yield from self._spaced(since, until, step)
        except (FFmpegError, ValueError, MemoryError) as error:
            self.damage.note(since, error)
        finally:
            self._stream.codec_context.flush_buffers()

    def has_pictures(self, since: float, until: float) -> bool:
        """Whether the container speaks of pictures in a stretch; one that gives no times may have some anywhere."""
        times = self.packets.times
        return not len(times) or bool(np.any((times >= since) & (times < until)))

    def _spaced(self, since: float, until: float, step: float) -> Iterator[DecodedPicture]:
        wanted = since
        for frame in self._decoded(until):
            at = self._time(frame, wanted)
            if at >= until:
                return
            if at >= wanted - 1e-6 or (frame.key_frame and at >= since):
                picture = self._picture(frame, at)
                wanted = at + step
                if picture:
                    yield picture

    def _seek(self, stamp: int) -> None:
        if not self.is_still:
            self._container.seek(stamp, stream=self._stream)

    def _packet_at(self, stamp: int) -> "Packet[VideoStream] | None":
        """The next packet that can be decoded alone and is not before the stamp."""
        for packet in islice(self._container.demux(self._stream), FURTHEST):
            found = packet.dts if packet.dts is not None else packet.pts
            if packet.size and packet.is_keyframe and (found is None or found >= stamp):
                return packet
        return None

    def _alone(self, packet: "Packet[VideoStream]", at: float) -> DecodedPicture | None:
        context = self._stream.codec_context
        frames = context.decode(packet) or context.decode(None)
        if not frames:
            self.damage.note(at, "the decoder gave no picture")
            return None
        if frames[0].is_corrupt:
            self.damage.note(at, "the picture is damaged")
        return self._picture(frames[0], self._time(frames[0], at))

    def _decoded(self, until: float) -> Iterator[VideoFrame]:
        """Every frame from here on; one damaged packet costs only itself."""
        for packet in self._container.demux(self._stream):
            at = self._packet_time(packet)
            try:
                frames = self._stream.codec_context.decode(packet if packet.size else None)
            except EndOfFile:
                return
            except FFmpegError as error:
                self.damage.note(at if at is not None else until, error)
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.damage.note(self._time(frame, until), "the picture is damaged")
                yield frame
            if not packet.size:
                return

    def _packet_time(self, packet: "Packet[VideoStream]") -> float | None:
        stamp = packet.dts if packet.dts is not None else packet.pts
        return None if stamp is None else stamp * self.packets.base - self.packets.zero

    def _time(self, frame: VideoFrame, otherwise: float) -> float:
        stamp = frame.pts if frame.pts is not None else frame.dts
        return otherwise if stamp is None else stamp * self.packets.base - self.packets.zero

    def _picture(self, frame: VideoFrame, at: float) -> DecodedPicture | None:
        if frame.width * frame.height > MOST_POINTS:
            self.damage.note(at, f"a picture of {frame.width}×{frame.height} points is not looked at")
            return None
        try:
            return picture_of(frame, at)
        except (FFmpegError, ValueError, MemoryError) as error:
            self.damage.note(at, error)
            return None


def first_pictures(container: InputContainer) -> VideoStream | None:
    """The video stream that holds the recording: cover pictures are none, of several the first."""
    for stream in container.streams.video:
        if not (stream.disposition & av.stream.Disposition.attached_pic):
            return stream
    return None
