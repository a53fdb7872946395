"""How loud a clip is over time: short soundings some seconds apart, and all of it where it is quiet.

Levels are of a tenth of a second, in decibels below full scale (dBFS, IEC 61606-1: a full-scale square wave is 0), over
all channels, without the constant part that cheap microphones add.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from av import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.container import InputContainer
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.stream import Discard
from numpy.typing import NDArray

from detectors.content.frames import Damage
from detectors.content.packets import INDEXED, only, zero_of

WINDOW = 0.1
STEP = 4.0
"""Seconds between soundings: of ten silent seconds two are heard."""
SOUNDING = 0.25
"""Seconds of one sounding."""
WORDS = 4 * STEP
"""Seconds between loud soundings up to which one loud moment in the middle means speech."""
MOST_EMPTY = 8
"""Soundings one after the other that may give nothing."""
SETTLE = 2
"""Frames after a seek that are not believed: a lapped transform needs the one before (ISO/IEC 14496-3 § 4.6.18)."""
QUIET = -45.0
"""Level at which a sounding makes its surroundings be heard in full: above every limit for silence."""
DIGITAL_ZERO = -120.0


@dataclass(frozen=True, slots=True)
class Level:
    """The level of one window: its begin and end in seconds of media time, dBFS."""

    start: float
    end: float
    dbfs: float


@dataclass(slots=True)
class Hearing:
    """The levels of one part in order of time. `heard`: the stretches that soundings vouch for."""

    levels: list[Level] = field(default_factory=list)
    stopped_at: float | None = None


class SoundStream:
    """The sound of one stream by media time."""

    def __init__(self, container: InputContainer, stream: AudioStream, fresh: bool = False) -> None:
        self._container, self._stream = container, stream
        self._fresh = fresh  # nothing was read yet: the beginning need not be sought
        self._zero, self._base = zero_of(container), float(stream.time_base or 0)
        self.damage = Damage()
        self.seekable = container.format.name in INDEXED and len(stream.index_entries) > 0
        stream.codec_context.thread_type = ThreadType.NONE
        only(container, stream)

    def from_(self, since: float) -> Iterator[tuple[float, NDArray[np.float32]]]:
        """Blocks of sound from a time on: media time, channels × samples of -1..1; the rate is `rate`."""
        return ((at, as_floats(frame)) for at, frame in self.frames(since))

    def frames(self, since: float) -> Iterator[tuple[float, AudioFrame]]:
        """Decoded frames from a time on, with their media time."""
        try:
            self._seek(since)
            yield from islice(self._frames(since), SETTLE if since > SETTLE * WINDOW else 0, None)
        except (FFmpegError, ValueError, MemoryError) as error:
            self.damage.note(since, error)
        finally:
            self._stream.codec_context.flush_buffers()

    @property
    def end(self) -> float:
        """Seconds of media time at which the stream or its container says that it ends."""
        stated = (self._stream.duration or 0) * self._base
        return stated or (self._container.duration or 0) / 1_000_000

    @property
    def rate(self) -> int:
        """Samples a second."""
        return self._stream.codec_context.sample_rate or 8000

    def _seek(self, at: float) -> None:
        """Without an index of its own, sound is found by way of the stream that the container seeks by."""
        if self.seekable:
            self._container.seek(int((at + self._zero) / self._base) if self._base else 0, stream=self._stream)
            return
        fresh, self._fresh = self._fresh, False
        if fresh and at <= 0:
            return  # by way of the pictures, sound before the first of them would be passed over
        for stream in self._container.streams:
            stream.discard = Discard.default
        self._container.seek(int((at + self._zero) * 1_000_000))
        only(self._container, self._stream)

    def _frames(self, since: float) -> Iterator[tuple[float, AudioFrame]]:
        following = since
        for packet in self._container.demux(self._stream):
            try:
                frames = self._stream.codec_context.decode(packet if packet.size else None)
            except EndOfFile:
                return
            except FFmpegError as error:
                self.damage.note(following, error)
                continue
            for frame in frames:
                at = following if frame.pts is None else frame.pts * self._base - self._zero
                following = at + frame.samples / self.rate
                yield at, frame
            if not packet.size:
                return


def as_floats(frame: AudioFrame) -> NDArray[np.float32]:
    """Samples of any format as -1..1, channels × samples."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, len(frame.layout.channels)).T
    if samples.dtype == np.uint8:
        return np.asarray((samples.astype(np.float32) - 128) / 128, np.float32)
    if samples.dtype.kind == "i":
        return np.asarray(samples / float(1 << (8 * samples.dtype.itemsize - 1)), np.float32)
    return np.asarray(samples, np.float32)


