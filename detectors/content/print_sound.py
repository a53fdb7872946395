"""What a clip sounds like, as fingerprints: about one in two seconds, at moments that the sound itself tells.

At each moment where the spectrum changes most, the key is which of neighbouring bands gained on the other, twice in a
row (the idea of Haitsma and Kalker, A highly robust audio fingerprinting system, 2002); the fine bits are the fine
structure of the spectrum then, in which another microphone's place shows. Steady and digital silence give none.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
from av import AudioFrame
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as EndOfFile
from av.error import FFmpegError
from av.filter import Graph
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detectors.content.base import Print
from detectors.content.sound import SoundStream
from domain.prints import FINE, of_bits, packed

RATE = 8000
"""To which all sound is brought: what telephone codecs keep of a voice."""
HOP, WINDOW, LONG = 256, 512, 1024
"""Samples: from one spectrum to the next, of one spectrum, and of one that shows fine structure."""
EDGES = np.round(np.geomspace(300, 2800, 12) * WINDOW / RATE).astype(int)
FINE_EDGES = 38 + 3 * np.arange(FINE + 2)
"""From 300 Hz on, 23 Hz each."""
SMOOTH = 9
LAG = 8
"""Hops between the two moments that are compared, a quarter of a second."""
APART = 24
"""Hops on both sides in which no other moment changes more, three quarters of a second."""
AROUND = 32
"""Hops on both sides whose loudest moment counts, a second."""
LEAST_CHANGE = 0.1
"""Nepers of mean change below which nothing is told."""
FLOOR = 1e-3
"""Share of the loudest around, below which codecs keep nothing."""
SILENCE = 1e-5
"""Power of a band at some -92 dBFS."""
BREAK = 0.1
CHUNK = 1024
Planes = NDArray[np.float32]


def sound_prints(stream: SoundStream, part: tuple[float, float], over: Callable[[], bool]) -> list[Print]:
    """Fingerprints of a part, by media time in seconds; as much of it as time allows."""
    found: list[Print] = []
    try:
        for start, samples in _runs(stream, part, over):
            moments = [(start + at, value) for at, value in values_of(samples) if part[0] <= start + at < part[1]]
            found += [Print(timedelta(milliseconds=round(at * 1000)), value, sound=True) for at, value in moments]
    except (FFmpegError, ValueError, MemoryError) as error:
        stream.damage.note(part[0], error)
    return found


def _runs(
    stream: SoundStream, part: tuple[float, float], over: Callable[[], bool]
) -> Iterator[tuple[float, NDArray[np.float32]]]:
    """Sound that goes on without a break, at our rate, one channel: its begin in seconds, samples."""
    mono: Mono | None = None
    start = following = part[0]
    for at, frame in stream.frames(part[0]):
        kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        if mono is not None and (abs(at - following) > BREAK or mono.kind != kind):
            yield start, mono.samples()
            mono = None
            if over():
                return
        if mono is None:
            mono, start = Mono(frame), at
        following = at + frame.samples / (frame.sample_rate or RATE)
        if mono.hear(frame) and (following >= part[1] or over()):
            break
    if mono:
        yield start, mono.samples()


class Mono:
    """Brings sound of one format to our rate and one channel."""

    def __init__(self, frame: AudioFrame) -> None:
        self.kind = (frame.sample_rate, frame.format.name, frame.layout.name)
        self._graph = Graph()
        source = self._graph.add_abuffer(
            sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
        )
        steps = [
            source,
            self._graph.add("aresample", f"{RATE}:filter_size=8"),
            self._graph.add("aformat", "sample_fmts=flt:channel_layouts=mono"),
            self._graph.add("asetnsamples", f"n={RATE}:p=0"),
            self._graph.add("abuffersink"),
        ]
        self._graph.link_nodes(*steps).configure()
        self._source, self._sink = source, steps[-1]
        self._done: list[NDArray[np.float32]] = []
        self._waiting = 0

    def hear(self, frame: AudioFrame) -> bool:
        """The next frame, of the same format. True about once in two seconds: time to look up."""
        self._source.push(frame)
        self._waiting += frame.samples
        if self._waiting < 2 * self.kind[0]:
            return False
        self._pull()
        return True

    def samples(self) -> NDArray[np.float32]:
        """All that was heard; nothing is taken any more."""
        self._source.push(None)
        self._pull()
        heard = np.concatenate(self._done) if self._done else np.zeros(0, np.float32)
        return heard if np.isfinite(heard.sum()) else np.nan_to_num(heard, nan=0.0, posinf=0.0, neginf=0.0)

    def _pull(self) -> None:
        self._waiting = 0
        while True:
            try:
                frame = self._sink.pull()
            except (NothingYet, EndOfFile):
                return
            if isinstance(frame, AudioFrame):
                self._done.append(np.asarray(frame.to_ndarray()[0], np.float32))


def values_of(samples: NDArray[np.float32]) -> list[tuple[float, int]]:
    """Seconds from the first sample, and fingerprint, of each moment that is kept. Samples at 8000 a second."""
    if len(samples) < LONG + 2 * HOP * (AROUND + LAG):
        return []
    change = _change(_bands(samples))
    twice = np.concatenate([change[:-LAG], change[LAG:]], axis=1)
    sure = np.abs(twice)
    found = []
    moments = [one for one in _exact(sure.mean(axis=1)) if one * HOP + LONG <= len(samples)]
    for moment, slopes in zip(moments, _fine(samples, moments), strict=True):
        before, share = int(moment), moment % 1
        gains = twice[before] * (1 - share) + twice[before + 1] * share
        weak = np.argsort(np.abs(gains), kind="stable")[:2]
        key = of_bits((gains > 0).tolist())
        found.append((moment * HOP / RATE, packed(key, (int(weak[0]), int(weak[1])), of_bits(slopes.tolist()))))
    return found


def _power(windows: Planes, last: int) -> Planes:
    """Of each row, the power of its frequencies up to one."""
    spectra = np.fft.rfft(windows * np.hanning(windows.shape[1]).astype(np.float32), axis=1)[:, : last + 1]
    return np.asarray(spectra.real**2 + spectra.imag**2, np.float32)


def _bands(samples: NDArray[np.float32]) -> Planes:
    """Power of the coarse bands, hop by hop."""
    windows = sliding_window_view(samples, WINDOW)[::HOP]
    chunks = (windows[begin : begin + CHUNK] for begin in range(0, len(windows), CHUNK))
    return np.concatenate([np.add.reduceat(_power(one, EDGES[-1]), EDGES, axis=1)[:, :-1] for one in chunks])


def _fine(samples: NDArray[np.float32], moments: list[float]) -> NDArray[np.bool_]:
    """For each moment, whether each fine band has more power than the one below."""
    windows = np.array([samples[round(one * HOP) :][:LONG] for one in moments], np.float32).reshape(-1, LONG)
    power = np.add.reduceat(_power(windows, FINE_EDGES[-1]), FINE_EDGES, axis=1)[:, :-1]
    return np.asarray(np.diff(power, axis=1) > 0)


def _change(coarse: Planes) -> Planes:
    """By how much each band gained on the next higher one since a quarter of a second before, nepers."""
    power = _smoothed(coarse)
    loudest = sliding_window_view(np.pad(power.sum(axis=1), AROUND, mode="edge"), 2 * AROUND + 1).max(axis=1)
    level = np.log(power + FLOOR * loudest[:, None] + SILENCE)
    slope = level[:, :-1] - level[:, 1:]
    change = np.zeros_like(slope)
    change[LAG:] = slope[LAG:] - slope[:-LAG]
    return np.asarray(change, np.float32)


def _smoothed(power: Planes) -> Planes:
    """Mean of some hops around each."""
    half = SMOOTH // 2
    total = np.cumsum(np.pad(power, ((half + 1, half), (0, 0)), mode="edge"), axis=0, dtype=np.float64)
    return np.asarray(np.maximum(total[SMOOTH:] - total[:-SMOOTH], 0) / SMOOTH, np.float32)


def _exact(change: NDArray[np.float32]) -> list[float]:
    """Hops, and parts of them, at which the change is greater than anywhere around: another cut has other hops."""
    around = sliding_window_view(np.pad(change, APART, constant_values=-1.0), 2 * APART + 1).max(axis=1)
    places = np.flatnonzero((change == around) & (change >= LEAST_CHANGE))
    found = []
    for place in places[(places >= LAG) & (places < len(change) - 2)]:
        before, here, after = (float(change[place + step]) for step in (-1, 0, 1))
        bend = before - 2 * here + after
        found.append(float(place) + (0.5 * (before - after) / bend if bend else 0.0))
    return found
