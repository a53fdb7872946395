"""Short films for tests, through real encoders: frames are drawn by a function of time, sound likewise."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16000
Draw = Callable[[float], NDArray[np.uint8]]
"""Seconds → rows × columns × red green blue."""
Voice = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Seconds of each sample → -1..1."""


def street(at: float, size: tuple[int, int] = (180, 320)) -> NDArray[np.uint8]:
    """A picture full of edges that moves on, with grain of its own every time."""
    rows, columns = size
    scene = _scene(size)
    shift = int(at * 37) % (scene.shape[1] - columns)
    grain = np.random.default_rng(int(at * 1000)).normal(0, 3, (rows, columns, 1))
    return np.asarray(np.clip(scene[:rows, shift : shift + columns] + grain, 0, 255), np.uint8)


@cache
def _scene(size: tuple[int, int]) -> NDArray[np.int16]:
    rows, columns = size
    blocks = np.random.default_rng(7).integers(20, 235, (rows // 15, columns // 5 * 3, 3))
    return np.asarray(np.kron(blocks, np.ones((15, 20, 1))), np.int16)


def hum(times: NDArray[np.float64], level: float = -20.0) -> NDArray[np.float64]:
    """A tone that beats, at a level in dBFS."""
    return 10 ** (level / 20) * np.sqrt(2) * np.sin(2 * np.pi * 300 * times) * (1 + 0.2 * np.sin(7 * times)) / 1.2


def film(
    path: Path,
    seconds: float,
    draw: Draw | None = street,
    voice: Voice | None = hum,
    *,
    rate: int = 10,
    gop: int = 10,
    codec: str = "libx264",
    sound: str = "aac",
) -> Path:
    """Write a film. `draw` or `voice` None: without picture or sound."""
    with av.open(str(path), "w") as container:
        pictures = _pictures(container, codec, draw(0.0).shape[:2], (rate, gop)) if draw is not None else None
        sounds = container.add_stream(sound, rate=RATE, layout="mono") if voice is not None else None
        if pictures is not None and draw is not None:
            container.mux(list(_drawn(pictures, draw, round(seconds * rate), rate)))
        if sounds is not None and voice is not None:
            container.mux(list(_spoken(sounds, voice, seconds)))
    return path


def _drawn(stream, draw: Draw, count: int, rate: int):
    for number in range(count):
        frame = av.VideoFrame.from_ndarray(draw(number / rate), format="rgb24")
        frame.pts = number
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _pictures(container, codec: str, size: tuple[int, int], pace: tuple[int, int]):
    stream = container.add_stream(codec, rate=pace[0])
    stream.height, stream.width = size
    stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    stream.gop_size = pace[1]
    if codec.startswith("libx26"):
        stream.options = {"preset": "ultrafast", "qp": "26", "sc_threshold": "0", "x265-params": "log-level=none"}
    return stream


def _spoken(stream, voice: Voice, seconds: float):
    size = 1024
    for number in range(int(seconds * RATE) // size):
        times = (number * size + np.arange(size)) / RATE
        samples = np.clip(voice(times), -1, 1).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="fltp", layout="mono")
        frame.rate, frame.pts = RATE, number * size
        if stream.codec_context.format.name != "fltp":
            frame = av.AudioResampler(stream.codec_context.format.name, "mono", RATE).resample(frame)[0]
        yield from stream.encode(frame)
    yield from stream.encode(None)
