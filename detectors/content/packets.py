"""Where the pictures of a stream lie in media time, without decoding one: from the container's index where it has one.

MP4, MOV and AVI index every packet (ISO/IEC 14496-12 § 8.6.1, OpenDML AVI); of other containers all packets are passed
by once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Stream
from numpy.typing import NDArray

INDEXED = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "avi"})
FROM_ZERO = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "avi", "wav", "flac", "mp3"})
"""Demuxers whose times count from the beginning of the presentation; others from wherever the sender's clock was."""
MOST_PACKETS = 20_000_000


@dataclass(frozen=True, slots=True)
class Packets:
    """One stream's packets in order of decoding: the container's stamps, bytes, and which can be decoded alone.

    `base`: seconds of one unit of a stamp; `zero`: the stamp in seconds that is media time zero. `complaints`: what
    could not be passed by.
    """

    stamps: NDArray[np.int64]
    sizes: NDArray[np.int64]
    alone: NDArray[np.bool_]
    base: float
    zero: float
    complaints: tuple[str, ...] = ()

    @property
    def times(self) -> NDArray[np.float64]:
        """Media time of each packet, seconds."""
        return np.asarray(self.stamps * self.base - self.zero, np.float64)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Which packets can be decoded alone."""
        return np.flatnonzero(self.alone)

    @property
    def end(self) -> float:
        """Media time at which the last packet ends, as far as packets tell; 0 where there is none."""
        if not len(self.stamps):
            return 0.0
        times = np.sort(self.times)
        return float(times[-1] + (np.median(np.diff(times)) if len(times) > 1 else 0.0))


def zero_of(container: InputContainer) -> float:
    """The container's time, in seconds, that is media time zero."""
    start = (container.start_time or 0) / 1_000_000
    return min(start, 0.0) if container.format.name in FROM_ZERO else start


def is_still(container: InputContainer) -> bool:
    """A photo, not a recording: it is read once, and cannot be sought in."""
    return container.format.name.endswith("_pipe") or container.format.name == "image2"


def packets_of(container: InputContainer, stream: Stream) -> Packets:
    """The packets of a stream. Does not raise: what cannot be passed by is a complaint."""
    if is_still(container):
        return _packets(container, stream, [(0, 1, True)])
    if container.format.name in INDEXED and len(stream.index_entries):
        entries = [(one.timestamp, one.size, one.is_keyframe) for one in stream.index_entries if not one.is_discard]
        return _packets(container, stream, entries)
    return _passed_by(container, stream)


def only(container: InputContainer, stream: Stream) -> None:
    """Read nothing but this stream from now on: of others not even the bytes, where the container has an index."""
    for other in container.streams:
        other.discard = Discard.none if other.index == stream.index else Discard.all


def rewind(container: InputContainer) -> None:
    """Back to the beginning of the pictures, every stream read again."""
    for stream in container.streams:
        stream.discard = Discard.default
    container.seek(container.start_time or 0)


def _passed_by(container: InputContainer, stream: Stream) -> Packets:
    """One pass over the whole file."""
    only(container, stream)
    entries: list[tuple[int, int, bool]] = []
    complaints: list[str] = []
    try:
        for packet in container.demux(stream):
            stamp = packet.dts if packet.dts is not None else packet.pts
            if packet.size and stamp is not None:
                entries.append((stamp, packet.size, packet.is_keyframe))
            if len(entries) >= MOST_PACKETS:
                break
    except FFmpegError as error:
        complaints.append(f"{type(error).__name__}: {error}")
    return _packets(container, stream, entries, tuple(complaints))


def _packets(
    container: InputContainer,
    stream: Stream,
    entries: Sequence[tuple[int, int, bool]],
    complaints: tuple[str, ...] = (),
) -> Packets:
    stamps, sizes, alone = zip(*entries, strict=True) if entries else ((), (), ())
    return Packets(
        np.array(stamps, np.int64),
        np.array(sizes, np.int64),
        np.array(alone, bool),
        float(stream.time_base or 0),
        zero_of(container),
        complaints,
    )