def levels_of(blocks: Iterator[tuple[float, NDArray[np.float32]]], rate: int, until: float) -> Iterator[Level]:
    """Levels of full windows in blocks that follow each other, up to a time; a jump of the time begins a new window."""
    size = max(1, round(rate * WINDOW))
    held: list[NDArray[np.float32]] = []
    count, start, following = 0, 0.0, None
    for at, samples in blocks:
        if following is None or abs(at - following) > WINDOW or (held and held[0].shape[0] != samples.shape[0]):
            held, count, start = [], 0, at
        held.append(samples)
        count += samples.shape[1]
        following = at + samples.shape[1] / rate
        while count >= size:
            joined = np.concatenate(held, axis=1)
            yield Level(start, start + size / rate, dbfs(joined[:, :size]))
            held, count, start = [joined[:, size:]], count - size, start + size / rate
        if following >= until:
            return


def dbfs(samples: NDArray[np.float32]) -> float:
    """Level of channels × samples, the loudest channel's; digital zero is -120."""
    if not samples.size:
        return DIGITAL_ZERO
    around = samples - samples.mean(axis=1, keepdims=True)
    power = float(np.nanmax(np.mean(np.square(around, dtype=np.float64), axis=1)))
    return max(DIGITAL_ZERO, 10 * np.log10(power)) if power > 0 else DIGITAL_ZERO


def hear(stream: SoundStream, part: tuple[float, float], over: Callable[[], bool]) -> Hearing:
    """Levels of a part: soundings, and every window where several in a row are quiet."""
    found = Hearing()
    if not stream.seekable:
        found.levels = _all(stream, part, over)
        return found
    soundings = _soundings(stream, part, over)
    for start, end in quiet_runs(soundings, part):
        between = (start + end) / 2
        if end - start <= WORDS and _loud(_sounding(stream, between)):
            continue  # a pause of speech on either side of a word
        found.levels += _all(stream, (start, end), over)
    found.levels = _in_order([*found.levels, *(level for _, levels in soundings for level in levels)])
    return found


def quiet_runs(soundings: Sequence[tuple[float, list[Level]]], part: tuple[float, float]) -> list[tuple[float, float]]:
    """From the last loud sounding before to the first after, where two and more in a row are quiet.

    One alone may lie in a silence of eight seconds at most; at an edge of the part one is enough.
    """
    found, first = [], None
    loud = [_loud(levels) for _, levels in soundings]
    for place, one in enumerate([*loud, True]):
        if not one:
            first = place if first is None else first
            continue
        if first is not None and (place - first > 1 or first == 0 or place == len(loud)):
            start = soundings[first - 1][0] if first else part[0]
            found.append((start, soundings[place][0] if place < len(loud) else part[1]))
        first = None
    return found


def _loud(levels: Sequence[Level]) -> bool:
    return bool(levels) and max(level.dbfs for level in levels) > QUIET


def _in_order(levels: list[Level]) -> list[Level]:
    """By time; a window that another one covers is left out."""
    ordered: list[Level] = []
    for level in sorted(levels, key=lambda one: one.start):
        if not ordered or level.start >= ordered[-1].end - WINDOW / 2:
            ordered.append(level)
    return ordered


def _soundings(
    stream: SoundStream, part: tuple[float, float], over: Callable[[], bool]
) -> list[tuple[float, list[Level]]]:
    found = []
    at = part[0]
    while at < part[1] and not over():
        found.append((at, _sounding(stream, at)))
        at += STEP
        if len(found) >= MOST_EMPTY and not any(some for _, some in found[-MOST_EMPTY:]):
            break  # nothing more comes
    return found


def _sounding(stream: SoundStream, at: float) -> list[Level]:
    return list(levels_of(stream.from_(at), stream.rate, at + SOUNDING))


def _all(stream: SoundStream, part: tuple[float, float], over: Callable[[], bool]) -> list[Level]:
    found = []
    for level in levels_of(stream.from_(part[0]), stream.rate, part[1]):
        if level.end > part[0] and level.start < part[1]:
            found.append(level)
        if level.start >= part[1] or over():
            break
    return found
